"""Errors as a user meets them: one line that says what, where and what to try; exit code 2; nothing written."""

import struct
import zlib

import numpy as np
import pytest

CONV = "conv photo.png -k sobel"


@pytest.fixture
def broken(folder, photo):
    """One broken input of each kind."""
    whole = (folder / "photo.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").write_bytes(b"")
    (folder / "notes.png").write_text("no picture at all")
    (folder / "somewhere").mkdir()
    (folder / "ragged.csv").write_text("1,2,3\n4,5\n")
    (folder / "words.csv").write_text("1,2\n3,four\n")
    np.save(folder / "complex.npy", np.ones((2, 2), complex))
    np.save(folder / "zero.npy", np.ones((2, 0)))
    np.savez(folder / "two.npz", a=np.ones((2, 2)), b=np.ones((2, 2)))
    np.save(folder / "objects.npy", np.array([[{}]]), allow_pickle=True)
    header = b"IHDR" + struct.pack(">II", 100_000, 100_000) + whole[24:29]
    (folder / "huge.png").write_bytes(whole[:12] + header + struct.pack(">I", zlib.crc32(header)) + whole[33:])
    return folder


CASES = {
    # inputs
    "conv missing.png -k sobel": "missing.png: no such file",
    "conv somewhere -k sobel": "somewhere: a folder, not a file",
    "conv notes.png -k sobel": "notes.png: not a picture",
    "conv empty.png -k sobel": "empty.png: the file is empty",
    "conv cut.png -k sobel": "cut.png: ",
    "conv huge.png -k sobel --max-memory 1GB": "--max-memory",
    "conv ragged.csv -k sobel": "ragged.csv: not a matrix of numbers",
    "conv words.csv -k sobel": "'four' is not a number",
    "pool complex.npy": "complex.npy: ",
    "pool zero.npy": "zero.npy: ",
    "pool two.npz": "two.npz: ",
    "pool objects.npy": "objects.npy: ",
    "conv photo.png cut.png -k sobel": "one INPUT at a time",
    "conv": "INPUT",
    # kernels
    "conv photo.png": "conv needs a --kernel",
    "conv photo.png -k sobell": "did you mean 'sobel'?",
    "conv photo.png -k 1_2;3": "kernel",
    "conv photo.png -k missing.npy": "missing.npy",
    "conv photo.png -k gaussian:0": "at least one cell",
    "conv photo.png -k gaussian:5,sgma=2": "did you mean 'sigma'?",
    "conv photo.png -k 1 0 -1": "put a matrix in quotes",
    "conv photo.png -k box:2 -k box:3": "odd and even sizes",
    # numbers
    f"{CONV} --stride 0": "--stride must be at least 1, not 0",
    f"{CONV} --pad -1": "--pad must be at least 0, not -1",
    f"{CONV} --pad sam": "did you mean 'same'?",
    f"{CONV} --pad 1,2,3": "not 3 numbers",
    f"{CONV} --pad top=1,top=2": "top is given twice",
    f"{CONV} --pad middle=1": "unknown side 'middle'",
    f"{CONV} --dilation 1.5": "--dilation takes",
    f"{CONV} --stride 99999999999999999999": "too large",
    f"{CONV} --dilation 30": "larger than",
    "conv photo.png -k box:99": "larger than",
    f"{CONV} --pad 50 --pad-mode reflect": "reflect can pad",
    f"{CONV} --pad 1 --pad-value nan": "--pad-value",
    f"{CONV} --pad-mode wrap --pad-value 1": "--pad-value fills constant padding",
    f"{CONV} --pad-mode reflex": "did you mean 'reflect'?",
    f"{CONV} --groups 2": "--groups belongs to kernels of four axes",
    "conv photo.png -k four.npy --groups 2": "channels",
    "conv photo.png -k four.npy --channels mean": "--channels is for flat kernels",
    f"{CONV} --bias 1,2,3": "one for each of 2 maps",
    f"{CONV} --bias x": "is not a number",
    f"{CONV} --bias 1 --no-bias": "contradict",
    f"{CONV} --channels mean --depthwise": "contradicts",
    f"{CONV} --channels median": "unknown 'median'",
    f"{CONV} --activation rellu": "did you mean 'relu'?",
    "conv photo.png -k box --magnitude": "magnitude needs a pair",
    f"{CONV} --crop 0,0,99x99": "reaches beyond the input",
    f"{CONV} --crop 1,2": "ROW,COL,HxW",
    f"{CONV} --resize 0": "--resize must be at least 1",
    f"{CONV} --resize 90000x90000 --max-memory 1GiB": "--max-memory",
    "conv map.npy -k sobel --resize 5": "--resize is for pictures",
    "conv map.npy -k sobel --gray": "--gray is for pictures",
    f"{CONV} --layout hwc": "layout",
    f"{CONV} --max-memory lots": "lots",
    f"{CONV} --max-memory 1KB": "--max-memory",
    # pooling
    f"{CONV} --pool-size 3": "--pool-size needs --pool",
    f"{CONV} --pool max --pool-pad 2": "pad",
    f"{CONV} --pool max --pool-exclude-pad": "--pool-exclude-pad is for the mean",
    f"{CONV} --pool mean": "--pool: unknown 'mean'",
    # the picture
    f"{CONV} --palette jet": "--palette: unknown 'jet'",
    f"{CONV} --normalize both": "--normalize: unknown",
    f"{CONV} --range 1,-1": "LO below HI",
    f"{CONV} --range 1": "LO,HI",
    f"{CONV} --columns 0": "--columns must be at least 1",
    f"{CONV} --scale 0": "--scale must be a number above 0",
    f"{CONV} --scale nan": "--scale must be a number above 0",
    f"{CONV} --levels -1": "--levels must be a number above 0",
    # the parser
    "cnov photo.png": "did you mean 'conv'?",
    f"{CONV} --strid 2": "--stride",
    f"{CONV} --columns two": "--columns",
    "--nonsense": "--nonsense",
}


@pytest.mark.parametrize("command", CASES)
def test_one_line_and_nothing_written(cnnviz, broken, command):
    np.save("map.npy", np.ones((2, 8, 8)))
    np.save("four.npy", np.ones((2, 2, 3, 3)))
    before = {p.name for p in broken.iterdir()}
    result = cnnviz(*command.split())
    assert result.code == 2
    assert CASES[command] in result.err
    assert result.err.startswith("cnnviz: ")
    assert result.err.count("\n") == 1
    assert result.out == ""
    assert {p.name for p in broken.iterdir()} == before
    assert "Traceback" not in result.err


def test_names_are_printed_as_text(cnnviz, folder):
    result = cnnviz("conv", "[red]\x1b[31m\n‮.png", "-k", "sobel")
    assert result.code == 2
    assert result.err == "cnnviz: [red]\\x1b[31m\\n\\u202e.png: no such file\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("conv", "photo.png", "-k", "1", "-o", ".png"), "-o .png: give the file a name before .png"),
        (("conv", "photo.png", "-k", "1", "--groups", "grey"), "'grey' is not a whole number"),
        (("conv", "photo.png", "-k", "1", "--scale", "big"), "'big' is not a number"),
        (("conv", "photo.png", "-k", "mine.dat"), "a file ends in .npy, .csv or .json"),
    ],
)
def test_errors_speak_the_language_of_the_user(cnnviz, photo, arguments, words):
    result = cnnviz(*arguments)
    assert result.code == 2
    assert words in result.err
