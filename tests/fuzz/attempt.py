"""One attempt, judged: a value, or one printable line that refuses it. Anything else is a failure.

This is the side that is watched: it runs case after case in a process of its own, and says on its first standard
output which one it is at, before it tries it. What the program, or a decoder's C code, writes on standard output or
standard error goes into a file, and has to stay empty.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress

from cnnviz.errors import CnnvizError, printable

ALLOWED = 64 << 20
"""Bytes that every reader may take (`--max-memory`)."""
SLACK = 192 << 20  # what libraries, their caches and the garbage of former runs may hold beside that
SLOWEST = 5.0  # seconds of the processor


class Streams:
    """What is written on the process's own standard output and standard error, kept away from the terminal."""

    def __init__(self) -> None:
        self.answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (for as long as the process lives)
        for stream in (1, 2):
            os.dup2(self._file.fileno(), stream)

    def taken(self) -> str:
        """Return what has been written since the last time."""
        sys.stdout.flush()
        sys.stderr.flush()
        self._file.seek(0)
        text = self._file.read().decode(errors="replace")
        self._file.seek(0)
        self._file.truncate()
        return text


def serve(cases: Iterable[tuple[int, Callable[[], object]]], streams: Streams) -> None:
    """Try every case and tell the watcher about each: `at 7`, then `accepted`, `refused` or `failed`, and words."""
    warnings.simplefilter("always")
    before = _peak()
    for number, call in cases:
        streams.taken()  # what making the case has written is not the program's
        streams.answers.write(f"at {number}\n")
        streams.answers.flush()
        verdict, words = judged(call, streams)
        if _peak() - before > ALLOWED + SLACK:
            verdict, words = "failed", f"took {(_peak() - before) >> 20} MiB of memory"
            before = _peak()
        streams.answers.write(f"{verdict} {printable(words)}\n")
        streams.answers.flush()


def judged(call: Callable[[], object], streams: Streams) -> tuple[str, str]:
    """Return a verdict on one call, and words that explain it."""
    begun = time.process_time()  # a busy machine is not the program's fault, and the watcher ends what hangs
    try:
        call()
        verdict = ("accepted", "")
    except CnnvizError as error:
        line = str(error)
        verdict = ("refused", line) if line and printable(line) == line else ("failed", f"an unprintable line: {line}")
    except BaseException as error:
        verdict = ("failed", told(error))
    seconds = time.process_time() - begun
    if chatter := streams.taken():
        return "failed", f"chatter: {chatter[:500]}"
    return verdict if seconds < SLOWEST else ("failed", f"took {seconds:.0f} s of the processor")


def told(error: BaseException) -> str:
    """Return an error and where it was raised, in words."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} ({error}) at {os.path.basename(place.filename)}:{place.lineno}"


def _peak() -> int:
    """Return the most memory that this process has ever held, in bytes; 0 where the system does not say."""
    with suppress(OSError), open("/proc/self/status") as status:  # on Linux getrusage counts the parent's memory too
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))
    with suppress(ImportError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most << 10
    return 0
