"""How fast is cnnviz, beside what a user would pick instead? `python tests/bench` measures everything.

Peers are those of OpenCV, SciPy and PyTorch that are installed. Programs and calls take turns, and medians are shown.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import machine
import processes

ROOT = Path(__file__).parents[2]
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")
"""Where these are set they slow NumPy down, or have cnnviz compiled anew in every run, as installed it never is."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=["whole", "core"], help="whole processes, or calls of the core")
    parser.add_argument("-c", "--case", action="append", default=[], help="only cases with this in their names")
    parser.add_argument("-n", "--rounds", type=int, default=7, help="how often each is run (7)")
    asked = parser.parse_args()
    for name in SLOWING:
        os.environ.pop(name, None)
    # What is measured is this folder's cnnviz, installed or not.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    others = machine.Others()
    print(machine.described(), flush=True)
    if asked.part != "core":
        processes.main(asked.case, asked.rounds)
    if asked.part != "whole":
        core = [sys.executable, str(Path(__file__).with_name("core.py")), *asked.case]
        # The command line gives NumPy one thread as well: two of Python's share the work.
        subprocess.run(core, check=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    print(others.verdict())


if __name__ == "__main__":
    main()
