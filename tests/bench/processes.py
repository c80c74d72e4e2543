"""Whole processes, cnnviz's and its peers', in turns: seconds, processor seconds, peak memory.

This module imports nothing large: a new process counts the memory of the one that started it as its own peak.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

HERE = Path(__file__).parent
PEERS = {"OpenCV": "cv2", "SciPy": "scipy", "PyTorch": "torch"}
"""What a peer is called, and the module that it needs."""

Command = Sequence[str]
CNNVIZ = [sys.executable, "-m", "cnnviz"]
SOBEL = ["--kernel", "sobel", "--pad", "1", "--quiet"]


class Run(NamedTuple):
    """What one process took."""

    wall: float
    cpu: float
    peak: float  # MiB


def races() -> dict[str, dict[str, Command]]:
    """Return the cases by name, and for each the commands that are compared, cnnviz first."""

    def beside(arguments: Command, *peer: str) -> dict[str, Command]:
        installed = [name for name, module in PEERS.items() if find_spec(module)]
        return {
            "cnnviz": [*CNNVIZ, "conv", *arguments],
            **{name: [sys.executable, str(HERE / f"peers/with_{name.lower()}.py"), *peer] for name in installed},
        }

    return {
        "--help": {"cnnviz": [*CNNVIZ, "--help"], "import typer": [sys.executable, "-c", "import typer"]},
        "512×512": beside(["small.png", *SOBEL, "--no-save"], "small.png", "edges"),
        "512×512, maps saved": beside(["small.png", *SOBEL], "small.png", "edges", "save"),
        "24 kernels": beside(
            ["small.png", "--kernel", "bank.npy", "--pad", "4", "-q", "--no-save"], "small.png", "bank"
        ),
        "12 MP": beside(["large.jpg", *SOBEL, "--no-save"], "large.jpg", "edges"),
        "12 MP, maps saved": beside(["large.jpg", *SOBEL], "large.jpg", "edges", "save"),
    }


def run(command: Command, folder: str) -> Run:
    """Run a command to its end, and fail where it does."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if hasattr(os, "wait4"):
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        unit = 2**20 if sys.platform == "darwin" else 2**10
        taken = Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)
    else:  # Windows tells no more than the time
        process.wait()
        taken = Run(time.perf_counter() - begin, float("nan"), float("nan"))
    with process.stderr as errors:  # type: ignore[union-attr]
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{errors.read().decode()}")
    return taken


def in_turns(commands: Mapping[str, Command], folder: str, rounds: int) -> dict[str, Run]:
    """Return the medians of each command, run one after the other in every round; the first round warms up."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            taken = run(command, folder)
            if turn:
                runs[name].append(taken)
    return {name: Run(*map(median, zip(*taken, strict=True))) for name, taken in runs.items()}


def main(words: Sequence[str], rounds: int) -> None:
    """Print a block for each case that one of the words names, or for all."""
    with TemporaryDirectory() as folder:
        subprocess.run([sys.executable, str(HERE / "prepare.py"), folder], check=True)
        print(f"{'whole process':24} {'seconds':>8} {'CPU':>6} {'peak MiB':>9}  cnnviz ÷ this: seconds, CPU, peak")
        for name, commands in races().items():
            if words and not any(word in name for word in words):
                continue
            print(name)
            found = in_turns(commands, folder, rounds)
            ours = found["cnnviz"]
            for program, taken in found.items():
                line = f"  {program:22} {taken.wall:8.3f} {taken.cpu:6.2f} {taken.peak:9.0f}"
                if program != "cnnviz":
                    line += "".join(f"{mine / its:9.2f}" for mine, its in zip(ours, taken, strict=True))
                print(line, flush=True)
