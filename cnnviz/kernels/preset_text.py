"""A preset with its size and parameters as text: `gaussian:5,sigma=1.4` becomes weights."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from cnnviz.core.shapes import Pair
from cnnviz.errors import KernelError, quoted
from cnnviz.files import memory
from cnnviz.files.matrix import FLOAT32_MAX, CellError, parse_number
from cnnviz.kernels import formulas
from cnnviz.kernels.presets import KERNELS, Parameter, Preset

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

_CELL_BYTES, _KERNEL_BYTES = 40, 500
"""What a cell takes while its kernel is made from a formula; and a kernel beside its cells: label, array, entry."""


def preset_kernels(text: str, limit: int | None) -> tuple[Floats, list[str]]:
    """Return weights (O, kH, kW) and labels for a text whose name is in KERNELS; raises KernelError."""
    import numpy as np

    name, colon, rest = text.partition(":")
    name = name.strip().lower()
    preset = KERNELS[name]
    try:
        size, values = _options(name, preset, rest) if colon else (None, {})
        height, width = size or preset.size or (3, 3)
        count = int(values.get("count", 1))
        memory.require(
            count * (_KERNEL_BYTES + _CELL_BYTES * height * width),
            limit,
            f"{count} kernel{'s' * (count > 1)} of {height}×{width}",
        )
        if preset.formula is None:
            matrices: formulas.Bank = {label: np.array(formulas.rows(m)) for label, m in preset.matrices.items()}
        else:
            if preset.odd and not (height % 2 and width % 2):
                raise KernelError(f"{name} needs a middle cell: use an odd size, not {by((height, width))}")
            with np.errstate(all="ignore"):
                matrices = preset.formula((height, width), **values)
    except ArithmeticError:
        matrices = {name: np.array([[math.nan]])}
    except KernelError as error:
        raise KernelError(f"{quoted(text)}: {error}", argument="kernel") from None
    weights = np.stack(list(matrices.values()))
    if not (np.abs(weights) <= FLOAT32_MAX).all():
        raise KernelError(
            f"{quoted(text)} gives numbers that are not finite in float32: use milder parameters", argument="kernel"
        )
    said = "".join(text.split()).lower()
    return weights.astype(np.float32), list(matrices) if len(matrices) > 1 else [said]


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


def by(size: Sequence[int]) -> str:
    """Return a size as people write it: `3×5`, height first."""
    return "×".join(map(str, size))
