def demo() -> None: pass
