"""Kernels from files: every format, every order of axes, and hostile ones."""

import json

import numpy as np
import pytest

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.errors import KernelError, MemoryLimitError
from cnnviz.files.write import save_maps
from cnnviz.kernels.grammar import kernel

MATRIX = np.array([[1, 0.5], [-2, 0]], np.float32)
BANK = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
DEEP = np.arange(48, dtype=np.float32).reshape(2, 3, 4, 2)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("values", [MATRIX, BANK, DEEP])
@pytest.mark.parametrize("ending", ["npy", "npz", "json"])
def test_arrays(here, ending, values):
    name = f"edges.{ending}"
    if ending == "npy":
        np.save(name, values)
    elif ending == "npz":
        np.savez(name, anything=values)
    else:
        (here / name).write_text(json.dumps(values.tolist()))
    weights, labels = kernel(name)
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, values if values.ndim > 2 else values[None])
    assert labels == (["edges"] if values.ndim == 2 else ["edges 0", "edges 1"])


@pytest.mark.parametrize(
    "text", ["1 1/2\n-2 0", "\ufeff# Roberts\n1, .5 # first\n-2, 0e3\n", "1;0.5\n−2;0", "1 0.5; -2 0"]
)
@pytest.mark.parametrize("ending", ["csv", "txt"])
def test_texts(here, text, ending):
    (here / f"k.{ending}").write_text(text, encoding="utf-8")
    np.testing.assert_array_equal(kernel(f"k.{ending}")[0], MATRIX[None])


def test_json_with_a_byte_order_mark(here):
    (here / "k.json").write_text("\ufeff[[1, 0.5], [-2, 0]]", encoding="utf-8")
    np.testing.assert_array_equal(kernel("k.json")[0], MATRIX[None])


def test_keras_order():
    np.save("k.npy", DEEP.transpose(2, 3, 1, 0))
    np.testing.assert_array_equal(kernel("k.npy:layout=hwio")[0], DEEP)
    assert kernel("k.npy:layout=hwio")[0].flags.c_contiguous
    np.testing.assert_array_equal(kernel("k.npy:LAYOUT=oihw")[0], DEEP.transpose(2, 3, 1, 0))
    np.save("k.npy", MATRIX)
    with pytest.raises(KernelError, match="4-D"):
        kernel("k.npy:layout=hwio")


def test_types_are_taken_as_numbers():
    np.save("k.npy", np.asfortranarray(np.array([[1, -2, 3], [4, 5, 6]], ">i2")))
    np.testing.assert_array_equal(kernel("k.npy")[0], [[[1, -2, 3], [4, 5, 6]]])


def test_content_decides(here):
    np.save("k.npy", MATRIX)
    (here / "k.npy").rename("k.txt")
    np.testing.assert_array_equal(kernel("k.txt")[0], MATRIX[None])


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.array([[1, np.nan]]), r"k.npy: the value at \[0, 0, 1\] is nan|k.npy: the value at \[0, 1\] is nan"),
        (np.array([[np.inf]]), "finite"),
        (np.array([[1e39]]), "beyond float32"),
        (np.array([[1j]]), "complex"),
        (np.array([[None]]), "could run code"),
        (np.array([1.0, 2.0]), "not 1-D"),
        (np.ones((1, 1, 1, 1, 1)), "not 5-D"),
        (np.ones((0, 3)), "empty"),
        (np.array([["a"]]), "not numbers"),
    ],
)
def test_arrays_that_are_no_kernels(values, says):
    np.save("k.npy", values)
    with pytest.raises(KernelError, match=says) as caught:
        kernel("k.npy")
    assert str(caught.value).startswith("k.npy: ")
    assert caught.value.argument == "kernel"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[1, 2], [3]]", r"\[1\] has 1 items where others have 2"),
        ("[[1, 2], 3]", r"\[1\] has no list"),
        ('[[1, "x"]]', r"\[0\]\[1\] is '\"x\"', not a number"),
        ("[[1, true]]", "not a number"),
        ("[[1, null]]", "not a number"),
        ("[[NaN, 1]]", r"\[0\]\[0\] is not finite"),
        ("[[1e39]]", "beyond float32"),
        (f"[[1{'0' * 400}]]", "beyond float32"),
        (f"[[{'1' * 5000}]]", "not JSON"),
        ("[[]]", "no numbers"),
        ("[]", "no numbers"),
        ("[1, 2]", "not 1-D"),
        ("[[[[[1]]]]]", "not 5-D"),
        ("{}", "a JSON object, not numbers"),
        ('{"a": [[1]]}', "a JSON object, not numbers"),
        ("[" * 100_000, "nested too deeply"),
        ("[[1, 2", "not JSON"),
        ("", "empty|no numbers"),
    ],
)
def test_json_that_is_no_kernel(here, text, says):
    (here / "k.json").write_text(text)
    with pytest.raises(KernelError, match=says):
        kernel("k.json")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"1 2\n3 x", "k.csv: line 2, cell 2: 'x' is not a number"),
        (b"1 nan", "k.csv: line 1, cell 2: 'nan' has no place here"),
        (b"# nothing", "no numbers"),
        (b"", "no numbers"),
        (b"\x00\x01", "not a kernel"),
        (b"# map 0: a\n1\n# map 1: b\n2\n", "one kernel"),
        (b"PK\x03\x04", "archive is broken"),
    ],
)
def test_texts_that_are_no_kernels(here, data, says):
    (here / "k.csv").write_bytes(data)
    with pytest.raises(KernelError, match=says):
        kernel("k.csv")


def test_archives_hold_one_array():
    np.savez("k.npz", a=MATRIX, b=MATRIX)
    with pytest.raises(KernelError, match=r"one array, and this one holds 2 \('a', 'b'\)"):
        kernel("k.npz")
    save_maps("maps.npz", FeatureMaps(BANK))
    with pytest.raises(KernelError, match=r"\('maps', 'meta'\)"):
        kernel("maps.npz")


def test_folders_and_missing_files(here):
    (here / "folder.npy").mkdir()
    with pytest.raises(KernelError, match=r"folder\.npy: a folder"):
        kernel("folder.npy")


def test_a_kernel_is_measured_before_it_is_read(here):
    np.save("k.npy", np.ones((100, 100)))
    (here / "k.txt").write_text("1 " * 10_000)
    for name in ("k.npy", "k.txt"):
        with pytest.raises(MemoryLimitError, match=name):
            kernel(name, limit=10_000)


def test_a_single_number_is_a_kernel_of_one_cell_in_every_file(tmp_path):
    np.save(tmp_path / "k.npy", np.float32(3))
    (tmp_path / "k.json").write_text("3")
    (tmp_path / "k.txt").write_text("3")
    for name in ("k.npy", "k.json", "k.txt"):
        np.testing.assert_array_equal(kernel(str(tmp_path / name))[0], [[[3]]])
