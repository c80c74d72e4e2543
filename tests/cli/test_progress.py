import io
import sys
import time

import pytest

from cnnviz.cli import progress
from cnnviz.cli.progress import Progress


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def terminal_as_stderr(monkeypatch):
    # Within the test: pytest puts streams of its own in place after the fixtures have run.
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    return stream


def wait_for(words, stream):
    end = time.monotonic() + 20
    while words not in stream.getvalue():
        assert time.monotonic() < end, stream.getvalue()
        time.sleep(0.02)


def test_short_work_shows_nothing(monkeypatch):
    terminal = terminal_as_stderr(monkeypatch)
    with Progress(2) as bar:
        bar.step("reading")
        bar.step("computing")
    assert terminal.getvalue() == ""


def test_long_work_shows_what_is_being_done(monkeypatch):
    terminal = terminal_as_stderr(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    with Progress(2) as bar:
        bar.step("reading [bold]photo\x1b.png")
        wait_for("reading [bold]photo\\x1b.png", terminal)
        bar.step("computing")
        wait_for("computing", terminal)


@pytest.mark.parametrize("shown", [True, False])
def test_nothing_is_shown_where_there_is_no_terminal_or_none_is_wanted(monkeypatch, shown):
    stream = io.StringIO() if shown else Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    with Progress(1, shown=shown) as bar:
        bar.step("reading")
        time.sleep(0.1)
    assert stream.getvalue() == ""
