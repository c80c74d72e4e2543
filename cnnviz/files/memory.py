"""How much memory may a run take? Asked before it is taken, never after.

Every door that is about to make something large says how many bytes it needs; more than the limit is refused with
the figure. The limit is half of the machine's memory, or of the container's where that is smaller.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path

from cnnviz.core.address_space import address_space
from cnnviz.errors import ArgumentError, MemoryLimitError, quoted

_UNITS = {"": 1, "b": 1}
for _power, _letter in enumerate("kmgt", start=1):
    _UNITS |= {_letter: 1024**_power, f"{_letter}ib": 1024**_power, f"{_letter}b": 1000**_power}
_BLAS_BYTES = 128 * 1024**2  # of address space, NumPy itself included
_FALLBACK = 4 * 1024**3  # where the machine does not say what it has


def parse_bytes(text: str) -> int:
    """Return the bytes that `2GiB`, `500MB`, `1.5 GB` or `123456` stand for; raises ArgumentError."""
    match = re.fullmatch(r"\s*(\d{1,20})(\.\d{1,20})?\s*([a-z]*)\s*", text.lower(), re.ASCII)
    if match is None or match[3] not in _UNITS:
        raise ArgumentError(
            f"{quoted(text)} is not an amount of memory: write 2GiB, 500MB or a number of bytes",
            argument="max_memory",
        )
    amount = int(match[1]) * _UNITS[match[3]] + int(float(match[2] or 0) * _UNITS[match[3]])
    if amount < 1:
        raise ArgumentError("the memory limit must be at least one byte", argument="max_memory")
    return amount


def show_bytes(count: int) -> str:
    """Return a number of bytes for people, in powers of 1000: `812 B`, `3.1 MB`, `40 GB`."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB", "PB", "EB"):
        if size < 999.5 or unit == "EB":
            break
        size /= 1000
    return f"{size:.1f} {unit}" if unit != "B" and size < 9.95 else f"{size:.0f} {unit}"


def require(needed: int, limit: int | None, what: str) -> None:
    """Raise MemoryLimitError where `needed` bytes are more than `limit` (None: the default); `what` is the subject."""
    allowed = default_limit() if limit is None else limit
    if needed > allowed:
        raise MemoryLimitError(
            f"{what} would need {show_bytes(needed)} of memory, and the limit is {show_bytes(allowed)}: "
            "raise it with --max-memory, or use a smaller input"
        )


@cache
def default_limit() -> int:
    """Return half of the machine's memory, the container's limit or this process's, whichever is smallest, in bytes."""
    return min(_machine(), address_space(), *_containers()) // 2


def settle() -> None:
    """Take what BLAS, NumPy's library of products, needs at once, where the address space of this process is limited.

    Without room it would end the process by itself, at its first product, in words and with a code of its own. Raises
    MemoryError instead. Where nothing is limited this does nothing.
    """
    if address_space() == sys.maxsize:
        return
    import mmap

    try:
        mmap.mmap(-1, _BLAS_BYTES).close()
    except OSError:
        raise MemoryError from None
    import numpy as np

    square = np.ones((256, 256))
    np.matmul(square, square.T + 1)  # large enough not to go without its buffer


def _machine() -> int:
    if sys.platform == "win32":
        return _windows()
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return _FALLBACK


def _windows() -> int:
    import ctypes

    class Status(ctypes.Structure):
        # MEMORYSTATUSEX: length, load, then seven 64-bit amounts, the first of them all physical memory.
        _fields_ = (("length", ctypes.c_ulong), ("load", ctypes.c_ulong), ("amounts", ctypes.c_uint64 * 7))

    status = Status(length=ctypes.sizeof(Status))
    kernel32 = getattr(ctypes, "windll").kernel32  # noqa: B009  (mypy sees this attribute on Windows only)
    return int(status.amounts[0]) if kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else _FALLBACK


def _containers(root: Path = Path("/sys/fs/cgroup"), groups: Path = Path("/proc/self/cgroup")) -> list[int]:
    """Return the limits of every control group around this process: version 2, then version 1."""
    found: list[int] = []
    try:
        lines = groups.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return found
    for line in lines:
        controllers, _, group = line.partition(":")[2].partition(":")
        if controllers == "":
            top, name = root, "memory.max"
        elif "memory" in controllers.split(","):
            top, name = root / "memory", "memory.limit_in_bytes"
        else:
            continue
        here = top / group.lstrip("/")
        for folder in (here, *here.parents):
            if not folder.is_relative_to(top):
                break
            try:
                found.append(int((folder / name).read_text()))
            except (OSError, ValueError):  # no such file, or "max"
                continue
    return [limit for limit in found if limit > 0]
