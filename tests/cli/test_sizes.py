"""Whatever asks for more than --max-memory is refused before it is taken: one line, little memory, nothing written."""

import os
import shlex
import subprocess
import sys

import pytest

from cnnviz.cli.app import COMMANDS

pytestmark = pytest.mark.skipif(not hasattr(os, "wait4"), reason="the peak of a child is counted on POSIX")

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


def run(command):
    with subprocess.Popen(
        [sys.executable, "-m", "cnnviz", *shlex.split(command)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        err = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, err, usage.ru_maxrss << (0 if sys.platform == "darwin" else 10)


def test_every_command_is_here():
    assert {command.split()[0] for command in TOO_MUCH + BY_FORMULA} == set(COMMANDS)


@pytest.mark.parametrize("command", TOO_MUCH)
def test_what_would_need_too_much_is_refused_before_it_is_taken(photo, drawing, folder, command):
    before = sorted(folder.iterdir())
    code, err, peak = run(f"{command} --max-memory 300MB" if "kernels" not in command else command)
    assert code == 2, err
    assert err.startswith("cnnviz: ")
    assert err.count("\n") == 1
    assert peak < MOST
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("command", BY_FORMULA)
def test_what_is_counted_and_never_laid_out_takes_no_memory(folder, command):
    code, err, peak = run(command)
    assert code == 0, err
    assert peak < MOST
