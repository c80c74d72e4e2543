"""What may stand behind `--kernel`: a preset, a matrix, or a file, told apart by the text itself.

sobel                          a preset, or a bank of them
gaussian:5,sigma=1.4           a preset with a size and parameters
"1/9 * 1 1 1; 1 1 1; 1 1 1"    a matrix typed by hand
edges.npy, bank.json, k.csv    a file of one kernel, or of several
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.core.shapes import Pair
from cnnviz.errors import KernelError, quoted
from cnnviz.files import memory
from cnnviz.files.matrix import CellError, parse_inline, parse_number
from cnnviz.kernels import formulas
from cnnviz.kernels.presets import KERNELS, Parameter, Preset

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

ENDINGS = (".npy", ".npz", ".csv", ".txt", ".json")
QUOTING = 'put a matrix in quotes: --kernel "1 0 -1; 2 0 -2; 1 0 -1"'

_NUMERIC = re.compile(r"[-+−0-9.,;*/eE\s]+")
_FILE_OPTION = re.compile(r"(.+):([a-z]+)=([^=:/\\]*)", re.IGNORECASE | re.DOTALL)
_FLOAT32_MAX = 3.4028234663852886e38


def kernel(spec: str, *, limit: int | None = None) -> tuple[Floats, list[str]]:
    """Return the weights of one `--kernel` text, (O, kH, kW) or (O, C, kH, kW) float32, and a label for each.

    >>> kernel("sobel")[1]
    ['sobel-x', 'sobel-y']

    Raises KernelError, with the place in the text that cannot be understood, and MemoryLimitError for weights larger
    than `limit` bytes (None: half of the machine's memory).
    """
    return _resolve(spec)(limit)


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
    text = spec.strip()
    if not text:
        raise KernelError(
            'the kernel is empty: try sobel, or a matrix such as "1 0 -1; 2 0 -2; 1 0 -1"', argument="kernel"
        )
    kind = _kind(text)
    if kind == "preset":
        return lambda limit: _preset(text, limit)
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
        hint = f'`cnnviz kernels` lists the presets; a matrix looks like "1 0 -1; 2 0 -2", a file ends in {", ".join(ENDINGS)}'
    return KernelError(f"unknown kernel {quoted(text)}: {hint}", argument="kernel")


# ------------------------------------------------------------------------------------------------------ presets


def _preset(text: str, limit: int | None) -> tuple[Floats, list[str]]:
    import numpy as np

    name, colon, rest = text.partition(":")
    name = name.strip().lower()
    preset = KERNELS[name]
    try:
        size, values = _options(name, preset, rest) if colon else (None, {})
        height, width = size or preset.size or (3, 3)
        count = int(values.get("count", 1))
        memory.require(40 * height * width * count, limit, f"{count if count > 1 else 'a'} kernel of {height}×{width}")
        if preset.formula is None:
            matrices: formulas.Bank = {label: np.array(formulas.rows(m)) for label, m in preset.matrices.items()}
        else:
            if preset.odd and not (height % 2 and width % 2):
                raise KernelError(f"{name} needs a middle cell: use an odd size, not {_by((height, width))}")
            with np.errstate(all="ignore"):
                matrices = preset.formula((height, width), **values)
    except KernelError as error:
        raise KernelError(f"{quoted(text)}: {error}", argument="kernel") from None
    weights = np.stack(list(matrices.values()))
    if not (np.abs(weights) <= _FLOAT32_MAX).all():
        raise KernelError(f"{quoted(text)} gives numbers beyond float32: use milder parameters", argument="kernel")
    labels = list(matrices) if len(matrices) > 1 or not rest.strip() else [f"{name}:{rest.strip().lower()}"]
    return weights.astype(np.float32), labels


def _options(name: str, preset: Preset, rest: str) -> tuple[Pair | None, dict[str, Any]]:
    """Read `5,sigma=1.4` behind the colon."""
    known = {parameter.name: parameter for parameter in preset.parameters}
    size: Pair | None = None
    values: dict[str, Any] = {}
    for place, item in enumerate(rest.split(",")):
        key, equals, text = (part.strip() for part in item.partition("="))
        if not equals:
            if place > 0 or not key:
                raise KernelError(
                    f"{quoted(item.strip())} is no key=value" if key else "something is missing beside ',' or ':'"
                )
            size = _size(key)
            if preset.size is None:
                raise KernelError(f"{name} has one size only: leave out ':{key}'")
            continue
        key = key.lower()
        if key not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes no parameters"
            close = difflib.get_close_matches(key, known, n=1)
            raise KernelError(f"unknown key {quoted(key)}: " + (f"did you mean '{close[0]}'?" if close else takes))
        if key in values:
            raise KernelError(f"{key} is given twice")
        values[key] = _value(known[key], text)
    return size, values


def _size(text: str) -> Pair:
    match = re.fullmatch(r"([0-9]{1,9})(?:[x×]([0-9]{1,9}))?", text, re.IGNORECASE)
    if match is None:
        raise KernelError(f"{quoted(text)} is no size: write 5 or 3x5 (height, width)")
    height, width = int(match[1]), int(match[2] or match[1])
    if height < 1 or width < 1:
        raise KernelError(f"a kernel has at least one cell, and {quoted(text)} has none")
    return height, width


def _value(parameter: Parameter, text: str) -> float:
    """Read and check the value of one parameter."""
    name = parameter.name
    try:
        number = parse_number(text)
    except CellError as error:
        raise KernelError(f"{name}: {error}") from None
    if parameter.whole:
        if not re.fullmatch(r"\+?[0-9]{1,18}", text):
            raise KernelError(f"{name} must be a whole number from {parameter.least:g} up, not {quoted(text)}")
        number = int(text)
    if parameter.choices and number not in parameter.choices:
        raise KernelError(f"{name} must be one of {', '.join(f'{c:g}' for c in parameter.choices)}, not {quoted(text)}")
    least = parameter.least
    if least is not None and (number < least or (parameter.above and number == least)):
        raise KernelError(f"{name} must be {'above' if parameter.above else 'at least'} {least:g}, not {quoted(text)}")
    return number


# ----------------------------------------------------------------------------------------------- matrices, files


def _inline(text: str) -> tuple[Floats, list[str]]:
    try:
        return parse_inline(text)[None], ["kernel"]
    except CellError as error:
        hint = f" ({QUOTING})" if text.rstrip().endswith(";") else ""
        raise KernelError(f"kernel {quoted(text)}: {error}{hint}", argument="kernel") from None


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
