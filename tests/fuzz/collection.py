"""Every file of a folder through the reader and through whole commands: `python tests/fuzz/collection.py FOLDER`.

For collections of odd and broken pictures, like those that decoders are tested with. Each file has to work, or to be
refused in one line; a table counts both by the kind of file, and anything else ends in exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # this folder's cnnviz, installed or not

import watch
from attempt import ALLOWED, Streams, serve
from commands import check

from cnnviz.cli.app import run
from cnnviz.errors import ReadError
from cnnviz.files.read import read_input, read_shape


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tests/fuzz/collection.py", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="say how every file ended")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    files = [path for path in sorted(asked.folder.resolve().rglob("*")) if path.is_file()]
    if asked.worker is not None:
        streams = Streams()
        os.chdir(tempfile.mkdtemp(prefix="cnnviz-collection-"))
        serve(_cases(files, asked.worker), streams)
        return 0
    counts: dict[str, Counter[str]] = {}
    for number, verdict, words in watch.outcomes([sys.executable, __file__, str(asked.folder), "--worker"]):
        counts.setdefault(files[number].suffix.lower() or "none", Counter())[verdict] += 1
        if asked.verbose or verdict == "failed":
            print(f"{verdict}: {files[number].relative_to(asked.folder.resolve())}: {words}", flush=True)
    return _table(counts)


def _cases(files: list[Path], first: int) -> Iterator[tuple[int, Callable[[], object]]]:
    for number, path in enumerate(files[first:], start=first):
        yield number, lambda path=path: _try(str(path))


def _try(name: str) -> None:
    """Read a file and run commands on it; raises where they do not agree about it."""
    limit = ["--max-memory", str(ALLOWED), "--quiet"]
    commands = (
        ["params", name, *limit],
        ["conv", name, "--kernel", "sobel", "--pad", "1", "--resize", "64", "--no-save", "-o", "out.png", *limit],
    )
    try:
        shape = read_input(name, limit=ALLOWED).maps.shape
        refusal = None
    except ReadError as error:
        shape, refusal = None, error
    if shape and read_shape(name, limit=ALLOWED)[0] != shape:
        raise AssertionError(f"measured {read_shape(name, limit=ALLOWED)[0]}, read {shape}")
    for command in commands:
        with suppress(ReadError):
            check(run, command)
            # params wants a shape and nothing else, which stands in front of what may be broken.
            if refusal and command[0] != "params":
                raise AssertionError(f"{command[0]} took what the reader refuses: {refusal}")
    if refusal:
        raise refusal


def _table(counts: dict[str, Counter[str]]) -> int:
    verdicts = ("accepted", "refused", "failed")
    print(f"{'kind':10}" + "".join(f"{verdict:>10}" for verdict in verdicts))
    total = sum(counts.values(), Counter())
    for kind, count in [*sorted(counts.items()), ("all", total)]:
        print(f"{kind:10}" + "".join(f"{count[verdict]:10}" for verdict in verdicts))
    return int(total["failed"] > 0)


if __name__ == "__main__":
    sys.exit(main())
