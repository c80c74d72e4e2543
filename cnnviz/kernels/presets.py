"""The kernels that everyone should meet once, in one table, with what each shows and where its numbers come from.

Some are a matrix (sobel, laplacian), some a formula of a size (gaussian, gabor), some a bank of several. Gradients
are positive where brightness rises to the right (`-x`) or downwards (`-y`) and are not divided by anything; compass
banks start in the east and go round counter-clockwise. Adding one is adding an entry to KERNELS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.kernels import formulas

if TYPE_CHECKING:
    from cnnviz.core.shapes import Pair


class Parameter(NamedTuple):
    """A number that a preset takes as `key=value`.

    `default` is None where it follows from the size, and `usual` then says how. `whole` wants an integer; values
    lie from `least` (or, with `above`, strictly above it) to `most`.
    """

    name: str
    meaning: str
    default: float | None = None
    usual: str = ""
    whole: bool = False
    least: float | None = None
    above: bool = False
    most: float | None = None
    choices: tuple[float, ...] = ()


class Preset(NamedTuple):
    """One entry of the table: a matrix for each label, or a formula of a size and its parameters."""

    shows: str
    source: str
    matrices: Mapping[str, str] = MappingProxyType({})
    formula: Callable[..., formulas.Bank] | None = None
    size: Pair | None = None
    odd: bool = False
    parameters: tuple[Parameter, ...] = ()


def names() -> list[str]:
    """Return the names of all presets, in the order of the table."""
    return list(KERNELS)


SIGMA = Parameter("sigma", "width of the bell, in cells", usual="0.3·((size − 1)/2 − 1) + 0.8", least=0, above=True)
THETA = Parameter("theta", "direction in degrees, counter-clockwise from the right", default=0)

SOBEL_X = """
    -1  0  1
    -2  0  2
    -1  0  1
"""
SOBEL_Y = """
    -1 -2 -1
     0  0  0
     1  2  1
"""
SCHARR_X = """
     -3  0   3
    -10  0  10
     -3  0   3
"""
SCHARR_Y = """
    -3 -10 -3
     0   0  0
     3  10  3
"""
PREWITT_X = """
    -1  0  1
    -1  0  1
    -1  0  1
"""
PREWITT_Y = """
    -1 -1 -1
     0  0  0
     1  1  1
"""
ROBERTS_X = """
    -1  0
     0  1
"""
ROBERTS_Y = """
     0 -1
     1  0
"""
KIRSCH_EAST = """
    -3 -3  5
    -3  0  5
    -3 -3  5
"""

_SOBEL = "Sobel & Feldman 1968, 'A 3×3 isotropic gradient operator'"
_SCHARR = "Scharr 2000, 'Optimal operators in digital image processing', 3 10 3 undivided"
_PREWITT = "Prewitt 1970, 'Object enhancement and extraction'"
_ROBERTS = "Roberts 1963, 'Machine perception of three-dimensional solids'"
_OPENCV_SIGMA = "sampled Gauss bell, normalised; sigma from the size as in OpenCV's getGaussianKernel"

KERNELS: dict[str, Preset] = {
    "identity": Preset(
        shows="the picture as it is: one weight of 1 in the middle",
        source="by definition",
        formula=formulas.identity,
        size=(3, 3),
        odd=True,
    ),
    "box": Preset(
        shows="an even blur: every output is the mean of its neighbourhood",
        source="the arithmetic mean, every weight 1 / (height · width)",
        formula=formulas.box,
        size=(3, 3),
    ),
    "gaussian": Preset(
        shows="a soft blur without the box's edges: near cells count more",
        source=_OPENCV_SIGMA,
        formula=formulas.gaussian,
        size=(5, 5),
        parameters=(SIGMA,),
    ),
    "sharpen": Preset(
        shows="edges exaggerated: the picture minus its laplacian",
        source="identity − laplacian (Gonzalez & Woods, 'Digital Image Processing', section 3.6)",
        matrices={
            "sharpen": """
                 0 -1  0
                -1  5 -1
                 0 -1  0
            """
        },
    ),
    "unsharp": Preset(
        shows="the darkroom's way to sharpen: add what a blur takes away",
        source="identity + amount · (identity − gaussian); Gonzalez & Woods, section 3.6",
        formula=formulas.unsharp,
        size=(5, 5),
        odd=True,
        parameters=(SIGMA, Parameter("amount", "how much of the difference is added", default=1)),
    ),
    "emboss": Preset(
        shows="relief, as if lit from the upper left: a picture and its diagonal slope in one",
        source="convention of image editors (such as GIMP's convolution matrix)",
        matrices={
            "emboss": """
                -2 -1  0
                -1  1  1
                 0  1  2
            """
        },
    ),
    "outline": Preset(
        shows="outlines on all sides at once; flat regions become 0",
        source="8 times the middle minus its 8 neighbours (Gonzalez & Woods, section 3.6)",
        matrices={
            "outline": """
                -1 -1 -1
                -1  8 -1
                -1 -1 -1
            """
        },
    ),
    "laplacian": Preset(
        shows="where brightness bends: negative on bright spots and lines, positive on dark ones",
        source="second differences along both axes: ∂²/∂x² + ∂²/∂y²",
        matrices={
            "laplacian": """
                 0  1  0
                 1 -4  1
                 0  1  0
            """
        },
    ),
    "log": Preset(
        shows="the laplacian of a blurred picture: blobs and edges of one scale, less noise",
        source="Marr & Hildreth 1980, 'Theory of edge detection': ∇²G, shifted to sum to 0",
        formula=formulas.log,
        size=(9, 9),
        parameters=(SIGMA,),
    ),
    "dog": Preset(
        shows="a narrow blur minus a wider one: like log with the sign turned, bright blobs are positive",
        source="Marr & Hildreth 1980, appendix B: G(sigma) − G(ratio · sigma), best near ratio 1.6",
        formula=formulas.dog,
        size=(9, 9),
        parameters=(SIGMA, Parameter("ratio", "the wider sigma over the narrower", default=1.6, least=1, above=True)),
    ),
    "sobel": Preset(
        shows="edges with a little smoothing: how fast brightness rises to the right, and downwards",
        source=_SOBEL,
        matrices={"sobel-x": SOBEL_X, "sobel-y": SOBEL_Y},
    ),
    "sobel-x": Preset(
        shows="vertical edges: positive where brightness rises to the right",
        source=_SOBEL,
        matrices={"sobel-x": SOBEL_X},
    ),
    "sobel-y": Preset(
        shows="horizontal edges: positive where brightness rises downwards",
        source=_SOBEL,
        matrices={"sobel-y": SOBEL_Y},
    ),
    "scharr": Preset(
        shows="edges as with sobel, truer to diagonal directions",
        source=_SCHARR,
        matrices={"scharr-x": SCHARR_X, "scharr-y": SCHARR_Y},
    ),
    "scharr-x": Preset(
        shows="vertical edges, truer to slanted ones than sobel-x",
        source=_SCHARR,
        matrices={"scharr-x": SCHARR_X},
    ),
    "scharr-y": Preset(
        shows="horizontal edges, truer to slanted ones than sobel-y",
        source=_SCHARR,
        matrices={"scharr-y": SCHARR_Y},
    ),
    "prewitt": Preset(
        shows="edges averaged evenly over three rows or columns",
        source=_PREWITT,
        matrices={"prewitt-x": PREWITT_X, "prewitt-y": PREWITT_Y},
    ),
    "prewitt-x": Preset(
        shows="vertical edges, three rows averaged evenly",
        source=_PREWITT,
        matrices={"prewitt-x": PREWITT_X},
    ),
    "prewitt-y": Preset(
        shows="horizontal edges, three columns averaged evenly",
        source=_PREWITT,
        matrices={"prewitt-y": PREWITT_Y},
    ),
    "roberts": Preset(
        shows="the smallest edge detector: differences along both diagonals of 2×2 cells",
        source=_ROBERTS,
        matrices={"roberts-x": ROBERTS_X, "roberts-y": ROBERTS_Y},
    ),
    "roberts-x": Preset(
        shows="brightness rising to the lower right",
        source=_ROBERTS,
        matrices={"roberts-x": ROBERTS_X},
    ),
    "roberts-y": Preset(
        shows="brightness rising to the lower left",
        source=_ROBERTS,
        matrices={"roberts-y": ROBERTS_Y},
    ),
    "kirsch": Preset(
        shows="edges by compass: the strongest of eight maps tells the side on which it is brighter",
        source="Kirsch 1971, 'Computer determination of the constituent structure of biological images'",
        formula=formulas.compass("kirsch", KIRSCH_EAST),
    ),
    "robinson": Preset(
        shows="sobel turned in steps of 45°: edges in eight compass directions",
        source="Robinson 1977, 'Edge detection by compass gradient masks'",
        formula=formulas.compass("robinson", SOBEL_X),
    ),
    "line": Preset(
        shows="bright lines one cell wide: horizontal, rising, vertical and falling",
        source="line detection masks (Gonzalez & Woods, section 10.2)",
        formula=formulas.line,
        parameters=(
            Parameter(
                "theta",
                "one direction only, in degrees counter-clockwise from the right",
                usual="all four",
                choices=(0, 45, 90, 135),
            ),
        ),
    ),
    "gabor": Preset(
        shows="stripes of one direction and width, as the first cells of the visual cortex do",
        source="Gabor 1946, 'Theory of communication'; Daugman 1985; one octave wide unless wavelength is given",
        formula=formulas.gabor,
        size=(9, 9),
        parameters=(
            Parameter(
                "theta", "direction in which the wave runs, in degrees counter-clockwise from the right", default=0
            ),
            SIGMA,
            Parameter("wavelength", "length of one wave, in cells", usual="sigma / 0.56", least=0, above=True),
            Parameter("gamma", "height of the bell over its length: 1 is round", default=0.5, least=0, above=True),
            Parameter("phase", "in degrees: 0 a line, 90 an edge", default=0),
            Parameter("count", "how many directions, evenly over 180°", default=1, whole=True, least=1),
        ),
    ),
    "motion": Preset(
        shows="the smear of a moving camera, along one direction",
        source="a line through the middle, weights falling to 0 within one cell of it, normalised",
        formula=formulas.motion,
        size=(9, 9),
        parameters=(THETA,),
    ),
    "random": Preset(
        shows="what an untrained layer sees: nothing in particular, and yet edges appear",
        source="He et al. 2015, 'Delving deep into rectifiers': normal, variance 2 / (height · width)",
        formula=formulas.random,
        size=(3, 3),
        parameters=(
            Parameter("count", "how many kernels", default=1, whole=True, least=1),
            Parameter("seed", "the same seed gives the same numbers", default=0, whole=True, least=0),
        ),
    ),
}
