import os
import subprocess
import sys

import pytest

import cnnviz as package
from cnnviz.cli import app
from cnnviz.kernels.presets import KERNELS


def start(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "cnnviz", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_version(cnnviz):
    assert cnnviz("--version").out == f"cnnviz {package.__version__}\n"


def test_bare_cnnviz_prints_its_help(cnnviz):
    bare, asked = cnnviz(), cnnviz("--help")
    assert (bare.code, asked.code) == (0, 0)
    assert bare.out.strip() == asked.out.strip()
    assert all(command in bare.out for command in app.COMMANDS)


@pytest.mark.parametrize("command", app.COMMANDS)
def test_every_command_has_help_and_examples(cnnviz, command):
    result = cnnviz(command, "--help")
    assert result.code == 0
    assert "Examples:" in result.out
    assert f"cnnviz {command}" in result.out


@pytest.mark.parametrize("command", app.COMMANDS)
def test_help_has_no_square_brackets_that_rich_would_take_for_markup(command):
    for parameter in app.command(command).params:
        if parameter.param_type_name == "option" and parameter.help:
            assert "[" not in parameter.help, parameter.opts


def test_a_mistyped_command_gets_a_suggestion(cnnviz):
    assert "did you mean 'pool'?" in cnnviz("poll").err


def complete(words):
    env = {**os.environ, "_CNNVIZ_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run([sys.executable, "-m", "cnnviz"], env=env, capture_output=True, text=True)
    return done.stdout.split()


def test_completion_of_commands_options_and_values(folder):
    assert complete("cnnviz po") == ["pool"]
    assert "--kernel" in complete("cnnviz conv --k")
    assert complete("cnnviz conv --kernel sob") == [name for name in KERNELS if name.startswith("sob")]
    assert complete("cnnviz pool --mode m") == ["max", "min"]


def test_completion_can_be_shown(cnnviz, monkeypatch):
    monkeypatch.setattr("shellingham.detect_shell", lambda *_: ("bash", "/bin/bash"))  # tests may run outside of one
    result = cnnviz("--show-completion", "bash")
    assert result.code == 0
    assert "_CNNVIZ_COMPLETE" in result.out


def test_a_closed_pipe_is_quiet(photo):
    process = start("kernels")
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == ""
    assert process.wait() == 0


@pytest.mark.parametrize("arguments", [["--help"], ["conv", "--help"], [], ["kernels"]])
def test_help_into_a_closed_pipe_is_quiet_too(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "cnnviz", *arguments]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize(
    ("command", "code", "lines"),
    [("params >&-", 1, 1), ("conv missing.png -k sobel 2>&-", 2, 0), ("params -o - >&-", 1, 1)],
)
def test_streams_that_were_closed_before_it_began(folder, command, code, lines):
    done = subprocess.run(["sh", "-c", f"{sys.executable} -m cnnviz {command}"], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == lines, done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_full_standard_output_is_one_line():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cnnviz", "kernels"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr.startswith("cnnviz: standard output")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_terminals_of_any_encoding(photo, encoding):
    env = {**os.environ, "PYTHONIOENCODING": encoding, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "cnnviz", "conv", photo, "-k", "sobel", "--explain", "--preview"],
        env=env,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode(encoding)
    assert ("3×40×48 → 2×38×46" if encoding == "utf-8" else "3") in text
    assert "?" not in text
    if encoding == "ascii":
        assert "3x40x48 -> 2x38x46" in text
