import itertools

import numpy as np
import pytest

from cnnviz import conv2d, kernel, load_image, load_maps, pool2d


def maps(name="photo.conv.npz"):
    return load_maps(name)


def conv_of(photo, weights, **options):
    """What NumPy says: each channel gets a third of the kernel."""
    x = load_image(photo).values
    return conv2d(x, np.repeat(weights[:, None] / np.float32(3), 3, axis=1), **options)


def test_the_main_job(cnnviz, photo, folder):
    result = cnnviz("conv", photo, "--kernel", "sobel", "--pad", "1")
    assert result.code == 0
    assert sorted(p.name for p in folder.iterdir()) == ["photo.conv.npz", "photo.conv.png", "photo.png"]
    for word in ("3×40×48 → 2×40×48", "54 + 2 = 56", "conv sobel ÷ 3", "3×3", "photo.conv.png"):
        assert word in result.out
    saved = maps()
    assert saved.labels == ["sobel-x", "sobel-y"]
    np.testing.assert_allclose(saved.values, conv_of(photo, kernel("sobel")[0], pad=1), atol=1e-5)


def test_saved_maps_open_in_plain_numpy(cnnviz, photo):
    cnnviz("conv", photo, "-k", "sobel")
    with np.load("photo.conv.npz", allow_pickle=False) as file:
        assert file["maps"].shape == (2, 38, 46)
        assert file["maps"].dtype == np.float32
        assert '"version": 1' in str(file["meta"])


PADS = {
    "2": 2,
    "1,2": (1, 2),
    "1x2": (1, 2),
    "1,2,0,3": (1, 2, 0, 3),
    "top=1,right=2": (1, 0, 0, 2),
    "same": "same",
    "same-lower": "same-lower",
    "valid": "valid",
}


@pytest.mark.parametrize("pad", PADS)
@pytest.mark.parametrize(("stride", "dilation"), [("1", "1"), ("2,3", "1"), ("2", "2x1")])
def test_padding_stride_and_dilation(cnnviz, photo, pad, stride, dilation):
    result = cnnviz("conv", photo, "-k", "1 2; 3 4; 5 6", "--pad", pad, "--stride", stride, "--dilation", dilation)
    assert result.code == 0, result.err

    def two(text):
        return tuple(int(n) for n in text.replace("x", ",").split(","))

    options = {"pad": PADS[pad], "stride": two(stride), "dilation": two(dilation)}
    options = {k: v[0] if isinstance(v, tuple) and len(v) == 1 else v for k, v in options.items()}
    expected = conv_of(photo, np.array([[[1, 2], [3, 4], [5, 6]]], np.float32), **options)
    np.testing.assert_allclose(maps().values, expected, atol=1e-4)


@pytest.mark.parametrize("mode", ["constant", "zeros", "reflect", "mirror", "symmetric", "edge", "nearest", "wrap"])
def test_padding_modes_and_their_aliases(cnnviz, photo, mode):
    assert cnnviz("conv", photo, "-k", "gaussian:5", "--pad", "2", "--pad-mode", mode).code == 0
    expected = conv_of(photo, kernel("gaussian:5")[0], pad=2, pad_mode=mode)
    np.testing.assert_allclose(maps().values, expected, atol=1e-5)


def test_a_fixed_padding_value(cnnviz, photo):
    assert cnnviz("conv", photo, "-k", "box", "--pad", "1", "--pad-value", "-0.5").code == 0
    expected = conv_of(photo, kernel("box")[0], pad=1, pad_value=-0.5)
    np.testing.assert_allclose(maps().values, expected, atol=1e-5)


def test_several_kernels_of_different_sizes_make_one_layer(cnnviz, photo):
    result = cnnviz("conv", photo, "-k", "sobel-x", "-k", "gaussian:5", "-k", "1", "--pad", "2")
    assert result.code == 0
    assert "stands in the middle of 5×5 zeros" in result.err
    saved = maps()
    assert saved.shape == (3, 40, 48)
    np.testing.assert_allclose(saved.values[0], conv_of(photo, kernel("sobel-x")[0], pad=1)[0], atol=1e-5)
    np.testing.assert_allclose(saved.values[2], load_image(photo).values.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("mode", ["mean", "sum", "each"])
def test_how_a_flat_kernel_meets_channels(cnnviz, photo, mode):
    assert cnnviz("conv", photo, "-k", "sobel", "--channels", mode).code == 0
    x, weights = load_image(photo).values, kernel("sobel")[0][:, None]
    one_by_one = np.stack([conv2d(x[c : c + 1], weights) for c in range(3)])
    expected = {"mean": one_by_one.mean(0), "sum": one_by_one.sum(0), "each": one_by_one.reshape(6, 38, 46)}[mode]
    np.testing.assert_allclose(maps().values, expected, atol=1e-5)
    if mode == "each":
        assert maps().labels[:3] == ["red sobel-x", "red sobel-y", "green sobel-x"]


def test_depthwise_is_the_other_name_of_each(cnnviz, photo):
    cnnviz("conv", photo, "-k", "box", "--depthwise")
    depthwise = maps().values
    cnnviz("conv", photo, "-k", "box", "--channels", "each")
    np.testing.assert_array_equal(maps().values, depthwise)


def test_saved_maps_are_filtered_one_by_one(cnnviz, photo):
    cnnviz("conv", photo, "-k", "sobel")
    assert cnnviz("conv", "photo.conv.npz", "-k", "box").code == 0
    again = maps("photo.conv.conv.npz")
    assert again.labels == ["sobel-x box", "sobel-y box"]
    assert [layer.name for layer in again.history] == ["conv sobel", "conv box"]
    assert again.history[-1].receptive_field == (5, 5)


def test_a_kernel_with_channels_and_groups_from_a_file(cnnviz, photo):
    weights = np.random.default_rng(0).normal(size=(3, 1, 3, 3)).astype(np.float32)
    np.save("k.npy", weights)
    assert cnnviz("conv", photo, "-k", "k.npy", "--groups", "3").code == 0
    np.testing.assert_allclose(maps().values, conv2d(load_image(photo).values, weights, groups=3), atol=1e-5)


def test_bias_is_shared_by_a_map(cnnviz, photo):
    plain = conv_of(photo, kernel("sobel")[0])
    assert cnnviz("conv", photo, "-k", "sobel", "--bias", "0.5").code == 0
    np.testing.assert_allclose(maps().values, plain + 0.5, atol=1e-5)
    assert cnnviz("conv", photo, "-k", "sobel", "--bias", "-1,2").code == 0
    np.testing.assert_allclose(maps().values, plain + np.array([-1, 2]).reshape(2, 1, 1), atol=1e-5)
    assert "54 + 0 = 54" in cnnviz("conv", photo, "-k", "sobel", "--no-bias").out


ACTIVATIONS = {
    "none": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky-relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "abs": np.abs,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(cnnviz, photo, name):
    assert cnnviz("conv", photo, "-k", "sobel", "--activation", name).code == 0
    np.testing.assert_allclose(maps().values, ACTIVATIONS[name](conv_of(photo, kernel("sobel")[0])), atol=1e-5)


def test_flip_turns_the_kernel(cnnviz, photo):
    assert cnnviz("conv", photo, "-k", "1 2; 3 4", "--flip").code == 0
    expected = conv_of(photo, np.array([[[4, 3], [2, 1]]], np.float32))
    np.testing.assert_allclose(maps().values, expected, atol=1e-5)


def test_magnitude_activation_and_pooling_in_one_run(cnnviz, photo):
    result = cnnviz("conv", photo, "-k", "scharr", "--magnitude", "-a", "tanh", "--pool", "max", "--pool-size", "3")
    assert result.code == 0
    x, y = conv_of(photo, kernel("scharr")[0])
    expected = pool2d(np.tanh(np.hypot(x, y))[None], "max", 3)
    saved = maps()
    np.testing.assert_allclose(saved.values, expected, atol=1e-5)
    assert saved.labels == ["scharr magnitude"]
    assert [layer.type for layer in saved.history] == ["conv", "magnitude", "activation", "pool"]


POOLINGS = [
    (["--pool", "avg", "--pool-stride", "1", "--pool-pad", "1"], {"mode": "avg", "stride": 1, "pad": 1}),
    (
        ["--pool", "avg", "--pool-size", "3", "--pool-pad", "1", "--pool-exclude-pad"],
        {"mode": "avg", "size": 3, "pad": 1, "count_include_pad": False},
    ),
    (["--pool", "max", "--pool-size", "3,2", "--pool-ceil"], {"mode": "max", "size": (3, 2), "ceil": True}),
    (["--pool", "min", "--pool-dilation", "2"], {"mode": "min", "dilation": 2}),
    (["--pool", "lp", "--p", "3"], {"mode": "lp", "p": 3}),
    (["--pool", "max", "--pool-global"], {"mode": "max", "size": (38, 46)}),
]


@pytest.mark.parametrize(("options", "expected"), POOLINGS)
def test_pooling_in_the_same_run(cnnviz, photo, options, expected):
    assert cnnviz("conv", photo, "-k", "sobel", *options).code == 0
    np.testing.assert_allclose(maps().values, pool2d(conv_of(photo, kernel("sobel")[0]), **expected), atol=1e-4)


def test_crop_then_resize_then_gray(cnnviz, photo):
    x = load_image(photo).values
    cnnviz("conv", photo, "-k", "identity", "--crop", "4,8,10x12", "--channels", "each", "--pad", "1")
    np.testing.assert_allclose(maps().values, x[:, 4:14, 8:20], atol=1e-6)
    result = cnnviz("conv", photo, "-k", "identity:1", "--crop", "0,0,20x40", "--resize", "10", "--grey")
    assert result.code == 0
    assert maps().shape == (1, 5, 10)
    cnnviz("conv", photo, "-k", "identity:1", "--gray")
    np.testing.assert_allclose(maps().values[0], np.tensordot([0.299, 0.587, 0.114], x, 1), atol=2e-3)
    cnnviz("conv", photo, "-k", "identity:1", "--resize", "7x9")
    assert maps().shape == (1, 7, 9)


def test_what_a_stride_never_reads_is_said(cnnviz, photo):
    result = cnnviz("conv", photo, "-k", "sobel", "--stride", "2")
    assert "the last row is never read; the last column is never read" in result.out


def test_explain_fills_in_the_numbers(cnnviz, photo):
    result = cnnviz("conv", photo, "-k", "sobel", "--pad", "1", "--stride", "2", "--explain")
    assert "height: floor((40 + 1 + 1 − 3) ÷ 2) + 1 = 20" in result.out
    assert "width: floor((48 + 1 + 1 − 3) ÷ 2) + 1 = 24" in result.out
    assert "2 kernels give 2 output feature maps" in result.out


def test_a_typed_matrix_gives_the_numbers_of_the_board(cnnviz, drawing):
    result = cnnviz("conv", drawing, "-k", "sobel", "--pad", "1", "--preview")
    assert maps("drawing.conv.npz").values[0].tolist()[0] == [1, 3, -1, -3, 0]
    assert "1   3  −1  −3   0" in result.out


LISTS = {
    "--pad": ["1", "same"],
    "--stride": ["1", "2,1"],
    "--pad-mode": ["constant", "replicate"],
    "--channels": ["sum", "each"],
    "--activation": ["none", "relu"],
}


@pytest.mark.parametrize("values", list(itertools.product(*LISTS.values())))
def test_options_work_together(cnnviz, photo, values):
    given = [word for pair in zip(LISTS, values, strict=True) for word in pair]
    result = cnnviz("conv", photo, "-k", "sobel", "--bias", "0.1", *given, "--pool", "avg", "--json", "--no-grid")
    assert result.code == 0, result.err
    _, stride, mode, channels, activation = values
    layers = result.json["layers"]
    saved = maps()
    assert list(saved.shape) == layers[-1]["output_shape"]
    assert layers[0]["groups"] == (3 if channels == "each" else 1)
    assert layers[0]["pad_mode"] == mode
    assert [layer["type"] for layer in layers] == ["conv", "activation", "pool"][:: 1 if activation == "relu" else 2]
    assert layers[0]["stride"] == ([1, 1] if stride == "1" else [2, 1])


def test_resizing_is_refused_before_its_memory_is_taken(cnnviz, photo):
    # 3 × 3000 × 3000 values of 4 bytes are 108 MB; while a channel is resized there are copies of it.
    result = cnnviz("conv", photo, "-k", "1", "--resize", "3000x3000", "--max-memory", "150MB")
    assert result.code == 2
    assert "resizing to 3000×3000 would need 216 MB" in result.err
