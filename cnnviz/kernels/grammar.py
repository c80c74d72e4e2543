"""What may stand behind `--kernel`: a preset, a matrix, or a file, told apart by the text itself.

sobel                          a preset, or a bank of them
gaussian:5,sigma=1.4           a preset with a size and parameters
"1/9 * 1 1 1; 1 1 1; 1 1 1"    a matrix typed by hand
edges.npy, bank.json, k.csv    a file of one kernel, or of several
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cnnviz.core.shapes import Pair
from cnnviz.errors import KernelError, quoted
from cnnviz.files import memory
from cnnviz.files.matrix import CellError, parse_inline, parse_number
from cnnviz.kernels.preset_text import by, preset_kernels
from cnnviz.kernels.presets import KERNELS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
    Part: TypeAlias = tuple[str, Floats, list[str]]

LONGEST_LABEL = 16  # characters of a typed matrix that is its own label
ENDINGS = (".npy", ".npz", ".csv", ".txt", ".json")
QUOTING = 'put a matrix in quotes: --kernel "1 0 -1; 2 0 -2; 1 0 -1"'

_NUMERIC = re.compile(r"[-+−0-9.,;*/eE\s]+")
_FILE_OPTION = re.compile(r"(.+):([a-z]+)=([^=:/\\]*)", re.IGNORECASE | re.DOTALL)


class Bank(NamedTuple):
    """Several kernels as one layer's weights.

    `weights` are float32, (O, kH, kW) or (O, C, kH, kW), with a label for each of the O; `notes` say what was done
    to make them one size; `files` were read.
    """

    weights: Floats
    labels: list[str]
    notes: Sequence[str] = ()
    specs: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


def kernel(spec: str, *, limit: int | None = None) -> tuple[Floats, list[str]]:
    """Return the weights of one `--kernel` text, (O, kH, kW) or (O, C, kH, kW) float32, and a label for each.

    >>> kernel("sobel")[1]
    ['sobel-x', 'sobel-y']

    Raises KernelError, with the place in the text that cannot be understood, and MemoryLimitError for weights larger
    than `limit` bytes (None: half of the machine's memory).
    """
    return _resolve(spec)(limit)


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
    memory.require(8 * total, limit, f"{len(parts)} kernels of {by(size)}")
    notes: list[str] = []
    placed = [_center(spec, w, size, parts, notes) for spec, w, _ in parts]
    labels = _unique([label for _, _, some in parts for label in some])
    files = tuple(path for path in map(file_of, specs) if path is not None)
    return Bank(np.concatenate(placed), labels, notes, tuple(specs), files)


def file_of(spec: str) -> Path | None:
    """Return the file that a `--kernel` text names, or None where it is a preset or a matrix."""
    path, _, _ = _split_file(spec.strip())
    return Path(path) if _kind(spec.strip()) == "file" else None


def looks_unquoted(spec: str) -> bool:
    """Return whether a text looks like what the shell leaves of a matrix without quotes: a bare number or a piece."""
    return bool(_NUMERIC.fullmatch(spec)) and ";" not in spec


# ------------------------------------------------------------------------------------------------- telling apart


def _kind(spec: str) -> str:
    """Return "preset", "matrix", "file" or "unknown"."""
    if spec.partition(":")[0].strip().lower() in KERNELS:
        return "preset"
    if _NUMERIC.fullmatch(spec):
        return "matrix"
    path, _, _ = _split_file(spec)
    if path.lower().endswith(ENDINGS):
        return "file"
    if ";" in spec or _is_number(spec.replace(",", " ").replace("*", " ").split()[0]):
        return "matrix"
    return "file" if "/" in spec or "\\" in spec else "unknown"


def _is_number(word: str) -> bool:
    try:
        parse_number(word, special=True)
    except CellError as error:
        return "is not a number" not in str(error)
    return True


def _resolve(spec: str) -> Callable[[int | None], tuple[Floats, list[str]]]:
    if not isinstance(spec, str):
        raise KernelError(f"a kernel is a text such as 'sobel', not {type(spec).__name__}", argument="kernel")
    text = spec.strip()
    if not text:
        raise KernelError(
            'the kernel is empty: try sobel, or a matrix such as "1 0 -1; 2 0 -2; 1 0 -1"', argument="kernel"
        )
    kind = _kind(text)
    if kind == "preset":
        return lambda limit: preset_kernels(text, limit)
    if kind == "matrix":
        return lambda limit: _inline(text)
    if kind == "file":
        return lambda limit: _file(text, limit)
    raise _unknown(text)


def _unknown(text: str) -> KernelError:
    name = text.partition(":")[0].strip().lower()
    close = difflib.get_close_matches(name, KERNELS, n=1, cutoff=0.6)
    if close:
        hint = f"did you mean '{close[0]}'?"
    elif name.startswith("-"):
        hint = QUOTING
    else:
        hint = (
            '`cnnviz kernels` lists the presets; a matrix looks like "1 0 -1; 2 0 -2", '
            "a file ends in .npy, .csv or .json"
        )
    return KernelError(f"unknown kernel {quoted(text)}: {hint}", argument="kernel")


# ----------------------------------------------------------------------------------------------- matrices, files


def _inline(text: str) -> tuple[Floats, list[str]]:
    try:
        matrix = parse_inline(text)
    except CellError as error:
        hint = f" ({QUOTING})" if text.rstrip().endswith(";") else ""
        raise KernelError(f"kernel {quoted(text)}: {error}{hint}", argument="kernel") from None
    # The map is called by what made it, as with presets: its kernel, in so many words.
    typed = " ".join(re.sub(r"\s*;?[^\S\n]*\n\s*", "; ", text.strip()).split())
    return matrix[None], [typed if len(typed) <= LONGEST_LABEL else f"typed {by(matrix.shape)}"]


def _split_file(text: str) -> tuple[str, str | None, str]:
    """Split `file.npy:layout=hwio` into path, key (None where there is no option) and value."""
    match = _FILE_OPTION.fullmatch(text)
    return (match[1], match[2].lower(), match[3].strip().lower()) if match else (text, None, "")


def _file(text: str, limit: int | None) -> tuple[Floats, list[str]]:
    from cnnviz.kernels.kernel_files import read_kernels

    path, key, value = _split_file(text)
    if key not in (None, "layout"):
        raise KernelError(
            f"unknown key {quoted(str(key))} behind {quoted(path)}: files take layout=hwio", argument="kernel"
        )
    if key and value not in ("oihw", "hwio"):
        raise KernelError(f"unknown layout {quoted(value)} behind {quoted(path)}: oihw or hwio", argument="kernel")
    weights = read_kernels(path, hwio=value == "hwio", limit=limit)
    stem = Path(path).stem
    return weights, [stem] if len(weights) == 1 else [f"{stem} {i}" for i in range(len(weights))]


# ----------------------------------------------------------------------------------------------------- joining


def _center(spec: str, weights: Floats, size: Pair, parts: Sequence[Part], notes: list[str]) -> Floats:
    """Return weights in the middle of zeros of a larger size; raises KernelError where there is no middle."""
    import numpy as np

    own = weights.shape[-2:]
    if own == size:
        return weights
    for axis in (-2, -1):
        if (size[axis] - weights.shape[axis]) % 2:
            other, larger = next((s, w.shape[-2:]) for s, w, _ in parts if w.shape[axis] == size[axis])
            raise KernelError(
                f"{quoted(spec)} is {by(own)} and {quoted(other)} {by(larger)}: odd and even sizes have no common "
                "middle, so run them one by one",
                argument="kernel",
            )
    top, left = (size[0] - own[0]) // 2, (size[1] - own[1]) // 2
    out = np.zeros((*weights.shape[:-2], *size), np.float32)
    out[..., top : top + own[0], left : left + own[1]] = weights
    notes.append(f"{quoted(spec)} ({by(own)}) stands in the middle of {by(size)} zeros")
    return out


def _unique(labels: list[str]) -> list[str]:
    """Number the labels that occur more than once, `kernel 0`, `kernel 1`, past the names that others have."""
    total = Counter(labels)
    taken = {label for label in labels if total[label] == 1}
    out = []
    for label in labels:
        name = label
        if total[label] > 1:
            name = next(new for i in count() if (new := f"{label} {i}") not in taken)
            taken.add(name)
        out.append(name)
    return out
