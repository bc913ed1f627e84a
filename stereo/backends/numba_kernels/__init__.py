"""The compiled parts of the Numba backend; importing this package imports Numba."""
