"""How fast is the core? `python tests/bench core` times its cases beside whatever peers are installed.

Peers: scipy.ndimage, OpenCV, PyTorch, each with its own default number of threads. Calls take turns, and the median of
several is shown, in milliseconds; "extra" is the most memory held beyond input and output, in MiB.
"""

from __future__ import annotations

import importlib
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np

import cnnviz
from cnnviz.core.conv import choose
from cnnviz.core.conv_problem import Convolution

PEERS = {"scipy": "scipy.ndimage", "opencv": "cv2", "torch": "torch"}
PHOTO, SEEN, TRIES, SECONDS, PAUSE = (3000, 4000), 3, 9, 6.0, 0.05
SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
RANDOM = np.random.default_rng(0)


def gaussian(size: int) -> np.ndarray:
    row = np.exp(-0.5 * ((np.arange(size) - size // 2) / (size / 5)) ** 2)
    return (np.outer(row, row) / row.sum() ** 2).astype(np.float32)


def random(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape, dtype=np.float32)


@dataclass
class Case:
    """A layer: input shape, weights or a pooling mode, options in cnnviz's words."""

    name: str
    shape: tuple[int, int, int]
    layer: Any
    options: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case("photo sobel-x", (1, *PHOTO), SOBEL_X[None, None], {"pad": 1}),
    Case("photo gaussian 5", (1, *PHOTO), gaussian(5)[None, None], {"pad": 2}),
    Case("photo gaussian 7", (1, *PHOTO), gaussian(7)[None, None], {"pad": 3}),
    Case("photo dense 3", (1, *PHOTO), random(1, 1, 3, 3), {"pad": 1}),
    Case("photo dense 5", (1, *PHOTO), random(1, 1, 5, 5), {"pad": 2}),
    Case("photo dense 7", (1, *PHOTO), random(1, 1, 7, 7), {"pad": 3}),
    Case("rgb sobel", (3, *PHOTO), np.stack([SOBEL_X, SOBEL_X.T])[:, None] * np.ones((1, 3, 1, 1), np.float32) / 3),
    Case("rgb 16 maps", (3, 1200, 1600), random(16, 3, 3, 3), {"pad": 1}),
    Case("vgg 3-64 224", (3, 224, 224), random(64, 3, 3, 3), {"pad": 1}),
    Case("vgg 64-64 224", (64, 224, 224), random(64, 64, 3, 3), {"pad": 1}),
    Case("vgg 64-128 112", (64, 112, 112), random(128, 64, 3, 3), {"pad": 1}),
    Case("vgg 128-128 112", (128, 112, 112), random(128, 128, 3, 3), {"pad": 1}),
    Case("vgg 128-256 56", (128, 56, 56), random(256, 128, 3, 3), {"pad": 1}),
    Case("vgg 256-256 56", (256, 56, 56), random(256, 256, 3, 3), {"pad": 1}),
    Case("vgg 256-512 28", (256, 28, 28), random(512, 256, 3, 3), {"pad": 1}),
    Case("vgg 512-512 28", (512, 28, 28), random(512, 512, 3, 3), {"pad": 1}),
    Case("vgg 512-512 14", (512, 14, 14), random(512, 512, 3, 3), {"pad": 1}),
    Case("alexnet 11/4", (3, 224, 224), random(64, 3, 11, 11), {"pad": 2, "stride": 4}),
    Case("alexnet 5", (64, 27, 27), random(192, 64, 5, 5), {"pad": 2}),
    Case("stride 2", (128, 56, 56), random(128, 128, 3, 3), {"pad": 1, "stride": 2}),
    Case("dilation 2", (128, 56, 56), random(128, 128, 3, 3), {"pad": 2, "dilation": 2}),
    Case("1x1 256-64", (256, 56, 56), random(64, 256, 1, 1)),
    Case("depthwise 128", (128, 112, 112), random(128, 1, 3, 3), {"pad": 1, "groups": 128}),
    Case("photo max 2", (3, *PHOTO), "max", {"size": 2}),
    Case("photo max 3/2", (3, *PHOTO), "max", {"size": 3, "stride": 2, "pad": 1}),
    Case("photo max 3/1", (3, *PHOTO), "max", {"size": 3, "stride": 1, "pad": 1}),
    Case("photo avg 2", (3, *PHOTO), "avg", {"size": 2}),
    Case("photo avg 3/2", (3, *PHOTO), "avg", {"size": 3, "stride": 2, "pad": 1}),
    Case("photo avg 3/1", (3, *PHOTO), "avg", {"size": 3, "stride": 1, "pad": 1}),
    Case("vgg max 2", (64, 224, 224), "max", {"size": 2}),
    Case("resnet max 3/2", (64, 112, 112), "max", {"size": 3, "stride": 2, "pad": 1}),
    Case("global avg", (512, 14, 14), "avg", {"size": 14}),
]


def ours(case: Case, x: np.ndarray) -> Callable[[], Any]:
    if isinstance(case.layer, str):
        return lambda: cnnviz.pool2d(x, case.layer, **case.options)
    return lambda: cnnviz.conv2d(x, case.layer, **case.options)


def scipy(ndimage: Any, case: Case, x: np.ndarray) -> Callable[[], Any] | None:
    if isinstance(case.layer, str) or case.layer.shape[:2] != (1, 1):
        return None
    return lambda: ndimage.correlate(x[0], case.layer[0, 0], mode="constant")


def opencv(cv2: Any, case: Case, x: np.ndarray) -> Callable[[], Any] | None:
    if isinstance(case.layer, str) or case.layer.shape[:2] != (1, 1):
        return None
    return lambda: cv2.filter2D(x[0], -1, case.layer[0, 0], borderType=cv2.BORDER_CONSTANT)


def torch(torch: Any, case: Case, x: np.ndarray) -> Callable[[], Any]:
    functions, options = torch.nn.functional, dict(case.options)
    image, padding = torch.from_numpy(x)[None], options.pop("pad", 0)
    if isinstance(case.layer, str):
        pool = {"max": functions.max_pool2d, "avg": functions.avg_pool2d}[case.layer]
        return lambda: pool(image, options["size"], options.get("stride"), padding)
    weight = torch.from_numpy(case.layer)
    return lambda: functions.conv2d(image, weight, padding=padding, **options)


def medians(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the median time of each call, in milliseconds, taken in turns, each warm."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    begin = time.perf_counter()
    for turn in range(TRIES):
        for name, call in calls.items():
            # After a call, OpenMP's threads look out for the next one for a while, and would slow whoever is next.
            time.sleep(PAUSE)
            call()
            start = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - start) * 1000)
        if turn >= SEEN and time.perf_counter() - begin > SECONDS:
            break
    return {name: median(taken) for name, taken in times.items()}


def extra(call: Callable[[], Any]) -> float:
    """Return the most memory that a call held beyond its output, in MiB."""
    tracemalloc.start()
    try:
        result = call()
        return (tracemalloc.get_traced_memory()[1] - result.nbytes) / 2**20
    finally:
        tracemalloc.stop()


def main(words: list[str]) -> None:
    peers = {}
    for name, module in PEERS.items():
        try:
            peers[name] = importlib.import_module(module)
        except ImportError:
            continue
    if "torch" in peers:
        peers["torch"].set_grad_enabled(False)
    ratios: dict[str, list[float]] = {name: [] for name in peers}
    print(f"{'case':18} {'way':10} {'extra':>5} {'cnnviz':>9} " + "".join(f"{name:>9} ratio" for name in peers))
    for case in CASES:
        if words and not any(word in case.name for word in words):
            continue
        x = random(*case.shape)
        calls = {"cnnviz": ours(case, x)}
        for name, module in peers.items():
            call = globals()[name](module, case, x)
            if call is not None:
                calls[name] = call
        times = medians(calls)
        way = "" if isinstance(case.layer, str) else choose(Convolution.of(x, case.layer, **case.options))
        line = f"{case.name:18} {way:10} {extra(calls['cnnviz']):5.0f} {times['cnnviz']:9.2f} "
        for name in peers:
            if name in times:
                ratios[name].append(times["cnnviz"] / times[name])
                line += f"{times[name]:9.2f} {ratios[name][-1]:5.2f}"
            else:
                line += " " * 15
        print(line, flush=True)
    for name, values in ratios.items():
        if values:
            print(f"geometric mean beside {name}: {np.exp(np.mean(np.log(values))):.2f}, worst {max(values):.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
