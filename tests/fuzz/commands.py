"""Whole commands on spoiled files: what their user would read, and what is in the folder afterwards.

A run may end in two ways. Exit code 0: nothing but notes on standard error, nothing that a terminal obeys on standard
output, every file whole, and what was saved can be read again. Exit code 2: one printable line on standard error,
nothing on standard output, and the folder as it was. Where only what saved maps say about themselves is spoiled, that
line never says that an array is broken: a net below the readers says so of any mistake of theirs.
"""

from __future__ import annotations

import io
import json
import random
import shlex
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from xml.etree import ElementTree

import mutate
import numpy as np
import seeds
from attempt import ALLOWED, told
from PIL import Image

from cnnviz.cli.app import run
from cnnviz.errors import ReadError, printable
from cnnviz.files.read import read_input

INPUT = Path("input")
TAKEN = Path("input.conv.npz")  # what a run makes up for the maps of INPUT
LIMIT = "16MiB"  # so that a picture which claims to be large does not take seconds
LINES = (
    "conv input -k box:2 --no-grid",
    "conv input -k box:2 --json --no-grid --save out.csv",
    "conv input -k sobel --pad 1 --magnitude --pool max -o out.png",
    "conv input -k '1 -1' --depthwise --stride 2 --no-grid --preview --explain",
    "pool input --no-grid",
    "pool input --size 3 --stride 1 --normalize each -o out.png",
    "pool input --mode lp --p inf --json --no-grid",
    "pool input --mode lp --global --quiet --no-grid --save out.npy",
    "pool input --mode avg --ceil --crop 0,0,3x3 --explain --no-grid",
    "pool input --crop 1,1,3x3 --quiet -o out.png",
    "pool input --shift 1 --crop 0,0,4x4 --no-grid --no-save",
    "params input",
    "params input -k box:2 --json",
    "receptive-field input",
    "receptive-field input --layer 'conv 2' --json",
    "receptive-field input --at 0,0 -o out.svg",
    "receptive-field input --layer 'max 2' -o out.png",
    "trace input -k '1 -1; 2 0'",
    "trace input -k box:2 --json",
    "trace input --pool max -o out.svg",
    "trace input -k kirsch --pad 1 --activation relu -o out.png",
    "animate input -k '1 -2' --crop 0,0,2x3 --frames 2 --figure-size 480 -o out.gif",
    "animate input --pool max --crop 0,0,3x3 --frames 2 --figure-size 480 -o out.gif",
    "diagram filters input -k box:2 -o out.svg",
    "diagram pooling input --json -o out.svg",
)
EXTRAS = (
    *("--pad 1", "--pad same --pad-mode reflect", "--stride 2", "--dilation 1,2", "--flip", "--groups 3"),
    *("--bias 3e38", "--activation sigmoid", "--pool min", "--pool lp --p 0.5", "--at 1,1", "--map 1", "--no-labels"),
    *("-k kirsch", "-k '3e38 -3e38'", "-k 1e-45", "--normalize shared", "--range -1,1", "--scale 3", "--layout hwc"),
)
"""What one line in three has besides; where it does not go with the command, it is refused."""

EXTREMES = (0, np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-45)


def commands(chance: random.Random) -> tuple[bytes, Callable[[], object]]:
    """Attack one command; see targets.py."""
    for path in _contents():
        Path(path).unlink()
    data, whole = _file(chance)
    line = shlex.split(chance.choice(LINES) + (f" {chance.choice(EXTRAS)}" if chance.random() < 0.3 else ""))
    taken = chance.random() < 0.04
    if taken:  # it is not read, but stands where the maps would go
        INPUT.write_bytes(b"1 0 -1\n2 0 -2\n1 0 -1\n")
        TAKEN.write_bytes(data)
        line = ["conv", str(INPUT), "-k", "box:2", "--no-grid"]
    else:
        INPUT.write_bytes(data)
    encoding = chance.choice(("utf-8", "utf-8", "ascii"))

    def call() -> None:
        try:
            check(run, [*line, "--max-memory", LIMIT], encoding)
        except ReadError as error:
            _require(not (whole and "' is broken (" in str(error)), line, f"blamed the file: {error}")
            raise
        _require(not taken, line, f"replaced {TAKEN}, which was none of its own")

    return data, call


def check(program: Callable[[Sequence[str]], int], line: Sequence[str], encoding: str = "utf-8") -> None:
    """Run a line in this folder; raises ReadError where it is refused as it should be, AssertionError for the rest."""
    before = _contents()
    results, notes = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n") for _ in range(2))
    try:
        with redirect_stdout(results), redirect_stderr(notes):
            code = program(line)
    except Exception as error:
        raise AssertionError(f"{shlex.join(line)}: {told(error)}") from None
    out, err = (_said(stream) for stream in (results, notes))
    after = _contents()
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if code == 2:
        _require(err.startswith("cnnviz: ") and err.endswith("\n") and err.count("\n") == 1, line, f"said {err!r}")
        _require(not out, line, f"refused, and printed {out!r}")
        _require(not changed, line, f"refused, and left {', '.join(changed)}")
        raise ReadError(err[len("cnnviz: ") : -1])
    _require(code == 0, line, f"ended with {code} and said {err!r}")
    _require(all(note.startswith("note: ") for note in err.splitlines()), line, f"said {err!r}")
    if "--json" in line:
        json.loads(out, parse_constant=_no_number)
    for name in changed:
        _require(name in after and name.startswith(("out.", "input.")), line, f"did something to {name}")
        _check_file(name, after[name])


def _check_file(name: str, data: bytes) -> None:
    """Let a file that was written be read by those that it is for; raises whatever they do, as an AssertionError."""
    try:
        match Path(name).suffix:
            case ".svg":
                ElementTree.fromstring(data)
            case ".npz" | ".npy" | ".csv":
                # An array of another program's may lie either way: cnnviz asks where it looks like (H, W, C).
                read_input(name, layout="chw" if name.endswith(".npy") else None, limit=ALLOWED)
            case _:
                with Image.open(io.BytesIO(data)) as image:
                    image.load()
    except Exception as error:
        raise AssertionError(f"{name} cannot be read again: {type(error).__name__} ({error})") from None


def _file(chance: random.Random) -> tuple[bytes, bool]:
    """Return a spoiled file, and whether it is an archive of two arrays that NumPy itself could have written."""
    if chance.random() < 0.6:  # ours, in which more can be wrong than bytes
        values, meta = chance.choice(seeds.saved_maps())
        if chance.random() < 0.3:
            return seeds.npz(_other_values(values, chance), json.dumps(meta)), True
        return seeds.npz(values, _json(meta, chance)), True
    return _foreign(chance), False


def _foreign(chance: random.Random) -> bytes:
    match chance.randrange(4):
        case 0:
            return mutate.spoiled(chance.choice(seeds.pictures()), seeds.pictures(), chance)
        case 1:
            return mutate.spoiled(chance.choice(seeds.arrays()), seeds.arrays(), chance)
        case 2:
            text = mutate.retold(chance.choice(seeds.matrices()), seeds.MATRIX_WORDS, chance)
            return text.encode("utf-8", "surrogatepass")
        case _:
            data = seeds.figure(_json(chance.choice(seeds.records()), chance), chance.choice(("PNG", "GIF", "WEBP")))
            return data if chance.random() < 0.7 else mutate.spoiled(data, [data], chance)


def _json(right: object, chance: random.Random) -> str:
    text = json.dumps(mutate.tampered(right, seeds.META_WORDS, chance))
    return mutate.retold(text, seeds.META_PIECES, chance) if chance.random() < 0.1 else text


def _other_values(values: np.ndarray, chance: random.Random) -> np.ndarray:
    """Return values that do not go with the history, or that no arithmetic likes."""
    some = np.random.default_rng(chance.randrange(99)).random(values.shape) < 0.3
    match chance.randrange(12):
        case 0:
            return values[:, :-1]
        case 1:
            return values[:1, :1, :1]
        case 2:
            return np.repeat(values, 2, axis=0)
        case 3:
            return np.full_like(values, chance.choice(EXTREMES))
        case 4:
            return values * np.float32(chance.choice((1e-44, 1e38)))
        case 5:
            return values.astype(chance.choice(("<f8", ">f4", "u1", "c8", "U3", "?")))
        case _:
            return np.where(some, np.float32(chance.choice(EXTREMES)), values * np.float32(chance.choice((1, np.inf))))


def _contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path().iterdir()}


def _said(stream: io.TextIOWrapper) -> str:
    """Return what a program wrote; raises AssertionError where a terminal would obey it instead of showing it."""
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    text = stream.buffer.getvalue().decode(stream.encoding)
    for line in text.split("\n"):
        if printable(line) != line:
            raise AssertionError(f"printed as it stands: {line}")
    return text


def _no_number(name: str) -> object:
    raise AssertionError(f"{name} in JSON")


def _require(holds: bool, line: Sequence[str], what: str) -> None:
    if not holds:
        raise AssertionError(f"{shlex.join(line)}: {what}")
