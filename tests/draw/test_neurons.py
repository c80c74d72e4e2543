import pytest

from cnnviz.core.wiring import Row
from cnnviz.draw import scene, style
from cnnviz.draw.neurons import KINDS, neuron_figure, own_colour, shared_colour

ALL = list(KINDS)


def wires(figure):
    return [item for item in figure.items if isinstance(item, scene.Lines) and len(item.segments) == 1]


def neurons(figure, colour):
    return [item for item in figure.items if isinstance(item, scene.Rect) and item.stroke == colour and item.radius]


def words(figure):
    return " | ".join(text.string.replace("\u00a0", " ") for text in figure.texts())


@pytest.mark.parametrize(
    "row",
    [
        Row.of(7, 3),
        Row.of(1, 1),
        Row.of(9, 3, pad=1),
        Row.of(9, 3, stride=2, pad="same"),
        Row.of(40, 5, pad=2),
        Row.of(1000, 9, dilation=3),
        Row.of(20, 20),
        Row.of(10**9, 7, stride=3),
    ],
    ids=str,
)
@pytest.mark.parametrize("bias", [False, True])
def test_every_text_can_be_read(row, bias, legible):
    for kinds in (ALL, ["fully-connected"], ["local"], ["shared"]):
        legible(neuron_figure(row, kinds, bias=bias))


@pytest.mark.parametrize(("kind", "count"), [("fully-connected", 35), ("local", 15), ("shared", 15)])
def test_there_is_a_line_for_every_connection(kind, count):
    figure = neuron_figure(Row.of(7, 3), [kind])
    assert len(wires(figure)) == count
    assert len(neurons(figure, style.INPUT)) == 7
    assert len(neurons(figure, style.OUTPUT)) == 5


@pytest.mark.parametrize(("kind", "count"), [("fully-connected", 35), ("local", 15), ("shared", 3)])
def test_one_colour_is_one_weight(kind, count):
    figure = neuron_figure(Row.of(7, 3), [kind])
    assert len({wire.colour for wire in wires(figure)}) == count


def test_a_line_ends_at_the_neurons_it_joins():
    figure = neuron_figure(Row.of(7, 3, stride=2), ["shared"])
    [(x0, y0, x1, y1)] = wires(figure)[0].segments
    first, out = neurons(figure, style.INPUT)[0], neurons(figure, style.OUTPUT)[0]
    middle = first.x + first.width / 2, first.y + first.height / 2
    assert ((x0 - middle[0]) ** 2 + (y0 - middle[1]) ** 2) ** 0.5 == pytest.approx(10)
    middle = out.x + out.width / 2, out.y + out.height / 2
    assert ((x1 - middle[0]) ** 2 + (y1 - middle[1]) ** 2) ** 0.5 == pytest.approx(10)


def test_the_counts_stand_under_each_panel():
    text = words(neuron_figure(Row.of(7, 3), ALL))
    for expected in ("35 weights", "35 connections = 7 × 5", "15 weights", "3 weights", "15 connections = 3 × 5"):
        assert expected in text
    assert "one kernel of 3, used 5 times" in text
    assert "no bias" in text
    text = words(neuron_figure(Row.of(7, 3), ALL, bias=True))
    assert "3 weights + 1 bias" in text
    assert "15 weights + 5 biases" in text


def test_long_rows_keep_their_ends_and_say_the_true_number():
    figure = neuron_figure(Row.of(1000, 3), ["local"])
    assert len(neurons(figure, style.INPUT)) == 7
    assert len(neurons(figure, style.OUTPUT)) == 7
    text = words(figure)
    assert "1 000 inputs, 998 outputs" in text
    assert "2 994 weights" in text


def test_padding_neurons_are_drawn_but_never_joined_fully():
    row = Row.of(5, 3, pad=1)
    zeros = [text for text in neuron_figure(row, ["local"]).texts() if text.string == "0"]
    assert len(zeros) == 2
    assert not [text for text in neuron_figure(row, ["fully-connected"]).texts() if text.string == "0"]
    assert len(wires(neuron_figure(row, ["local"]))) == 15


def test_an_output_stands_across_the_middle_of_its_patch():
    figure = neuron_figure(Row.of(7, 3, stride=2), ["local"])
    inputs, outputs = neurons(figure, style.INPUT), neurons(figure, style.OUTPUT)
    assert [o.y for o in outputs] == [inputs[i].y for i in (1, 3, 5)]


def test_neighbouring_weights_differ_in_colour():
    for i in range(9):
        for o in range(9):
            assert own_colour(i, o) not in (own_colour(i + 1, o), own_colour(i, o + 1), own_colour(i + 1, o - 1))
    assert len({shared_colour(tap, 11) for tap in range(11)}) == 11


@pytest.mark.parametrize("kind", KINDS)
def test_no_more_lines_are_drawn_than_can_be_seen(kind):
    wide = len(neuron_figure(Row.of(10**9, 10**9 - 10**6), [kind]).items)
    assert wide < 20_000
    assert len(neuron_figure(Row.of(10**7, 10**6), [kind]).items) <= wide
