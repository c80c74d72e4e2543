"""Saved maps: the format that others rely on, arrays from elsewhere, and what is refused."""

import io
import json
import struct
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import cnnviz
from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.history import LayerRecord
from cnnviz.errors import ArgumentError, MemoryLimitError, ReadError, WriteError, printable, reason
from cnnviz.files.arrays import read_header
from cnnviz.files.maps import as_maps, decode_npy, decode_npz, encode_csv, encode_npy, encode_npz, encoder, shape_npz

LAYER = LayerRecord(
    name="conv",
    type="conv",
    input_shape=(3, 4, 5),
    output_shape=(2, 4, 5),
    kernel_size=(3, 3),
    stride=(1, 1),
    pad=(1, 1, 1, 1),
    dilation=(1, 1),
    groups=1,
    uncovered=(0, 0),
    weights=54,
    min=-1.5,
)
VALUES = np.arange(40, dtype=np.float32).reshape(2, 4, 5) / 8
MAPS = FeatureMaps(VALUES, ["a", "b\u202e"], history=[LAYER], pictures=[True, False], source="fo\udcff.png")


def npz(maps=MAPS, source_id="ab" * 32):
    buffer = io.BytesIO()
    encode_npz(maps, buffer, source_id)
    return buffer.getvalue()


def foreign(**members):
    buffer = io.BytesIO()
    np.savez(buffer, **members)
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def raw_npy(header, data=b"", version=b"\x01\x00"):
    length = struct.pack("<H" if version[0] == 1 else "<I", len(header))
    return b"\x93NUMPY" + version + length + header + data


def header(descr="'<f4'", shape="(1, 2, 2)", fortran="False"):
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n".encode()


def zipped(*members, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def with_meta(change=None, text=None, maps=VALUES):
    if text is None:
        meta = {
            "version": 1,
            "labels": ["a", "b"],
            "source": "x.png",
            "source_id": None,
            "history": [LAYER.to_json()],
        }
        meta.update(change or {})
        text = json.dumps({key: value for key, value in meta.items() if value is not Ellipsis})
    return foreign(maps=maps, meta=np.array(text))


def relu(*shape):
    return LayerRecord(name="relu", type="activation", mode="relu", input_shape=shape, output_shape=shape).to_json()


def read(data, **options):
    decode = decode_npz if data.startswith(b"PK") else decode_npy
    return decode(io.BytesIO(data), **options)


# ------------------------------------------------------------------------------------------- the format


def test_plain_numpy_opens_what_is_saved(tmp_path):
    (tmp_path / "maps.npz").write_bytes(npz())
    with np.load(tmp_path / "maps.npz", allow_pickle=False) as archive:
        assert sorted(archive.files) == ["maps", "meta"]
        assert archive["maps"].dtype == np.dtype("<f4")
        np.testing.assert_array_equal(archive["maps"], VALUES)
        meta = json.loads(str(archive["meta"]))
    assert meta["version"] == 1
    assert meta["labels"] == ["a", "b\u202e"]
    assert meta["source"] == "fo\udcff.png"
    assert meta["history"] == [LAYER.to_json()]


def test_everything_comes_back():
    decoded = read(npz())
    np.testing.assert_array_equal(decoded.maps.values, VALUES)
    assert decoded.maps.labels == MAPS.labels
    assert decoded.maps.history == (LAYER,)
    assert decoded.maps.pictures == (True, False)
    assert decoded.maps.source == MAPS.source
    assert decoded.meta is not None
    assert decoded.meta.source_id == "ab" * 32
    assert decoded.notes == []


@settings(max_examples=40, deadline=None)
@given(
    arrays.arrays(np.float32, arrays.array_shapes(min_dims=3, max_dims=3, max_side=4), elements=st.floats(width=32)),
    st.lists(st.text(max_size=6), min_size=4, max_size=4),
)
def test_any_maps_come_back_in_every_format(values, labels):
    maps = FeatureMaps(values, labels[: len(values)])
    decoded = read(npz(maps)).maps
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.labels == maps.labels
    buffer = io.BytesIO()
    encode_npy(maps, buffer)
    np.testing.assert_array_equal(read(buffer.getvalue(), layout="chw").maps.values, values)


def test_the_same_maps_give_the_same_bytes_even_through_a_pipe():
    class Pipe(io.RawIOBase):
        data = b""

        def writable(self):
            return True

        def write(self, piece):
            self.data += bytes(piece)
            return len(piece)

    assert npz() == npz()
    with zipfile.ZipFile(io.BytesIO(npz())) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    for encode in (encode_npz, encode_npy, encode_csv):
        pipe = Pipe()
        encode(MAPS, pipe, None)
        if encode is not encode_npz:
            buffer = io.BytesIO()
            encode(MAPS, buffer, None)
            assert pipe.data == buffer.getvalue()
        else:  # sizes stand behind the data where one cannot seek
            np.testing.assert_array_equal(read(pipe.data).maps.values, VALUES)


def test_no_copy_of_the_format_is_written_but_numpys_own():
    buffer = io.BytesIO()
    encode_npy(MAPS, buffer)
    assert buffer.getvalue() == npy(VALUES)
    turned = FeatureMaps(np.asfortranarray(VALUES))
    buffer = io.BytesIO()
    encode_npy(turned, buffer)
    assert buffer.getvalue() == npy(VALUES)


def test_csv_holds_the_labels_and_the_shortest_numbers(tmp_path):
    maps = FeatureMaps(np.float32([[[0.1, -2], [1e-45, 3e38]], [[np.nan, np.inf], [0, 1]]]), ["a", "b\nc"])
    buffer = io.BytesIO()
    encode_csv(maps, buffer)
    assert buffer.getvalue() == b"# map 0: a\n0.1,-2.0\n1e-45,3e+38\n# map 1: b\\nc\nnan,inf\n0.0,1.0\n"
    (tmp_path / "maps.csv").write_bytes(buffer.getvalue())
    back = cnnviz.load_maps(tmp_path / "maps.csv")
    np.testing.assert_array_equal(back.values, maps.values)
    assert back.labels == ["a", "b\\nc"]
    np.testing.assert_array_equal(
        np.loadtxt(tmp_path / "maps.csv", delimiter=",").astype("f4").reshape(2, 2, 2), maps.values
    )


def test_the_ending_chooses_the_format():
    assert [encoder(name) for name in ("a.npz", "b.NPY", "c.csv", "/dev/null")] == [
        encode_npz,
        encode_npy,
        encode_csv,
        encode_npz,
    ]


def test_the_public_functions(tmp_path):
    path = tmp_path / "maps.npz"
    cnnviz.save_maps(path, MAPS)
    assert cnnviz.load_maps(str(path)).labels == MAPS.labels
    cnnviz.save_maps(path, VALUES.astype(np.float64)[0])
    back = cnnviz.load_maps(path)
    assert back.shape == (1, 4, 5)
    assert back.values.dtype == np.float32
    assert back.source == str(path)
    with pytest.raises(ArgumentError, match="float32"):
        cnnviz.save_maps(path, [[1e300]])
    with pytest.raises(WriteError, match=r"\.npz"):
        cnnviz.save_maps(tmp_path / "maps.png", VALUES)
    assert cnnviz.load_maps(path).shape == (1, 4, 5)
    assert [entry.name for entry in tmp_path.iterdir()] == ["maps.npz"]


def test_float64_with_infinity_is_saved_as_it_is():
    np.testing.assert_array_equal(as_maps([[np.inf, np.nan, 1.0]]).values, np.float32([[[np.inf, np.nan, 1]]]))


# ------------------------------------------------------------------------------------------- arrays from elsewhere


@pytest.mark.parametrize(
    ("dtype", "note"),
    [
        ("<f4", ""),
        (">f4", ""),
        ("<f2", ""),
        (">f2", ""),
        ("<f8", "rounded"),
        (">f8", "rounded"),
        (np.longdouble, "rounded"),
        ("u1", "uint8 values are taken as they are"),
        ("<i8", "int64"),
        (">u8", "uint64"),
        ("i1", "int8"),
        ("?", "1 and 0"),
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_types_and_orders(dtype, note, order):
    array = np.array(np.arange(24).reshape(2, 3, 4) % 7, dtype=dtype, order=order)
    decoded = read(npy(array))
    assert decoded.maps.values.dtype == np.float32
    assert decoded.maps.values.flags.c_contiguous
    np.testing.assert_array_equal(decoded.maps.values, array.astype(np.float32))
    assert (note in decoded.notes[0]) if note else decoded.notes == []


def test_whole_numbers_beyond_float32s_exact_ones_are_noted():
    for dtype in ("<i8", "u4"):
        assert read(npy(np.array([[2**24 + 1, 3]], dtype))).notes == [
            f"{np.dtype(dtype).name} values are taken as they are, those beyond 16777216 rounded to float32"
        ]
    assert "rounded" in read(foreign(a=np.array([[-(2**40) - 1, 3]]))).notes[0]
    assert "rounded" not in read(npy(np.array([[2**24 - 1, 1 - 2**24]]))).notes[0]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("layout", ["chw", "hwc"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_arrays_larger_than_a_block(dtype, layout, order, monkeypatch):
    monkeypatch.setattr("cnnviz.files.arrays._BLOCK", 10)
    array = np.array(np.random.default_rng(1).normal(size=(3, 7, 12)), dtype=dtype, order=order)
    expected = array if layout == "chw" else array.transpose(2, 0, 1)
    np.testing.assert_array_equal(read(npy(array), layout=layout).maps.values, expected.astype(np.float32))


def test_booleans_that_are_neither_0_nor_1():
    np.testing.assert_array_equal(read(raw_npy(header("'|b1'", "(1, 3)"), b"\x00\x01\x07")).maps.values, [[[0, 1, 1]]])


def test_shapes():
    values = np.arange(60, dtype=np.float32)
    for shape, expected in [
        ((6, 10), (1, 6, 10)),
        ((3, 4, 5), (3, 4, 5)),
        ((1, 3, 4, 5), (3, 4, 5)),
        ((4, 5, 3), (4, 5, 3)),
    ]:
        decoded = read(npy(values.reshape(shape)))
        assert decoded.maps.shape == expected
        np.testing.assert_array_equal(decoded.maps.values.ravel(), values)
        assert decoded.maps.labels == [f"map {i}" for i in range(expected[0])]


@pytest.mark.parametrize("shape", [(5, 4, 3), (12, 5, 1), (15, 1, 4), (1, 5, 4, 3)])
def test_channels_last_wants_a_word(shape):
    array = np.arange(60, dtype=np.float32).reshape(shape)
    with pytest.raises(ReadError, match="--layout hwc"):
        read(npy(array))
    last = array.reshape(shape[-3:])
    np.testing.assert_array_equal(read(npy(array), layout="hwc").maps.values, last.transpose(2, 0, 1))
    np.testing.assert_array_equal(read(npy(array), layout="chw").maps.values, last)


def test_infinity_and_nan_stay_what_they_are():
    array = np.array([[np.nan, np.inf, -np.inf, 1e-300]])
    np.testing.assert_array_equal(read(npy(array)).maps.values, np.float32([[[np.nan, np.inf, -np.inf, 0]]]))


def test_foreign_archives():
    decoded = read(foreign(features=VALUES))
    assert decoded.meta is None
    np.testing.assert_array_equal(decoded.maps.values, VALUES)
    decoded = read(foreign(maps=VALUES, extra=np.zeros(3)))
    assert decoded.notes == ["besides 'maps', 'extra' in the file is ignored"]
    buffer = io.BytesIO()
    np.savez_compressed(buffer, maps=VALUES)
    np.testing.assert_array_equal(read(buffer.getvalue()).maps.values, VALUES)


def test_what_follows_an_array_is_noted():
    assert "ignored" in read(npy(VALUES) + npy(VALUES)).notes[0]


# ------------------------------------------------------------------------------------------- what is refused


class Payload:
    opened = False

    def __reduce__(self):
        return (setattr, (Payload, "opened", True))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (npy(np.array([Payload()], dtype=object)), "could run code"),
        (foreign(maps=np.array([[Payload()]], dtype=object)), "could run code"),
        (npy(np.zeros((2, 2), [("a", "f4")])), "named fields"),
        (npy(np.zeros((2, 2), complex)), "complex"),
        (npy(np.array([["a"]])), "not numbers"),
        (npy(np.zeros((2, 2), "M8[s]")), "not numbers"),
        (npy(np.zeros((2, 2), "V4")), "not numbers"),
        (npy(np.zeros((0, 2, 2), "f4")), "empty"),
        (npy(np.zeros((2, 0), "f4")), "empty"),
        (npy(np.float32(3)), "0 axes"),
        (npy(np.zeros(3, "f4")), "1 axis"),
        (npy(np.zeros((1, 1, 1, 2, 2), "f4")), "5 axes"),
        (npy(np.zeros((2, 3, 4, 5), "f4")), "batch of 2"),
        (npy(np.array([[1.0, -1e39]])), "-1e\\+39 is beyond float32"),
        (npy(np.array([[np.longdouble("1e60")]])), "beyond float32"),
        (npy(VALUES)[:-3], "cut off"),
        (npy(VALUES)[:20], "header"),
        (npy(VALUES)[:7], "header"),
        (raw_npy(header(shape="(-1, 2, 2)")), "header"),
        (raw_npy(header(shape="(True, 'a')")), "header"),
        (raw_npy(header(descr="'|O'")), "could run code"),
        (raw_npy(b"{" * 500), "header"),
        (raw_npy(b"(" * 9000), "header"),
        (raw_npy(b"__import__('os').abort()\n"), "header"),
        (raw_npy(b" " * 60_000), "header"),
        (raw_npy(header(), version=b"\x03\x00"), "version"),
        (raw_npy(header(), version=b"\x09\x00"), "version"),
        (raw_npy(b"\xff" * 4, version=b"\x02\x00"), "header"),
        (npz()[:-30], "archive is broken"),
        (npz()[:60] + npz()[90:], "broken|archive"),
        (b"PK\x03\x04", "archive is broken"),
        (zipped(("word/document.xml", b"<x/>")), "without arrays"),
        (zipped(), "without arrays"),
        (foreign(a=VALUES, b=VALUES), "'a', 'b'"),
        (foreign(meta=np.array("{}")), "not numbers|without arrays"),
        (zipped(("maps.npy", b"hello")), "header"),
        (zipped(("maps.npy", raw_npy(header(), b"\0" * 15))), "cut off"),
        (zipped(("maps.npy", raw_npy(header(), b"\0" * 16)), method=zipfile.ZIP_LZMA), "compressed in a way"),
    ],
)
def test_what_is_refused(data, says):
    with pytest.raises(ReadError, match=says) as caught:
        read(data)
    assert printable(str(caught.value)) == str(caught.value)
    assert not Payload.opened


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_members():
    with pytest.raises(ReadError, match="two arrays named 'maps'"):
        read(zipped(("maps.npy", npy(VALUES)), ("maps.npy", npy(VALUES * 2))))


def test_a_header_longer_than_any():
    with pytest.raises(ReadError, match="header"):
        read(raw_npy(header()[:-1] + b" " * 20_000 + b"\n", b"\0" * 16))


def test_a_locked_archive():
    data = bytearray(npz())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    with pytest.raises(ReadError, match="password"):
        read(bytes(data))


def test_a_damaged_value_is_noticed():
    data = bytearray(npz())
    data[data.index(VALUES.tobytes()) + 8] ^= 1
    with pytest.raises(ReadError, match="broken"):
        read(bytes(data))


def test_claims_are_measured_before_memory_is_taken():
    claim = raw_npy(header("'<f4'", "(1000, 1000000, 1000000)"))
    for data in (claim, zipped(("maps.npy", claim))):
        with pytest.raises(MemoryLimitError, match=r"4\.0 PB"):
            read(data)


def test_a_zip_bomb_is_measured_by_its_header_not_its_size():
    zeros = raw_npy(header("'|u1'", "(1, 20000, 10000)"), zlib.compress(b"")[:0] + b"\0" * 200_000)
    bomb = zipped(("maps.npy", zeros), method=zipfile.ZIP_DEFLATED)
    with pytest.raises(MemoryLimitError, match="800 MB"):
        read(bomb, limit=700 * 10**6)


def test_an_archive_of_very_many_files_is_not_even_listed():
    listed = zipped(*((f"{i:04}{'x' * 196}", b"") for i in range(5000)))
    with pytest.raises(ReadError, match="lists far more files"):
        read(listed)
    assert len(read(zipped(("maps.npy", npy(VALUES)), *((f"{i}.txt", b"") for i in range(100)))).maps) == 2


def test_the_limit_is_the_callers():
    assert read(npy(VALUES), limit=160).maps.shape == (2, 4, 5)
    with pytest.raises(MemoryLimitError, match="2×4×5"):
        read(npy(VALUES), limit=159)


# ------------------------------------------------------------------------------------------- meta


def test_meta_without_the_optional_keys():
    decoded = read(with_meta({"source_id": ..., "history": []}))
    assert decoded.maps.labels == ["a", "b"]
    assert decoded.maps.pictures == (False, False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 2}, "newer cnnviz"),
        ({"version": "1"}, "version"),
        ({"version": True}, "version"),
        ({"version": 0}, "version"),
        ({"version": ...}, "version"),
        ({"labels": ...}, "labels"),
        ({"labels": ["a"]}, "labels"),
        ({"labels": ["a", 2]}, "labels"),
        ({"labels": "ab"}, "labels"),
        ({"source": ...}, "source"),
        ({"source": 5}, "source"),
        ({"source_id": 5}, "source_id"),
        ({"pictures": [1, 0]}, "pictures"),
        ({"pictures": [True]}, "pictures"),
        ({"history": ...}, "history"),
        ({"history": {}}, "history"),
        ({"history": ["conv"]}, "object"),
        ({"history": [{**LAYER.to_json(), "type": "magic"}]}, "magic"),
        ({"history": [{**LAYER.to_json(), "weights": -1}]}, "weights"),
        ({"history": [{**LAYER.to_json(), "weights": 1.5}]}, "weights"),
        ({"history": [{**LAYER.to_json(), "min": float("nan")}]}, "min"),
        ({"history": [{**LAYER.to_json(), "output_shape": [9, 4, 5]}]}, "layer 1 gives 9×4×5, and the maps are 2×4×5"),
        ({"history": [relu(2, 3, 5)]}, "layer 1 gives 2×3×5"),
        ({"history": [relu(2, 4, 4)]}, "layer 1 gives 2×4×4"),
        ({"history": [LAYER.to_json(), relu(3, 4, 5), relu(2, 4, 5)]}, "layer 1 gives 2×4×5, and layer 2 takes 3×4×5"),
        ({"history": [relu(2, 4, 5), relu(2, 4, 6)]}, "layer 1 gives 2×4×5, and layer 2 takes 2×4×6"),
        ({"history": [relu(2, 4, 5)] * 1001}, "1001 layers"),
    ],
)
def test_mistyped_meta(change, says):
    with pytest.raises(ReadError, match=says):
        read(with_meta(change))


def test_a_crop_may_lie_between_layers():
    history = [relu(2, 9, 9), relu(2, 9, 6), relu(2, 4, 6)]
    assert len(read(with_meta({"history": history})).maps.history) == 3
    assert len(read(with_meta({"history": [relu(2, 4, 5)] * 1000})).maps.history) == 1000


@pytest.mark.parametrize(
    ("maps", "says"),
    [
        (FeatureMaps(VALUES, history=[LayerRecord.from_json(relu(2, 4, 5))] * 1001), "1001 layers"),
        (FeatureMaps(VALUES, history=[LayerRecord.from_json(relu(2, 4, 4))]), "layer 1 gives 2×4×4"),
        (FeatureMaps(VALUES, ["a" * 5_000_000, "b"]), "a name of 5,000,000 characters"),
        (FeatureMaps(np.ones((900, 1, 1)), ["a" * 9_500] * 900), "longer than 8,388,608 characters"),
    ],
)
def test_what_could_not_be_read_again_is_not_saved(maps, says, tmp_path):
    with pytest.raises(ArgumentError, match=f"read again.*{says}.*csv"):
        cnnviz.save_maps(tmp_path / "x.npz", maps)
    assert not list(tmp_path.iterdir())
    cnnviz.save_maps(tmp_path / "x.npy", maps)


def test_a_history_that_reaches_beyond_any_input():
    point = {**LAYER.to_json(), "input_shape": [2, 1, 1], "output_shape": [2, 1, 1], "kernel_size": [1, 1]}
    point |= {"pad": [0, 0, 0, 0], "stride": [2**40, 1]}
    assert read(with_meta({"labels": ["a", "b"], "history": [point]}, maps=VALUES[:, :1, :1]))
    with pytest.raises(ReadError, match="further than any input"):
        read(with_meta({"history": [point] * 2}, maps=VALUES[:, :1, :1]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "not an object"),
        ("null", "not an object"),
        ("[" * 100_000, "too deeply"),
        ('{"version": ' + "9" * 5000 + "}", "digits"),
        ('{"version": ' + "9" * 150 + "}", "digits"),
    ],
)
def test_broken_meta(text, says):
    with pytest.raises(ReadError, match=says):
        read(with_meta(text=text))


def test_meta_that_is_no_text():
    for meta in (np.zeros(3), np.array(["{}"]), np.array(b"{}"), np.array(5)):
        with pytest.raises(ReadError, match="not a text"):
            read(foreign(maps=VALUES, meta=meta))


def test_meta_that_claims_to_be_huge():
    huge = raw_npy(header("'<U100000000'", "()"))
    with pytest.raises(ReadError, match="larger than any"):
        read(zipped(("maps.npy", npy(VALUES)), ("meta.npy", huge)))
    with pytest.raises(ReadError, match="cut off"):
        read(zipped(("maps.npy", npy(VALUES)), ("meta.npy", raw_npy(header("'<U9000'", "()"), b"\0" * 8))))
    with pytest.raises(ReadError, match=r"broken|no JSON"):
        read(zipped(("maps.npy", npy(VALUES)), ("meta.npy", raw_npy(header("'<U2'", "()"), b"\xff" * 8))))


def test_meta_without_maps():
    with pytest.raises(ReadError, match="no 'maps'"):
        read(foreign(other=VALUES, meta=np.array("{}")))


def test_saved_maps_know_their_layout():
    with pytest.raises(ReadError, match="leave out --layout"):
        read(npz(), layout="hwc")
    with pytest.raises(ReadError, match=r"\(C, H, W\)"):
        read(with_meta(maps=VALUES[0]))


def test_the_shape_alone_comes_from_the_header():
    assert shape_npz(io.BytesIO(npz())) == ((2, 4, 5), True)
    assert shape_npz(io.BytesIO(foreign(a=VALUES[..., :3].repeat(3, 0))), layout="hwc") == ((3, 6, 4), False)


@pytest.mark.parametrize("changes", [{"labels": ["x" * 10_001, "b"]}, {"source": "x" * 10_001}])
def test_an_endless_name_is_refused(changes):
    with pytest.raises(ReadError, match="a name of 10,001 characters"):
        read(with_meta(changes))


def test_what_a_library_says_is_told_without_its_jargon():
    code = b"{'descr': '<f4', 'fortran_order': False, 'shape': (f(),), }\n"
    with pytest.raises(ReadError, match="is broken") as caught:
        read_header(io.BytesIO(b"\x93NUMPY\x01\x00" + len(code).to_bytes(2, "little") + code))
    assert "0x" not in str(caught.value)
    long = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }" + b" " * 20_000 + b"\n"
    with pytest.raises(ReadError, match="longer than 10000 bytes"):
        read_header(io.BytesIO(b"\x93NUMPY\x01\x00" + len(long).to_bytes(2, "little") + long))
    assert reason(ValueError("b'Token too long: 99'")) == "'Token too long: 99'"
