"""What is right, to be spoiled: a picture in every format that Pillow writes, arrays of every kind, histories."""

from __future__ import annotations

import io
import json
import warnings
from functools import cache
from html import escape
from typing import Any

import numpy as np
from PIL import Image

from cnnviz.core.activation import ACTIVATIONS
from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.layer import Activation, Conv, Magnitude, Pool
from cnnviz.core.pool import POOLS
from cnnviz.core.stack import Stack
from cnnviz.draw.encode import encode
from cnnviz.files.maps import encode_csv, encode_npz
from cnnviz.files.meta import encode_meta
from cnnviz.files.provenance import KEYWORD, Record
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
META_WORDS: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 3, 7, 255, 1 << 31, (1 << 53) + 1, (1 << 63) - 1, 1 << 63, 10**40, 10**120),
    *(0.0, -0.0, 0.5, 1.5, -1e308, 1e39, 1e-320, float("inf"), float("nan")),
    *([], {}, [0, 0], [1, 1], [2, 3], [0] * 4, [1, 2, 3, 4], [1, 3, 3], [1 << 62, 1 << 62], [[]], [None]),
    *("", " ", "a", "relu", "sobel-x", "conv", "pool", "max", "lp", "activation", "magnitude", "reflect", "mean"),
    *("[red]a[/red]", "[/]", ":skull:", "<script>&", "]]>", "{0}", "%s", "-o", "../../x", "=1+1", '"', "# map 1: b"),
    *("\x1b[31m", "\x1b]0;a\x07", "\0", "\r\n", "\t", "\x85\u2028", "\u202e", "\ud800", "\ufffe", "\U000e0001", "é́́"),
    *("漢字", "👩\u200d👩\u200d👧", "a" * 300, "a b " * 3000),
]
META_PIECES = [
    *'{}[],:"\\ ',
    *("[" * 3000, '{"a":' * 3000, "9" * 90, "9" * 5000, "1e999", "NaN", "-Infinity", "null", "true", "\\ud800", "\0"),
    *('"labels": [], ', '"version": 2, ', '"history": [], '),
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
            if kind == "ICNS":  # holds large copies, which take long to write: one mode is enough
                found.append(_written(colour, kind))
                continue
            for mode in MODES:
                image = colour.convert("L").convert(mode) if mode[0] == "I" else colour.convert(mode)
                found += [_written(image, kind, **options) for options in ({}, *OPTIONS.get(kind, []))]
            found.append(_written(colour, kind, exif=exif))
        for kind in sorted(Image.SAVE_ALL):
            if kind not in ("PDF", "ICNS"):
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
def saved_maps() -> list[tuple[np.ndarray, Any]]:
    """Return the values of saved maps and what stands beside them as JSON, after layers of every type."""
    values = np.random.default_rng(7).standard_normal((3, 9, 10)).astype(np.float32)
    weight = np.full((2, 3, 3, 3), 0.25, np.float32)
    stacks = [
        [],
        [Activation("relu")],
        [Conv(weight, map_labels=["a", "b"], pad=1, channels="sum"), Activation("relu"), Pool("max")],
        [Conv(weight[:, :1].repeat(3, 0), np.ones(6, np.float32), list("abcdef"), dilation=(2, 1), groups=3)],
        [Pool("lp", (3, 2), (2, 2), ceil=True, p=3.0), Pool("lp", None, p=float("inf"))],
        [Conv(weight, None, ["k-x", "k-y"], stride=(2, 2), pad=(1, 2, 0, 1)), Magnitude(["k-x", "k-y"])],
    ]
    maps = FeatureMaps(values, ["red", "green", "blue"], pictures=True, source="photo.png")
    ends = [[maps, *Stack(layers).run(maps)][-1] for layers in stacks]
    return [(made.values, json.loads(encode_meta(made, "ab" * 32))) for made in ends]


def npz(values: np.ndarray, meta: str) -> bytes:
    """Return saved maps with any text beside them."""
    buffer = io.BytesIO()
    np.savez(buffer, maps=values, meta=np.array(meta))
    return buffer.getvalue()


@cache
def records() -> list[Any]:
    """Return what figures say about themselves, as JSON."""
    shapes, ranges = [[1, 5, 5], [2, 3, 3]], [[-1.0, 4.0], [None, None]]
    record = Record("conv", "photo.png", "ab" * 32, "photo.conv.npz", shapes, ranges)
    return [json.loads(record.to_text()), json.loads(Record("trace", "-").to_text())]


def figure(record: str, kind: str) -> bytes:
    """Return a small picture that says, as figures of ours in this format do, how it was made."""
    buffer, image = io.BytesIO(), Image.new("RGB", (9, 8), "teal")
    match kind:
        case "PNG":
            encode(image, buffer, {"Software": "cnnviz", "Description": "maps", KEYWORD: record})
        case "GIF":
            image.save(buffer, kind, comment=record.encode("utf-8", "surrogatepass"))
        case _:
            packet = f'<rdf:Description rdf:about="cnnviz"><rdf:value>{escape(record)}</rdf:value></rdf:Description>'
            image.save(buffer, kind, lossless=True, xmp=packet.encode("utf-8", "surrogatepass"))
    return buffer.getvalue()


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
