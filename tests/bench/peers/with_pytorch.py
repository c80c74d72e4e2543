"""What a user of PyTorch and Pillow would write: `with_pytorch.py PICTURE edges|bank [save]`."""

import sys

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)

picture, what, *save = sys.argv[1:]
kernels = np.stack([SOBEL_X, SOBEL_X.T]) if what == "edges" else np.load("bank.npy")
size, columns = (480, 2) if what == "edges" else (240, 6)

grey = torch.from_numpy(np.asarray(Image.open(picture).convert("L"), np.float32) / 255)
weight = torch.from_numpy(kernels)[:, None]
with torch.no_grad():
    maps = functional.conv2d(grey[None, None], weight, padding=kernels.shape[-1] // 2)
    if save:
        np.savez("pytorch.npz", maps=maps[0].numpy())
    height, width = (round(side * size / max(grey.shape)) for side in grey.shape)
    small = functional.interpolate(maps, (height, width), mode="area")[0]
    levels = (small / small.abs().amax((1, 2), keepdim=True) * 127 + 128).clamp(0, 255).byte().numpy()

sheet = Image.new("L", (width * columns, height * (len(levels) // columns)))
for i, tile in enumerate(levels):
    sheet.paste(Image.fromarray(tile), (i % columns * width, i // columns * height))
sheet.save("pytorch.png")
