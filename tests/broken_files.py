"""One broken or hostile file of every class that there is: BROKEN is the table, from what is wrong to the bytes."""

import io
import struct
import zipfile
import zlib
from functools import cache

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cnnviz.files.provenance import KEYWORD, Record

NOISE = np.random.default_rng(3).integers(0, 256, (40, 48, 3), dtype=np.uint8)
ONES = np.ones((2, 4, 5), np.float32)
META = '{"version": 1, "labels": ["a", "b"], "source": "x.png", "history": []}'


def picture(kind="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(NOISE).save(buffer, kind, **options)
    return buffer.getvalue()


def half(kind):
    data = picture(kind)
    return data[: len(data) // 2]


def bomb():
    """Return a PNG of a hundred bytes that claims 100,000 × 100,000 pixels."""
    whole = picture()
    head = b"IHDR" + struct.pack(">II", 100_000, 100_000) + whole[24:29]
    return whole[:12] + head + struct.pack(">I", zlib.crc32(head)) + whole[33:]


def text_bomb():
    """Return a PNG whose comment unpacks to 64 MB."""
    data = b"zTXtk\0\0" + zlib.compress(b"0" * (1 << 26))
    return (
        picture()[:33] + struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data)) + picture()[33:]
    )


def damaged(kind, **options):
    """Return a picture whose middle is turned round."""
    data = picture(kind, **options)
    third = len(data) // 3
    return data[:third] + data[third : 2 * third][::-1] + data[2 * third :]


def figure():
    info = PngInfo()
    info.add_text(KEYWORD, Record(command="conv", source="[red]\x1b[31m").to_text())
    return picture(pnginfo=info)


def npy(values, **options):
    buffer = io.BytesIO()
    np.save(buffer, values, **options)
    return buffer.getvalue()


def claimed(shape, kind="<f4"):
    """Return a .npy without values whose header claims some."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def npz(**members):
    buffer = io.BytesIO()
    np.savez(buffer, **members)
    return buffer.getvalue()


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for number, (name, data) in enumerate(members):
            archive.writestr(f"{number}{name}", data)
    data = buffer.getvalue()
    for number, (name, _) in enumerate(members):  # zipfile warns of two equal names, so they are made equal behind it
        data = data.replace(f"{number}{name}".encode(), f"0{name}".encode())
    return data


def with_meta(text):
    return npz(maps=ONES, meta=np.array(text))


BROKEN = {
    "empty": lambda: b"",
    "a text": lambda: b"Dear reader, \x1b[31m ...",
    "neither text nor picture": lambda: bytes(range(256)),
    "a PNG cut off": lambda: half("PNG"),
    "a JPEG cut off": lambda: half("JPEG"),
    "a TIFF turned round": lambda: damaged("TIFF", compression="tiff_lzw"),
    "a PNG turned round": lambda: damaged("PNG"),
    "a picture of 100,000 × 100,000": bomb,
    "a comment of 64 MB": text_bomb,
    "a program in PostScript": lambda: picture("EPS"),
    "a figure of ours": figure,
    "Python objects": lambda: npy(np.array([[{}]]), allow_pickle=True),
    "records": lambda: npy(np.zeros((2, 2), [("a", "f4")])),
    "complex numbers": lambda: npy(np.ones((2, 2), complex)),
    "no values": lambda: npy(np.ones((2, 0))),
    "five axes": lambda: npy(np.ones((1, 1, 1, 2, 2))),
    "beyond float32": lambda: npy(np.full((2, 2), 1e300)),
    "values cut off": lambda: npy(ONES)[:-5],
    "a claim of petabytes": lambda: claimed("(1000, 1000000, 1000000)"),
    "a header that is no header": lambda: b"\x93NUMPY\x01\x00\xff\x00" + b"(" * 255,
    "an archive cut off": lambda: npz(a=ONES)[:-30],
    "an archive of petabytes": lambda: zipped((".npy", claimed("(1000, 1000000, 1000000)") + bytes(100_000))),
    "an archive without arrays": lambda: zipped(("word.xml", b"<x/>")),
    "two arrays": lambda: npz(a=ONES, b=ONES),
    "one name twice": lambda: zipped((".npy", npy(ONES)), (".npy", npy(ONES))),
    "meta that is no JSON": lambda: with_meta("{\x1b[31m"),
    "meta without version": lambda: with_meta("{}"),
    "meta too deep": lambda: with_meta("[" * 100_000),
    "meta that is no text": lambda: npz(maps=ONES, meta=np.ones(3)),
    "labels mistyped": lambda: with_meta(META.replace('"b"', "7")),
    "rows of two lengths": lambda: b"1,2,3\n4,5\n",
    "a word among numbers": lambda: b"1,2\n3,f\x1b[31mour\n",
    "a number beyond float32": lambda: b"1 1e308\n2 3\n",
    "bytes that are no text": lambda: b"1 2\n3 \xff\xfe\n",
    "a division by zero": lambda: b"1 1/0\n",
}

HEADER_IS_RIGHT = {
    "a PNG cut off",
    "a JPEG cut off",
    "a TIFF turned round",
    "a PNG turned round",
    "beyond float32",
    "values cut off",
    "a claim of petabytes",
    "an archive of petabytes",
}
"""Classes whose shape stands in a header that is right, for what asks for no more than the shape."""


@cache
def broken(what):
    """Return the bytes of one class, made once."""
    return BROKEN[what]()
