"""The table of presets: numbers known from books, sums, and what every entry must say."""

import subprocess
import sys

import numpy as np
import pytest

from cnnviz.kernels.formulas import usual_sigma
from cnnviz.kernels.grammar import kernel
from cnnviz.kernels.presets import KERNELS, names

EXPECTED = set(
    """
    identity box gaussian sharpen unsharp emboss outline laplacian log dog sobel sobel-x sobel-y scharr scharr-x
    scharr-y prewitt prewitt-x prewitt-y roberts kirsch robinson line gabor motion random
    """.split()  # noqa: SIM905  (a list of twenty-six words reads best as words)
)

BY_HAND = {
    "identity": ["0 0 0; 0 1 0; 0 0 0"],
    "sharpen": ["0 -1 0; -1 5 -1; 0 -1 0"],
    "emboss": ["-2 -1 0; -1 1 1; 0 1 2"],
    "outline": ["-1 -1 -1; -1 8 -1; -1 -1 -1"],
    "laplacian": ["0 1 0; 1 -4 1; 0 1 0"],
    "box": ["1/9 * 1 1 1; 1 1 1; 1 1 1"],
    "sobel": ["-1 0 1; -2 0 2; -1 0 1", "-1 -2 -1; 0 0 0; 1 2 1"],
    "scharr": ["-3 0 3; -10 0 10; -3 0 3", "-3 -10 -3; 0 0 0; 3 10 3"],
    "prewitt": ["-1 0 1; -1 0 1; -1 0 1", "-1 -1 -1; 0 0 0; 1 1 1"],
    "roberts": ["-1 0; 0 1", "0 -1; 1 0"],
    "kirsch": [
        "-3 -3 5; -3 0 5; -3 -3 5",
        "-3 5 5; -3 0 5; -3 -3 -3",
        "5 5 5; -3 0 -3; -3 -3 -3",
        "5 5 -3; 5 0 -3; -3 -3 -3",
        "5 -3 -3; 5 0 -3; 5 -3 -3",
        "-3 -3 -3; 5 0 -3; 5 5 -3",
        "-3 -3 -3; -3 0 -3; 5 5 5",
        "-3 -3 -3; -3 0 5; -3 5 5",
    ],
    "robinson": [
        "-1 0 1; -2 0 2; -1 0 1",
        "0 1 2; -1 0 1; -2 -1 0",
        "1 2 1; 0 0 0; -1 -2 -1",
        "2 1 0; 1 0 -1; 0 -1 -2",
        "1 0 -1; 2 0 -2; 1 0 -1",
        "0 -1 -2; 1 0 -1; 2 1 0",
        "-1 -2 -1; 0 0 0; 1 2 1",
        "-2 -1 0; -1 0 1; 0 1 2",
    ],
    "line": [
        "-1 -1 -1; 2 2 2; -1 -1 -1",
        "-1 -1 2; -1 2 -1; 2 -1 -1",
        "-1 2 -1; -1 2 -1; -1 2 -1",
        "2 -1 -1; -1 2 -1; -1 -1 2",
    ],
}


def weights(spec):
    return kernel(spec)[0]


def only(spec):
    (matrix,) = weights(spec)
    return matrix


def test_all_are_there():
    assert set(names()) >= EXPECTED
    assert names() == list(KERNELS)


@pytest.mark.parametrize("name", KERNELS)
def test_every_preset_says_what_it_shows_and_where_its_numbers_come_from(name):
    preset = KERNELS[name]
    assert name == name.lower()
    assert 10 < len(preset.shows) < 110
    assert 10 < len(preset.source) < 110
    assert (preset.formula is None) == bool(preset.matrices)
    for parameter in preset.parameters:
        assert parameter.meaning
        assert parameter.default is not None or parameter.usual
    bank, labels = kernel(name)
    assert bank.dtype == np.float32
    assert bank.ndim == 3
    assert len(labels) == len(bank) == len(set(labels))
    assert np.isfinite(bank).all()
    assert np.abs(bank).max() > 0
    np.testing.assert_array_equal(weights(name.upper()), bank)


@pytest.mark.parametrize("name", BY_HAND)
def test_numbers_known_by_heart(name):
    np.testing.assert_array_equal(weights(name), np.concatenate([weights(text) for text in BY_HAND[name]]))


def test_labels_of_banks():
    assert kernel("sobel")[1] == ["sobel-x", "sobel-y"]
    assert kernel("roberts")[1] == ["roberts-x", "roberts-y"]
    assert kernel("kirsch")[1] == [f"kirsch-{d}" for d in ("e", "ne", "n", "nw", "w", "sw", "s", "se")]
    assert kernel("line")[1] == ["line 0°", "line 45°", "line 90°", "line 135°"]
    for pair in ("sobel", "scharr", "prewitt", "roberts"):
        np.testing.assert_array_equal(weights(pair), np.concatenate([weights(f"{pair}-x"), weights(f"{pair}-y")]))


@pytest.mark.parametrize(
    "spec",
    [
        "identity",
        "identity:5x7",
        "box",
        "box:4",
        "box:2x5",
        "gaussian",
        "gaussian:4",
        "gaussian:7x3,sigma=2",
        "sharpen",
        "unsharp",
        "unsharp:7,amount=3,sigma=2",
        "emboss",
        "motion",
        "motion:8x5,theta=30",
    ],
)
def test_these_keep_brightness(spec):
    np.testing.assert_allclose(weights(spec).sum(axis=(1, 2)), 1, atol=1e-6)


@pytest.mark.parametrize(
    "spec",
    [
        "outline",
        "laplacian",
        "log",
        "log:6x9,sigma=0.7",
        "dog",
        "dog:7,ratio=3",
        "sobel",
        "scharr",
        "prewitt",
        "roberts",
        "kirsch",
        "robinson",
        "line",
    ],
)
def test_these_give_0_on_flat_regions(spec):
    np.testing.assert_allclose(weights(spec).sum(axis=(1, 2)), 0, atol=1e-6)


def test_gaussian_is_the_bell_of_its_formula():
    expected = np.array([[np.exp(-(x * x + y * y) / (2 * 1.4**2)) for x in range(-2, 3)] for y in range(-2, 3)])
    np.testing.assert_allclose(only("gaussian:5,sigma=1.4"), expected / expected.sum(), rtol=1e-6)
    even = np.exp(-(np.array([-1.5, -0.5, 0.5, 1.5]) ** 2) / 2)
    np.testing.assert_allclose(only("gaussian:1x4,sigma=1"), [even / even.sum()], rtol=1e-6)


@pytest.mark.parametrize(("cells", "sigma"), [(1, 0.5), (3, 0.8), (5, 1.1), (7, 1.4), (4, 0.95)])
def test_sigma_where_not_given(cells, sigma):
    assert usual_sigma(cells) == pytest.approx(sigma)
    np.testing.assert_array_equal(weights(f"gaussian:{cells}"), weights(f"gaussian:{cells},sigma={sigma}"))


def test_each_side_has_its_own_usual_sigma():
    rows, columns = only("gaussian:7x1"), only("gaussian:1x3")
    np.testing.assert_allclose(only("gaussian:7x3"), rows * columns, rtol=1e-6)


def test_unsharp_is_the_identity_and_what_a_blur_takes_away():
    blur, same = only("gaussian:5,sigma=1"), only("identity:5")
    np.testing.assert_allclose(only("unsharp:5,sigma=1,amount=2"), 3 * same - 2 * blur, atol=1e-6)


def test_log_has_the_laplacians_sign_and_dog_the_other():
    log, dog = only("log:9,sigma=1.4"), only("dog:9,sigma=1.4")
    assert log[4, 4] == log.min() < 0
    assert dog[4, 4] == dog.max() > 0
    assert np.corrcoef(log.ravel(), dog.ravel())[0, 1] < -0.95
    wide = only("gaussian:9,sigma=2.8") - 0
    np.testing.assert_allclose(only("dog:9,sigma=1.4,ratio=2"), only("gaussian:9,sigma=1.4") - wide, atol=1e-7)


def test_log_is_the_second_difference_of_a_bell():
    x = np.arange(-30, 31)
    bell = np.exp(-(x[:, None] ** 2 + x[None, :] ** 2) / (2 * 4.0**2))
    bell /= bell.sum()
    differences = np.roll(bell, 1, 0) + np.roll(bell, -1, 0) + np.roll(bell, 1, 1) + np.roll(bell, -1, 1) - 4 * bell
    np.testing.assert_allclose(only("log:61,sigma=4"), differences, atol=0.06 * np.abs(differences).max())


def test_gabor_by_its_formula():
    y, x = np.mgrid[3:-4:-1, -3:4]
    u = (x + y) / np.sqrt(2)
    v = (y - x) / np.sqrt(2)
    expected = np.exp(-(u**2 + (0.8 * v) ** 2) / (2 * 1.5**2)) * np.cos(2 * np.pi * u / 4 + np.pi / 2)
    np.testing.assert_allclose(only("gabor:7,theta=45,sigma=1.5,wavelength=4,gamma=0.8,phase=90"), expected, atol=1e-6)


@pytest.mark.parametrize("theta", [0, 30, 45])
def test_gabor_is_blind_to_even_brightness(theta):
    assert only(f"gabor:9,theta={theta}").sum() == pytest.approx(0, abs=1e-5)


def test_gabor_turns_counter_clockwise_and_answers_to_its_stripes():
    along = only("gabor:9,theta=0")
    np.testing.assert_array_equal(along, along[::-1])  # the wave runs to the right: rows are alike above and below
    assert np.abs(np.diff(np.sign(along[4]))).sum() > 2
    np.testing.assert_allclose(only("gabor:9,theta=90"), along.T, atol=1e-7)
    rising = only("gabor:9,theta=45")
    assert rising[3, 5] < 0 < rising[3, 3]  # stripes fall from the upper left: across the direction of the wave
    np.testing.assert_array_equal(weights("gabor:9,count=4")[1], rising)


def test_gabor_is_one_octave_wide_unless_told():
    np.testing.assert_allclose(only("gabor:9,sigma=2.8"), only("gabor:9,sigma=2.8,wavelength=5"), atol=1e-6)


def test_gabor_banks():
    bank, labels = kernel("gabor:9,count=4")
    assert labels == ["gabor 0°", "gabor 45°", "gabor 90°", "gabor 135°"]
    assert bank.shape == (4, 9, 9)


def test_motion_smears_along_its_direction():
    np.testing.assert_array_equal(only("motion:5"), [[0] * 5] * 2 + [[np.float32(0.2)] * 5] + [[0] * 5] * 2)
    np.testing.assert_array_equal(only("motion:5,theta=90"), only("motion:5").T)
    np.testing.assert_array_equal(only("motion:5,theta=-180"), only("motion:5"))
    rising = only("motion:5,theta=45")
    assert rising[0, 4] > 0.1
    assert rising[0, 0] == 0


def test_line_of_one_direction():
    np.testing.assert_array_equal(weights("line:theta=45")[0], weights("line")[1])


def test_random_is_the_same_for_the_same_seed():
    bank = weights("random:3,count=8,seed=1")
    np.testing.assert_array_equal(bank, weights("random:3,count=8,seed=1"))
    assert not np.array_equal(bank, weights("random:3,count=8"))
    np.testing.assert_array_equal(weights("random:3,seed=0"), weights("random"))
    many = weights("random:5x4,count=500,seed=2")
    assert many.mean() == pytest.approx(0, abs=0.01)
    assert many.std() == pytest.approx(np.sqrt(2 / 20), rel=0.03)


def test_the_table_loads_neither_numpy_nor_pillow():
    code = "import sys, cnnviz.kernels.presets, cnnviz.kernels.grammar; print({'numpy', 'PIL'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
