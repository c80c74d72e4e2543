"""Make torch.npz, what PyTorch gives for many small layers: `python make_reference.py` with PyTorch installed.

The file holds `cases`, a JSON list of calls in cnnviz's words (function, names of the arrays, options), the arrays
they name, and `out 0`, `out 1`, … with PyTorch's results. Inputs are drawn from a fixed seed; 'same' padding is left
to the tests, since PyTorch has it for a stride of 1 only.
"""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

ACTIVATIONS = {
    "none": lambda x: x,
    "relu": F.relu,
    "leaky-relu": F.leaky_relu,
    "elu": F.elu,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "softplus": F.softplus,
    "tanh": torch.tanh,
    "abs": torch.abs,
}
numbers = np.random.default_rng(7)
choice = random.Random(7)
arrays: dict[str, np.ndarray] = {}
cases: list[dict[str, Any]] = []


def array(name: str, *shape: int, special: bool = False) -> str:
    """Keep a random array under `name`, and the same in float64 under `name 64`."""
    values = numbers.standard_normal(shape).astype(np.float32)
    if special:
        spots = numbers.choice(values.size, 3, replace=False)
        values.reshape(-1)[spots] = [np.inf, -np.inf, np.nan]
    arrays[name], arrays[f"{name} 64"] = values, values.astype(np.float64)
    return name


def keep(function: str, names: dict[str, str], options: dict[str, Any], result: torch.Tensor) -> None:
    """Keep one call and its result."""
    arrays[f"out {len(cases)}"] = result.numpy()
    cases.append({"function": function, "arrays": names, "options": options})


def convolutions() -> None:
    """Every option of conv2d, in random company."""
    inputs = [array("x", 4, 6, 8), array("x batch", 2, 4, 5, 7), array("x odd", 4, 7, 7, special=True)]
    weights = {(g, k): array(f"w {g} {k}", 4, 4 // g, *k) for g in (1, 2, 4) for k in ((3, 3), (2, 4), (1, 1))}
    bias = array("bias", 4)
    modes = ["constant", "constant", "reflect", "replicate", "circular"]
    for number, (x, (groups, kernel)) in enumerate(itertools.product(inputs * 2, weights)):
        mode = modes[number % len(modes)]
        pad = [choice.choice([0, 1, 2]) for _ in range(4)] if number % 4 else [1, 1, 1, 1]
        options = {
            "stride": [choice.choice([1, 1, 2, 3]), choice.choice([1, 1, 2])],
            "dilation": [choice.choice([1, 1, 2]), choice.choice([1, 1, 2])],
            "pad": pad,
            "groups": groups,
            "pad_mode": mode,
            "pad_value": choice.choice([0.0, 0.0, 1.5]) if mode == "constant" else 0.0,
        }
        width = " 64" if number % 3 == 0 else ""
        names = {"x": x + width, "weight": weights[groups, kernel] + width}
        if number % 2:
            names["bias"] = bias + width
        given = {key: torch.from_numpy(arrays[name]) for key, name in names.items()}
        image = given.pop("x")
        batch = image if image.ndim == 4 else image[None]
        around = (pad[2], pad[3], pad[0], pad[1])
        value = {"value": options["pad_value"]} if mode == "constant" else {}
        padded = F.pad(batch, around, mode=mode, **value)
        result = F.conv2d(padded, **given, stride=options["stride"], dilation=options["dilation"], groups=groups)
        keep("conv2d", names, options, result if image.ndim == 4 else result[0])


def poolings() -> None:
    """Windows, strides, padding, dilation and ceil, for each mode that PyTorch has."""
    inputs = [array("p", 2, 7, 9), array("p batch", 2, 2, 7, 6), array("p special", 2, 8, 7, special=True)]
    windows = [(2, 2), (3, 3), (3, 2), (4, 3), (1, 2)]
    for number, (x, size, ceil) in enumerate(itertools.product(inputs, windows, (False, True))):
        stride = [None, [1, 2], [2, 3], [3, 1]][number % 4]
        pad = [choice.randint(0, cells // 2) for cells in size]
        name = x + (" 64" if number % 3 == 0 else "")
        image = torch.from_numpy(arrays[name])
        common = {"size": list(size), "stride": stride, "ceil": ceil}
        dilation = [choice.choice([1, 2]), choice.choice([1, 1, 2])]
        options = {**common, "mode": "max", "pad": pad, "dilation": dilation}
        keep("pool2d", {"x": name}, options, F.max_pool2d(image, size, stride, pad, dilation, ceil))
        include = number % 2 == 0
        options = {**common, "mode": "avg", "pad": pad, "count_include_pad": include}
        keep("pool2d", {"x": name}, options, F.avg_pool2d(image, size, stride, pad, ceil, include))
        if not ceil:  # PyTorch's own lp_pool2d scales windows that ceil cut off, which ONNX's does not.
            p = [1.0, 2.0, 3.0, 0.5][number // 2 % 4]
            options = {**common, "mode": "lp", "p": p}
            keep("pool2d", {"x": name}, options, F.lp_pool2d(image.abs(), p, size, stride))


def activations() -> None:
    """Each activation, in both types, with infinities, NaN and values that overflow an exponential."""
    edges = [0.0, -0.0, np.inf, -np.inf, np.nan, 100, -100, 20, 20.5, -20, 1e-6, -1e-6, 800, -800]
    values = np.concatenate([np.array(edges), numbers.standard_normal(34) * 3]).astype(np.float32)
    arrays["a"], arrays["a 64"] = values, values.astype(np.float64)
    for name, function in ACTIVATIONS.items():
        for x in ("a", "a 64"):
            keep("activate", {"x": x}, {"name": name}, function(torch.from_numpy(arrays[x])))


if __name__ == "__main__":
    convolutions()
    poolings()
    activations()
    path = Path(__file__).with_name("torch.npz")
    np.savez_compressed(path, cases=json.dumps(cases), torch=torch.__version__, **arrays)
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size} bytes, PyTorch {torch.__version__}")
