"""What is right, to be spoiled: a picture in every format that Pillow writes, arrays of every kind, texts."""

from __future__ import annotations

import io
import json
import warnings
from functools import cache

import numpy as np
from PIL import Image

from cnnviz.core.activation import ACTIVATIONS
from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.layer import Activation
from cnnviz.core.pool import POOLS
from cnnviz.core.stack import Stack
from cnnviz.files.maps import encode_csv, encode_npz
from cnnviz.kernels.presets import KERNELS

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F")
OPTIONS = {
    "TIFF": [{"compression": name} for name in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg", "group4")],
    "WEBP": [{"lossless": True}],
    "JPEG": [{"progressive": True}],
    "PNG": [{"bits": 2}],
    "PPM": [],
}
"""More ways to write a format than its usual one."""

KERNEL_TEXTS = [
    *KERNELS,
    "gaussian:5,sigma=1.4",
    "gabor:9,theta=45",
    "random:3,count=8,seed=1",
    "1 0 -1; 2 0 -2; 1 0 -1",
    "1/9 * 1 1 1; 1 1 1; 1 1 1",
    "k.npy:layout=hwio",
]
KERNEL_WORDS = [
    *KERNELS,
    *";:,=*/.#-+ \n\t",
    *("sigma=", "theta=", "count=", "seed=", "layout=hwio", ".npy", ".csv", "1e308", "-1e-400", "nan", "inf"),
    *("9" * 30, "1/0", "0", "-1", "3", "1.5", "[[1]]", "\x1b[31m", "\u202e", "\0", "−1", "1/3"),
]
LAYER_TEXTS = [
    "conv 3 pad=1",
    "max 3 stride=2",
    "conv 3x5 dilation=2 filters=8 bias=no",
    "conv 3 groups=3 pad=same-lower",
    "avg global",
    "lp 2 p=3 ceil exclude-pad pad=1,0,1,0",
    "relu",
]
LAYER_WORDS = [
    *(f" {word} " for word in ("conv", "pool", "global", *POOLS, *ACTIVATIONS)),
    *(f" {key}=" for key in ("stride", "pad", "dilation", "filters", "groups", "bias", "ceil", "exclude-pad", "p")),
    *(
        "same",
        "valid",
        "0",
        "1",
        "3x5",
        "1,2,3,4",
        "999999",
        "1e9",
        "-1",
        "nan",
        "inf",
        "9" * 20,
        "yes",
        "no",
        "=",
        "x",
    ),
    *("\x1b[0m", "\u202e", "\0", "٣", " "),
]
MATRIX_WORDS = [
    *" ,;#\n\r\t/*-+.",
    *("# map 0: label\n", "# map 1: \x1b[31m\n", "nan", "-inf", "1e308", "1e39", "1/3", "1/0", "−2", "0x10", "1_000"),
    *("\ufeff", "\u2028", "\x0b", "\x85", "9" * 400, "e5", "x", "\0", "[[", "٣"),
]


def _written(image: Image.Image, kind: str, **options: object) -> bytes | None:
    buffer = io.BytesIO()
    try:
        image.save(buffer, kind, **options)
    except Exception:  # no format takes every mode
        return None
    return buffer.getvalue()


@cache
def pictures() -> list[bytes]:
    """Return a small picture in every format that this Pillow writes, in every mode that the format takes."""
    Image.init()
    noise = np.random.default_rng(5).integers(0, 256, (19, 23, 3), dtype=np.uint8)
    colour = Image.fromarray(noise)
    exif = Image.Exif()
    exif[0x0112] = 6
    found: list[bytes | None] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in sorted(Image.SAVE):
            if kind == "PDF":
                continue
            for mode in MODES:
                image = colour.convert("L").convert(mode) if mode[0] == "I" else colour.convert(mode)
                found += [_written(image, kind, **options) for options in ({}, *OPTIONS.get(kind, []))]
            found.append(_written(colour, kind, exif=exif))
        for kind in sorted(Image.SAVE_ALL):
            if kind != "PDF":
                found.append(_written(colour, kind, save_all=True, append_images=[colour.rotate(90)] * 2))
    return [data for data in found if data]


@cache
def arrays() -> list[bytes]:
    """Return a `.npy` of every type and order, and `.npz` of ours and of others."""
    grid = np.arange(24).reshape(2, 3, 4)
    types = (
        "<f4",
        ">f4",
        "<f8",
        "<f2",
        "u1",
        "<i8",
        ">u8",
        "?",
        np.longdouble,
        "c8",
        "U3",
        [("a", "<f4"), ("b", "i1")],
    )
    found = []
    for kind in types:
        for order in "CF":
            values = grid.astype([("a", "<f4"), ("b", "i1")] if isinstance(kind, list) else kind, order=order)
            found.append(_npy(values))
    found += [_npy(grid[0]), _npy(grid[None]), _npy(np.float32([[np.nan, np.inf, -np.inf, 3e38]]))]
    return found


@cache
def archives() -> list[bytes]:
    """Return saved maps with a history, and `.npz` as others write them."""
    maps = FeatureMaps(np.arange(24, dtype=np.float32).reshape(2, 3, 4), ["a", "漢\u202e"], source="photo.png")
    (made,) = Stack([Activation("relu")]).run(maps)
    buffer, foreign, packed = io.BytesIO(), io.BytesIO(), io.BytesIO()
    encode_npz(made, buffer, "ab" * 32)
    np.savez(foreign, features=made.values)
    np.savez_compressed(packed, maps=made.values, other=np.ones(3))
    return [buffer.getvalue(), foreign.getvalue(), packed.getvalue()]


@cache
def matrices() -> list[str]:
    """Return numbers typed by hand, and maps as `--save X.csv` writes them."""
    buffer = io.BytesIO()
    encode_csv(FeatureMaps(np.arange(12, dtype=np.float32).reshape(2, 2, 3) / 7, ["a", "b"]), buffer)
    return [
        "1 0 -1\n2 0 -2\n1 0 -1\n",
        "# drawn by hand\n0,1,0\n1,1/2,nan\n",
        "1;2;3\n4;5;6\n",
        "1 2; 3 4",
        "\ufeff0.5\t1e-3\r\n−1 inf",
        buffer.getvalue().decode(),
    ]


@cache
def kernel_files() -> list[bytes]:
    """Return what stands in files behind `--kernel`."""
    edges = [[1, 0, -1], [2, 0, -2]]
    texts = [json.dumps(edges), json.dumps([edges] * 2), "[[[[1.5e3]]]]", *matrices()[:4]]
    return [*(text.encode() for text in texts), *arrays()[:6], archives()[1]]


def _npy(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()
