"""Everything that can go wrong and is told to the user in one line.

    CnnvizError              the root: catch this one
    ├── ArgumentError        a number or option that cannot be: stride 0, a kernel larger than its input
    │   └── KernelError      a --kernel text or file that cannot be understood
    ├── UsageError           options that do not go together (command line only)
    ├── ReadError            an input that is missing, broken, or not what it should be
    ├── WriteError           a place that cannot be written
    │   └── DiskError        a disk that fills up, a stream that fails, in the middle of writing
    └── MemoryLimitError     a run that would need more memory than it may take

A message says what, where and what to try, in one line without the program's name.
"""

from __future__ import annotations


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
