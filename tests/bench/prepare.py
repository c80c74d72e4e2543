"""Makes what the whole processes work on: `prepare.py FOLDER` writes small.png, large.jpg and bank.npy there.

The large picture, 12 megapixels, is a wall of the samples: noise and flat parts as in a photo, so that decoding it
takes as long as decoding one. A process of its own, since the benchmark must stay small (see processes.py).
"""

import shutil
import sys
from pathlib import Path

import numpy as np
from PIL import Image

SAMPLES = Path(__file__).parents[2] / "samples"
LARGE = (4000, 3000)


def wall() -> Image.Image:
    """Return samples side by side, row by row."""
    bricks = [Image.open(SAMPLES / name).convert("RGB") for name in ("astronaut.png", "chelsea.png", "camera.png")]
    picture = Image.new("RGB", LARGE)
    for row, top in enumerate(range(0, LARGE[1], 300)):
        left = 0
        while left < LARGE[0]:
            brick = bricks[(row + left) % len(bricks)]
            picture.paste(brick, (left, top))
            left += brick.width
    return picture


def gabors(count: int = 24, size: int = 9) -> np.ndarray:
    """Return waves in as many directions, (count, size, size)."""
    y, x = np.mgrid[:size, :size] - size // 2
    angles = np.pi * np.arange(count)[:, None, None] / count
    along = x * np.cos(angles) + y * np.sin(angles)
    return (np.exp(-(x**2 + y**2) / 8) * np.cos(np.pi * along / 2)).astype(np.float32)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    shutil.copy(SAMPLES / "astronaut.png", folder / "small.png")
    wall().save(folder / "large.jpg", quality=92)
    np.save(folder / "bank.npy", gabors())
