import numpy as np
import pytest

from cnnviz import FeatureMaps, load_image, load_maps, pool2d, save_maps

VALUES = np.random.default_rng(1).normal(size=(3, 9, 10)).astype(np.float32)


@pytest.fixture
def saved(folder):
    save_maps("maps.npz", FeatureMaps(VALUES, ["a", "b", "c"]))
    return "maps.npz"


def pooled(name="maps.pool.npz"):
    return load_maps(name)


def test_saved_maps_with_the_defaults(cnnviz, photo):
    cnnviz("conv", photo, "--kernel", "sobel", "--pad", "1")
    result = cnnviz("pool", "photo.conv.npz")
    assert result.code == 0
    after = pooled("photo.conv.pool.npz")
    np.testing.assert_array_equal(after.values, pool2d(load_maps("photo.conv.npz").values, "max", 2))
    assert [layer.name for layer in after.history] == ["conv sobel", "max pool"]
    assert after.history[-1].receptive_field == (4, 4)
    for words in ("conv sobel", "max pool", "0 parameters", "channels stays 2", "54 + 2 = 56", "total"):
        assert words in result.out


CASES = {
    "--mode avg": {"mode": "avg"},
    "--mode min --size 3": {"mode": "min", "size": 3},
    "--mode lp --p 1": {"mode": "lp", "p": 1},
    "--mode lp --p inf --json": {"mode": "lp", "p": float("inf")},
    "--size 3,2 --stride 2,1": {"size": (3, 2), "stride": (2, 1)},
    "--mode avg --size 3 --pad 1": {"mode": "avg", "size": 3, "pad": 1},
    "--mode avg --size 3 --pad 1 --exclude-pad": {"mode": "avg", "size": 3, "pad": 1, "count_include_pad": False},
    "--mode avg --size 3 --pad same": {"mode": "avg", "size": 3, "pad": "same"},
    "--size 2 --ceil": {"ceil": True},
    "--size 2 --stride 1 --dilation 3": {"stride": 1, "dilation": 3},
    "--global": {"size": (9, 10)},
    "--global --mode avg": {"mode": "avg", "size": (9, 10)},
}


@pytest.mark.parametrize("options", CASES)
def test_every_option(cnnviz, saved, options):
    result = cnnviz("pool", saved, *options.split())
    assert result.code == 0, result.err
    np.testing.assert_allclose(pooled().values, pool2d(VALUES, **CASES[options]), rtol=1e-5)
    assert pooled().labels == ["a", "b", "c"]


def test_a_picture(cnnviz, photo):
    assert cnnviz("pool", photo, "--size", "4").code == 0
    np.testing.assert_array_equal(pooled("photo.pool.npz").values, pool2d(load_image(photo).values, "max", 4))
    assert pooled("photo.pool.npz").labels == ["red", "green", "blue"]


def test_an_array_from_elsewhere(cnnviz, folder):
    np.save("a.npy", VALUES.astype(">f8"))
    assert cnnviz("pool", "a.npy").code == 0
    np.testing.assert_allclose(pooled("a.pool.npz").values, pool2d(VALUES), rtol=1e-6)


def test_an_array_with_channels_last_needs_to_be_told(cnnviz, folder):
    np.save("hwc.npy", np.moveaxis(VALUES, 0, -1))
    result = cnnviz("pool", "hwc.npy")
    assert result.code == 2
    assert "--layout" in result.err
    assert cnnviz("pool", "hwc.npy", "--layout", "hwc").code == 0
    np.testing.assert_allclose(pooled("hwc.pool.npz").values, pool2d(VALUES))


def test_a_matrix_typed_by_hand(cnnviz, drawing):
    result = cnnviz("pool", drawing, "--preview")
    assert pooled("drawing.pool.npz").values.tolist() == [[[1, 1], [0, 1]]]
    assert "the last row is never read; the last column is never read" in result.out


def test_pooling_twice_goes_on_with_the_history(cnnviz, saved):
    cnnviz("pool", saved)
    assert cnnviz("pool", "maps.pool.npz", "--mode", "avg", "--explain").code == 0
    history = pooled("maps.pool.pool.npz").history
    assert [layer.name for layer in history] == ["max pool", "avg pool"]
    assert history[-1].receptive_field == (4, 4)


def test_explain_says_what_pooling_does(cnnviz, saved):
    out = cnnviz("pool", saved, "--explain").out
    assert "3 maps in, 3 out" in out
    assert "no weights: 0 parameters" in out
    assert "one value stands for each 2×2 patch" in out
    assert "height: floor((9 + 0 + 0 − 2) ÷ 2) + 1 = 4" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--size 3 --pad 2", "pad"),
        ("--size 10", "larger than"),
        ("--exclude-pad", "--exclude-pad is for the mean"),
        ("--p 3", "--p is the power of lp"),
        ("--mode lp --p 0", "--p must be above 0"),
        ("--global --size 3", "leave --size out"),
        ("--global --ceil", "leave --ceil out"),
        ("--mode mox", "did you mean 'max'?"),
        ("--stride 0", "--stride must be at least 1"),
    ],
)
def test_what_cannot_be(cnnviz, saved, folder, options, words):
    result = cnnviz("pool", saved, *options.split())
    assert result.code == 2
    assert words in result.err
    assert result.err.count("\n") == 1
    assert [p.name for p in folder.iterdir()] == ["maps.npz"]
