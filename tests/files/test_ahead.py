import io
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from cnnviz.errors import MemoryLimitError, ReadError
from cnnviz.files import ahead, images

RGB = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
VALUES = RGB.transpose(2, 0, 1) / np.float32(255)


@pytest.fixture(autouse=True)
def begin_with_every_file(monkeypatch):
    monkeypatch.setattr(ahead, "_WORTH_IT", 0)
    monkeypatch.setattr(ahead, "processors", lambda: 2)
    yield
    ahead._begun = None


@pytest.fixture
def only_ahead(monkeypatch):
    """Let no picture be read but the one that was begun."""

    def refuse(file, limit):
        raise AssertionError("read again")

    monkeypatch.setattr(images, "load", refuse)


def picture(path, values=RGB):
    Image.fromarray(values).save(path)
    return str(path)


@pytest.mark.usefixtures("only_ahead")
@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_what_was_begun_is_not_read_again(tmp_path, kind):
    name = picture(tmp_path / f"photo.{kind}")
    ahead.begin(name, None)
    with open(name, "rb") as file:
        found = images.decode(file)
        assert found.maps.shape == (3, 20, 30)
        if kind == "png":
            np.testing.assert_array_equal(found.maps.values, VALUES)
        with pytest.raises(AssertionError, match="again"):  # it is given away once
            images.decode(file)


def test_notes_come_along(tmp_path):
    path = tmp_path / "photo.jpg"
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(RGB).save(path, exif=turned)
    ahead.begin(str(path), None)
    with path.open("rb") as file:
        found = images.decode(file)
    assert found.notes == ["turned upright, as its EXIF orientation says"]
    assert found.maps.shape == (3, 30, 20)


def test_a_file_that_has_changed_since_is_read_as_it_is_now(tmp_path):
    name = picture(tmp_path / "photo.png")
    ahead.begin(name, None)
    os.unlink(name)
    picture(name, RGB[::-1].copy())
    with open(name, "rb") as file:
        np.testing.assert_array_equal(images.decode(file).maps.values, VALUES[:, ::-1])


def test_what_is_not_asked_for_is_given_up(tmp_path):
    name = picture(tmp_path / "photo.png")
    ahead.begin(name, None)
    os.utime(name, ns=(0, 0))
    with open(name, "rb") as file:
        assert ahead.take(file) is None
    assert not ahead._begun


def test_another_picture_is_not_taken_for_it(tmp_path):
    ahead.begin(picture(tmp_path / "photo.png"), None)
    with open(picture(tmp_path / "other.png", RGB[::-1].copy()), "rb") as file:
        np.testing.assert_array_equal(images.decode(file).maps.values, VALUES[:, ::-1])
    inside = io.BytesIO((tmp_path / "other.png").read_bytes())
    np.testing.assert_array_equal(images.decode(inside).maps.values, VALUES[:, ::-1])


def test_what_is_broken_is_told_when_it_is_asked_for(tmp_path):
    path = tmp_path / "photo.png"
    picture(path)
    path.write_bytes(path.read_bytes()[:-200])
    ahead.begin(str(path), None)
    with path.open("rb") as file, pytest.raises(ReadError):
        images.decode(file)


def test_the_memory_limit_holds(tmp_path):
    name = picture(tmp_path / "photo.png")
    ahead.begin(name, 1000)
    with open(name, "rb") as file, pytest.raises(MemoryLimitError):
        images.decode(file, 1000)


@pytest.mark.parametrize("kind", ["tif", "bmp", "webp"])
def test_other_kinds_wait_until_they_are_asked_for(tmp_path, kind):
    name = picture(tmp_path / f"photo.{kind}")
    ahead.begin(name, None)
    with open(name, "rb") as file:
        assert ahead.take(file) is None
        if kind != "webp":
            np.testing.assert_array_equal(images.decode(file).maps.values, VALUES)


def test_what_cannot_be_begun_is_passed_over(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    for name in (tmp_path, tmp_path / "missing.png", tmp_path / "pipe", "a\0b", "-"):
        ahead.begin(str(name), None)
    name = picture(tmp_path / "photo.png")
    monkeypatch.setattr(ahead, "_WORTH_IT", 1 << 20)
    ahead.begin(name, None)
    monkeypatch.setattr(ahead, "_WORTH_IT", 0)
    monkeypatch.setattr(ahead, "processors", lambda: 1)
    ahead.begin(name, None)
    assert not ahead._begun


def test_the_environment_is_what_numpy_wants_before_a_thread_reads_it(tmp_path):
    name = picture(tmp_path / "photo.png")
    code = """
import os, sys
from cnnviz.files import ahead

seen = []
class Thread(ahead.Thread):
    def start(self):
        seen.append(dict(os.environ))
        os.putenv = os.unsetenv = None  # from here on nobody may change it

ahead._WORTH_IT, ahead.Thread, ahead.processors = 0, Thread, lambda: 2
ahead.begin(sys.argv[1], None)
import numpy
assert seen == [dict(os.environ)]
"""
    env = {name: value for name, value in os.environ.items() if "BLAS" not in name}
    done = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr


def test_where_no_thread_can_be_started_nothing_is_begun(tmp_path, monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ahead.Thread, "start", refuse)
    name = picture(tmp_path / "photo.png")
    ahead.begin(name, None)
    with open(name, "rb") as file:
        np.testing.assert_array_equal(images.decode(file).maps.values, VALUES)
