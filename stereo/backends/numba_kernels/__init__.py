"""The parts of the Numba backend; importing the package itself does not import Numba."""
