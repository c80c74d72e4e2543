"""Ctrl-C at any moment of a run, its first imports and its last write included: one line, exit code 130, no litter."""

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
TIMES = int(os.environ.get("CNNVIZ_TEST_INTERRUPTS", "2"))
"""How often each command is interrupted; set it for more: CNNVIZ_TEST_INTERRUPTS=60."""

BEGIN = "import sys; from cnnviz.__main__ import main; sys.stderr.write('begun\\n'); sys.stderr.flush(); main()"
"""The program, which says where its own first line is: what comes before is Python's affair."""


def interrupted(arguments, after):
    """Run a command, interrupt it after some seconds, and return its exit code and its two outputs."""
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr.readline() == "begun\n"
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.mark.parametrize("command", RUNS)
def test_ctrl_c_at_any_moment(photo, folder, command):
    chance = random.Random(command)
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "cnnviz", *RUNS[command], "-q"], check=True)
    whole_run = time.monotonic() - began
    for i in range(TIMES):
        for old in folder.glob("out.*"):
            old.unlink()
        # The first is sure to come in time: while the modules are imported.
        code, _, err = interrupted(RUNS[command], chance.uniform(0, whole_run) if i else 0.01)
        if i and code == 0:  # it was done already
            continue
        assert (code, err) == (130, "cnnviz: interrupted\n")
        assert not list(folder.glob(".cnnviz-*"))
