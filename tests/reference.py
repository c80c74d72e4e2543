"""The command reference of the README, made from the commands themselves.

`python tests/reference.py --write` puts it into the README; a test says when it is stale.
"""

import sys
from pathlib import Path

import typer

from cnnviz.cli.app import COMMANDS, app

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- reference: begin -->", "<!-- reference: end -->"


def reference() -> str:
    """Return the reference of all commands as Markdown."""
    group = typer.main.get_command(app)
    context = typer.Context(group)
    return "\n\n".join(_command(name, group.get_command(context, name)) for name in COMMANDS)


def _command(name, command) -> str:
    arguments = "".join(f" {p.metavar}" for p in command.params if p.param_type_name == "argument")
    lines = [f"#### `cnnviz {name}{arguments}`", "", command.help.splitlines()[0]]
    panel = None
    for parameter in command.params:
        if parameter.param_type_name == "argument" or parameter.name == "help":
            continue
        if parameter.rich_help_panel != panel:
            panel = parameter.rich_help_panel
            lines += ["", f"| {panel} | |", "|---|---|"]
        metavar = f" {parameter.metavar}" if parameter.metavar else ""
        names = ", ".join(f"`{option}`" for option in parameter.opts)
        lines.append(f"| {names}{_code(metavar)} | {parameter.help.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


def _code(metavar: str) -> str:
    return f" `{metavar.strip()}`".replace("|", "\\|") if metavar else ""


def written(text: str) -> str:
    """Return a README with the reference between its marks made anew."""
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n\n{reference()}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__" and "--write" in sys.argv:
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
