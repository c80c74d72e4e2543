"""What the README says, made from the program itself: the command reference, and the pictures.

`python tests/readme.py --write` puts both in place; tests say when they are stale.
"""

import os
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from cnnviz.cli.app import COMMANDS, command, run

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PICTURES = ROOT / ".readme"
BEGIN, END = "<!-- reference: begin -->", "<!-- reference: end -->"


def shell_lines(text: str) -> list[str]:
    """Return the lines of all shell blocks."""
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


def commands(text: str) -> list[list[str]]:
    """Return the arguments of every cnnviz command, in order."""
    return [shlex.split(line)[1:] for line in shell_lines(text) if line.startswith("cnnviz ")]


def pictures(text: str) -> list[str]:
    """Return the names of all pictures that the README shows."""
    return re.findall(r"\]\(\.readme/([^)]+)\)", text)


def written(text: str) -> str:
    """Return a README with the reference between its marks made anew."""
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n\n{_reference()}\n\n{END}{rest.split(END)[1]}"


def _reference() -> str:
    return "\n\n".join(_command(name, command(name)) for name in COMMANDS)


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
        names = ", ".join(f"`{option}`" for option in [*parameter.opts, *parameter.secondary_opts])
        value = f" `{_cell(parameter.metavar)}`" if parameter.metavar else ""
        lines.append(f"| {names}{value} | {_cell(parameter.help)} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _write() -> None:
    text = README.read_text(encoding="utf-8")
    README.write_text(written(text), encoding="utf-8")
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "samples", folder, dirs_exist_ok=True)
        os.chdir(folder)
        for arguments in commands(text):
            if run(arguments):
                sys.exit(f"cnnviz {shlex.join(arguments)} failed")
        for name in pictures(text):
            shutil.copy(name, PICTURES)


if __name__ == "__main__" and "--write" in sys.argv:
    _write()
