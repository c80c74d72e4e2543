"""The door in: what a file is by its content, and one line for whatever it is not."""

import hashlib
import io
import os
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import cnnviz
from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.errors import ArgumentError, CnnvizError, MemoryLimitError, ReadError, printable
from cnnviz.files.maps import encode_npz
from cnnviz.files.provenance import KEYWORD, Record
from cnnviz.files.read import read_input, read_shape
from cnnviz.files.source import source_of

PIXELS = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
VALUES = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def picture_bytes(kind="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, kind)
    return buffer.getvalue()


def npz_bytes():
    buffer = io.BytesIO()
    encode_npz(FeatureMaps(VALUES, ["a", "b"]), buffer, None)
    return buffer.getvalue()


def npy_bytes():
    buffer = io.BytesIO()
    np.save(buffer, VALUES)
    return buffer.getvalue()


KINDS = {
    "picture": (picture_bytes(), (3, 4, 5)),
    "maps": (npz_bytes(), (2, 3, 4)),
    "array": (npy_bytes(), (2, 3, 4)),
    "matrix": (b"# drawn by hand\n0 1 0\n1 1/2 nan\n", (1, 2, 3)),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stdin(monkeypatch):
    def feed(data):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))

    return feed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["right", "photo.png", "maps.npz", "array.npy", "matrix.csv", "-odd name.txt"])
def test_content_decides_and_not_the_ending(here, kind, name):
    data, shape = KINDS[kind]
    (here / name).write_bytes(data)
    loaded = read_input(name)
    assert (loaded.kind, loaded.maps.shape, loaded.maps.source) == (kind, shape, name)
    assert loaded.source.path is not None
    assert read_shape(name) == (shape, loaded.source, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_standard_input_takes_them_all(stdin, kind):
    data, shape = KINDS[kind]
    stdin(data)
    loaded = read_input("-")
    assert (loaded.kind, loaded.maps.shape, loaded.source.name, loaded.source.stem) == (kind, shape, "stdin", "stdin")
    assert loaded.source.path is None
    stdin(data)
    assert read_shape("-")[0] == shape


def test_standard_input_is_told_by_its_bytes(stdin):
    data = KINDS["picture"][0]
    stdin(data)
    source = source_of("-")
    assert source.id == hashlib.sha256(data).hexdigest()
    assert read_input("-").source == source == source_of("-")
    stdin(data)
    assert source_of("-") == source
    stdin(KINDS["maps"][0])
    assert source_of("-").id != source.id
    stdin(data)
    with pytest.raises(MemoryLimitError, match="stdin: an input of more than"):
        source_of("-", limit=10)
    stdin(data)
    source_of("-")
    with pytest.raises(MemoryLimitError, match="stdin: an input of more than"):
        read_input("-", limit=10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_read_to_its_end(here):
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: (here / "pipe").write_bytes(KINDS["picture"][0]))
    writer.start()
    assert read_input("pipe").maps.shape == (3, 4, 5)
    writer.join()


def test_an_endless_stream_is_stopped_at_the_limit():
    if os.path.exists("/dev/zero"):
        with pytest.raises(MemoryLimitError, match="/dev/zero: an input of more than"):
            read_input("/dev/zero", limit=10_000_000)


def test_where_it_came_from(here):
    source = source_of("./sub/../photo.conv.npz")
    assert (source.name, source.stem) == ("./sub/../photo.conv.npz", "photo.conv")
    assert source.id == hashlib.sha256(os.fsencode(os.path.realpath(here / "photo.conv.npz"))).hexdigest()
    assert source_of("photo.png").stem == "photo"
    (here / "photo.png").write_bytes(b"")
    try:
        (here / "link.png").symlink_to("photo.png")
    except OSError:
        return
    assert source_of("link.png").id == source_of("photo.png").id


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (
            b"Dear reader, ...",
            "not a picture, saved maps or a matrix of numbers (line 1, cell 1: 'Dear' is not a number)",
        ),
        (b"\x00\x01\x02\x03" * 9, "not a picture, saved maps or a matrix of numbers"),
        (b"1 2\n3 x\n", "not a matrix of numbers: line 2, cell 2: 'x' is not a number"),
        (b"# map 0: a\n1 2\n# map 1: b\n3\n", "not a matrix of numbers: its maps are of different sizes"),
        (b"# only a comment\n", "not a matrix of numbers: there are no numbers in it"),
        (b"\xff\xfe\x00", "not a picture, saved maps or a matrix of numbers"),
        (picture_bytes()[:50], "the picture is cut off: the file ends before the picture does"),
        (b"%PDF-1.4\n%\xff", "not a picture, saved maps or a matrix of numbers"),
    ],
)
def test_what_is_none_of_these_gets_one_line(here, data, says):
    (here / "in\x1b[31m\n").write_bytes(data)
    for read in (read_input, read_shape):
        if read is read_shape and data.startswith(b"\x89PNG"):
            continue
        with pytest.raises(ReadError) as caught:
            read("in\x1b[31m\n")
        assert str(caught.value).startswith("in\\x1b[31m\\n: " + says)


def test_missing_and_folders(here):
    (here / "folder").mkdir()
    for name, says in [
        ("nope.png", "no such file"),
        ("folder", "a folder"),
        ("folder/x/y", "no such file"),
    ]:
        with pytest.raises(ReadError, match=says):
            read_input(name)
    with pytest.raises(ReadError, match="cannot be"):
        read_input("a\0b")
    with pytest.raises(ReadError, match=r"cannot be read|no such file"):
        read_input("x" * 5000)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(here):
    (here / "secret").write_bytes(b"1 2")
    (here / "secret").chmod(0)
    with pytest.raises(ReadError, match="permission"):
        read_input("secret")


def test_refused_by_the_operating_system(here, monkeypatch):
    (here / "secret").write_bytes(b"1 2")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(ReadError, match="secret: may not be read"):
        read_input("secret")


def test_too_little_memory_is_one_line(here, monkeypatch):
    (here / "m.csv").write_bytes(b"1 2")

    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr("cnnviz.files.read.parse_file", full)
    with pytest.raises(MemoryLimitError, match=r"m\.csv: does not fit"):
        read_input("m.csv")


def test_no_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ReadError, match="no standard input"):
        read_input("-")
    with pytest.raises(ReadError, match="no standard input"):
        source_of("-")


def test_a_long_text_is_measured_before_it_is_read(here):
    (here / "long.csv").write_bytes(b"1 " * 5000)
    with pytest.raises(MemoryLimitError, match=r"long.csv: a text of 10 kB"):
        read_input("long.csv", limit=100_000)


def figure(here, name, **fields):
    info = PngInfo()
    info.add_text(KEYWORD, Record(command="conv", source="photo.png", **fields).to_text())
    Image.fromarray(PIXELS).save(here / name, pnginfo=info)


def test_a_figure_is_no_input_and_its_maps_are_named(here, stdin):
    (here / "out").mkdir()
    figure(here / "out", "photo.conv.png", maps="/elsewhere/photo.conv.npz")
    for read in (read_input, read_shape):
        with pytest.raises(ReadError, match=r"give what it was made from, photo\.png"):
            read("out/photo.conv.png")
    (here / "out" / "photo.conv.npz").write_bytes(b"")
    for read in (read_input, read_shape, cnnviz.load_image):
        with pytest.raises(ReadError) as caught:
            read("out/photo.conv.png")
        assert "labels and colours are not data" in str(caught.value)
        assert os.path.join("out", "photo.conv.npz") in str(caught.value)
    figure(here, "alone.png", maps=None)
    with pytest.raises(ReadError, match=r"photo.png, or save the maps with --save"):
        read_input("alone.png")
    stdin((here / "alone.png").read_bytes())
    with pytest.raises(ReadError, match="stdin: a figure"):
        read_input("-")


def test_layout_is_for_arrays(here):
    for kind, (data, _) in KINDS.items():
        (here / kind).write_bytes(data)
    assert read_input("array", layout="hwc").maps.shape == (4, 2, 3)
    assert read_shape("array", layout="hwc")[0] == (4, 2, 3)
    for kind in ("picture", "matrix"):
        for read in (read_input, read_shape):
            with pytest.raises(ArgumentError, match="leave out --layout") as caught:
                read(kind, layout="hwc")
            assert caught.value.argument == "layout"
    with pytest.raises(ArgumentError, match="'nhwc'"):
        read_input("array", layout="nhwc")
    assert read_input("array", layout="HWC").maps.shape == read_shape("array", layout="Hwc")[0] == (4, 2, 3)


def test_public_loaders_take_their_kind_only(here):
    for kind, (data, _) in KINDS.items():
        (here / kind).write_bytes(data)
    assert cnnviz.load_image(here / "picture").labels == ["red", "green", "blue"]
    assert cnnviz.load_maps("maps").labels == ["a", "b"]
    assert cnnviz.load_maps(here / "matrix").shape == (1, 2, 3)
    with pytest.raises(ReadError, match="not a picture"):
        cnnviz.load_image("maps")
    with pytest.raises(ReadError, match="use load_image"):
        cnnviz.load_maps("picture")
    with pytest.raises(ReadError, match="no such file"):
        cnnviz.load_image("-")  # a name, and not standard input


def complaint_of(read, name):
    try:
        read(name, limit=1 << 26)
    except CnnvizError as error:
        return str(error)
    return ""


SEEDS = [data for data, _ in KINDS.values()] + [
    picture_bytes(kind) for kind in ("JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.sampled_from(SEEDS),
    cut=st.integers(0, 2000),
    changes=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=6),
)
@example(seed=b"\x93NUMPY\x01\x00", cut=2000, changes=[])
def test_damaged_files_work_or_give_one_line(tmp_path, seed, cut, changes):
    data = bytearray(seed[:cut])
    for place, value in changes:
        if place < len(data):
            data[place] = value
    name = str(tmp_path / "in")
    with open(name, "wb") as file:
        file.write(data)
    for read in (read_input, read_shape):
        complaint = complaint_of(read, name)
        assert complaint.startswith(name) or not complaint
        assert printable(complaint) == complaint


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_garbage_gives_one_line(tmp_path, data):
    name = str(tmp_path / "in")
    with open(name, "wb") as file:
        file.write(data)
    complaint = complaint_of(read_input, name)
    assert printable(complaint) == complaint


def test_no_name_is_no_file_name():
    for read in (read_input, read_shape, source_of):
        with pytest.raises(ReadError, match="'' is not a file name"):
            read("")
