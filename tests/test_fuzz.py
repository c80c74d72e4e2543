"""The fuzzing script sees what it is there to see, and every target of it can be attacked."""

import subprocess
import sys
from pathlib import Path

from fuzz.watch import outcomes

FUZZ = Path(__file__).with_name("fuzz")

SCRIPT = """
import os, sys, time, warnings
sys.path.insert(0, {folder!r})
from attempt import Streams, serve
from cnnviz.errors import ReadError

def refuse(): raise ReadError("in one line")
def obey(): raise ReadError("\\x1b[31m")
def fail(): raise ValueError("oops")
def chat(): os.write(2, b"from a decoder")
def warn(): warnings.warn("from NumPy")
def die(): os._exit(3)
def hang(): time.sleep(99)
def eat(): bytearray(400 << 20)

streams = Streams()
calls = [dict, refuse, obey, fail, chat, warn, die, hang, eat, dict]
serve(list(enumerate(calls))[int(sys.argv[1]):], streams)
"""


def test_everything_but_a_value_and_one_line_is_a_failure(tmp_path):
    script = tmp_path / "cases.py"
    script.write_text(SCRIPT.format(folder=str(FUZZ)))
    ended = list(outcomes([sys.executable, str(script)], patience=3))
    assert [(number, verdict) for number, verdict, _ in ended] == [
        *((0, "accepted"), (1, "refused")),
        *((number, "failed") for number in range(2, 9)),
        (9, "accepted"),
    ]
    words = [outcome.words for outcome in ended]
    assert words[1] == "in one line"
    for number, expected in enumerate(
        ("unprintable", "ValueError (oops) at", "from a decoder", "from NumPy", "died (3)", "no end after 3 s", "MiB"),
        2,
    ):
        assert expected in words[number]


def test_each_target_is_attacked_and_some_attacks_are_taken():
    command = [sys.executable, str(FUZZ), "--seed", "1", "--runs", "40"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    head, *rows = (line.split() for line in done.stdout.splitlines())
    assert head[:5] == ["target", "runs", "accepted", "refused", "failed"]
    assert len(rows) == 7
    for name, runs, accepted, refused, failed in rows:
        assert runs == ("240" if name == "all" else "40")
        assert int(accepted) > 0 and int(refused) > 0 and failed == "0", name


def test_an_attack_can_be_done_again(tmp_path):
    for path in ("one", "other"):
        command = [sys.executable, str(FUZZ), "arrays", "--seed", "7", "--keep", str(tmp_path / path)]
        subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes() != b""
