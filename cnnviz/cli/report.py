"""What is printed: results on standard output, notes and errors on standard error, JSON as JSON.

Everything passes through here: text that came from outside is made harmless, characters that the terminal cannot show
are written in ones that it can (signs of ours as their likes, the letters of a name as escapes, since two names must
not look alike), and `-q` keeps quiet.
"""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from cnnviz.errors import escaped, printable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_PLAIN = {
    "×": "x", "→": "->", "−": "-", "…": "...", "·": "*", "÷": "/", "√": "sqrt", "²": "^2", "\u00a0": " ",
    "≈": "~", "≤": "<=", "≥": ">=", "–": "-", "—": "-", "°": " deg", "Σ": "sum", "σ": "sigma", "λ": "lambda",
    "∂": "d", "∇": "nabla", "‘": "'", "’": "'", "“": '"', "”": '"',
}  # fmt: skip
NARROW = 80  # columns below which tables turn into blocks of lines
_WIDE = 100_000  # columns of what is not a terminal: nothing is ever wrapped there


def _in_plain_characters(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    lost = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character) or escaped(character) for character in lost), error.end


class _Closed(io.TextIOBase):
    """Stands for a standard output that was closed before we began: writing to it fails, as to any closed file."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "is closed")

    @property
    def buffer(self) -> BinaryIO:
        raise OSError(errno.EBADF, "is closed")


def prepare_streams() -> None:
    """Let standard output and error write what they cannot encode in plain characters instead of failing."""
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (for as long as the process lives)
    codecs.register_error("cnnviz-plain", _in_plain_characters)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="cnnviz-plain")


def error(message: str) -> None:
    """Print one line on standard error."""
    sys.stderr.write(f"cnnviz: {printable(message)}\n")


class Report:
    """Where a run prints: `results` is standard output, or standard error where the output carries data.

    Notes wait for the results: a run that fails prints its error and nothing else.
    """

    def __init__(self, *, quiet: bool = False, results_on_stderr: bool = False) -> None:
        self.quiet = quiet
        self.on_stderr = results_on_stderr
        self.results: TextIO = sys.stderr if results_on_stderr else sys.stdout
        self._notes: list[str] = []

    def note(self, message: str) -> None:
        """Have one line about something worth knowing printed on standard error, before the results."""
        if not self.quiet:
            self._notes.append(f"note: {printable(message)}\n")

    def _flush_notes(self) -> None:
        sys.stderr.writelines(self._notes)
        self._notes.clear()

    def print(self, *renderables: RenderableType) -> None:
        """Print results: what Rich can render, and strings line by line, made harmless and folded at spaces."""
        if self.quiet:
            return
        self._flush_notes()
        out = self.console()
        with out.capture() as captured:
            for renderable in renderables:
                if isinstance(renderable, str):
                    for line in folded(renderable, out.width):
                        out.print(line, soft_wrap=True)
                else:
                    out.print(renderable)
        # Rich fills tables up with spaces; the ends of lines are cut where no terminal needs them.
        lines = captured.get().splitlines()
        self.results.writelines(f"{line.rstrip() if not out.is_terminal else line}\n" for line in lines)

    def console(self) -> Console:
        """Return a Rich console on the results, as wide as its terminal, and never wrapping elsewhere."""
        return console(self.results)

    def json(self, data: dict[str, Any]) -> None:
        """Print one JSON object on standard output."""
        self._flush_notes()
        sys.stdout.write(json.dumps(data, allow_nan=False, indent=2) + "\n")


def folded(text: str, width: int) -> list[str]:
    """Return text as lines of at most `width` characters where it has spaces to fold at; numbers are never parted.

    What goes on below is indented as its line was, and a little more where that was indented.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        clean = printable(line)
        if len(clean) <= width:
            lines.append(clean)
            continue
        indent = clean[: len(clean) - len(clean.lstrip(" "))]
        words = clean[len(indent) :].split(" ")
        now = indent + words[0]
        for word in words[1:]:
            if len(now) + 1 + len(word) <= width:
                now += f" {word}"
            else:
                lines.append(now)
                now = indent + ("  " if indent else "") + word
        lines.append(now)
    return lines


def console(stream: TextIO) -> Console:
    """Return a Rich console on a stream; markup, emoji codes and highlighting are off."""
    from rich.console import Console

    terminal = stream.isatty()
    width: int | None = None if terminal else _WIDE
    height: int | None = None
    if terminal and os.environ.get("TERM", "").lower() in ("dumb", "unknown"):
        width, height = shutil.get_terminal_size()  # Rich takes every one of these for 80 columns wide
    return Console(
        file=stream,
        width=width,
        height=height,
        markup=False,
        emoji=False,
        highlight=False,
        force_terminal=terminal,
        no_color=None if terminal else True,
        legacy_windows=False,
    )
