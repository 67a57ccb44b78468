"""The ``collint`` command: runs a subcommand and turns whatever happens into an exit code.

The subcommands are in :mod:`collint.commands`; nothing heavy is imported before one of them is run.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from collint import __version__
from collint.commands import CLEAN, FAILED
from collint.commands.audit import audit
from collint.commands.check import check
from collint.commands.debug import debug
from collint.commands.knowledge import models, rule

INTERRUPTED = 130
DEBUG_VARIABLE = "COLLINT_DEBUG_TRACEBACK"


def run() -> NoReturn:
    """Runs the command as a process of its own, and ends that.

    Nothing is freed for whoever comes next: looking for cycles while it runs, and taking a whole program apart piece by
    piece at its end, cost 1.5 of 22.7 seconds of CPU on Megatron-Core 0.16.1.
    """
    gc.disable()
    code = main(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed, or nobody reads any more
            stream.flush()
    os._exit(code)


def main(arguments: list[str]) -> int:
    """Runs the command and returns its exit code; never raises for what a user can do."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # file names and excerpts may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    try:
        code = group.main(arguments, prog_name="collint", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("collint: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        from collint.delivery import let_go_of_stdout

        let_go_of_stdout()
        return CLEAN
    except Exception as error:
        return _internal_error(error, arguments)
    return code if isinstance(code, int) else CLEAN


@click.group(name="collint", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="collint")
@click.option("--debug-traceback", is_flag=True, help="Show the whole traceback of an internal error.")
def group(debug_traceback: bool) -> None:
    """Find, before anything runs, where ranks of one process group can issue different collectives."""


for command in (check, audit, rule, models, debug):
    group.add_command(command)


def _internal_error(error: Exception, arguments: list[str]) -> int:
    """One line with the place, and how to see more."""
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
    if "--debug-traceback" in arguments or os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    text = " ".join(str(error).split())
    click.echo(
        f"collint: internal error at {place}: {type(error).__name__}: {text}\n"
        f"This is a bug in collint, not in your code. Please report it with the output of the same command after "
        f"'export {DEBUG_VARIABLE}=1'.",
        err=True,
    )
    return FAILED
