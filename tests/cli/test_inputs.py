"""How the one INPUT comes in."""

import pytest

from cnnviz.files import ahead, images


@pytest.mark.parametrize("command", [["conv", "-k", "sobel"], ["pool"]], ids=lambda command: command[0])
def test_a_picture_is_read_while_numpy_is_imported(cnnviz, photo, monkeypatch, command):
    def refuse(file, limit):
        raise AssertionError("read by the first thread")

    monkeypatch.setattr(ahead, "_WORTH_IT", 0)
    monkeypatch.setattr(ahead, "processors", lambda: 2)
    monkeypatch.setattr(images, "load", refuse)
    assert cnnviz(*command, photo).code == 0
