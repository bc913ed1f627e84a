"""The commands of `stereo`, their errors and their exit codes."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.main import get_command

import stereo
from stereo.cli.backends import backends
from stereo.cli.calibrate import calibrate
from stereo.cli.check import check
from stereo.cli.cloud import cloud
from stereo.cli.demo import demo
from stereo.cli.depth import depth
from stereo.cli.evaluate import evaluate
from stereo.cli.match import match
from stereo.cli.mono import mono
from stereo.cli.rectify import rectify
from stereo.cli.train import train
from stereo.cli.tune import tune
from stereo.types import StereoWarning

__all__ = ["main"]

# The class of every wrong usage. typer has no public name for it: it is click's, and
# some versions bring a click of their own.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})
_app.command()(match)
_app.command()(calibrate)
_app.command()(rectify)
_app.command()(check)
_app.command()(depth)
_app.command()(cloud)
_app.command()(tune)
_app.command()(mono)
_app.command()(demo)
_app.command("eval")(evaluate)
_app.command()(backends)
_app.add_typer(train, name="train")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the name of the program; by default that of this process.

    Returns
    -------
    int
        0 = done; 1 = something can't be done (a `StereoError`); 2 = wrong usage;
        3 = `stereo check` found a problem; 4 = `stereo eval` could not evaluate every scene;
        130 = interrupted with Ctrl-C; 141 = nobody reads the output any more.

    Examples
    --------
    >>> from stereo.cli import main
    >>> main(["match", "left.png"])  # says on stderr that RIGHT is missing
    2
    """
    if isinstance(sys.stdout, TextIOWrapper):  # the name of a file need not be printable
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with _warnings_in_one_line():
            code = _run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except stereo.StereoError as error:
        return _failed(str(error), 1)
    except OSError as error:
        # Python flushes stdout once more at its end, which would fail like this time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141 if isinstance(error, BrokenPipeError) else _failed(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        return _failed("interrupted", 130)
    return code


@_app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Stereo depth: from two cameras to disparity, depth and points."""
    if version:
        print(f"stereo {stereo.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Print each warning of this library once, as a line on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", StereoWarning)
        usual, shown = warnings.showwarning, set[str]()

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            text = " ".join(str(message).split())
            if not issubclass(category, StereoWarning):
                usual(message, category, *where, **more)
            elif text not in shown:
                print("stereo: warning:", text, file=sys.stderr)
                shown.add(text)

        warnings.showwarning = show  # catch_warnings puts the usual one back
        yield


def _run(arguments: list[str]) -> int:
    command = get_command(_app)
    try:
        with command.make_context("stereo", arguments) as context:
            command.invoke(context)
    except typer.Exit as exit_:
        return int(exit_.exit_code)
    except _UsageError as error:
        where = getattr(error, "ctx", None)
        path = where.command_path if where is not None else "stereo"
        message = getattr(error, "format_message", error.__str__)()
        return _failed(f"{message} (see {path} --help)", 2)
    return 0


def _failed(message: str, code: int) -> int:
    print("stereo: error:", " ".join(message.split()), file=sys.stderr)
    return code
