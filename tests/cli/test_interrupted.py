"""Ctrl-C at every kind of moment, the first import and the last write included: one line, exit code 130, no litter."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from writing import into

from cnnviz.cli.app import COMMANDS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

RUNS = {command: into(command, "out")[0] for command in COMMANDS} | {
    command: [command, "photo.png", *kernel, "-o", "out.png", "--save", "out.npz"]
    for command, kernel in (("conv", ["-k", "sobel"]), ("pool", []))  # two files, one after the other
}
OLD = b"what stood there before"
TIMES = int(os.environ.get("CNNVIZ_TEST_INTERRUPTS", "0"))
"""How often each command is interrupted by the clock too, which no busy machine keeps: CNNVIZ_TEST_INTERRUPTS=60."""

CHILD = """
import os, signal, sys
from cnnviz.__main__ import main

def hook(event, args):
    if moments and {moment}:
        moments.clear()
        {act}

moments = ["still to come"]
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.addaudithook(hook)
main()
"""
"""The program, which acts at a moment of its own run: what comes before its first import is Python's affair."""
MOMENTS = {
    "the first import": "event == 'import'",
    "an import in the middle": "event == 'import' and args[0] == 'numpy._core.multiarray'",
    "the opening of the input": "event == 'open' and str(args[0]) == 'photo.png'",
    "the opening of a new file": "event == 'open' and '.cnnviz-' in str(args[0]) and args[2] & os.O_CREAT",
    "the locking of a new file": "event == 'fcntl.flock'",
    "the last renaming": "event == 'os.rename' and not str(args[1]).endswith('.npz')",
}


def start(command, moment, act, **options):
    child = CHILD.format(moment=MOMENTS[moment], act=act)
    return subprocess.Popen([sys.executable, "-c", child, *command], stderr=subprocess.PIPE, text=True, **options)


def check_interrupted(process, folder, ends=((130, "cnnviz: interrupted\n"),)):
    _, err = process.communicate()
    assert (process.returncode, err) in ends
    assert not list(folder.glob(".cnnviz-*"))


@pytest.mark.parametrize(
    ("command", "moment"),
    [
        (command, moment)
        for command in RUNS
        for moment in MOMENTS
        if "photo.png" in RUNS[command] or "input" not in moment
    ],
)
def test_ctrl_c_at_a_moment_of_the_run(cnnviz, photo, folder, command, moment):
    outputs = [folder / word for word in RUNS[command] if word.startswith("out.")]
    for output in outputs:
        output.write_bytes(OLD)
    check_interrupted(start(RUNS[command], moment, "signal.raise_signal(signal.SIGINT)"), folder)
    found = [output.read_bytes() for output in outputs]
    assert cnnviz(*RUNS[command]).code == 0
    assert all(data in (OLD, output.read_bytes()) for data, output in zip(found, outputs, strict=True))


def test_ctrl_c_while_it_waits_for_its_input(photo, folder):
    process = start(["conv", "-", "-k", "sobel"], "the first import", "pass", stdin=subprocess.PIPE)
    process.stdin.write("-" * (1 << 20))  # more than a pipe holds: once it is written, the program is reading
    process.send_signal(signal.SIGINT)
    check_interrupted(process, folder)


@pytest.mark.skipif(not TIMES, reason="CNNVIZ_TEST_INTERRUPTS is not set")
@pytest.mark.parametrize("command", RUNS)
def test_ctrl_c_at_any_moment(photo, folder, command):
    chance = random.Random(command)
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "cnnviz", *RUNS[command], "-q"], check=True)
    whole_run = time.monotonic() - began
    for _ in range(TIMES):
        act = "sys.stdout.write('begun\\n'); sys.stdout.flush()"
        process = start([*RUNS[command], "-q"], "the first import", act, stdout=subprocess.PIPE)
        assert process.stdout.readline() == "begun\n"
        time.sleep(chance.uniform(0, whole_run))
        process.send_signal(signal.SIGINT)
        check_interrupted(process, folder, [(130, "cnnviz: interrupted\n"), (0, "")])  # or it was done already
