"""The look as constants: colours by role, type, spacing, lines.

One rule carries everything: the fill says the value, the frame and the word say the role, and hue inside a cell only
ever says the sign. All lengths are logical pixels on a card 800 wide; a writer multiplies them by its scale.
"""

from __future__ import annotations

# Surfaces and ink.
PAGE = "#FFFFFF"
PANEL = "#F3F5F7"
INK = "#1C2430"
MUTED = "#57606A"
LINE = "#D0D7DE"
GRID = "#AEB6BF"
HATCH = "#C9D0D8"
CHART_GRID = "#E6E9ED"

# Roles. Each also carries its word, since some eyes merge two of them.
INPUT = "#0072B2"
KERNEL = "#AB5500"
OUTPUT = "#0B7F63"

# Type sizes.
TITLE = 18.0
SECTION = 15.0
CAPTION = 13.0
LABEL = 12.0
FLOOR = 11.0
CELL_SIZES = (16.0, 15.0, 14.0, 13.0, 12.0, 11.0)
CAP = 0.727  # cap height of Inter, as a part of its size
ASCENT = 0.76  # the tallest letters: b, d, l
DESCENT = 0.21  # g, p, q

# Space.
CARD = 800.0
MARGIN = 24.0
CONTENT = CARD - 2 * MARGIN
GUTTER = 16.0
TITLE_TOP = 24.0  # top of the title's capitals
SUBTITLE_TOP = 50.0
BODY_TOP = 84.0
TEXT_CLEAR = 8.0  # between text and any border
CELL_CLEAR = 4.0  # the same inside a cell

# Lines.
LATTICE = 0.5
FRAME = 1.0
ROLE_FRAME = 2.0
THUMB_FRAME = 1.5
ZERO_MARK = 1.5
CARD_RADIUS = 12.0
CARD_BORDER = 1.0

# Cells.
LATTICE_FROM = 8.0  # no lattice in cells smaller than this
NUMBERS_FROM = 24.0  # no numbers in cells smaller than this
LARGEST_SCALE = 1_000_000  # pixels a cell that a grid may be asked for
