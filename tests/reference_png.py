"""A second way to read a PNG, straight from its specification (W3C, third edition): slow, plain, checked against.

Pixels come back as (H, W, 3) float64 from 0 to 1, laid over white. Gamma, background and significant bits are hints
to viewers, and change nothing here.
"""

import struct
import zlib

import numpy as np

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
"""First row, first column, rows apart, columns apart, of each pass (section 8.2)."""


def decode(data):
    chunks = dict(_chunks(data))
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    stream = zlib.decompress(chunks[b"IDAT"])
    samples = np.zeros((height, width, SAMPLES[colour]), np.int64)
    for row, column, down, right in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = samples[row::down, column::right]
        if part.size:
            part[...], stream = _pass(stream, part.shape, depth)
    return _colours(samples, depth, colour, chunks)


def _chunks(data):
    """Yield kind and data of each chunk; those of the pixels are joined."""
    place, pixels = 8, b""
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        pixels += body if kind == b"IDAT" else b""
        yield kind, pixels if kind == b"IDAT" else body
        place += length + 12


def _pass(stream, shape, depth):
    """Undo the filters of one pass (section 9) and return its samples, and what follows it."""
    height, width, count = shape
    length, step = (width * count * depth + 7) // 8, max(count * depth // 8, 1)
    above, rows = [0] * length, []
    for top in range(0, height * (length + 1), length + 1):
        kind, line = stream[top], list(stream[top + 1 : top + 1 + length])
        for i in range(length):
            a, b, c = line[i - step] if i >= step else 0, above[i], above[i - step] if i >= step else 0
            line[i] = (line[i] + (0, a, b, (a + b) // 2, _paeth(a, b, c))[kind]) % 256
        above = line
        rows.append(line)
    packed = np.array(rows, np.uint8)
    if depth == 16:
        values = packed.reshape(height, -1, 2).astype(np.int64) @ [256, 1]
    else:
        bits = np.unpackbits(packed, axis=1)[:, : width * count * depth]
        values = bits.reshape(height, -1, depth) @ (1 << np.arange(depth)[::-1])
    return values.reshape(shape), stream[height * (length + 1) :]


def _paeth(a, b, c):
    return min((a, b, c), key=lambda near: abs(a + b - c - near))


def _colours(samples, depth, colour, chunks):
    largest, cover = 2**depth - 1, np.ones((*samples.shape[:2], 1))
    hidden = chunks.get(b"tRNS")
    if colour == 3:
        index = samples[..., 0]
        values = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)[index] / 255
        if hidden:
            cover = np.frombuffer(hidden.ljust(256, b"\xff"), np.uint8)[index][..., None] / 255
    else:
        values = samples / largest
        if colour in (4, 6):
            values, cover = values[..., :-1], values[..., -1:]
        elif hidden:
            named = struct.unpack(f">{len(hidden) // 2}H", hidden)
            cover = (samples != named).any(axis=2, keepdims=True)
    return np.broadcast_to(values * cover + 1 - cover, (*samples.shape[:2], 3))
