import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.core.wiring import Row
from cnnviz.errors import ArgumentError

numbers = st.integers(1, 4)


def test_a_row_by_hand():
    row = Row.of(7, 3, stride=2, pad=1)
    assert row.outputs == 4
    assert list(row.patch(0)) == [-1, 0, 1]
    assert list(row.patch(3)) == [5, 6, 7]
    assert [row.centre(o) for o in range(4)] == [0, 2, 4, 6]
    found = row.count(bias=True)
    assert (found.fully_connected.weights, found.locally_connected.weights, found.convolution.weights) == (28, 12, 3)
    assert (found.fully_connected.biases, found.locally_connected.biases, found.convolution.biases) == (4, 4, 1)
    assert found.convolution.macs == 12
    assert row.count(bias=False).convolution.biases == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), numbers, numbers, st.integers(0, 3), numbers)
def test_every_patch_lies_in_the_padded_row(inputs, kernel, stride, pad, dilation):
    if dilation * (kernel - 1) + 1 > inputs + 2 * pad:
        with pytest.raises(ArgumentError):
            Row.of(inputs, kernel, stride=stride, pad=pad, dilation=dilation)
        return
    row = Row.of(inputs, kernel, stride=stride, pad=pad, dilation=dilation)
    for output in range(row.outputs):
        patch = row.patch(output)
        assert len(patch) == kernel
        assert -pad <= patch[0] <= patch[-1] < inputs + pad
    assert row.patch(row.outputs)[-1] >= inputs + pad
