"""What a user of OpenCV would write: `with_opencv.py PICTURE edges|bank [save]`."""

import sys

import cv2
import numpy as np

SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)

picture, what, *save = sys.argv[1:]
kernels = [SOBEL_X, SOBEL_X.T] if what == "edges" else np.load("bank.npy")
size, columns = (480, 2) if what == "edges" else (240, 6)

grey = cv2.cvtColor(cv2.imread(picture), cv2.COLOR_BGR2GRAY).astype(np.float32) / 255
maps = [cv2.filter2D(grey, -1, kernel, borderType=cv2.BORDER_CONSTANT) for kernel in kernels]
if save:
    np.savez("opencv.npz", maps=np.stack(maps))

tiles = []
for values in maps:
    scale = size / max(values.shape)
    small = cv2.resize(values, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    levels = np.clip(small / np.abs(small).max() * 127 + 128, 0, 255).astype(np.uint8)
    tiles.append(cv2.applyColorMap(levels, cv2.COLORMAP_JET))
rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
cv2.imwrite("opencv.png", np.vstack(rows))
