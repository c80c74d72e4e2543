"""Go looking for what breaks cnnviz: `python tests/fuzz [--seconds N] [TARGET …]`.

Each attack spoils something that was right and gives it to a reader, or to a whole command. A value of the promised
form or one printable line that refuses it is right; another exception, chatter on standard error, too much memory, a
dead process or no end is not: it is shown with the command that does it again, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # this folder's cnnviz, installed or not

import watch

TARGETS = ("pictures", "arrays", "matrices", "kernel-files", "kernels", "layers", "commands")  # see targets.py
MOST_SHOWN = 5  # failures of one target


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tests/fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"{', '.join(TARGETS)} (all)")
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together (60)")
    parser.add_argument("--seed", type=int, help="the first attack's number (another one each time)")
    parser.add_argument("--runs", type=int, help="how many attacks on each target, instead of --seconds")
    parser.add_argument("--keep", type=Path, help="write the input of the first attack into this file")
    parser.add_argument("--worker", nargs=2, metavar=("UNTIL", "NUMBER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    targets = asked.targets or TARGETS
    for name in targets:
        if name not in TARGETS:
            parser.error(f"no target {name!r}: use {', '.join(TARGETS)}")
    if asked.worker:
        return _work(targets[0], *map(float, asked.worker), runs=asked.runs, first=asked.seed)
    seed = asked.seed if asked.seed is not None else int(time.time())
    if asked.keep:
        return _keep(asked.keep.resolve(), targets[0], seed)
    counts = {}
    for name in targets:
        counts[name] = _attack(name, seed, asked.runs, asked.seconds / len(targets))
    return _table(counts, seed)


def _attack(name: str, seed: int, runs: int | None, seconds: float) -> Counter[str]:
    until = time.time() + seconds
    command = [sys.executable, __file__, name, "--seed", str(seed), "--runs", str(runs or 0), "--worker", str(until)]
    counts: Counter[str] = Counter()
    for number, verdict, words in watch.outcomes(command, first=seed):
        counts[verdict] += 1
        if verdict == "failed" and counts["failed"] <= MOST_SHOWN:
            print(f"failed: {words}\n  again: python tests/fuzz {name} --seed {number} --runs 1", flush=True)
    return counts


def _work(name: str, until: float, number: float, *, runs: int, first: int) -> int:
    """Be the process that is watched: attack from `number` on until the time, or as many runs as asked, are over."""
    from attempt import Streams, serve
    from targets import TARGETS as ATTACKS

    streams = Streams()

    def cases() -> Iterator[tuple[int, Callable[[], object]]]:
        now = int(number)
        while now < first + runs if runs else time.time() < until:
            yield now, ATTACKS[name](_chance(name, now))[1]
            now += 1

    with tempfile.TemporaryDirectory(prefix="cnnviz-fuzz-") as folder:
        os.chdir(folder)
        serve(cases(), streams)
        os.chdir(os.path.dirname(folder))
    return 0


def _chance(name: str, number: int) -> random.Random:
    return random.Random(f"{name} {number}")


def _keep(path: Path, name: str, seed: int) -> int:
    from targets import TARGETS as ATTACKS

    with tempfile.TemporaryDirectory(prefix="cnnviz-fuzz-") as folder:
        os.chdir(folder)
        made = ATTACKS[name](_chance(name, seed))[0]
        os.chdir(os.path.dirname(folder))
    path.write_bytes(made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass"))
    return 0


def _table(counts: dict[str, Counter[str]], seed: int) -> int:
    print(f"{'target':14}{'runs':>10}{'accepted':>10}{'refused':>10}{'failed':>10}   from seed {seed}")
    total: Counter[str] = sum(counts.values(), Counter())
    for name, count in [*counts.items(), ("all", total)]:
        cells = (sum(count.values()), count["accepted"], count["refused"], count["failed"])
        print(f"{name:14}" + "".join(f"{cell:10}" for cell in cells))
    silent = [name for name, count in counts.items() if not sum(count.values())]
    if silent:
        print(f"not attacked at all: {', '.join(silent)}")
    return int(total["failed"] > 0 or bool(silent))


if __name__ == "__main__":
    sys.exit(main())
