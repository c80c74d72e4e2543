"""What may stand behind --kernel, and where an error points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.errors import CnnvizError, KernelError, MemoryLimitError, printable
from cnnviz.kernels.grammar import bank, file_of, kernel, looks_unquoted


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("spec", "same"),
    [
        ("GAUSSIAN:5,SIGMA=1.4", "gaussian:5,sigma=1.4"),
        (" gaussian : 5 , sigma = 7/5 ", "gaussian:5,sigma=1.4"),
        ("gaussian:5x5", "gaussian:5"),
        ("gaussian:sigma=1.1", "gaussian"),
        ("gaussian:5,sigma=11e-1", "gaussian"),
        ("sobel-x", "-1 0 1; -2 0 2; -1 0 1"),
        ("box:2x3", "1/6 * 1 1 1; 1 1 1"),
        ("1/9", "0.111111111"),
        ("identity:1", "1"),
        ("gabor:9,gamma=.5,theta=0", "gabor"),
    ],
)
def test_equal_ways_to_say_it(spec, same):
    np.testing.assert_allclose(kernel(spec)[0], kernel(same)[0], rtol=1e-6)


def test_labels():
    assert kernel("gaussian")[1] == ["gaussian"]
    assert kernel("Gaussian: 5, sigma = 1.4")[1] == ["gaussian:5,sigma=1.4"]
    assert kernel("1 2;  3 4")[1] == ["1 2; 3 4"]
    assert kernel("1 0 -1; 2 0 -2; 1 0 -1")[1] == ["typed 3×3"]
    assert kernel("random:3,count=2")[1] == ["random 0", "random 1"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("sobl", "unknown kernel 'sobl': did you mean 'sobel'?"),
        ("gausian:5", "unknown kernel 'gausian:5': did you mean 'gaussian'?"),
        ("sobel:5", "'sobel:5': sobel has one size only: leave out ':5'"),
        ("line:5", "'line:5': line has one size only: leave out ':5'"),
        ("gaussian:5,sigma=1,sigma=2", "'gaussian:5,sigma=1,sigma=2': sigma is given twice"),
        ("gaussian:sgma=1", "'gaussian:sgma=1': unknown key 'sgma': did you mean 'sigma'?"),
        ("gaussian:theta=1", "'gaussian:theta=1': unknown key 'theta': it takes sigma"),
        ("sobel:sigma=1", "'sobel:sigma=1': unknown key 'sigma': it takes no parameters"),
        ("gaussian:", "'gaussian:': something is missing beside ',' or ':'"),
        ("gaussian:5,", "'gaussian:5,': something is missing beside ',' or ':'"),
        ("gaussian:5,3", "'gaussian:5,3': '3' is no key=value"),
        ("gaussian:sigma=1,5", "'gaussian:sigma=1,5': '5' is no key=value"),
        ("gaussian:x", "'gaussian:x': 'x' is no size: write 5 or 3x5 (height, width)"),
        ("gaussian:3x", "'gaussian:3x': '3x' is no size: write 5 or 3x5 (height, width)"),
        ("gaussian:2.5", "'gaussian:2.5': '2.5' is no size: write 5 or 3x5 (height, width)"),
        ("gaussian:-3", "'gaussian:-3': '-3' is no size: write 5 or 3x5 (height, width)"),
        ("gaussian:0", "'gaussian:0': a kernel has at least one cell, and '0' has none"),
        ("gaussian:3x0", "'gaussian:3x0': a kernel has at least one cell, and '3x0' has none"),
        ("gaussian:sigma=", "'gaussian:sigma=': sigma: '' is not a number"),
        ("gaussian:sigma=wide", "'gaussian:sigma=wide': sigma: 'wide' is not a number"),
        ("gaussian:sigma=nan", "'gaussian:sigma=nan': sigma: 'nan' has no place here: every number must be finite"),
        ("gaussian:sigma=0", "'gaussian:sigma=0': sigma must be above 0, not '0'"),
        ("gaussian:sigma=-1", "'gaussian:sigma=-1': sigma must be above 0, not '-1'"),
        ("dog:ratio=1", "'dog:ratio=1': ratio must be above 1, not '1'"),
        ("random:count=0", "'random:count=0': count must be at least 1, not '0'"),
        ("random:count=2.5", "'random:count=2.5': count must be a whole number from 1 up, not '2.5'"),
        ("random:seed=-1", "'random:seed=-1': seed must be a whole number from 0 up, not '-1'"),
        ("line:theta=30", "'line:theta=30': theta must be one of 0, 45, 90, 135, not '30'"),
        ("identity:4", "'identity:4': identity needs a middle cell: use an odd size, not 4×4"),
        ("unsharp:3x4", "'unsharp:3x4': unsharp needs a middle cell: use an odd size, not 3×4"),
        ("1 0; 2 x", "kernel '1 0; 2 x': row 2, cell 2: 'x' is not a number"),
        ("1 0; 2", "kernel '1 0; 2': row 2 has 1 cell, and row 1 has 2: rows must be equally long"),
        ("nan 1; 2 3", "kernel 'nan 1; 2 3': row 1, cell 1: 'nan' has no place here: every number must be finite"),
        ("1 inf", "kernel '1 inf': row 1, cell 2: 'inf' has no place here: every number must be finite"),
        ("1e39", "kernel '1e39': row 1, cell 1: '1e39' is beyond float32, whose largest number is 3.4e38"),
        ("1;a/b", "kernel '1;a/b': row 2, cell 1: 'a/b' is not a number"),
        ("k.npy:layout=nhwc", "unknown layout 'nhwc' behind 'k.npy': oihw or hwio"),
        ("k.npy:size=3", "unknown key 'size' behind 'k.npy': files take layout=hwio"),
        ("missing.npy", "missing.npy: no such file"),
        ("./missing", "./missing: no such file"),
        ("C:\\k.npy", "C:\\k.npy: no such file"),
        ("C:\\k.npy:layout=hwio", "C:\\k.npy: no such file"),
        ("sobel.csv", "sobel.csv: no such file"),
        ("\x1b[2J;1", "kernel '\\x1b[2J;1': row 1, cell 1: '\\x1b[2J' is not a number"),
    ],
)
def test_errors_point_at_the_place(here, spec, message):
    with pytest.raises(KernelError) as caught:
        kernel(spec)
    assert str(caught.value) == message
    assert caught.value.argument == "kernel"


@pytest.mark.parametrize("spec", ["", "  ", "-o", "--pad", "1 0 -1;", "hello there", "xyzzy"])
def test_errors_that_teach_what_a_kernel_looks_like(spec):
    with pytest.raises(KernelError, match=r"1 0 -1; 2 0 -2"):
        kernel(spec)


def test_parameters_that_give_no_numbers():
    for spec in (
        "gaussian:sigma=1e-200",
        "log:sigma=1e-300",
        "dog:sigma=1e-300",
        "gabor:wavelength=1e-320",
    ):
        with pytest.raises(KernelError, match="not finite in float32: use milder"):
            kernel(spec)


def test_too_large_a_kernel_is_refused_before_it_is_made():
    with pytest.raises(MemoryLimitError, match="99999×99999"):
        kernel("box:99999")
    with pytest.raises(MemoryLimitError, match="999999999 kernels of 3×3"):
        kernel("random:3,count=999999999")
    with pytest.raises(MemoryLimitError):
        bank(["1", "box:3"], limit=40)
    with pytest.raises(MemoryLimitError, match="2 kernels of 50×50"):
        bank(["box:50x2", "box:2x50"], limit=5000)


def test_a_preset_wins_over_a_file_of_its_name(here):
    (here / "box").write_text("1 2 3")
    assert kernel("box")[0].shape == (1, 3, 3)
    np.testing.assert_array_equal(kernel("./box")[0], [[[1, 2, 3]]])


def test_a_name_that_begins_like_a_number_is_a_file_when_it_ends_like_one(here):
    (here / "3x3.csv").write_text("1 2 3")
    (here / "1 0; x.txt").write_text("4")
    assert kernel("3x3.csv")[1] == ["3x3"]
    np.testing.assert_array_equal(kernel("1 0; x.txt")[0], [[[4]]])


def test_which_file_is_read():
    assert str(file_of("a/k.npy:layout=hwio")) in ("a/k.npy", "a\\k.npy")
    assert [file_of(spec) for spec in ("sobel", "1 2; 3 4", "gaussian:5", "1/9", "nonsense")] == [None] * 5


def test_what_the_shell_leaves_of_a_matrix():
    assert [looks_unquoted(text) for text in ("1", "-1", "1,0,-1", "1 0; 2 3", "sobel")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=30), st.from_regex(r"(gaussian|gabor|random|line|sobel):[-0-9x.,=a-z/]{0,16}", fullmatch=True)
    )
)
def test_any_text_is_a_kernel_or_one_clear_error(text):
    complaint = ""
    try:
        weights, labels = kernel(text, limit=1 << 22)
        assert np.isfinite(weights).all()
        assert len(weights) == len(labels)
    except CnnvizError as error:
        complaint = str(error)
    assert printable(complaint) == complaint


# ------------------------------------------------------------------------------------------------------ banks


def test_several_kernels_are_one_bank():
    joined = bank(["sobel", "laplacian"])
    assert joined.weights.shape == (3, 3, 3)
    assert joined.weights.dtype == np.float32
    assert joined.labels == ["sobel-x", "sobel-y", "laplacian"]
    assert (joined.notes, joined.specs, joined.files) == ([], ("sobel", "laplacian"), ())
    np.testing.assert_array_equal(joined.weights[2], kernel("laplacian")[0][0])


def test_smaller_kernels_stand_in_the_middle_of_zeros():
    joined = bank(["5", "box:1x3", "gaussian:5x3"])
    assert joined.weights.shape == (3, 5, 3)
    np.testing.assert_array_equal(joined.weights[0], [[0] * 3] * 2 + [[0, 5, 0]] + [[0] * 3] * 2)
    np.testing.assert_array_equal(joined.weights[1], [[0] * 3] * 2 + [[np.float32(1 / 3)] * 3] + [[0] * 3] * 2)
    np.testing.assert_array_equal(joined.weights[2], kernel("gaussian:5x3")[0][0])
    assert joined.notes == [
        "'5' (1×1) stands in the middle of 5×3 zeros",
        "'box:1x3' (1×3) stands in the middle of 5×3 zeros",
    ]


def test_the_largest_height_and_width_may_come_from_two_kernels():
    joined = bank(["box:5x1", "box:1x3"])
    assert joined.weights.shape == (2, 5, 3)
    np.testing.assert_array_equal(joined.weights.sum(axis=(1, 2)), [1, 1])


def test_odd_and_even_have_no_common_middle():
    with pytest.raises(KernelError, match=r"'roberts' is 2×2 and 'sobel' 3×3: odd and even"):
        bank(["sobel", "roberts"])
    with pytest.raises(KernelError, match=r"'box:3x2' is 3×2 and 'box:3x5' 3×5"):
        bank(["box:3x2", "box:3x5"])
    assert bank(["roberts", "box:4"]).weights.shape == (3, 4, 4)


def test_labels_stay_apart():
    assert bank(["1", "1", "sobel-x", "sobel"]).labels == ["1 0", "1 1", "sobel-x 0", "sobel-x 1", "sobel-y"]


def test_no_kernel():
    with pytest.raises(KernelError, match="--kernel sobel"):
        bank([])


def test_kernels_with_channels(here):
    np.save("a.npy", np.ones((2, 3, 3, 3)))
    np.save("b.npy", np.ones((1, 3, 1, 1)))
    np.save("c.npy", np.ones((1, 4, 3, 3)))
    joined = bank(["a.npy", "b.npy"])
    assert joined.weights.shape == (3, 3, 3, 3)
    assert joined.labels == ["a 0", "a 1", "b"]
    assert [path.name for path in joined.files] == ["a.npy", "b.npy"]
    assert joined.weights[2].sum() == 3
    assert (joined.weights[2, :, 1, 1] == 1).all()
    with pytest.raises(KernelError, match=r"'a.npy' has channels of its own and 'sobel' has none"):
        bank(["sobel", "a.npy"])
    with pytest.raises(KernelError, match=r"'a.npy' has 3 channels and 'c.npy' 4"):
        bank(["a.npy", "c.npy"])


@pytest.mark.parametrize("text", ["1 2\n3 4", "1 2;\n3 4", "1 2\r\n3 4\n", " 1 2 ; \n\n 3 4"])
def test_a_line_break_parts_rows(text):
    np.testing.assert_array_equal(kernel(text)[0], [[[1, 2], [3, 4]]])


def test_the_label_of_a_typed_matrix_keeps_its_rows_apart():
    assert kernel("1 2\n3  4")[1] == kernel("1 2;\n 3 4")[1] == ["1 2; 3 4"]


def test_numbers_behind_labels_make_none_that_is_there(here):
    (here / "5 0.csv").write_text("7")
    assert bank(["5", "5", "5 0.csv", "6"]).labels == ["5 1", "5 2", "5 0", "6"]


@pytest.mark.parametrize("spec", [None, 3, b"sobel", ["sobel"]])
def test_a_kernel_is_a_text(spec):
    with pytest.raises(KernelError, match=f"a kernel is a text such as 'sobel', not {type(spec).__name__}"):
        kernel(spec)
