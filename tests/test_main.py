"""The first and the last moment of a run, where an interruption could meet nobody who looks after it."""

import subprocess
import sys
from pathlib import Path

import pytest

import cnnviz


def python(code, *arguments):
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)


def test_nothing_is_imported_before_ctrl_c_is_looked_after():
    code = """
import os, sys  # both are there before any program begins
sys.path.insert(0, sys.argv[1])
before = {*sys.modules, *sys.builtin_module_names}
import cnnviz.__main__
print(*sorted(set(sys.modules) - before))
"""
    # Without `site`, which loads this and that for a package that is installed from its sources.
    source = Path(cnnviz.__file__).parents[1]
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, source], capture_output=True, text=True)
    assert done.stdout.split() == ["cnnviz", "cnnviz.__main__"], done.stderr


AT_THE_END = """
import signal, sys
from cnnviz import __main__
real = signal.signal

def interrupted_on_the_way(*arguments):
    signal.signal = real
    signal.raise_signal(signal.SIGINT)
    return real(*arguments)

real(signal.SIGINT, signal.default_int_handler)
signal.signal = interrupted_on_the_way
__main__.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("arguments", "code", "lines"), [(["--version"], 0, 0), (["poll"], 2, 1)])
def test_ctrl_c_after_the_end_changes_nothing(arguments, code, lines):
    done = python(AT_THE_END, *arguments)
    assert done.returncode == code
    assert done.stderr.count("\n") == lines, done.stderr
    assert "interrupted" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("module", ["signal", "cnnviz.cli", "cnnviz.cli.app", "typing", "typer"])
def test_ctrl_c_while_the_program_loads_is_one_line(module):
    code = """
import sys
import _signal as early  # `signal` is for the program to load
from cnnviz import __main__

class Interrupting:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            sys.meta_path.remove(self)
            early.raise_signal(early.SIGINT)

early.signal(early.SIGINT, early.default_int_handler)
for name in ("signal", "typing"):  # whatever `site` has loaded
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Interrupting())
__main__.main()
"""
    done = python(code, module)
    assert (done.returncode, done.stderr) == (130, "cnnviz: interrupted\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_within_eval_is_one_line(tmp_path):
    code = """
import signal
from cnnviz import __main__
from cnnviz.cli import app

app.run = lambda arguments: eval("signal.raise_signal(signal.SIGINT)", {"signal": signal})
signal.signal(signal.SIGINT, signal.default_int_handler)
__main__.main()
"""
    (tmp_path / "interrupted.py").write_text(code)
    run = [sys.executable, "-m", "interrupted"]  # as a module: only then does Python end by the signal
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (130, "cnnviz: interrupted\n")


IN_A_CLASS = """
import signal, sys
from cnnviz import __main__
from cnnviz.cli import app

class Name:
    def __set_name__(self, owner, name):
        if sys.argv[1] == "interrupted":
            signal.raise_signal(signal.SIGINT)
        raise ValueError("a bug")

def run(arguments):
    class Named:
        name = Name()

signal.signal(signal.SIGINT, signal.default_int_handler)
app.run = run
__main__.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_while_a_class_is_made_is_one_line_and_a_bug_is_a_bug():
    done = python(IN_A_CLASS, "interrupted")
    assert (done.returncode, done.stderr) == (130, "cnnviz: interrupted\n")
    done = python(IN_A_CLASS, "broken")
    assert done.returncode == 1
    assert "a bug" in done.stderr


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ('ImportError("lib.so: cannot open")', "lib.so: cannot open"),
        ("MemoryError()", "not enough memory"),
        ('SystemError("error return without exception set")', "not enough memory"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(error, reason):
    code = f"""
import sys
from cnnviz import __main__

class Broken:
    def find_spec(self, name, *_):
        if name == "typer":
            raise {error}

sys.meta_path.insert(0, Broken())
__main__.main()
"""
    done = python(code, "--version")
    assert done.returncode == 2
    assert done.stderr == (
        f"cnnviz: the program cannot be loaded: {reason}; allow it more memory, or install it anew\n"
    )
