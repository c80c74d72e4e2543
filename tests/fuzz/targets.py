"""What is attacked: for each target, how to make something hostile, and what to do with it.

`attack(chance)` makes one input out of a random number generator and nothing else, and returns the bytes or the text,
and the call that takes it; the call checks that whatever is accepted has its promised form.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import mutate
import numpy as np
import seeds
from attempt import ALLOWED
from commands import commands

from cnnviz.core.shapes import PAD_NAMES
from cnnviz.files.read import read_input, read_shape
from cnnviz.kernels.grammar import bank
from cnnviz.kernels.kernel_files import read_kernels
from cnnviz.nets.grammar import layer

Attack = tuple[bytes | str, Callable[[], object]]
HERE = Path("input")  # within the folder that the worker makes for itself


def pictures(chance: random.Random) -> Attack:
    some = seeds.pictures()
    return _file(mutate.spoiled(chance.choice(some), some, chance), _read)


def arrays(chance: random.Random) -> Attack:
    if chance.random() < 0.5:
        return _file(mutate.spoiled(chance.choice(seeds.arrays()), seeds.arrays(), chance), _read)
    how = mutate.rezipped if chance.random() < 0.7 else mutate.spoiled
    return _file(how(chance.choice(seeds.archives()), seeds.arrays(), chance), _read)


def matrices(chance: random.Random) -> Attack:
    text = mutate.retold(chance.choice(seeds.matrices()), seeds.MATRIX_WORDS, chance)
    encoding = chance.choice(("utf-8", "utf-8", "utf-16"))
    return _file(text.encode(encoding, "surrogatepass"), _read)


def kernel_files(chance: random.Random) -> Attack:
    data = mutate.spoiled(chance.choice(seeds.kernel_files()), seeds.kernel_files(), chance)
    return _file(data, lambda: _check_weights(read_kernels(str(HERE), hwio=chance.random() < 0.2, limit=ALLOWED)))


def kernels(chance: random.Random) -> Attack:
    texts = [_retold(seeds.KERNEL_TEXTS, seeds.KERNEL_WORDS, chance) for _ in range(chance.choice((1, 1, 1, 2)))]

    def call() -> None:
        found = bank(texts, limit=ALLOWED)
        _check_weights(found.weights)
        _require(len(found.labels) == len(found.weights), "a label for each map")
        _require(len(set(found.labels)) == len(found.labels), "labels differ")

    return "\n".join(texts), call


def layers(chance: random.Random) -> Attack:
    text = _retold(seeds.LAYER_TEXTS, seeds.LAYER_WORDS, chance)

    def call() -> None:
        found = layer(text)
        record = found.describe((3, 32, 32))
        _require(min(record.output_shape) >= 1, "an output that exists")
        # A window needs no input, except where it is as large as the input, or padded by its size.
        if found.kernel_size and found.pad not in PAD_NAMES:
            found.window()

    return text, call


TARGETS: dict[str, Callable[[random.Random], Attack]] = {
    "pictures": pictures,
    "arrays": arrays,
    "matrices": matrices,
    "kernel-files": kernel_files,
    "kernels": kernels,
    "layers": layers,
    "commands": commands,
}


def _file(data: bytes, call: Callable[[], object]) -> Attack:
    HERE.write_bytes(data)
    return data, call


def _retold(texts: list[str], words: list[str], chance: random.Random) -> str:
    return mutate.retold(chance.choice(texts), words, chance)


def _read() -> None:
    loaded = read_input(str(HERE), limit=ALLOWED)
    values = loaded.maps.values
    _require(values.dtype == np.float32 and values.ndim == 3 and values.size > 0, "float32 (C, H, W)")
    _require(len(loaded.maps.labels) == len(values), "a label for each map")
    if loaded.kind == "picture":
        within = values[np.isfinite(values)]
        _require(bool((within >= 0).all() and (within <= 1).all()), "a picture from 0 to 1")
    measured = read_shape(str(HERE), limit=ALLOWED)[0]
    _require(measured == values.shape, f"measured {measured}, read {values.shape}")


def _check_weights(weights: np.ndarray) -> None:
    _require(weights.dtype == np.float32 and weights.ndim in (3, 4) and weights.size > 0, "float32 weights")
    _require(bool(np.isfinite(weights).all()), "finite weights")


def _require(holds: bool, promise: str) -> None:
    if not holds:
        raise AssertionError(f"a broken promise: {promise}")
