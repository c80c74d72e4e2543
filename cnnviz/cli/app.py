"""The program: its commands in order, and the one place where every way a run can end becomes an exit code.

A command's module is imported only when it is asked for, and it imports NumPy and Pillow only when it runs, so
`cnnviz --help` and completion answer at once.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from cnnviz import __version__
from cnnviz.cli import report, values
from cnnviz.cli.narrow_help import narrow_help
from cnnviz.cli.report import NARROW
from cnnviz.errors import CnnvizError, UsageError, quoted
from cnnviz.files.memory import settle


class Entry(NamedTuple):
    """A command: the module that has it, and what it does in one sentence."""

    module: str
    summary: str


COMMANDS = {
    "conv": Entry(
        "cnnviz.cli.conv",
        "Convolve a picture or maps with kernels: each kernel gives one feature map.",
    ),
    "pool": Entry(
        "cnnviz.cli.pool",
        "Pool saved maps, a picture or a matrix: smaller maps, as many channels, no parameters.",
    ),
    "params": Entry(
        "cnnviz.cli.params",
        "Compare fully connected, locally connected and convolution for the same input and output.",
    ),
    "kernels": Entry(
        "cnnviz.cli.kernels",
        "List the preset kernels: matrix, what it shows, where its numbers come from.",
    ),
    "trace": Entry(
        "cnnviz.cli.trace",
        "Show how one output value is computed: patch, kernel, products, sums; for pooling, the window and who wins.",
    ),
    "animate": Entry(
        "cnnviz.cli.animate",
        "Animate a convolution or a pooling: the window slides, the output fills, "
        "the sum of the moment is written out.",
    ),
    "diagram": Entry(
        "cnnviz.cli.diagram",
        "Draw how a layer is connected: neurons and weights, or blocks with their shapes.",
    ),
    "receptive-field": Entry(
        "cnnviz.cli.receptive_field",
        "Show what one output cell sees of the input, growing layer by layer; on a picture, draw it.",
    ),
}
"""Every command by its name, in the order of the help."""

NO_MEMORY = "not enough memory for this: try a smaller input (--resize, --crop) or fewer kernels"


class _Folded(TyperCommand):
    """A command whose help folds to a narrow terminal: each option on a line, its words below."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write("\n".join(narrow_help(self, ctx, shutil.get_terminal_size().columns)) + "\n")


def _new_typer(**options: Any) -> typer.Typer:
    """Return an app whose help fits the terminal: Rich's tables where they fit, else plain text, which folds."""
    columns = shutil.get_terminal_size().columns
    settings: dict[str, Any] = {"help_option_names": ["--help", "-h"]}
    if columns < NARROW:  # Rich would cut words off here, and plain text would count with 50 columns at least
        return typer.Typer(rich_markup_mode=None, context_settings={**settings, "terminal_width": columns}, **options)
    return typer.Typer(context_settings=settings, **options)


def command(name: str) -> TyperCommand:
    """Return a command of COMMANDS with all its options, its module imported.

    What the docstring of its function says beyond the first line stands in its help below the summary.
    """
    module, summary = COMMANDS[name]
    found = import_module(module)
    more = found.command.__doc__.partition("\n\n")[2]
    single = _new_typer(add_completion=False)
    # The lines of an epilog are kept apart only as paragraphs.
    epilog = "\n\n".join(["Examples:", *found.EXAMPLES])
    narrow = shutil.get_terminal_size().columns < NARROW
    # A matrix may begin with a minus.
    settings = {"ignore_unknown_options": True} if getattr(found, "TAKES_MATRIX", False) else None
    single.command(
        name,
        context_settings=settings,
        cls=_Folded if narrow else TyperCommand,
        help=f"{summary}\n\n{more}".strip(),
        epilog=epilog,
    )(found.command)
    return cast(TyperCommand, typer.main.get_command(single))


class _Listed(TyperCommand):
    """A command as the list of commands shows it; its module is imported once it is used."""

    def make_context(self, *args: Any, **settings: Any) -> Any:
        return command(self.name or "").make_context(*args, **settings)


class _Commands(TyperGroup):
    """The group of commands, each looked up in COMMANDS."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        summary = COMMANDS[cmd_name].summary
        # A short help is cut unless it is given.
        return _Listed(cmd_name, help=summary, short_help=summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            near = values.did_you_mean(args[0].lower(), COMMANDS)
            raise UsageError(f"no command {quoted(args[0])}: use {', '.join(COMMANDS)}{near}")
        return super().resolve_command(ctx, args)


def program() -> Any:
    """Return the program as a command of commands, to be run or to be asked for its parts."""
    app = _new_typer(cls=_Commands, name="cnnviz")
    app.callback(invoke_without_command=True)(cnnviz)
    return typer.main.get_command(app)


def cnnviz(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """See what convolution and pooling really do to a picture."""
    if version:
        sys.stdout.write(f"cnnviz {__version__}\n")
    elif context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


def run(arguments: Sequence[str]) -> int:
    """Run the program on its arguments and return the exit code; whatever goes wrong is one line."""
    settle()
    report.prepare_streams()
    command = program()
    if "_CNNVIZ_COMPLETE" in os.environ:
        command.main(list(arguments), prog_name="cnnviz")
    try:
        code = _outcome(command, arguments)
        sys.stdout.flush()
        return code
    except OSError as error:
        if error.errno is None:  # not the system, but a library of Pillow's that found no room for our font or figure
            report.error(NO_MEMORY)
            return 2
        return _failed_output(error)


def _outcome(command: Any, arguments: Sequence[str]) -> int:
    try:
        with command.make_context("cnnviz", list(arguments)) as context:
            command.invoke(context)
        return 0
    except typer.Exit as end:
        return int(end.exit_code)
    except SystemExit:  # how installing completion ends, and how Rich leaves a pipe that was closed on it
        return 0
    except CnnvizError as error:
        report.error(str(error))
        return error.exit_code
    except TyperException as error:
        report.error(_usage(error.format_message(), arguments))
        return 2
    except MemoryError:
        report.error(NO_MEMORY)
        return 2


def _usage(message: str, arguments: Sequence[str]) -> str:
    """Return a parser's message as one line, with what usually helps."""
    from cnnviz.cli.inputs import quoting_hint

    line = " ".join(message.split()).rstrip(".")
    for its, ours in (("a valid int", "a whole number"), ("a valid float", "a number")):
        line = line.replace(its, ours)
    hint = quoting_hint(arguments) if "No such option" in message or "extra argument" in message else ""
    command = next((a for a in arguments if a in COMMANDS), "")
    return f"{line}{hint}; see 'cnnviz {command + ' ' if command else ''}--help'"


def _failed_output(error: OSError) -> int:
    """Standard output is gone: a closed pipe (`| head`) is no one's fault, anything else is said."""
    # What is still buffered has nowhere to go; without this the interpreter would complain at exit.
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError) or error.errno == errno.EPIPE:
        return 0
    report.error(f"standard output: {error.strerror or error}")
    return 1
