"""Several kernels together make one layer: they get one size, the smaller ones standing in the middle of zeros."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from cnnviz.errors import KernelError, quoted
from cnnviz.files import memory
from cnnviz.kernels.grammar import file_of, kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True)
class Bank:
    """Several kernels as one layer's weights.

    `weights` are float32, (O, kH, kW) or (O, C, kH, kW), with a label for each of the O; `notes` say what was done
    to make them one size; `files` were read.
    """

    weights: Floats
    labels: list[str]
    notes: list[str] = field(default_factory=list)
    specs: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


def bank(specs: Sequence[str], *, limit: int | None = None) -> Bank:
    """Join several `--kernel` texts into one layer.

    Kernels of different sizes get the largest height and width, the smaller ones in the middle of zeros. Raises
    KernelError where there is no middle (odd against even) and where kernels with channels meet kernels without.
    """
    import numpy as np

    parts = [(spec, *kernel(spec, limit=limit)) for spec in specs]
    if not parts:
        raise KernelError("no kernel given: try --kernel sobel", argument="kernel")
    first, weights, _ = parts[0]
    for spec, other, _ in parts[1:]:
        if other.ndim != weights.ndim:
            with_channels, without = (spec, first) if other.ndim == 4 else (first, spec)
            raise KernelError(
                f"{quoted(with_channels)} has channels of its own and {quoted(without)} has none: use one kind",
                argument="kernel",
            )
        if other.shape[1:-2] != weights.shape[1:-2]:
            raise KernelError(
                f"{quoted(first)} has {weights.shape[1]} channels and {quoted(spec)} {other.shape[1]}",
                argument="kernel",
            )
    size = max(w.shape[-2] for _, w, _ in parts), max(w.shape[-1] for _, w, _ in parts)
    total = sum(w.size // (w.shape[-2] * w.shape[-1]) for _, w, _ in parts) * size[0] * size[1]
    memory.require(8 * total, limit, f"{len(parts)} kernels of {_by(size)}")
    notes: list[str] = []
    placed = [_center(spec, w, size, parts, notes) for spec, w, _ in parts]
    labels = _unique([label for _, _, some in parts for label in some])
    files = tuple(path for path in map(file_of, specs) if path is not None)
    return Bank(np.concatenate(placed), labels, notes, tuple(specs), files)


def _center(
    spec: str, weights: Floats, size: Pair, parts: Sequence[tuple[str, Floats, list[str]]], notes: list[str]
) -> Floats:
    """Return weights in the middle of zeros of a larger size; raises KernelError where there is no middle."""
    import numpy as np

    own = weights.shape[-2], weights.shape[-1]
    if own == size:
        return weights
    for axis in (0, 1):
        if (size[axis] - own[axis]) % 2:
            other = next(s for s, w, _ in parts if w.shape[axis - 2] == size[axis])
            other_size = next(w.shape[-2:] for s, w, _ in parts if w.shape[axis - 2] == size[axis])
            raise KernelError(
                f"{quoted(spec)} is {_by(own)} and {quoted(other)} {_by(other_size)}: odd and even sizes have no common "
                "middle, so run them one by one",
                argument="kernel",
            )
    top, left = (size[0] - own[0]) // 2, (size[1] - own[1]) // 2
    out = np.zeros((*weights.shape[:-2], *size), np.float32)
    out[..., top : top + own[0], left : left + own[1]] = weights
    notes.append(f"{quoted(spec)} ({_by(own)}) stands in the middle of {_by(size)} zeros")
    return out


def _unique(labels: list[str]) -> list[str]:
    """Number the labels that occur more than once: `kernel 0`, `kernel 1`."""
    total, seen = Counter(labels), Counter[str]()
    out = []
    for label in labels:
        out.append(f"{label} {seen[label]}" if total[label] > 1 else label)
        seen[label] += 1
    return out


def _by(size: Sequence[int]) -> str:
    return f"{size[0]}×{size[1]}"
