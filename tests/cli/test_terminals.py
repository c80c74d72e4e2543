"""Terminals of every kind: a narrow one shows all that a wide one does, and no sequence goes where none belongs."""

import os
import re
import struct
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from cnnviz.cli import app
from cnnviz.cli.app import COMMANDS

pty = pytest.importorskip("pty", reason="terminals of POSIX")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

PRINTS = {
    "conv": "conv photo.png -k sobel --pool max --explain --preview -o out.png --no-save",
    "conv, shifted": "conv photo.png -k sobel-x --shift 2 --no-grid",
    "pool": "pool photo.png --explain --preview -o out.png --no-save",
    "params": "params photo.png -k sobel",
    "kernels": "kernels sobel gaussian random:7",
    "trace": "trace photo.png -k sobel-x --at 3,3",
    "trace, pooling": "trace photo.png --pool max --at 3,3",
    "animate": "animate drawing.csv -k sobel-x --frames 2 -o out.gif",
    "diagram": "diagram weight-sharing -o out.svg",
    "receptive-field": "receptive-field photo.png --layer conv_3 --layer max_2 --at 3,3 -o out.svg",
}
"""What each command prints; _ is a space in an argument."""
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")
WORD = re.compile(r"[-\w]*\w")
HEADS = {"layer"}
"""Words that stand over a column of a table: where blocks take its place, these have no column to stand over."""


def words(name):
    return [word.replace("_", " ") if name == "receptive-field" else word for word in PRINTS[name].split()]


def clean(**settings):
    """Return an environment in which nothing but these settings says what a terminal can do."""
    ours = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM", "LANG", "LC_ALL", "PYTHONIOENCODING", "PYTHONUTF8")
    return {name: value for name, value in os.environ.items() if name not in ours} | settings


def on_terminal(arguments, columns, **settings):
    """Run the program on a terminal of so many columns, and return what it showed."""
    leader, follower = pty.openpty()
    pieces = []
    with open(leader, "rb", buffering=0) as screen, open(follower, "wb", buffering=0) as terminal:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        with subprocess.Popen(
            [sys.executable, "-m", "cnnviz", *arguments],
            stdin=terminal, stdout=terminal, stderr=terminal, env=clean(**{"TERM": "xterm-256color"} | settings),
        ) as process:  # fmt: skip
            terminal.close()
            late = threading.Timer(60, process.kill)
            late.start()
            with suppress(OSError):  # Linux says so at the end
                while piece := screen.read(1 << 16):
                    pieces.append(piece)
        late.cancel()
    shown = b"".join(pieces).decode().replace("\r\n", "\n")
    assert process.returncode == 0, shown
    return shown


def longest(text):
    return max(map(len, SEQUENCE.sub("", text).split("\n")))


def said(text):
    """Return the words and numbers of a text, frames and pictures left out."""
    return {word for word in SEQUENCE.sub("", text).split() if re.search(r"\w", word)}


def test_every_command_is_here():
    assert {name.partition(",")[0] for name in PRINTS} == set(COMMANDS)


@pytest.mark.parametrize("name", PRINTS)
def test_a_narrow_terminal_shows_all_that_a_wide_one_does(photo, drawing, name):
    shown = {columns: on_terminal(words(name), columns) for columns in (120, 80, 40)}
    for columns, text in shown.items():
        assert longest(text) <= columns
        run_on = re.sub(r"\s", "", SEQUENCE.sub("", text))
        assert [word for word in said(shown[120]) - HEADS if len(word) > 2 and word not in run_on] == []
        assert "\x1b" not in re.sub(r"\x1b\[[0-9;]*m", "", text), "nothing but colours and weights"


@pytest.mark.parametrize("name", ["conv", "params", "trace", "receptive-field"])
def test_a_dumb_terminal_gets_no_sequences_and_its_own_width(photo, drawing, name):
    shown = on_terminal(words(name), 40, TERM="dumb")
    assert "\x1b" not in shown
    assert longest(shown) <= 40


@pytest.mark.parametrize("name", ["conv", "params", "receptive-field"])
def test_no_colour_where_none_is_wanted(photo, drawing, name):
    assert not COLOUR.search(on_terminal(words(name), 80, NO_COLOR="1"))


def test_pictures_in_the_terminal_are_in_colour(photo):
    assert COLOUR.search(on_terminal(words("conv"), 80))


@pytest.mark.parametrize("settings", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}], ids=min)
@pytest.mark.parametrize("name", PRINTS)
def test_what_is_no_terminal_gets_plain_text_in_its_own_characters(photo, drawing, name, settings):
    done = subprocess.run(
        [sys.executable, "-m", "cnnviz", *words(name)],
        capture_output=True,
        env=clean(PYTHONCOERCECLOCALE="0", **settings),
    )
    assert done.returncode == 0, done.stderr
    shown = (done.stdout + done.stderr).decode("ascii")
    assert "\x1b" not in shown
    assert "?" not in shown and "\\x" not in shown and "\\u" not in shown
    assert len(said(shown)) > 5


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_whole_and_keeps_to_the_width(command, columns):
    shown = on_terminal([command, "--help"] if command else ["--help"], columns)
    assert longest(shown) <= columns
    assert "None:" not in shown
    told = [entry.summary for entry in COMMANDS.values()]
    if command:
        options = [option for option in app.command(command).params if option.param_type_name == "option"]
        told = [text for option in options for text in (*option.opts, option.help)]
    assert not set(WORD.findall(" ".join(told))) - set(WORD.findall(SEQUENCE.sub("", shown)))
