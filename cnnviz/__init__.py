"""See what convolution and pooling really do to a picture.

Everything named here is found on first use, so `import cnnviz` by itself loads neither NumPy nor Pillow.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False  # not from `typing`: what is imported here, Ctrl-C could still hit with a traceback
if TYPE_CHECKING:
    from typing import Any

    from cnnviz.core.conv import conv2d
    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.pool import pool2d
    from cnnviz.core.shapes import output_size
    from cnnviz.draw.grid import grid
    from cnnviz.errors import CnnvizError
    from cnnviz.files.read import load_image, load_maps
    from cnnviz.files.write import save_maps
    from cnnviz.kernels.grammar import kernel

_WHERE = {
    "conv2d": "cnnviz.core.conv",
    "pool2d": "cnnviz.core.pool",
    "output_size": "cnnviz.core.shapes",
    "load_image": "cnnviz.files.read",
    "load_maps": "cnnviz.files.read",
    "save_maps": "cnnviz.files.write",
    "kernel": "cnnviz.kernels.grammar",
    "grid": "cnnviz.draw.grid",
    "FeatureMaps": "cnnviz.core.feature_maps",
    "CnnvizError": "cnnviz.errors",
}

__all__ = [
    "CnnvizError",
    "FeatureMaps",
    "conv2d",
    "grid",
    "kernel",
    "load_image",
    "load_maps",
    "output_size",
    "pool2d",
    "save_maps",
]


def __getattr__(name: str) -> "Any":
    if name not in _WHERE:
        raise AttributeError(f"module 'cnnviz' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
