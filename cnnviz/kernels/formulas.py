"""Kernels that are a formula: each takes a size (height, width) and its parameters, and gives labelled matrices.

Cells are numbered from the middle, x to the right and y upwards, so that angles turn counter-clockwise as on paper.
Everything is computed in float64. NumPy is loaded when the first kernel is made, not before: help and completion
only need the names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.core.shapes import Pair

    Matrix = NDArray[np.float64]
    Bank = dict[str, Matrix]

COMPASS = ("e", "ne", "n", "nw", "w", "sw", "s", "se")

# The eight cells around the middle, from the east counter-clockwise.
_RING = ((1, 2), (0, 2), (0, 1), (0, 0), (1, 0), (2, 0), (2, 1), (2, 2))

_OCTAVE = 0.56  # sigma / wavelength of a Gabor kernel whose bandwidth is one octave


def usual_sigma(cells: int) -> float:
    """Return the sigma that belongs to a side of so many cells: 0.3 ((cells − 1)/2 − 1) + 0.8."""
    return 0.3 * ((cells - 1) / 2 - 1) + 0.8


def identity(size: Pair) -> Bank:
    """A single 1 in the middle."""
    import numpy as np

    kernel = np.zeros(size)
    kernel[size[0] // 2, size[1] // 2] = 1
    return {"identity": kernel}


def box(size: Pair) -> Bank:
    """1 / (height · width) everywhere."""
    import numpy as np

    return {"box": np.full(size, 1 / (size[0] * size[1]))}


def gaussian(size: Pair, sigma: float | None = None) -> Bank:
    """exp(−x²/2σx² − y²/2σy²), normalised to sum 1; without `sigma` each side has its own usual one."""
    return {"gaussian": _bell(size, sigma)}


def unsharp(size: Pair, sigma: float | None = None, amount: float = 1) -> Bank:
    """Identity + amount · (identity − gaussian)."""
    same = identity(size)["identity"]
    return {"unsharp": same + amount * (same - _bell(size, sigma))}


def log(size: Pair, sigma: float | None = None) -> Bank:
    """∇²G = (x²/σx⁴ − 1/σx² + y²/σy⁴ − 1/σy²) G, its mean taken off so that flat regions give 0."""
    x, y = _cells(size)
    sigma_y, sigma_x = _sigmas(size, sigma)
    kernel = (x**2 / sigma_x**4 - 1 / sigma_x**2 + y**2 / sigma_y**4 - 1 / sigma_y**2) * _bell(size, sigma)
    return {"log": kernel - kernel.mean()}


def dog(size: Pair, sigma: float | None = None, ratio: float = 1.6) -> Bank:
    """G(σ) − G(ratio · σ), each normalised first, so that flat regions give 0."""
    sigma_y, sigma_x = _sigmas(size, sigma)
    return {"dog": _bells(size, sigma_y, sigma_x) - _bells(size, ratio * sigma_y, ratio * sigma_x)}


def rows(text: str) -> list[list[float]]:
    """Return the numbers of a matrix written as text, one row a line."""
    return [[float(cell) for cell in line.split()] for line in text.split("\n") if line.strip()]


def compass(name: str, east: str) -> Callable[..., Bank]:
    """Return a formula for eight 3×3 kernels: the eastern one, its ring turned by 45° each time."""

    def turned(size: Pair) -> Bank:
        import numpy as np

        matrix = np.array(rows(east))
        bank = {}
        for turn, direction in enumerate(COMPASS):
            kernel = matrix.copy()
            for place, cell in enumerate(_RING):
                kernel[_RING[(place + turn) % 8]] = matrix[cell]
            bank[f"{name}-{direction}"] = kernel
        return bank

    return turned


def line(size: Pair, theta: float | None = None) -> Bank:
    """2 along a line through the middle of 3×3 cells, −1 beside it; all four directions, or one."""
    import numpy as np

    bank = {}
    for turn, angle in enumerate((0, 45, 90, 135)):
        if theta in (None, angle):
            kernel = np.full((3, 3), -1.0)
            for cell in ((1, 1), _RING[turn], _RING[turn + 4]):
                kernel[cell] = 2
            bank[f"line {angle}°"] = kernel
    return bank


def gabor(
    size: Pair,
    theta: float = 0,
    sigma: float | None = None,
    wavelength: float | None = None,
    gamma: float = 0.5,
    phase: float = 0,
    count: int = 1,
) -> Bank:
    """exp(−(u² + γ²v²)/2σ²) · (cos(2πu/λ + phase) − c), u along theta and v across it; `count` directions over 180°.

    c makes the sum 0, so that even regions give 0 whatever their brightness.
    """
    import numpy as np

    x, y = _cells(size)
    sigma = usual_sigma(min(size)) if sigma is None else sigma
    wavelength = sigma / _OCTAVE if wavelength is None else wavelength
    bank = {}
    for number in range(count):
        degrees = (theta + number * 180 / count) % 360
        along, across = _unit(degrees)
        u = x * along + y * across
        v = y * along - x * across
        bell = np.exp(-(u**2 + (gamma * v) ** 2) / (2 * sigma**2))
        wave = np.cos(2 * np.pi * u / wavelength + math.radians(phase))
        bank[f"gabor {degrees:g}°"] = bell * (wave - (bell * wave).sum() / bell.sum())
    return bank


def motion(size: Pair, theta: float = 0) -> Bank:
    """max(0, 1 − distance to a line through the middle), normalised to sum 1."""
    import numpy as np

    x, y = _cells(size)
    along, across = _unit(theta)
    kernel = np.maximum(0, 1 - np.abs(y * along - x * across))
    return {"motion": kernel / kernel.sum()}


def random(size: Pair, count: int = 1, seed: int = 0) -> Bank:
    """Normal numbers of mean 0 and variance 2 / (height · width), after He et al. 2015."""
    import numpy as np

    numbers = np.random.default_rng(seed).standard_normal((count, *size)) * math.sqrt(2 / (size[0] * size[1]))
    return {f"random {i}": kernel for i, kernel in enumerate(numbers)}


def _cells(size: Pair) -> tuple[Matrix, Matrix]:
    """Return x (1, W) and y (H, 1) of every cell, measured from the middle, y upwards."""
    import numpy as np

    height, width = size
    x: Matrix = np.arange(width, dtype=np.float64)[None, :] - (width - 1) / 2
    y: Matrix = (height - 1) / 2 - np.arange(height, dtype=np.float64)[:, None]
    return x, y


def _sigmas(size: Pair, sigma: float | None) -> tuple[float, float]:
    height, width = size
    return (usual_sigma(height), usual_sigma(width)) if sigma is None else (sigma, sigma)


def _bell(size: Pair, sigma: float | None) -> Matrix:
    return _bells(size, *_sigmas(size, sigma))


def _bells(size: Pair, sigma_y: float, sigma_x: float) -> Matrix:
    import numpy as np

    x, y = _cells(size)
    bell = np.exp(-(y**2) / (2 * sigma_y**2)) * np.exp(-(x**2) / (2 * sigma_x**2))
    kernel: Matrix = bell / bell.sum()
    return kernel


def _unit(degrees: float) -> tuple[float, float]:
    """Return cosine and sine of an angle, exact at multiples of 90°."""
    quarter, rest = divmod(degrees % 360, 90)
    if rest == 0:
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(quarter)]
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
