"""Everything that can go wrong and is told to the user in one line.

    CnnvizError              the root: catch this one
    ├── ArgumentError        a number or option that cannot be: stride 0, a kernel larger than its input
    │   └── KernelError      a --kernel text or file that cannot be understood
    ├── UsageError           options that do not go together (command line only)
    ├── ReadError            an input that is missing, broken, or not what it should be
    ├── WriteError           a place that cannot be written
    │   └── DiskError        a disk that fills up, a stream that fails, in the middle of writing
    └── MemoryLimitError     a run that would need more memory than it may take

A message says what, where and what to try, in one line without the program's name. Whatever a message, a label or a
table takes from a file or from the command line goes through `printable` first.
"""

from __future__ import annotations

import re
import unicodedata


class CnnvizError(Exception):
    """Root of the error family; `exit_code` is what the command line ends with."""

    exit_code = 2


class ArgumentError(CnnvizError, ValueError):
    """A value that cannot be. `argument` names the parameter at fault, as the API spells it."""

    def __init__(self, message: str, *, argument: str = "") -> None:
        super().__init__(message)
        self.argument = argument


class KernelError(ArgumentError):
    """A kernel that cannot be understood."""


class UsageError(CnnvizError):
    """Options that do not go together."""


class ReadError(CnnvizError):
    """An input that cannot be read."""


class WriteError(CnnvizError):
    """An output place that cannot be written."""


class DiskError(WriteError):
    """Writing began and could not end: a full disk, a failing stream."""

    exit_code = 1


class MemoryLimitError(CnnvizError):
    """A run that would need more memory than it may take."""


def printable(text: str) -> str:
    """Return `text` as one line that a terminal shows and does not obey.

    Control characters, line breaks, marks that turn the direction of writing, and bytes that are no text are written
    as escapes (`\\x1b`, `\\u202e`); everything that can be seen stays as it is.
    """
    if text.isprintable():
        return text
    return "".join(char if _harmless(char) else escaped(char) for char in text)


def quoted(text: str, limit: int = 60) -> str:
    """Return `text` between quotes, printable, its middle left out where it is longer than `limit`."""
    if len(text) > limit:
        half = (limit - 1) // 2
        text = f"{text[:half]}…{text[-half:]}"
    return f"'{printable(text)}'"


JOINERS = "\u200c\u200d"  # Persian words and emoji families are written with them


def _harmless(char: str) -> bool:
    return char.isprintable() or char in JOINERS or unicodedata.category(char) == "Zs"


def escaped(char: str) -> str:
    """Return a character, or a byte that is no text, as an escape."""
    if char in "\n\r\t":
        return repr(char)[1:-1]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries a byte of a file name that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def reason(error: BaseException) -> str:
    """Return an error's own words as part of one line, cut to a readable length."""
    words = re.sub(r" at 0x[0-9a-f]+|\bb(?=')", "", " ".join(str(error).split()))  # an address, a type of text
    words = printable(words).rstrip(".") or type(error).__name__
    return words if len(words) <= 80 else f"{words[:79]}…"
