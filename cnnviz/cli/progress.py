"""A bar for work that lasts: on a terminal, after a second, gone when the work is done."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Any

from cnnviz.errors import printable

PATIENCE = 1.0  # seconds


class Progress:
    """Counts the steps of a run; use it in a `with`, and call `step` as each step begins."""

    def __init__(self, steps: int, *, shown: bool = True) -> None:
        self._steps = steps
        self._done = -1
        self._text = ""
        self._bar: Any = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        if shown and sys.stderr.isatty():
            self._timer = threading.Timer(PATIENCE, self._show)
            self._timer.daemon = True

    def __enter__(self) -> Progress:
        if self._timer:
            self._timer.start()
        return self

    def step(self, text: str) -> None:
        """Say what is being done from now on."""
        with self._lock:
            self._done += 1
            self._text = printable(text)
            if self._bar:
                self._bar.update(self._task, completed=self._done, description=self._text)

    def _show(self) -> None:
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        from cnnviz.cli.report import console

        text = TextColumn("{task.description}", markup=False)
        with self._lock:
            if self._timer is None:
                return
            self._bar = Bar(text, BarColumn(), TimeElapsedColumn(), console=console(sys.stderr), transient=True)
            self._task = self._bar.add_task(self._text, total=self._steps, completed=max(self._done, 0))
            self._bar.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            if self._bar:
                self._bar.stop()
                self._bar = None
