"""Watch a process that tries one case after another; begin anew behind the case that killed it or never ended."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple

PATIENCE = 30.0  # seconds for one case


class Outcome(NamedTuple):
    """How one case ended: `accepted`, `refused` or `failed`, and words that explain it."""

    number: int
    verdict: str
    words: str


def outcomes(command: Sequence[str], first: int = 0, patience: float = PATIENCE) -> Iterator[Outcome]:
    """Run `command`, with the number to begin at behind it, and yield how every case ends; see attempt.serve."""
    while True:
        last, ended = first, ""
        with subprocess.Popen([*command, str(first)], stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
            assert process.stdout
            lines = _lines(process.stdout)
            waiting = False
            while True:
                try:
                    line = lines.get(timeout=patience if waiting else None)
                except queue.Empty:
                    process.kill()
                    ended = f"no end after {patience:g} s"
                    break
                if line is None:
                    ended = f"the process died ({process.wait()})" if process.wait() else ""
                    break
                word, _, rest = line.rstrip("\n").partition(" ")
                if word == "at":
                    last, waiting = int(rest), True
                else:
                    waiting = False
                    yield Outcome(last, word, rest)
        if not ended:
            return
        yield Outcome(last, "failed", ended)
        if not waiting:  # it died between two cases: the fault is not theirs
            return
        first = last + 1


def _lines(stream: IO[str]) -> queue.Queue[str | None]:
    """Return a queue that receives the lines of a stream, and None at its end."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines
