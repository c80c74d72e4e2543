"""How every command writes one file: one table for all tests of what may happen to a file that is being written."""

import shlex

WRITES = {
    "conv": "conv photo.png -k sobel --no-save -o OUT.png",
    "conv, maps": "conv photo.png -k sobel --no-grid --save OUT.npz",
    "conv, shifted": "conv photo.png -k sobel-x --shift 1 -o OUT.png",
    "pool": "pool photo.png --no-save -o OUT.png",
    "pool, maps": "pool photo.png --no-grid --save OUT.csv",
    "params": "params photo.png -o OUT.png",
    "kernels": "kernels sobel -o OUT.png",
    "trace": "trace photo.png -k sobel-x -o OUT.png",
    "animate": "animate photo.png -k sobel-x --frames 2 -o OUT.gif",
    "diagram": "diagram filters photo.png -k box -o OUT.png",
    "receptive-field": "receptive-field photo.png --layer 'conv 3' -o OUT.svg",
}
"""Every command, and what it writes beside a picture, by a name that begins with the command's."""


def into(name, place):
    """Return the arguments that have a command write there, and the path; OUT in the table is the name's stem."""
    words = shlex.split(WRITES[name])
    out = next(word for word in words if word.startswith("OUT"))
    path = place + out[3:]
    return [path if word == out else word for word in words], path
