"""A folder of its own for each test, with the samples in it, and the program as a user calls it."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from cnnviz.cli.app import run as run_program

SAMPLES = Path(__file__).parents[2] / "samples"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder, as plain as a terminal can be."""
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "COLUMNS", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


@pytest.fixture
def cnnviz(folder, capfd):
    """Run the program with these arguments and return its exit code and what it printed."""

    def run(*arguments):
        capfd.readouterr()
        code = run_program([str(a) for a in arguments])
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def photo(folder):
    """A small colour photo called photo.png."""
    from PIL import Image

    with Image.open(SAMPLES / "astronaut.png") as picture:
        picture.resize((48, 40)).save(folder / "photo.png")
    return "photo.png"


@pytest.fixture
def drawing(folder):
    """The matrix of 5×5 that everyone knows."""
    shutil.copy(SAMPLES / "drawing.csv", folder)
    return "drawing.csv"
