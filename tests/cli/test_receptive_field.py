import pytest
from PIL import Image

ALEXNET = ["conv 11 stride=4 pad=2", "max 3 stride=2", "conv 5 pad=2", "max 3 stride=2"]
ALEXNET += [*["conv 3 pad=1"] * 3, "pool 3 stride=2"]


def layers(*texts):
    return [word for text in texts for word in ("--layer", text)]


def test_the_table_by_hand(cnnviz, folder):
    out = cnnviz("receptive-field", *layers("conv 3 pad=1", "pool 2")).out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "conv 3, pad 1 3×3 1 −1 … 1 0 0.02 %" in lines
    assert "max pool 2, stride 2 4×4 2 −1 … 2 0.5 0.03 %" in lines
    assert list(folder.iterdir()) == []


def test_the_contract_of_json(cnnviz):
    found = cnnviz(
        "receptive-field", *layers("conv 3x4 pad=1,0 stride=1,2", "relu"), "--input", "2x9x10", "--json"
    ).json
    assert (found["version"], found["command"]) == (1, "receptive-field")
    assert found["input"]["shape"] == [2, 9, 10]
    first, second = found["layers"]
    assert first["name"] == "conv 3×4, stride 1×2, pad 1,1,0,0"
    assert (first["size"], first["jump"], first["first_box"], first["center"]) == (
        [3, 4],
        [1, 2],
        [-1, 0, 1, 3],
        [0, 1.5],
    )
    assert first["share"] == 12 / 90
    assert (second["name"], second["size"]) == ("relu", [3, 4])
    # The middle of 9×4 outputs.
    assert found["at"] == [4, 1]
    assert second["box"] == [3, 2, 5, 5]


def test_alexnet(cnnviz):
    found = cnnviz("receptive-field", *layers(*ALEXNET), "--json").json["layers"]
    assert [layer["size"][0] for layer in found] == [11, 19, 51, 67, 99, 131, 163, 195]
    assert [layer["jump"][0] for layer in found] == [4, 8, 8, 16, 16, 16, 16, 32]
    assert found[-1]["first_box"] == [-66, -66, 128, 128]


def test_what_does_not_fit_the_usual_input_needs_none(cnnviz):
    result = cnnviz("receptive-field", *layers(*["conv 64 stride=8"] * 2), "--json")
    assert result.json["input"]["shape"] is None
    assert result.json["layers"][-1]["size"] == [568, 568]
    assert result.json["layers"][-1]["share"] is None
    out = cnnviz("receptive-field", *layers(*["conv 64 stride=8"] * 2)).out
    assert "568×568" in out
    assert "--input" in out


def test_on_a_picture_it_is_drawn(cnnviz, photo, folder):
    result = cnnviz("receptive-field", photo, *layers("conv 3 pad=1", "pool 2"), "--at", "0,5")
    assert (result.code, result.err) == (0, "")
    assert "output row 0, column 5 sees rows −1 … 2, columns 9 … 12" in result.out
    with Image.open(folder / "photo.receptive-field.png") as image:
        assert image.width == 1600
        assert "max pool 2" in image.text["Description"]
    assert cnnviz("receptive-field", photo, *layers("conv 3"), "-o", "own.svg").code == 0
    assert (folder / "own.svg").read_text().startswith("<svg")


def test_the_history_of_saved_maps(cnnviz, photo, folder):
    cnnviz("conv", photo, "--kernel", "sobel", "--stride", 2, "--activation", "relu", "--pool", "max")
    found = cnnviz("receptive-field", "photo.conv.npz", *layers("conv 3"), "--json").json
    assert found["input"]["shape"] == [3, 40, 48]
    assert [layer["name"] for layer in found["layers"]] == [
        "conv sobel 3, stride 2", "relu", "max pool 2, stride 2", "conv 3",
    ]  # fmt: skip
    assert [layer["size"] for layer in found["layers"]] == [[3, 3], [3, 3], [5, 5], [13, 13]]
    # 40×48 → 19×23 → 9×11 → 7×9, of which the middle is (3, 4).
    assert found["at"] == [3, 4]
    assert found["files"] == {"figure": None}
    assert cnnviz("receptive-field", "photo.conv.npz", "-o", "sheet.png").code == 0


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_nothing_is_cut_off_at_any_width(cnnviz, monkeypatch, columns):
    import io

    from rich.console import Console

    from cnnviz.cli.columns import columns as table

    rows = [("conv 11, stride 4, pad 2", "11×11", "4", "−2 … 8, −12 … 18", "3, 13.5", "0.09 %")] * 3
    heads = ("layer", "sees", "jump", "cell 0 sees", "its centre", "of the input")
    console = Console(file=io.StringIO(), width=columns, force_terminal=False)
    console.print(table(heads, rows, console))
    out = console.file.getvalue()
    assert max(map(len, out.rstrip().splitlines())) <= columns
    for cell in (*rows[0], *heads[1:]):
        assert cell in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "needs layers"),
        (["--layer", "conv 3", "--resize", "9"], "--resize is for an input"),
        (["photo.png"], "no layers in its history"),
        (layers("cnov 3"), "did you mean 'conv'"),
        (layers("conv"), "needs a size"),
        ([*layers("conv 3"), "--at", "1"], "ROW,COL"),
        ([*layers("conv 3"), "--at", "-1,2"], "counts from 0"),
        ([*layers("conv 3"), "--at", "0,222"], "columns 0 to 221"),
        ([*layers(*["conv 64 stride=8"] * 2), "--at", "0,0"], "--at needs the size"),
        ([*layers(*["conv 64 stride=8"] * 2), "-o", "x.png"], "needs the size"),
        ([*layers("conv 9"), "--input", "1x5x5"], "larger than the input"),
        (["photo.png", *layers("conv 3"), "--input", "1x5x5"], "leave one out"),
        ([*layers("conv 3"), "--json", "-o", "-"], "--json and -o -"),
        ([*layers("conv 3"), "-o", "x.gif"], ".png or .svg"),
        (["none.png", *layers("conv 3")], "no such file"),
    ],
)
def test_what_cannot_be_is_one_line(cnnviz, photo, folder, arguments, message):
    result = cnnviz("receptive-field", *arguments)
    assert result.code == 2
    assert message in result.err
    assert result.err.count("\n") == 1
    assert [p.name for p in folder.iterdir()] == ["photo.png"]
