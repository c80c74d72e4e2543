"""What a layer did, as a record: shapes in and out, parameters, receptive field, the range of its values.

A record outlives its layer. It is a row of the table, an entry of `--json`, and goes along in saved maps, so that
the next command still knows what made them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cnnviz.core.shapes import Pair, Shape, Sides, output_size
from cnnviz.errors import ArgumentError

_WINDOW = ("kernel_size", "stride", "pad", "dilation", "uncovered")
TYPES: dict[str, tuple[str, ...]] = {
    "conv": (*_WINDOW, "groups"),
    "activation": ("mode",),
    "pool": (*_WINDOW, "mode"),
    "magnitude": (),
}
"""Every type of layer, and the keys that a record of it has beside those that all have."""

LONGEST_TEXT = 10_000
"""Characters of a name or a label in a file."""

_LIMIT = 2**63  # what a file claims is below it
_INFINITE = "inf"


class LayerRecord(NamedTuple):
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
        for key, value in self._asdict().items():
            if value is None and key not in ("min", "max", "mean"):
                continue
            # The one number that may be infinite, which JSON cannot write: lp pooling then gives the largest value.
            value = _INFINITE if key == "p" and value == math.inf else value
            out[key] = list(value) if isinstance(value, tuple) else value
        out["params"] = self.params
        return out

    @classmethod
    def from_json(cls, data: object) -> LayerRecord:
        """Read back what `to_json` gave.

        Raises ArgumentError at the first key that is missing or not what it should be, and where the numbers
        contradict each other.
        """
        if not isinstance(data, Mapping):
            raise ArgumentError("a layer in the history is not an object")
        given: dict[str, Any] = {}
        for key in cls._fields:
            value = data.get(key)
            if value is not None:
                given[key] = _CHECKS[key](value, key)
        _require(given, ("name", "type", "input_shape", "output_shape"))
        if given["type"] not in TYPES:
            raise ArgumentError(f"a layer in the history is of an unknown type {given['type']!r}")
        _require(given, TYPES[given["type"]])
        record = cls(**given)
        if data.get("params", record.params) != record.params:
            raise ArgumentError("'params' in the history is not the sum of 'weights' and 'biases'")
        _check_geometry(record)
        return record


def _require(given: Mapping[str, Any], keys: Iterable[str]) -> None:
    for key in keys:
        if key not in given:
            raise ArgumentError(f"a layer in the history has no {key!r}")


def _check_geometry(record: LayerRecord) -> None:
    """Raise ArgumentError where a layer of that kind does not turn its input's shape into its output's."""
    expected: tuple[int, ...] = record.input_shape[1:]
    if record.kernel_size and record.stride and record.pad and record.dilation:
        top, bottom, left, right = record.pad
        windows = zip(
            expected, record.kernel_size, record.stride, ((top, bottom), (left, right)), record.dilation, strict=True
        )
        expected = tuple(
            output_size(size, kernel, stride=stride, pad=pad, dilation=dilation, ceil=bool(record.ceil))
            for size, kernel, stride, pad, dilation in windows
        )
    channels = record.input_shape[0], record.output_shape[0]
    alike = record.type in ("conv", "magnitude") or channels[0] == channels[1]
    if record.output_shape[1:] != expected or not alike or any(c % (record.groups or 1) for c in channels):
        raise ArgumentError("the shapes of a layer in the history contradict each other")


def _text(value: object, key: str) -> str:
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    raise _mistyped(key, f"a text of at most {LONGEST_TEXT:,} characters")


def _flag(value: object, key: str) -> bool:
    if isinstance(value, bool):
        return value
    raise _mistyped(key, "true or false")


def _count(value: object, key: str) -> int:
    return _whole(value, key, "a whole number", least=0)


def _whole(value: object, key: str, expected: str, *, least: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value < _LIMIT:
        return value
    raise _mistyped(key, expected)


def _number(value: object, key: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise _mistyped(key, "a finite number")


def _exponent(value: object, key: str) -> float:
    return math.inf if value == _INFINITE else _number(value, key)


def _tuple_of(length: int, *, least: int) -> Any:
    expected = f"{length} whole numbers{' from 1 up' if least else ''}"

    def check(value: object, key: str) -> tuple[int, ...]:
        if isinstance(value, list | tuple) and len(value) == length:
            return tuple(_whole(v, key, expected, least=least) for v in value)
        raise _mistyped(key, expected)

    return check


def _mistyped(key: str, expected: str) -> ArgumentError:
    return ArgumentError(f"{key!r} in the history is not {expected}")


_CHECKS: dict[str, Any] = {
    **dict.fromkeys(("name", "type", "mode", "pad_mode", "channels"), _text),
    **dict.fromkeys(("input_shape", "output_shape"), _tuple_of(3, least=1)),
    **dict.fromkeys(("kernel_size", "stride", "dilation", "receptive_field"), _tuple_of(2, least=1)),
    "uncovered": _tuple_of(2, least=0),
    "pad": _tuple_of(4, least=0),
    **dict.fromkeys(("groups", "weights", "biases", "macs", "nan", "inf"), _count),
    **dict.fromkeys(("ceil", "count_include_pad"), _flag),
    "p": _exponent,
    **dict.fromkeys(("pad_value", "min", "max", "mean"), _number),
}
