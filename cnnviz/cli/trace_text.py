"""A trace in the terminal: matrices side by side where they fit, below each other where they do not, never cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnnviz.core.wording import times
from cnnviz.draw import numbers
from cnnviz.draw.sums import joined, shown_sum
from cnnviz.errors import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.core.trace import Term, Trace
    from cnnviz.draw.numbers import NumberFormat

INDENT = "  "
GAP = "  "
PLAIN = ("none", "relu", "abs")


def conv_lines(trace: Trace, kernel_name: str, width: int) -> Iterator[str]:
    """Yield the terms of a convolution channel by channel, then how they are added up; lines fit the width."""
    patches = numbers.choose(_flat([term.patch for term in trace.terms]))
    kernels = numbers.choose(_flat([term.kernel for term in trace.terms]))
    for term in trace.terms:
        products = shown_sum(_flat([term.products]), term.sum or 0.0, extra=1)
        blocks = [
            _block("patch", term.patch, patches, term.padding),
            _block(f"kernel {kernel_name}", term.kernel, kernels),
            _block("products", term.products, products.form),
        ]
        yield printable(term.label)
        yield from _beside(blocks, ("×", "="), width)
        yield f"{INDENT}sum {products.equals} {products.total}"
        yield ""
    if any(term.padding.any() for term in trace.terms):
        yield "[ ] is padding"
    yield from result_lines(trace)


def result_lines(trace: Trace) -> Iterator[str]:
    """Yield the sums of the channels, the bias and the activation, down to the output."""
    sums = [term.sum or 0.0 for term in trace.terms]
    total = shown_sum(sums + ([] if trace.bias is None else [trace.bias]), trace.preactivation, extra=1)
    count = len(sums)
    terms = " ".join(f"{operator} {number}".strip() for operator, number in joined(total.terms[:count]))
    line = terms if trace.bias is None else f"{terms} + bias {_bracketed(total.terms[-1])}"
    yield f"sum     {line} {total.equals} {total.total}"
    form = total.form
    if trace.activation != "none":
        if trace.activation not in PLAIN:
            form = numbers.choose([trace.value], 1)
        yield f"{trace.activation:<7} {total.total} → {form(trace.value)}"
    yield f"output  {form(trace.value)}"


def pool_lines(trace: Trace, width: int) -> Iterator[str]:
    """Yield the window of a pooling and the cells that won, (row, column) of the input."""
    (term,) = trace.terms
    record = trace.layer
    counted = ~term.padding | (record.count_include_pad is True)
    form = numbers.choose(_flat([term.patch[counted]]))
    yield printable(term.label)
    yield from _beside(
        [_block(f"window {times(term.patch.shape)}", term.patch, form, term.padding, counted)], (), width
    )
    yield ""
    if term.padding.any():
        yield "[ ] is padding" + ("" if counted.all() else ", which never counts")
    count = int(counted.sum())
    what = {
        "avg": f"mean of {count}",
        "sum": f"sum of {count}",
        "lp": f"{record.p or 2:g}-norm of {count}",
    }.get(record.mode or "", f"{record.mode} of {count}")
    value = form if trace.winners else numbers.choose([trace.value], 1)
    yield f"output  {what} values = {value(trace.value)}"
    if trace.winners:
        yield winners_text(trace)


MOST_WINNERS = 8


def winners_text(trace: Trace) -> str:
    """Return where the winner lies, or who shares the place."""
    cells = [f"({row}, {column})" for row, column in trace.winners]
    if len(cells) == 1:
        return f"winner  row, column {cells[0]} of the input"
    named = ", ".join(cells[:MOST_WINNERS])
    rest = f" and {len(cells) - MOST_WINNERS} more" if len(cells) > MOST_WINNERS else ""
    return f"tie     {len(cells)} cells of the input share it: {named}{rest}"


def _block(
    title: str,
    matrix: NDArray[Any] | None,
    form: NumberFormat,
    padding: NDArray[Any] | None = None,
    counted: NDArray[Any] | None = None,
) -> list[list[str]]:
    """Return a matrix as rows of cells of one width, below a row that is its title; padding stands in brackets."""
    assert matrix is not None
    marked = padding is not None and bool(padding.any())
    rows = []
    for i, row in enumerate(matrix.tolist()):
        cells = []
        for j, value in enumerate(row):
            text = form(value) if counted is None or counted[i, j] else " "
            cells.append((f"[{text}]" if padding is not None and padding[i, j] else f" {text} ") if marked else text)
        rows.append(cells)
    widest = max(len(cell) for row in rows for cell in row)
    return [[title], *([cell.rjust(widest) for cell in row] for row in rows)]


def _beside(blocks: Sequence[list[list[str]]], signs: Sequence[str], width: int) -> Iterator[str]:
    """Yield blocks next to each other with signs between, or below each other where they are too wide."""
    room = width - len(INDENT)
    joined_rows = [[GAP[:1].join(row) if i == 0 else " ".join(row) for i, row in enumerate(block)] for block in blocks]
    wide = [max(map(len, rows)) for rows in joined_rows]
    if sum(wide) + (len(GAP) * 2 + 1) * len(signs) <= room:
        middle = (len(blocks[0]) - 1) // 2 + 1
        for i in range(len(blocks[0])):
            line = joined_rows[0][i].ljust(wide[0])
            for sign, rows, w in zip(signs, joined_rows[1:], wide[1:], strict=True):
                line += f"{GAP}{sign if i == middle else ' '}{GAP}{rows[i].ljust(w)}"
            yield (INDENT + line).rstrip()
        return
    for sign, block in zip(("", *signs), blocks, strict=True):
        yield f"{INDENT}{sign + ' ' if sign else ''}{block[0][0]}"
        for row in block[1:]:
            yield from _folded(row, room - len(INDENT))


def _folded(cells: Sequence[str], room: int) -> Iterator[str]:
    """Yield a row of a matrix, on several lines where it is too wide: the later ones are set in."""
    line, lead = "", INDENT * 2
    for cell in cells:
        if line and len(line) + 1 + len(cell) > room:
            yield lead + line
            line, lead = INDENT, INDENT * 2
        line = f"{line} {cell}" if line.strip() else line + cell
    yield lead + line


def _bracketed(number: str) -> str:
    return f"({number})" if number.startswith(numbers.MINUS) else number


def _flat(arrays: Sequence[NDArray[Any] | None]) -> list[float]:
    return [float(value) for array in arrays if array is not None for value in array.reshape(-1)]


def term_json(term: Term) -> dict[str, Any]:
    """Return a term for --json; what is no finite number is null."""
    out: dict[str, Any] = {"label": term.label, "patch": _rows(term.patch), "padding": term.padding.tolist()}
    if term.kernel is not None and term.products is not None:
        out |= {"kernel": _rows(term.kernel), "products": _rows(term.products)}
    return out | {"sum": finite(term.sum)}


def finite(value: float | None) -> float | None:
    """Return a number that JSON can hold, None for any other."""
    return value if value is not None and abs(value) < float("inf") else None


def _rows(matrix: NDArray[Any]) -> list[list[float | None]]:
    return [[finite(value) for value in row] for row in matrix.tolist()]
