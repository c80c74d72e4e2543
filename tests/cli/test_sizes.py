"""Whatever asks for more than --max-memory is refused before it is taken: one line, little memory, nothing written."""

import shlex
import subprocess
import sys

import pytest

from cnnviz.cli.app import COMMANDS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")

TOO_MUCH = [
    "conv photo.png -k box:20001",
    "conv photo.png -k random:3,count=1000000000",
    "conv photo.png -k sobel --pad 100000",
    "conv photo.png -k sobel --resize 200000",
    "conv photo.png -k sobel --scale 1000",
    "conv photo.png -k sobel --shift 3 --pad 100000",
    "conv drawing.csv -k sobel --pad 200000 --dilation 3",
    "pool photo.png --resize 100000x100000",
    "pool photo.png --scale 1000",
    "trace photo.png -k sobel-x --at 3,3 --pad 90000",
    "trace drawing.csv -k random:3,count=100000000 --at 1,1",
    "animate photo.png -k sobel-x --resize 90000",
    "animate photo.png -k sobel --pad 90000",
    "receptive-field photo.png --layer 'conv 3' --resize 100000",
    "kernels gaussian:100001",
]
BY_FORMULA = [
    "params --input 3x100000000x1000000000 --filters 1000000",
    "diagram filters --filters 100000000",
    "receptive-field --layer 'conv 30001'",
]
"""What is never laid out in memory, however large it is."""
MOST = 120 << 20  # bytes: Python, NumPy and Pillow themselves take about 50 MiB


MEASURED = """
import atexit, sys
from cnnviz.__main__ import main

def tell(where):
    with open("/proc/self/status") as status, open(where, "w") as file:
        file.write(next(line.split()[1] for line in status if line.startswith("VmHWM")))

atexit.register(tell, sys.argv.pop())
main()
"""
"""The program, which says at its end how many KiB it held at most: getrusage would count the tests' memory too."""


def run(command, peak):
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *shlex.split(command), str(peak)], capture_output=True, text=True
    )
    return done.returncode, done.stderr, int(peak.read_text()) << 10


@pytest.fixture
def peak(tmp_path_factory):
    return tmp_path_factory.mktemp("peak") / "kilobytes"


def test_every_command_is_here():
    assert {command.split()[0] for command in TOO_MUCH + BY_FORMULA} == set(COMMANDS)


@pytest.mark.parametrize("command", TOO_MUCH)
def test_what_would_need_too_much_is_refused_before_it_is_taken(photo, drawing, folder, peak, command):
    before = sorted(folder.iterdir())
    code, err, most = run(f"{command} --max-memory 300MB" if "kernels" not in command else command, peak)
    assert code == 2, err
    assert err.startswith("cnnviz: ")
    assert err.count("\n") == 1
    assert most < MOST
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("command", BY_FORMULA)
def test_what_is_counted_and_never_laid_out_takes_no_memory(folder, peak, command):
    code, err, most = run(command, peak)
    assert code == 0, err
    assert most < MOST
