from xml.etree import ElementTree

import pytest
from PIL import Image

from cnnviz.cli.diagram_kinds import DIAGRAMS


@pytest.mark.parametrize("name", DIAGRAMS)
@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_every_diagram_is_drawn_as_png_and_svg(cnnviz, folder, name, ending):
    result = cnnviz("diagram", name, "-o", f"figure{ending}")
    assert (result.code, result.err) == (0, "")
    assert f"diagram: figure{ending}" in result.out
    if ending == ".png":
        with Image.open(folder / "figure.png") as image:
            assert image.width >= 960
            assert image.text["Description"]
    else:
        root = ElementTree.parse(folder / "figure.svg").getroot()
        assert root.find("{http://www.w3.org/2000/svg}title").text


def test_the_name_is_made_up_and_kept_to_itself(cnnviz, folder):
    assert cnnviz("diagram", "local").code == 0
    assert cnnviz("diagram", "local", "--inputs", "9").code == 0
    assert [p.name for p in folder.iterdir()] == ["local.png"]
    (folder / "shared.png").write_bytes(b"mine")
    result = cnnviz("diagram", "shared")
    assert result.code == 2
    assert "--force" in result.err
    assert (folder / "shared.png").read_bytes() == b"mine"
    assert cnnviz("diagram", "shared", "--force").code == 0


def test_weight_sharing_prints_the_three_ways(cnnviz):
    out = cnnviz("diagram", "weight-sharing").out
    for words in ("7 inputs, 5 outputs, kernel of 3", "fully connected", "locally connected", "full → local"):
        assert words in out


def test_neurons_as_json(cnnviz):
    found = cnnviz(
        "diagram", "weight-sharing", "--inputs", 10, "--kernel-size", 4, "--stride", 2, "--pad", 1, "--bias", "--json"
    ).json
    assert (found["version"], found["command"], found["diagram"]) == (1, "diagram", "weight-sharing")
    assert (found["inputs"], found["outputs"], found["kernel_size"], found["pad"]) == (10, 5, 4, [1, 1])
    weights = {name: way["weights"] for name, way in found["connections"].items()}
    assert weights == {"fully_connected": 50, "locally_connected": 20, "convolution": 4}
    assert found["connections"]["convolution"]["biases"] == 1
    assert found["files"] == {"figure": "weight-sharing.png"}


def test_blocks_as_json(cnnviz):
    found = cnnviz("diagram", "filters", "--input", "3x224x224", "--filters", 8, "--json").json
    assert found["input"] == {"path": None, "shape": [3, 224, 224]}
    assert found["layers"][0]["output_shape"] == [8, 222, 222]
    assert found["total_params"] == 224
    assert cnnviz("diagram", "filters", "--no-bias", "--json").json["total_params"] == 216
    found = cnnviz("diagram", "pooling", "--json").json
    assert found["layers"][0]["output_shape"] == [8, 111, 111]
    assert found["total_params"] == 0


def test_the_shapes_of_a_picture_and_of_saved_maps(cnnviz, photo, folder):
    found = cnnviz("diagram", "filters", photo, "--kernel", "sobel", "--json").json
    assert found["input"] == {"path": "photo.png", "shape": [3, 40, 48]}
    assert found["layers"][0]["output_shape"] == [2, 38, 46]
    assert found["files"]["figure"] == "photo.filters.png"
    assert cnnviz("conv", photo, "--kernel", "sobel").code == 0
    found = cnnviz("diagram", "pooling", "photo.conv.npz", "--pool", "avg", "--json").json
    assert found["layers"][0]["output_shape"] == [2, 19, 23]
    assert found["files"]["figure"] == "photo.conv.pooling.png"


def test_a_diagram_is_no_input(cnnviz, photo):
    assert cnnviz("diagram", "channels", photo, "-o", "figure.png").code == 0
    result = cnnviz("conv", "figure.png", "--kernel", "sobel")
    assert result.code == 2
    assert "figure.png" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["poling"], "did you mean 'pooling'"),
        (["local", "--filters", "3"], "--filters is not for diagram local"),
        (["local", "--pool", "max"], "--pool is not for diagram local"),
        (["pooling", "--kernel-size", "3"], "--kernel-size is not for diagram pooling"),
        (["filters", "--inputs", "3"], "--inputs is not for diagram filters"),
        (["filters", "--crop", "0,0,9x9"], "--crop is for an input"),
        (["local", "--gray"], "--gray is for an input"),
        (["local", "photo.png"], "--inputs"),
        (["filters", "photo.png", "--input", "1x2x3"], "leave one out"),
        (["local", "--inputs", "0"], "at least 1"),
        (["local", "--inputs", "2"], "larger than the input"),
        (["local", "--stride", "1,2"], "one number"),
        (["local", "--pad", "1,2,3,4"], "before,after"),
        (["filters", "--filters", "0"], "at least 1"),
        (["filters", "--kernel", "sobel", "--filters", "2"], "leave those out"),
        (["convolution", "--kernel-size", "9"], "larger than the input"),
        (["filters", "--json", "-o", "-"], "--json and -o -"),
        (["filters", "-o", "figure.gif"], ".png or .svg"),
        (["filters", "a.png", "b.png"], "one INPUT"),
    ],
)
def test_what_cannot_be_is_one_line(cnnviz, photo, folder, arguments, message):
    result = cnnviz("diagram", *arguments)
    assert result.code == 2
    assert message in result.err
    assert result.err.count("\n") == 1
    assert [p.name for p in folder.iterdir()] == ["photo.png"]
