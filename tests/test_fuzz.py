"""The fuzzing script sees what it is there to see, and every target of it can be attacked."""

import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.watch import outcomes

from cnnviz.errors import CnnvizError

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
    assert len(rows) == 8
    for name, runs, accepted, refused, failed in rows:
        assert runs == ("280" if name == "all" else "40")
        assert int(accepted) > 0 and int(refused) > 0 and failed == "0", name


@pytest.mark.parametrize("target", ["arrays", "commands"])
def test_an_attack_can_be_done_again(tmp_path, target):
    for path in ("one", "other"):
        command = [sys.executable, str(FUZZ), target, "--seed", "7", "--keep", str(tmp_path / path)]
        subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes() != b""


def program(code, out="", err="", **files):
    """Return a program that prints and writes this, whatever it is asked."""

    def run(line):
        sys.stdout.write(out)
        sys.stderr.write(err)
        for name, text in files.items():
            Path(name.replace("_", ".")).write_text(text)
        return code

    return run


def raising(line):
    raise ValueError("oops")


def dropping(line):
    Path("input").unlink()
    print("{}")
    return 0


WRONG = [
    (program(2, err="cnnviz: no\n", out_png="half"), "refused, and left out.png"),
    (program(2, err="cnnviz: no\n", input="other"), "refused, and left input"),
    (program(2, err="cnnviz: no\n", out="a table\n"), "refused, and printed 'a table"),
    (program(2, err="cnnviz: no\nsee there\n"), "said 'cnnviz: no"),
    (program(2, err="cnnviz: no"), "said 'cnnviz: no'"),
    (program(2, err="cnnviz: \x1b[31m\n"), "printed as it stands"),
    (program(2, err="note: one\n"), "said 'note"),
    (program(2), "said ''"),
    (program(1, err="cnnviz: a full disk\n"), "ended with 1"),
    (program(0, out="\u202e\n"), "printed as it stands"),
    (program(0, out="{}", err="note: one\ntwo\n"), "said 'note: one"),
    (program(0, out='{"mean": NaN}'), "NaN in JSON"),
    (program(0, out="{}", _cnnviz_tmp=""), "did something to .cnnviz.tmp"),
    (program(0, out="{}", input="other"), "did something to input"),
    (raising, r"^pool input --json: ValueError \(oops\) at test_fuzz.py"),
    (dropping, "did something to input"),
    (program(0, out="{}", out_png="half"), "out.png cannot be read again"),
    (program(0, out="{}", out_svg="<svg>\b</svg>"), "out.svg cannot be read again"),
    (program(0, out="{}", out_npz="half"), "out.npz cannot be read again"),
]
"""What no run of a command may do, and the words that tell it."""


@pytest.fixture
def check(tmp_path, monkeypatch):
    """The judge of commands, in a folder with an input."""
    monkeypatch.syspath_prepend(str(FUZZ))
    monkeypatch.chdir(tmp_path)
    Path("input").write_text("1 2\n")
    from commands import check

    return lambda program: check(program, ["pool", "input", "--json"])


@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_a_command_that_ends_in_no_right_way_is_a_failure(check, wrong, words):
    with pytest.raises(AssertionError, match=words):
        check(wrong)


def test_a_command_that_ends_well_is_accepted_and_one_line_is_a_refusal(check):
    check(program(0, out="{}\n", err="note: one\n", out_csv="1 2\n"))
    with pytest.raises(CnnvizError, match=r"^input: broken$"):
        check(program(2, err="cnnviz: input: broken\n"))


BROKEN = """
import os, random, sys
sys.path.insert(0, {folder!r})
from attempt import Streams, serve
from targets import TARGETS
from cnnviz.files import meta, provenance, write

{broken}
streams = Streams()
serve(((n, TARGETS["commands"](random.Random(n))[1]) for n in range(int(sys.argv[1]), 60)), streams)
"""


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("meta._check_meta = lambda data, shape: data['version']", "blamed the file"),
        ("provenance.of_figure = lambda file: 1 / 0", "ZeroDivisionError"),
        ("write._check_made_up = lambda *arguments: None", "replaced input.conv.npz"),
    ],
)
def test_the_attacks_on_commands_find_a_guard_that_is_gone(tmp_path, monkeypatch, broken, words):
    (tmp_path / "cases.py").write_text(BROKEN.format(folder=str(FUZZ), broken=broken))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    ended = list(outcomes([sys.executable, str(tmp_path / "cases.py")]))
    assert len(ended) == 60
    assert any(verdict == "failed" and words in said for _, verdict, said in ended)
