"""Pictures: what each kind of file must become, and what is refused before memory is taken."""

import io
import logging
import os
import struct
import threading
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from cnnviz.errors import MemoryLimitError, ReadError
from cnnviz.files import decoder, images
from cnnviz.files.decoder import NotAPictureError
from cnnviz.files.pixels import Pixels, _describe, measure

RNG = np.random.default_rng(7)
RGB = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (5, 7), dtype=np.uint8)


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decode(data, **options):
    return images.decode(io.BytesIO(data), **options)


def values(image, kind="PNG", **options):
    return decode(encoded(image, kind, **options)).maps.values


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth=8, colour=0, rows=b"", extra=b""):
    """Return a PNG put together by hand, so that sizes and chunks can lie."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# --------------------------------------------------------------------------------------------- values and labels


def test_colour_picture_is_three_planes_between_0_and_1():
    picture = decode(encoded(Image.fromarray(RGB)))
    assert picture.maps.values.dtype == np.float32
    assert picture.maps.values.flags.c_contiguous
    np.testing.assert_array_equal(picture.maps.values, RGB.transpose(2, 0, 1).astype(np.float32) / np.float32(255))
    assert picture.maps.labels == ["red", "green", "blue"]
    assert picture.maps.pictures == (True, True, True)
    assert picture.notes == []


def test_grey_picture_is_one_plane_and_reaches_0_and_1_exactly():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = decode(encoded(Image.fromarray(ramp)))
    np.testing.assert_array_equal(picture.maps.values, (ramp.astype(np.float32) / np.float32(255))[None])
    assert (picture.maps.values.min(), picture.maps.values.max()) == (0, 1)
    assert picture.maps.labels == ["grey"]


def test_large_picture_on_two_threads_gives_the_same_as_the_plain_way():
    pixels = RNG.integers(0, 256, (1100, 1003, 3), dtype=np.uint8)
    assert pixels.size > 3 * images._PARALLEL
    np.testing.assert_array_equal(
        values(Image.fromarray(pixels), compress_level=0),
        pixels.transpose(2, 0, 1).astype(np.float32) / np.float32(255),
    )


def test_without_threads_it_still_works(monkeypatch):
    def refuse(*_, **__):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("concurrent.futures.ThreadPoolExecutor.submit", refuse)
    monkeypatch.setattr(images, "_PARALLEL", 1)
    np.testing.assert_array_equal(values(Image.fromarray(GREY)), (GREY.astype(np.float32) / np.float32(255))[None])


@pytest.mark.parametrize(("width", "height"), [(1, 1), (30_000, 1), (1, 30_000), (200_000, 1)])
def test_extreme_sizes(width, height):
    pixels = RNG.integers(0, 256, (height, width), dtype=np.uint8)
    np.testing.assert_array_equal(values(Image.fromarray(pixels)), (pixels.astype(np.float32) / np.float32(255))[None])


def test_one_bit_is_black_and_white():
    bits = GREY > 127
    np.testing.assert_array_equal(values(Image.fromarray(bits)), bits[None].astype(np.float32))


def test_sixteen_bit_ramp_keeps_its_levels():
    ramp = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    fine = (30_000 + np.arange(256, dtype=np.uint16)).reshape(16, 16)
    for pixels in (ramp, fine):
        for kind in ("PNG", "TIFF"):
            result = values(Image.fromarray(pixels), kind)
            assert len(np.unique(result)) == 256
            np.testing.assert_allclose(result[0], pixels / 65535, rtol=1e-6)


def test_big_endian_sixteen_bit_tiff():
    pixels = (np.arange(35, dtype=np.uint16) * 1800).reshape(5, 7)
    raw = pixels.astype(">u2").tobytes()
    tags = [
        (256, 3, 7),
        (257, 3, 5),
        (258, 3, 16),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 3, 5),
        (279, 4, len(raw)),
    ]
    directory = struct.pack(">H", len(tags))
    for tag, kind, value in tags:
        directory += struct.pack(">HHI", tag, kind, 1) + (
            struct.pack(">HH", value, 0) if kind == 3 else struct.pack(">I", value)
        )
    data = b"MM\0*" + struct.pack(">I", 8 + len(raw)) + raw + directory + b"\0\0\0\0"
    np.testing.assert_allclose(decode(data).maps.values[0], pixels / 65535, rtol=1e-6)


def fine(channels, low=30_000):
    """256 levels in each channel (16, 16, C), closer than 8 bits could tell apart."""
    return (low + np.arange(256 * channels, dtype=np.uint16)).reshape(16, 16, channels)


def deep_png(pixels, colour, extra=b""):
    """Return a 16-bit PNG whose rows are filtered by differences (Sub), as an encoder would."""
    height, width, channels = pixels.shape
    size = 2 * channels
    rows = np.frombuffer(pixels.astype(">u2").tobytes(), np.uint8).reshape(height, -1).copy()
    rows[:, size:] -= rows[:, :-size].copy()
    return png(width, height, 16, colour, b"".join(b"\x01" + row.tobytes() for row in rows), extra)


def test_sixteen_bit_colour_keeps_its_levels():
    for data in (deep_png(fine(3), 2), deep_tiff(fine(3), "<"), deep_tiff(fine(3), ">")):
        picture = decode(data)
        np.testing.assert_allclose(picture.maps.values.transpose(1, 2, 0), fine(3) / 65535, rtol=1e-6)
        assert [len(np.unique(plane)) for plane in picture.maps.values] == [256] * 3
        assert picture.notes == []
    with pytest.raises(MemoryLimitError):
        decode(deep_png(fine(3), 2), limit=16 * 16 * 27)


@pytest.mark.parametrize(("channels", "colour", "labels"), [(4, 6, ["red", "green", "blue"]), (2, 4, ["grey"])])
def test_sixteen_bit_alpha_is_laid_over_white(channels, colour, labels):
    pixels = fine(channels)
    colours, alpha = pixels[..., :-1] / 65535, pixels[..., -1:] / 65535
    data = deep_png(pixels, colour)
    picture = decode(data)
    expected = colours * alpha + 1 - alpha
    np.testing.assert_allclose(picture.maps.values.transpose(1, 2, 0), expected, rtol=1e-6)
    assert picture.maps.labels == labels
    assert picture.notes == ["transparency is laid over white"]
    assert measure(io.BytesIO(data)) == picture.maps.shape
    pixels[..., -1] = 65535
    assert decode(deep_png(pixels, colour)).notes == []


def test_a_sixteen_bit_colour_that_stands_for_transparent():
    pixels = fine(3)
    named = chunk(b"tRNS", struct.pack(">3H", *pixels[2, 5]))
    picture = decode(deep_png(pixels, 2, named))
    expected = pixels / 65535
    expected[2, 5] = 1
    np.testing.assert_allclose(picture.maps.values.transpose(1, 2, 0), expected, rtol=1e-6)
    assert picture.notes == ["transparency is laid over white"]


def test_sixteen_bit_colour_that_loses_levels_says_so():
    data = b"P6 16 16 65535\n" + fine(3).astype(">u2").tobytes()
    assert decode(data).notes == ["16-bit colour is read with 8 bits a channel: 256 levels"]
    assert decode(b"P6 1 1 255\nabc").notes == []


def deep_tiff(pixels, order):
    height, width, channels = pixels.shape
    raw = pixels.astype(order + "u2").tobytes()
    depths = struct.pack(order + "3H", 16, 16, 16)
    tags = [(256, width), (257, height), (258, 8 + len(raw)), (259, 1), (262, 2), (273, 8), (277, channels)]
    tags += [(278, height), (279, len(raw))]
    directory = struct.pack(order + "H", len(tags))
    for tag, value in tags:
        directory += struct.pack(order + "HHII", tag, *((3, 3) if tag == 258 else (4, 1)), value)
    magic = b"II*\0" if order == "<" else b"MM\0*"
    start = struct.pack(order + "I", 8 + len(raw) + len(depths))
    return magic + start + raw + depths + directory + b"\0\0\0\0"


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TGA", "GIF", "PCX", "TIFF"])
def test_palettes_follow_their_colours(kind):
    colour = Image.fromarray(RGB).quantize(16)
    np.testing.assert_array_equal(
        values(colour, kind), np.asarray(colour.convert("RGB")).transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    )
    grey = Image.fromarray(GREY).convert("P")
    np.testing.assert_array_equal(values(grey, kind), (GREY.astype(np.float32) / np.float32(255))[None])


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB", "HSV"])
def test_other_colours_become_red_green_blue_with_a_note(mode):
    flat = Image.new("RGB", (8, 8), (200, 60, 20))
    if mode == "LAB":
        from PIL import ImageCms

        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(flat, srgb, lab, outputMode="LAB")
    else:
        image = flat.convert(mode)
    if mode == "HSV":  # no file format holds it: the conversion alone
        result, notes = np.asarray(images._convert(Pixels(image, 3, 1, []), [])), _describe(image)
    else:
        picture = decode(encoded(image, "TIFF"))
        result, notes = picture.maps.values, picture.notes
    np.testing.assert_allclose(result[:, 4, 4] * 255, (200, 60, 20), atol=4)
    assert notes == [f"{mode} colours are read as red, green and blue"]


def test_floats_between_0_and_1_stay_and_others_are_scaled_with_a_note():
    floats = np.linspace(0, 1, 35, dtype=np.float32).reshape(5, 7)
    picture = decode(encoded(Image.fromarray(floats), "TIFF"))
    np.testing.assert_array_equal(picture.maps.values[0], floats)
    assert picture.notes == []
    for factor, scale, note in (
        (2.5, 2.5, "divided by 2.5"),  # a picture with highlights
        (255, 255, "divided by 255"),
        (60_000, 65535, "divided by 65535"),
        (1e6, 1e6, "scaled to 0 … 1"),
    ):
        picture = decode(encoded(Image.fromarray(floats * np.float32(factor)), "TIFF"))
        np.testing.assert_allclose(picture.maps.values[0], floats * factor / scale, rtol=1e-5, atol=1e-6)
        assert note in picture.notes[0]


def test_floats_keep_nan_and_infinity():
    floats = np.array([[0, 0.5, np.nan], [1, np.inf, -np.inf]], np.float32)
    np.testing.assert_array_equal(values(Image.fromarray(floats), "TIFF")[0], floats)
    nothing = np.full((2, 2), np.nan, np.float32)
    np.testing.assert_array_equal(values(Image.fromarray(nothing), "TIFF")[0], nothing)


def test_signed_integers_are_scaled_by_their_own_range():
    picture = decode(encoded(Image.fromarray(np.array([[-50, 0], [0, 50]], np.int32)), "TIFF"))
    np.testing.assert_allclose(picture.maps.values[0], [[0, 0.5], [0.5, 1]])
    assert "−50" in picture.notes[0] or "-50" in picture.notes[0]


# --------------------------------------------------------------------------------------------- transparency


def over_white(colour, alpha):
    return colour / 255 * (alpha / 255) + (1 - alpha / 255)


def test_alpha_is_laid_over_white():
    alpha = RNG.integers(0, 256, (5, 7), dtype=np.uint8)
    picture = decode(encoded(Image.fromarray(np.dstack([RGB, alpha]))))
    expected = over_white(RGB.transpose(2, 0, 1).astype(float), alpha)
    np.testing.assert_allclose(picture.maps.values, expected, atol=1e-6)
    assert picture.notes == ["transparency is laid over white"]


def test_grey_with_alpha_stays_one_channel():
    alpha = RNG.integers(0, 256, (5, 7), dtype=np.uint8)
    picture = decode(encoded(Image.fromarray(np.dstack([GREY, alpha]), "LA")))
    np.testing.assert_allclose(picture.maps.values, over_white(GREY[None].astype(float), alpha), atol=1e-6)


def test_opaque_alpha_is_not_worth_a_note():
    opaque = np.full((5, 7), 255, np.uint8)
    assert decode(encoded(Image.fromarray(np.dstack([RGB, opaque])))).notes == []


@pytest.mark.parametrize("mode", ["P", "L", "RGB", "I;16"])
def test_one_transparent_value_of_a_png(mode):
    if mode == "P":
        image = Image.fromarray(np.array([[0, 1], [1, 0]], np.uint8), "P")
        image.putpalette([10, 10, 10, 200, 200, 200])
        data, kept = encoded(image, transparency=0), 200 / 255
    elif mode == "L":
        data, kept = encoded(Image.fromarray(np.array([[10, 200], [200, 10]], np.uint8)), transparency=10), 200 / 255
    elif mode == "RGB":
        pixels = np.array([[[10, 0, 0], [200] * 3], [[200] * 3, [10, 0, 0]]], np.uint8)
        data, kept = encoded(Image.fromarray(pixels), transparency=(10, 0, 0)), 200 / 255
    else:
        pixels = np.array([[10, 20_000], [20_000, 10]], np.uint16)
        data, kept = encoded(Image.fromarray(pixels), transparency=10), 20_000 / 65535
    picture = decode(data)
    assert len(picture.maps) == (3 if mode == "RGB" else 1)
    np.testing.assert_allclose(picture.maps.values[0], [[1, kept], [kept, 1]], rtol=1e-5)
    assert picture.notes == ["transparency is laid over white"]


# --------------------------------------------------------------------------------------------- orientation, frames

ARROW = np.array([[1, 2, 3], [4, 5, 6]], np.uint8) * 40
UPRIGHT = {
    1: [[1, 2, 3], [4, 5, 6]],
    2: [[3, 2, 1], [6, 5, 4]],
    3: [[6, 5, 4], [3, 2, 1]],
    4: [[4, 5, 6], [1, 2, 3]],
    5: [[1, 4], [2, 5], [3, 6]],
    6: [[4, 1], [5, 2], [6, 3]],
    7: [[6, 3], [5, 2], [4, 1]],
    8: [[3, 6], [2, 5], [1, 4]],
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(orientation, kind):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(Image.fromarray(np.dstack([ARROW] * 3)), kind, exif=exif, **options)
    picture = decode(data)
    np.testing.assert_array_equal(np.round(picture.maps.values[0] * 255 / 40), UPRIGHT[orientation])
    assert measure(io.BytesIO(data)) == picture.maps.shape
    if kind != "TIFF":  # some Pillows turn a TIFF by themselves
        assert bool(picture.notes) == (orientation != 1)
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        np.testing.assert_array_equal(np.asarray(upright)[..., 0], np.round(picture.maps.values[0] * 255))


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_none(value):
    exif = Image.Exif()
    exif[0x0112] = value
    picture = decode(encoded(Image.fromarray(ARROW), exif=exif))
    assert picture.maps.shape == (1, 2, 3)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_an_animation_gives_its_first_frame(kind):
    frames = [Image.new("L", (4, 3), shade).convert("RGB") for shade in (0, 255)]
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = decode(encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert picture.maps.values.max() == 0
    assert "first" in picture.notes[0]


# --------------------------------------------------------------------------------------------- what is refused


def test_a_bomb_is_refused_from_its_header():
    data = png(100_000, 100_000)
    assert len(data) < 200
    with pytest.raises(MemoryLimitError, match="--max-memory"):
        decode(data)
    with pytest.raises(MemoryLimitError, match="GB"):
        measure(io.BytesIO(data))


def test_the_limit_is_the_callers():
    data = encoded(Image.fromarray(RGB))
    with pytest.raises(MemoryLimitError, match="3×5×7"):
        decode(data, limit=500)
    assert decode(data, limit=5 * 7 * 16).maps.shape == (3, 5, 7)


def test_a_webp_is_measured_before_pillow_takes_its_canvas(monkeypatch):
    def opened(*_, **__):
        raise AssertionError("opened before it was measured")

    monkeypatch.setattr(Image, "open", opened)
    extended = b"RIFF\xff\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (16_382).to_bytes(3, "little") * 2 + b"\0\0"
    lossless = b"RIFF\xff\0\0\0WEBPVP8L\xff\0\0\0\x2f\xff\xff\xff\x0f" + b"\0" * 9
    lossy = b"RIFF\xff\0\0\0WEBPVP8 \xff\0\0\0\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f" + b"\0\0"
    for data in (extended, lossless, lossy):
        with pytest.raises(MemoryLimitError, match=r"3×1638[34]×1638[34]"):
            decode(data, limit=1 << 30)


def test_a_webp_is_measured_right(monkeypatch):
    asked = []
    monkeypatch.setattr(decoder.memory, "require", lambda needed, limit, what: asked.append(what))
    for options in (
        {"lossless": True},
        {"lossless": False},
        {"lossless": True, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"},
    ):
        asked.clear()
        decode(encoded(Image.new("RGB", (37, 29), "red"), "WEBP", **options))
        assert set(asked) == {"a picture of 3×29×37 values"}


def test_a_bomb_within_another_file_is_refused():
    inner = png(60_000, 60_000, colour=2)
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inner), 22)
    with pytest.raises((MemoryLimitError, ReadError)):
        decode(struct.pack("<HHH", 0, 1, 1) + entry + inner, limit=1 << 30)


def test_a_picture_within_another_file_that_is_not_as_announced():
    ramp = np.arange(256 * 256).reshape(256, 256).astype(np.uint16)  # icons are said to be red, green, blue, alpha
    inner = encoded(Image.fromarray(ramp))
    data = b"icns" + struct.pack(">I", len(inner) + 16) + b"ic08" + struct.pack(">I", len(inner) + 8) + inner
    picture = decode(data)
    assert picture.maps.shape == measure(io.BytesIO(data)) == (3, 256, 256)
    np.testing.assert_allclose(picture.maps.values, np.stack([ramp / 65535] * 3), atol=1e-6)


def test_pillow_and_warnings_are_left_as_they_were():
    before = Image.MAX_IMAGE_PIXELS, list(warnings.filters)
    decode(encoded(Image.fromarray(RGB)))
    with pytest.raises(MemoryLimitError):
        decode(png(100_000, 100_000))
    assert (Image.MAX_IMAGE_PIXELS, list(warnings.filters)) == before


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "PPM", "TIFF"])
def test_a_picture_cut_in_its_middle_says_so(kind):
    data = encoded(Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)), kind)
    with pytest.raises(ReadError, match="cut off"):
        decode(data[: len(data) // 2])


@pytest.mark.parametrize(("kind", "length"), [("PNG", 12), ("JPEG", 2), ("TIFF", 5), ("GIF", 7), ("BMP", 10)])
def test_a_picture_cut_in_its_header_is_still_named(kind, length):
    with pytest.raises(ReadError, match=f"{kind} picture that is broken or cut off"):
        decode(encoded(Image.fromarray(RGB), kind)[:length])


def test_too_little_memory_is_said(monkeypatch):
    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr(Image, "open", full)
    with pytest.raises(MemoryLimitError, match="does not fit"):
        decode(encoded(Image.fromarray(RGB)))


def test_no_picture():
    with pytest.raises(NotAPictureError):
        decode(b"what is this?" * 20)


def test_postscript_is_not_run():
    with pytest.raises(ReadError, match="EPS"):
        decode(encoded(Image.fromarray(RGB), "EPS"))


def test_a_decoders_chatter_stays_away(capfd):
    data = bytearray(
        encoded(Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)), "TIFF", compression="tiff_lzw")
    )
    data[8:-400] = bytes(reversed(data[8:-400]))
    with pytest.raises(ReadError):
        decode(bytes(data))
    os.write(2, b"mine")
    assert capfd.readouterr().err == "mine"


def test_pillows_log_does_not_reach_the_terminal(capfd, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest's own, which a terminal does not have
    logging.getLogger("PIL").warning("this is how it looks")
    assert "how it looks" in capfd.readouterr().err
    with decoder._logging_silenced():
        logging.getLogger("PIL.TiffImagePlugin").error("More samples per pixel than can be decoded: %s", 5)
    assert capfd.readouterr().err == ""
    assert not logging.getLogger("PIL").handlers


def test_a_text_bomb_within_a_png_is_refused():
    text = b"zTXt" + b"k\0\0" + zlib.compress(b"0" * (PngImagePlugin.MAX_TEXT_CHUNK + 1))
    with pytest.raises(ReadError):
        decode(png(1, 1, rows=b"\0\0", extra=chunk(text[:4], text[4:])))


# --------------------------------------------------------------------------------------------- resize, grey


def test_resize_keeps_a_constant_and_averages_when_it_shrinks():
    flat = np.full((2, 6, 9), 0.25, np.float32)
    np.testing.assert_allclose(images.resize(flat, (3, 20)), np.full((2, 3, 20), 0.25), atol=1e-6)
    stripes = np.tile(np.array([0, 1], np.float32), (1, 8, 32))
    small = images.resize(stripes, (4, 8))  # antialiased: picking every eighth column would give 0 or 1
    np.testing.assert_allclose(small, 0.5, atol=0.08)


def test_resize_of_one_cell_between_two_is_their_mean():
    line = np.array([[[0, 1]]], np.float32)
    np.testing.assert_allclose(images.resize(line, (1, 1)), [[[0.5]]])
    assert images.resize(line, (1, 1)).dtype == np.float32


@pytest.mark.parametrize(
    ("size", "length", "expected"),
    [
        ((100, 200), 50, (25, 50)),
        ((200, 100), 50, (50, 25)),
        ((3, 900), 90, (1, 90)),
        ((1, 1), 7, (7, 7)),
        ((3, 2), 2, (2, 1)),
    ],
)
def test_longer_side(size, length, expected):
    assert images.longer_side(size, length) == expected


def test_grey_by_itu_r_601():
    colours = np.eye(3, dtype=np.float32)[:, None, :]
    np.testing.assert_allclose(images.gray(colours), [[[0.299, 0.587, 0.114]]])
    np.testing.assert_allclose(images.gray(np.ones((3, 2, 2), np.float32)), 1, atol=1e-6)
    one = np.ones((1, 2, 2), np.float32)
    assert images.gray(one) is one


def test_measuring_leaves_the_pixels_alone():
    data = png(64, 48, rows=b"no pixels at all")
    assert measure(io.BytesIO(data)) == (1, 48, 64)


def test_a_png_may_say_behind_its_pixels_how_it_lies():
    exif = Image.Exif()
    exif[0x0112] = 6
    plain = encoded(Image.fromarray(np.dstack([ARROW] * 3)))
    end = plain.index(b"IEND") - 4
    data = plain[:end] + chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")) + plain[end:]
    upright = decode(data).maps.shape
    assert upright == (3, ARROW.shape[1], ARROW.shape[0])
    assert measure(io.BytesIO(data)) == upright


def test_a_signalling_nan_makes_no_noise():
    floats = np.linspace(-3e5, 3e5, 35, dtype=np.float32).reshape(5, 7)
    floats.view(np.uint32)[2, 3] = 0x7FA00000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = decode(encoded(Image.fromarray(floats), "TIFF")).maps.values
    assert np.isnan(found[0, 2, 3])
    assert np.nanmax(found) == 1


def test_a_limit_that_somebody_gave_pillow_is_not_ours(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert decode(encoded(Image.fromarray(RGB))).maps.shape == (3, *RGB.shape[:2])
    assert Image.MAX_IMAGE_PIXELS == 10


def test_pictures_read_by_several_threads_leave_warnings_as_they_were():
    data, before = encoded(Image.fromarray(RGB)), warnings.filters[:]
    for _ in range(20):
        threads = [threading.Thread(target=decode, args=(data,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert warnings.filters == before
