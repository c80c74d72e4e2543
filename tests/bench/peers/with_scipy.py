"""What a user of SciPy and Pillow would write: `with_scipy.py PICTURE edges|bank [save]`."""

import sys

import numpy as np
from PIL import Image
from scipy import ndimage

SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)

picture, what, *save = sys.argv[1:]
kernels = [SOBEL_X, SOBEL_X.T] if what == "edges" else np.load("bank.npy")
size, columns = (480, 2) if what == "edges" else (240, 6)

grey = np.asarray(Image.open(picture).convert("L"), np.float32) / 255
maps = [ndimage.correlate(grey, kernel, mode="constant") for kernel in kernels]
if save:
    np.savez("scipy.npz", maps=np.stack(maps))

tiles = []
for values in maps:
    levels = Image.fromarray(np.clip(values / np.abs(values).max() * 127 + 128, 0, 255).astype(np.uint8))
    scale = size / max(levels.size)
    tiles.append(levels.resize((round(levels.width * scale), round(levels.height * scale)), Image.Resampling.BOX))
width, height = tiles[0].size
sheet = Image.new("L", (width * columns, height * (len(tiles) // columns)))
for i, tile in enumerate(tiles):
    sheet.paste(tile, (i % columns * width, i // columns * height))
sheet.save("scipy.png")
