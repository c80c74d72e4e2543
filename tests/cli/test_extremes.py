"""Pictures of one pixel and of one line through every command that takes one, and values that are infinite."""

import numpy as np
import pytest
from PIL import Image

from cnnviz.cli import app

COMMANDS = {
    "conv": "-k sharpen --pad 1 --preview --explain --no-save -o figure.png",
    "pool": "--size 1 --preview --explain --no-save -o figure.png",
    "params": "-o figure.png",
    "trace": "-k sharpen --pad 1 -o figure.png",
    "animate": "-k sharpen --pad 1 --frames 2 -o figure.gif",
    "diagram filters": "-k sharpen --pad 1 -o figure.png",
    "receptive-field": "--layer relu --layer conv_1 -o figure.png",
}


def test_every_command_is_here():
    assert {command.split()[0] for command in COMMANDS} == set(app.COMMANDS) - {"kernels"}  # which takes no picture


@pytest.mark.parametrize("size", [(1, 1), (30_000, 1), (1, 30_000)], ids=str)
@pytest.mark.parametrize("command", COMMANDS)
def test_pictures_of_one_pixel_and_of_one_line(cnnviz, folder, command, size):
    Image.new("RGB", size, (200, 60, 20)).save("line.png")
    options = [word.replace("_", " ") for word in COMMANDS[command].split()]
    result = cnnviz(*command.split(), "line.png", *options)
    assert result.code == 0, result.err
    (figure,) = folder.glob("figure.*")
    with Image.open(figure) as drawn:
        assert drawn.width < 5000 and drawn.height < 5000
        drawn.load()


@pytest.mark.parametrize("size", [(1, 1), (30_000, 1), (1, 30_000)], ids=str)
def test_values_of_one_pixel_and_of_one_line(cnnviz, folder, size):
    Image.new("L", size, 51).save("line.png")
    layer = cnnviz("conv", "line.png", "-k", "identity", "--pad", "1", "--json", "--no-grid").json["layers"][0]
    assert layer["output_shape"] == [1, size[1], size[0]]
    assert layer["min"] == layer["max"] == pytest.approx(0.2)


@pytest.mark.parametrize("values", [(np.inf, -np.inf), (np.inf, 0), (3e38, -3e38), (np.nan, np.inf)], ids=str)
@pytest.mark.parametrize("command", COMMANDS)
def test_infinite_values_and_those_that_become_so(cnnviz, folder, command, values):
    np.save("maps.npy", np.resize(np.float32(values), (2, 4, 5)))
    options = [word.replace("_", " ") for word in COMMANDS[command].split()]
    result = cnnviz(*command.split(), "maps.npy", *options)
    assert (result.code, result.err) == (0, "")


def test_the_limit_can_be_raised(cnnviz, folder):
    Image.new("RGB", (1000, 1000)).save("large.png")
    refused = cnnviz("conv", "large.png", "-k", "box", "--max-memory", "1MB")
    assert refused.code == 2 and "--max-memory" in refused.err
    assert cnnviz("conv", "large.png", "-k", "box", "--max-memory", "1GB").code == 0
