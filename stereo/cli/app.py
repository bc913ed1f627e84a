"""The commands of `stereo`, their errors and their exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated

import typer
from typer.main import get_command

import stereo
from stereo.cli.backends import backends
from stereo.cli.demo import demo
from stereo.cli.match import match

__all__ = ["main"]

# The class of every wrong usage. typer has no public name for it: it is click's, and
# some versions bring a click of their own.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})
_app.command()(match)
_app.command()(demo)
_app.command()(backends)


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
    """Stereo depth: from rectified image pairs to disparity maps."""
    if version:
        print(f"stereo {stereo.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


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
