"""Faults on purpose: runs killed at random moments, files that may grow no further, memory that ends too early.

Every command that writes is tried; one that is missing from the table of writing.py fails.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from writing import WRITES, into

from cnnviz.cli.app import COMMANDS
from cnnviz.files.write import Target, write

resource = pytest.importorskip("resource", reason="limits of POSIX")

OLD = b"what stood there before"
KILLS = int(os.environ.get("CNNVIZ_TEST_KILLS", "25"))
"""Set it for more: CNNVIZ_TEST_KILLS=500."""

SLOW = """
import sys, time
from pathlib import Path
from cnnviz.files.write import Target, write

def slowly(letter):
    def writer(file):
        for _ in range(16):
            file.write(letter * 1000)
            file.flush()
            time.sleep(0.001)
    return writer

print("begun", flush=True)
while True:
    for letter in (b"a", b"b"):
        write(Target(Path("out")), slowly(letter))
"""


def start(arguments, stdout=subprocess.PIPE, **options):
    command = [sys.executable, "-m", "cnnviz", *arguments]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, **options)


def one_line(text):
    return text.count("\n") == 1 and text.startswith("cnnviz: ")


def test_every_command_is_here():
    assert {name.partition(",")[0] for name in WRITES} == set(COMMANDS)


@pytest.mark.parametrize("name", WRITES)
def test_each_of_them_writes(photo, folder, name):
    done = start(into(name, "out")[0])
    assert done.returncode == 0, done.stderr
    assert len(list(folder.glob("out.*"))) == 1


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(folder):
    chance = random.Random(0)
    seen, interrupted = set(), 0
    for _ in range(KILLS):
        child = subprocess.Popen([sys.executable, "-c", SLOW], stdout=subprocess.PIPE)
        with child.stdout:
            child.stdout.readline()
            time.sleep(chance.uniform(0.02, 0.1))
            child.send_signal(signal.SIGKILL)
        child.wait()
        data = (folder / "out").read_bytes() if (folder / "out").exists() else b""
        assert len(data) in (0, 16_000)
        assert len(set(data)) <= 1
        seen |= set(data)
        left = [entry.name for entry in folder.iterdir() if entry.name != "out"]
        assert len(left) <= 1, "the run before should have been tidied up after"
        interrupted += len(left)
    assert seen == set(b"ab")
    assert interrupted > KILLS // 2, "the kills should hit the middle of writing"

    write(Target(Path("out")), lambda file: file.write(b"done"))
    assert [entry.name for entry in folder.iterdir()] == ["out"]


@pytest.mark.parametrize("name", WRITES)
def test_a_disk_that_fills_up_keeps_the_old_file(photo, folder, name):
    arguments, path = into(name, "out")
    target = folder / path
    target.write_bytes(OLD)
    before = sorted(entry.name for entry in folder.iterdir())

    def no_file_over_200_bytes():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    done = start([*arguments, "--force"], preexec_fn=no_file_over_200_bytes)
    assert done.returncode == 1, done.stderr
    assert one_line(done.stderr), done.stderr
    assert target.name in done.stderr
    assert target.read_bytes() == OLD
    assert sorted(entry.name for entry in folder.iterdir()) == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
@pytest.mark.parametrize("name", WRITES)
def test_a_full_standard_output_is_one_line(photo, drawing, name):
    arguments, _ = into(name, "out")
    if name == "animate":  # of the photo it has something to note
        arguments[1] = drawing
    with open("/dev/full", "w") as full:
        done = start(arguments, stdout=full)
    assert done.returncode == 1, done.stderr
    assert one_line(done.stderr), done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the address space is limited on Linux")
@pytest.mark.parametrize("megabytes", [20, 30, 40, 60, 120, 200, 260, 320, 400])
def test_where_memory_ends_a_run_ends_in_one_line(photo, folder, megabytes):
    from PIL import Image

    Image.new("RGB", (3000, 2000), "teal").save(folder / "large.png")

    def little_memory():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    done = start(["conv", "large.png", "-k", "sobel", "-k", "gaussian", "-o", "out.png"], preexec_fn=little_memory)
    assert done.returncode == 2, done.stderr
    assert one_line(done.stderr), done.stderr
    assert sorted(entry.name for entry in folder.iterdir()) == ["large.png", "photo.png"]
