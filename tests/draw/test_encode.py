import io
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from cnnviz.draw.encode import COLOUR_TYPES, encode


def test_texts_go_along_whatever_a_file_is_called():
    file = io.BytesIO()
    texts = {"Title": "plain", "Description": "照片 bad\udcff.png\nsecond line \x1b[2J", "cnnviz": '{"version": 1}'}
    encode(Image.new("RGB", (4, 3), (1, 2, 3)), file, texts)
    with Image.open(file) as image:
        assert image.text == texts | {"Description": "照片 bad\\xff.png\nsecond line \\x1b[2J"}
        assert image.getpixel((0, 0)) == (1, 2, 3)


def chunks(data):
    """Return the chunks of a PNG as (kind, bytes), each with its checksum tried."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    found = []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        kind, body, end = data[at + 4 : at + 8], data[at + 8 : at + 8 + size], at + 8 + size
        assert zlib.crc32(kind + body) == int.from_bytes(data[end : end + 4], "big")
        found.append((kind, body))
        at = end + 4
    return found


@pytest.mark.parametrize("mode", COLOUR_TYPES)
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (700, 1), (211, 97), (3, 5000), (1500, 1001)])
def test_a_picture_comes_back_as_it_was(mode, size):
    lanes = len(Image.new(mode, (1, 1)).getbands())
    pixels = np.random.default_rng(7).integers(0, 256, (size[1], size[0], lanes)).astype(np.uint8)
    pixels[size[1] // 2 :] //= 100  # some rows that compress well
    file = io.BytesIO()
    encode(Image.fromarray(pixels.squeeze(2) if mode == "L" else pixels), file)
    with Image.open(file) as image:
        assert image.mode == mode
        assert np.array_equal(np.asarray(image).reshape(pixels.shape), pixels)


def test_the_stream_of_many_bands_is_one_that_zlib_takes_whole(monkeypatch):
    monkeypatch.setattr("cnnviz.draw.encode._BAND", 1000)
    image = Image.effect_noise((61, 83), 90).convert("RGBA")
    file = io.BytesIO()
    encode(image, file)
    stream = b"".join(body for kind, body in chunks(file.getvalue()) if kind == b"IDAT")
    # Fails on a wrong checksum (Adler-32), which not every reader of pictures looks at.
    rows = np.frombuffer(zlib.decompress(stream), np.uint8).reshape(83, 1 + 61 * 4)
    assert set(rows[:, 0]) == {2}
    assert np.array_equal(np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8), np.asarray(image).reshape(83, -1))


def test_chunks_come_in_the_order_that_the_format_asks_for():
    file = io.BytesIO()
    encode(Image.new("RGBA", (4, 3)), file, {"Title": "one"})
    kinds = [kind for kind, _ in chunks(file.getvalue())]
    assert kinds == [b"IHDR", b"tEXt", b"IDAT", b"IDAT", b"IDAT", b"IEND"]


def test_a_mode_that_png_has_not_is_refused():
    with pytest.raises(ValueError, match="CMYK"):
        encode(Image.new("CMYK", (4, 3)), io.BytesIO())


def test_what_is_written_is_not_held_any_longer(monkeypatch):
    noise = np.random.default_rng(0).integers(0, 256, (2000, 2000, 3)).astype(np.uint8)
    image = Image.fromarray(noise)
    left = []

    class File(io.RawIOBase):
        def write(self, data):
            left.append(tracemalloc.get_traced_memory()[0])
            return len(data)

    tracemalloc.start()
    try:
        encode(image, File())
    finally:
        tracemalloc.stop()
    assert left[-1] < max(left) - noise.nbytes * 0.8
