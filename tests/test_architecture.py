"""The direction of imports, read from the source: a light file never reaches up, and `core` never sees the world."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cnnviz

PACKAGE = Path(cnnviz.__file__).parent
# What each wing may import of the others, its own name left out.
ALLOWED = {
    "errors": set(),
    "core": {"errors"},
    "files": {"core", "errors"},
    "draw": {"core", "errors"},
    "kernels": {"files", "core", "errors"},
    "nets": {"kernels", "files", "core", "errors"},
    "cli": {"nets", "kernels", "files", "draw", "core", "errors"},
    "__main__": {"cli"},
}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wing(name):
    return name.split(".")[1] if name.count(".") else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downwards(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    wings = {wing(name) for name in imported(path) if name.startswith("cnnviz.")} - {own, "__version__"}
    assert wings <= ALLOWED[own]


@pytest.mark.parametrize("path", [p for p in MODULES if p.is_relative_to(PACKAGE / "core")], ids=lambda p: p.name)
def test_the_core_knows_numpy_and_the_standard_library_only(path):
    outside = {name.split(".")[0] for name in imported(path)} - {"cnnviz", "numpy", *sys.stdlib_module_names}
    assert not outside


@pytest.mark.parametrize(
    "statement",
    [
        "import cnnviz",
        "from cnnviz import CnnvizError, output_size",
        "import cnnviz.cli.app",
        "from cnnviz.cli.app import run; run(['--help'])",
        "from cnnviz.cli.app import run; run(['conv', '--help'])",
        "from cnnviz.cli.app import run; run(['pool', '--help'])",
        "from cnnviz.cli.app import run; run(['params'])",
        "from cnnviz.cli.app import run; run(['diagram', '--help'])",
        "from cnnviz.cli.app import run; run(['receptive-field', '--help'])",
    ],
)
def test_what_needs_no_arrays_loads_neither_numpy_nor_pillow(statement):
    check = "import sys; heavy = {'numpy', 'PIL'} & set(sys.modules); assert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", f"{statement}; {check}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_picture_is_decoded_without_numpy():
    photo = Path(__file__).parents[1] / "samples" / "astronaut.png"
    decode = f"from cnnviz.files import ahead, pixels; pixels.load(open({str(photo)!r}, 'rb'))"
    code = f"{decode}; import sys; assert 'numpy' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_list_of_commands_imports_none_of_them():
    check = "import sys; loaded = {'cnnviz.cli.conv', 'cnnviz.cli.options'} & set(sys.modules); assert not loaded"
    code = f"from cnnviz.cli.app import run; run(['--help']); {check}"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_the_public_api_is_flat_and_whole():
    assert set(cnnviz.__all__) == set(cnnviz._WHERE)
    for name in cnnviz.__all__:
        assert getattr(cnnviz, name).__module__.startswith("cnnviz.")
    with pytest.raises(AttributeError, match="no attribute 'conv3d'"):
        cnnviz.conv3d  # noqa: B018
