import io

import numpy as np
import pytest
from PIL import Image

from cnnviz.draw import gif, webp


def frames(count=5, size=(64, 48)):
    for i in range(count):
        pixels = np.full((size[1], size[0], 3), 255, np.uint8)
        pixels[8:40, 4 + i * 8 : 12 + i * 8] = (200, 20, 40)
        pixels[0:4] = (0, 114, 178)
        yield Image.fromarray(pixels)


def written(count=5, comments=(), palette_of=None, durations=None):
    file = io.BytesIO()
    palette = gif.Palette(palette_of or frames(count))
    gif.write(file, frames(count), durations or [100] * count, palette, comments)
    return file


def test_every_frame_comes_back_as_it_was():
    file = written()
    with Image.open(file) as animation:
        assert animation.n_frames == 5
        assert animation.info["loop"] == 0
        for i, frame in enumerate(frames()):
            animation.seek(i)
            np.testing.assert_array_equal(np.asarray(animation.convert("RGB")), np.asarray(frame))


def test_durations_are_kept():
    with Image.open(written(durations=[80, 80, 80, 80, 2500])) as animation:
        found = []
        for i in range(5):
            animation.seek(i)
            found.append(animation.info["duration"])
    assert found == [80, 80, 80, 80, 2500]


def test_a_frame_that_changes_nothing_is_there_all_the_same():
    file = io.BytesIO()
    one = next(frames())
    gif.write(file, [one, one], [100, 200], gif.Palette([one]))
    file.seek(0)
    with Image.open(file) as animation:
        animation.seek(1)
        np.testing.assert_array_equal(np.asarray(animation.convert("RGB")), np.asarray(one))


def test_only_changes_are_stored():
    still, moving = len(written(1).getvalue()), len(written(5).getvalue())
    assert moving - still < 4 * 120


def test_comments_come_first_and_may_be_long():
    long = "x" * 700
    file = written(comments=[long, "second"])
    head = file.getvalue()[13 + 3 * gif.COLOURS :]
    assert head[:2] == b"\x21\xfe"
    assert b"second" in head[:900]
    with Image.open(file) as animation:
        assert bytes(animation.info["comment"]).startswith(b"x" * 700)


def test_a_colour_that_is_no_part_of_the_palette_becomes_the_nearest():
    palette = gif.Palette([Image.new("RGB", (4, 4), (255, 255, 255)), Image.new("RGB", (4, 4), (200, 0, 0))])
    assert palette.indices(Image.new("RGB", (1, 1), (250, 240, 250)))[0, 0] == 0
    found = palette.indices(Image.new("RGB", (1, 1), (190, 10, 10)))[0, 0]
    assert tuple(palette.colours[found]) == (200, 0, 0)


def test_many_greys_do_not_crowd_out_the_few_reds():
    greys = np.repeat(np.arange(256, dtype=np.uint8), 300).reshape(256, 300)
    picture = np.stack([greys] * 3, axis=-1)
    reds = np.zeros((9, 300, 3), np.uint8)
    reds[..., 0] = np.arange(9)[:, None] * 12 + 100
    palette = gif.Palette([Image.fromarray(picture), Image.fromarray(reds)])
    for red in range(100, 200, 12):
        index = palette.indices(Image.new("RGB", (1, 1), (red, 0, 0)))[0, 0]
        assert np.abs(palette.colours[index] - [red, 0, 0]).max() <= 8
    for grey in range(0, 256, 5):
        index = palette.indices(Image.new("RGB", (1, 1), (grey,) * 3))[0, 0]
        assert np.abs(palette.colours[index] - grey).max() <= 3


def test_as_many_durations_as_frames():
    with pytest.raises(ValueError, match="zip"):
        gif.write(io.BytesIO(), frames(2), [100], gif.Palette(frames(2)))


def test_frames_are_asked_for_one_by_one():
    alive = []

    def watched():
        for i, frame in enumerate(frames()):
            alive.append(i)
            yield frame

    class Slow(io.BytesIO):
        def write(self, data):
            asked.append(len(alive))
            return super().write(data)

    asked = []
    gif.write(Slow(), watched(), [100] * 5, gif.Palette(frames()))
    assert set(asked) == {1, 2, 3, 4, 5}


def test_webp_keeps_every_pixel_and_its_metadata():
    file = io.BytesIO()
    webp.write(file, frames(), [100, 100, 100, 100, 900], 'a <b> "c"', "What is on it & more")
    file.seek(0)
    with Image.open(file) as animation:
        assert animation.n_frames == 5
        for i, frame in enumerate(frames()):
            animation.seek(i)
            np.testing.assert_array_equal(np.asarray(animation.convert("RGB")), np.asarray(frame))
        assert animation.info["duration"] == 900
        assert b"What is on it &amp; more" in animation.info["xmp"]
        assert b"a &lt;b&gt; &quot;c&quot;" in animation.info["xmp"]


def test_webp_of_one_frame():
    file = io.BytesIO()
    webp.write(file, frames(1), [900])
    file.seek(0)
    with Image.open(file) as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), np.asarray(next(frames())))


NAME, SHOWN = "bad\udcff照片\ncaption", "bad\\xff照片\ncaption"


def test_names_that_are_no_text_are_written_as_they_are_shown():
    assert SHOWN.encode() in written(comments=[NAME]).getvalue()
    film = io.BytesIO()
    webp.write(film, frames(2), [100, 100], metadata=NAME, description=NAME)
    assert film.getvalue().count(SHOWN.encode()) == 2
