import pytest
from PIL import Image


def totals(result):
    return {name: way["total"] for name, way in result.json["connections"].items()}


def test_without_arguments(cnnviz, folder):
    result = cnnviz("params")
    assert result.code == 0
    for words in ("3×224×224 → 16×224×224", "fully connected", "locally connected", "convolution", "448", "1.79 KB"):
        assert words in result.out.replace("\u00a0", " ")
    assert "full → local" in result.out
    assert "local → shared" in result.out
    assert list(folder.iterdir()) == []


def test_the_contract_of_json(cnnviz):
    found = cnnviz("params", "--json").json
    assert found["version"] == 1
    assert (found["input_shape"], found["output_shape"]) == ([3, 224, 224], [16, 224, 224])
    assert set(found["connections"]) == {"fully_connected", "locally_connected", "convolution"}
    assert found["connections"]["convolution"] == {
        "weights": 432,
        "biases": 16,
        "total": 448,
        "bytes": 1792,
        "macs": 432 * 224 * 224,
    }


@pytest.mark.parametrize(
    ("options", "output", "total"),
    [
        ("--input 1x28x28 --filters 4 --kernel-size 5 --pad 0", [4, 24, 24], 104),
        ("--input 1x28x28 --filters 4 --kernel-size 5 --pad 0 --no-bias", [4, 24, 24], 100),
        ("--input 2x9x8 --filters 3 --kernel-size 3x2 --stride 2 --pad 1,0", [3, 5, 4], 39),
        ("--input 2x9x8 --filters 3 --kernel-size 3 --pad same --stride 2", [3, 5, 4], 57),
        ("--input 4x8x8 --filters 8 --groups 4", [8, 8, 8], 80),
        ("--input 1x8x8 --dilation 2 --pad 2", [16, 8, 8], 160),
    ],
)
def test_options(cnnviz, options, output, total):
    result = cnnviz("params", *options.split(), "--json")
    assert result.code == 0, result.err
    assert result.json["output_shape"] == output
    assert totals(result)["convolution"] == total


def test_exact_however_large(cnnviz):
    result = cnnviz("params", "--input", "3x3000x4000", "--filters", "8", "--json")
    assert totals(result)["fully_connected"] == 3 * 3000 * 4000 * 8 * 3000 * 4000 + 8 * 3000 * 4000
    assert str(totals(result)["fully_connected"]) in result.out


def test_a_picture_and_its_kernel_cost_what_conv_says(cnnviz, photo):
    result = cnnviz("params", photo, "--kernel", "sobel", "--pad", "1")
    assert "3×40×48 → 2×40×48" in result.out
    assert "56" in result.out
    conv = cnnviz("conv", photo, "--kernel", "sobel", "--pad", "1", "--json", "--no-grid", "--no-save").json
    params = cnnviz("params", photo, "--kernel", "sobel", "--pad", "1", "--json").json
    assert params["connections"]["convolution"]["total"] == conv["total_params"] == 56
    assert params["connections"]["convolution"]["macs"] == conv["layers"][0]["macs"]
    assert params["output_shape"] == conv["layers"][0]["output_shape"]


def test_a_picture_alone_gives_the_input_shape(cnnviz, photo):
    assert cnnviz("params", photo, "--json").json["input_shape"] == [3, 40, 48]


def test_maps_are_filtered_one_by_one(cnnviz, photo):
    cnnviz("conv", photo, "-k", "sobel")
    assert totals(cnnviz("params", "photo.conv.npz", "-k", "sobel", "--json"))["convolution"] == 4 * 9 + 4


def test_the_chart(cnnviz, folder):
    result = cnnviz("params", "-o", "chart.png")
    assert result.code == 0
    with Image.open("chart.png") as chart:
        assert chart.width == 1600
        assert "convolution" in chart.text["Description"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--input 3x224", "CxHxW"),
        ("--input 3x0x5", "--input must be at least 1"),
        ("--filters 0", "--filters must be at least 1"),
        ("--kernel sobel --filters 3", "leave those out"),
        ("--kernel sobel --groups 2", "--groups belongs to kernels of four axes"),
        ("--input 1x2x2 --kernel-size 7", "larger than"),
        ("--input 3x8x8 --groups 2", "do not divide"),
        ("--channels each", "say how a --kernel meets the channels"),
        ("missing.png", "no such file"),
        ("-o chart.pdf", ".png"),
        ("--json -o -", "standard output"),
    ],
)
def test_what_cannot_be(cnnviz, folder, options, words):
    result = cnnviz("params", *options.split())
    assert result.code == 2
    assert words in result.err
    assert result.err.count("\n") == 1
    assert list(folder.iterdir()) == []
