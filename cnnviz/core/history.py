"""What a layer did, as a record: shapes in and out, parameters, receptive field, the range of its values.

A record outlives its layer. It is a row of the table, an entry of `--json`, and goes along in saved maps, so that
the next command still knows what made them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from cnnviz.core.shapes import Pair, Shape, Sides
from cnnviz.errors import ArgumentError

TYPES = ("conv", "activation", "pool", "magnitude")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRecord:
    """One layer of a history.

    Shapes are (C, H, W); pairs (height, width); `pad` (top, bottom, left, right). `macs` counts multiplications by a
    weight, one for each connection, bias not counted. `receptive_field` is measured on the very first input.
    `uncovered` counts (rows, columns) of input at the bottom and right that no window reads. `min`, `max`, `mean` are
    taken over finite values and None where there are none. What does not apply to a type of layer is None.
    """

    name: str
    type: str
    input_shape: Shape
    output_shape: Shape
    mode: str | None = None
    kernel_size: Pair | None = None
    stride: Pair | None = None
    pad: Sides | None = None
    pad_mode: str | None = None
    pad_value: float | None = None
    dilation: Pair | None = None
    groups: int | None = None
    channels: str | None = None
    ceil: bool | None = None
    count_include_pad: bool | None = None
    p: float | None = None
    weights: int = 0
    biases: int = 0
    macs: int = 0
    receptive_field: Pair | None = None
    uncovered: Pair | None = None
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    nan: int = 0
    inf: int = 0

    @property
    def params(self) -> int:
        """Weights and biases together."""
        return self.weights + self.biases

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain JSON values; keys that do not apply are left out."""
        out: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.name not in ("min", "max", "mean"):
                continue
            out[field.name] = list(value) if isinstance(value, tuple) else value
        out["params"] = self.params
        return out

    @classmethod
    def from_json(cls, data: object) -> LayerRecord:
        """Read back what `to_json` gave; raises ArgumentError at the first key that is not what it should be."""
        if not isinstance(data, Mapping):
            raise ArgumentError("a layer in the history is not an object")
        given: dict[str, Any] = {}
        for field in fields(cls):
            value = data.get(field.name)
            if value is not None:
                given[field.name] = _CHECKS[field.name](value, field.name)
        missing = [key for key in ("name", "type", "input_shape", "output_shape") if key not in given]
        if missing:
            raise ArgumentError(f"a layer in the history has no {missing[0]!r}")
        if given["type"] not in TYPES:
            raise ArgumentError(f"a layer in the history is of an unknown type {given['type']!r}")
        return cls(**given)


def _text(value: object, key: str) -> str:
    if isinstance(value, str):
        return value
    raise _mistyped(key, "a text")


def _flag(value: object, key: str) -> bool:
    if isinstance(value, bool):
        return value
    raise _mistyped(key, "true or false")


def _count(value: object, key: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise _mistyped(key, "a whole number")


def _number(value: object, key: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise _mistyped(key, "a finite number")


def _tuple_of(length: int) -> Any:
    def check(value: object, key: str) -> tuple[int, ...]:
        if isinstance(value, list | tuple) and len(value) == length:
            return tuple(_count(v, key) for v in value)
        raise _mistyped(key, f"{length} whole numbers")

    return check


def _mistyped(key: str, expected: str) -> ArgumentError:
    return ArgumentError(f"{key!r} in the history is not {expected}")


_CHECKS: dict[str, Any] = {
    **dict.fromkeys(("name", "type", "mode", "pad_mode", "channels"), _text),
    **dict.fromkeys(("input_shape", "output_shape"), _tuple_of(3)),
    **dict.fromkeys(("kernel_size", "stride", "dilation", "receptive_field", "uncovered"), _tuple_of(2)),
    "pad": _tuple_of(4),
    **dict.fromkeys(("groups", "weights", "biases", "macs", "nan", "inf"), _count),
    **dict.fromkeys(("ceil", "count_include_pad"), _flag),
    **dict.fromkeys(("pad_value", "p", "min", "max", "mean"), _number),
}
