import numpy as np
import pytest
from PIL import Image

from cnnviz import kernel
from cnnviz.kernels.presets import KERNELS


def test_all_presets_with_what_they_show_and_their_source(cnnviz):
    out = cnnviz("kernels").out
    for name, preset in KERNELS.items():
        assert name in out
        assert preset.shows in out
        assert preset.source in out


def test_one_with_its_numbers(cnnviz):
    out = cnnviz("kernels", "gaussian:3,sigma=1").out
    middle = f"{kernel('gaussian:3,sigma=1')[0][0, 1, 1]:.4f}"
    assert middle in out
    assert "sigma" in out


def test_a_bank_stands_side_by_side(cnnviz):
    lines = cnnviz("kernels", "sobel").out.splitlines()
    assert any("sobel-x" in line and "sobel-y" in line for line in lines)
    assert any("−2  0  2" in line and "0  0  0" in line for line in lines)


def test_several_and_matrices_that_begin_with_a_minus(cnnviz):
    out = cnnviz("kernels", "roberts", "-1 0; 0 1").out
    assert "roberts-x" in out
    assert "-1 0; 0 1" in out


@pytest.mark.parametrize("width", [40, 80])
def test_a_matrix_wider_than_the_terminal_is_parted_into_columns(cnnviz, monkeypatch, width):
    from cnnviz.cli.kernels import _blocks

    blocks = list(_blocks("k", kernel("gabor:9")[0][0], width, named=False))
    assert all(len(line) <= width for block in blocks for line in block)
    assert (len(blocks) > 1) == (width == 40)
    assert all(len(block) == 9 + (len(blocks) > 1) for block in blocks)


def test_json_holds_the_weights(cnnviz):
    (found,) = cnnviz("kernels", "laplacian", "--json").json["kernels"]
    assert found["weights"] == [[[0, 1, 0], [1, -4, 1], [0, 1, 0]]]
    assert found["name"] == "laplacian"
    everything = cnnviz("kernels", "--json").json["kernels"]
    assert [entry["name"] for entry in everything] == list(KERNELS)


def test_a_kernel_of_four_axes_shows_every_channel(cnnviz, folder):
    np.save("k.npy", np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2))
    out = cnnviz("kernels", "k.npy").out
    assert "0 1" in out
    assert "6 7" in out


def test_the_sheet(cnnviz, folder):
    assert cnnviz("kernels", "-o", "sheet.png").code == 0
    with Image.open("sheet.png") as sheet:
        assert sheet.width == 1600
        assert sheet.height > 1600


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sobell"], "did you mean 'sobel'?"),
        (["-o", "x.gif"], ".png"),
        (["sobel:5"], "one size only"),
        (["--jsn"], "unknown kernel '--jsn'"),
    ],
)
def test_what_cannot_be(cnnviz, folder, arguments, words):
    result = cnnviz("kernels", *arguments)
    assert result.code == 2
    assert words in result.err
    assert list(folder.iterdir()) == []
