"""The sheet every picture is drawn on: 400 by 400, light from the left, a floor near y = 320."""

from collections.abc import Callable
from dataclasses import dataclass, field

WOOD, DARK_WOOD, METAL, BRASS, LEATHER = "#cf9f6b", "#8a5f3f", "#bcc3c9", "#cfa75a", "#a9683f"
PAPER, INK, GLASS, CLAY, LEAF, GLOW = "#fdfaf3", "#3c4350", "#e3eff2", "#c9805c", "#6d9a6c", "#ffe3a1"

COLOURS = {
    "white": "#fbf9f4", "cream": "#efe2c6", "sand": "#d9c4a2", "natural": "#d6bf97", "grey": "#c3c7c9",
    "charcoal": "#4b5058", "black": "#2c2d33", "sky": "#9cc4dc", "blue": "#4377b0", "navy": "#2c4168",
    "sage": "#a3b899", "green": "#3f7357", "yellow": "#dfab3c", "terracotta": "#c96f4a", "red": "#c2453f",
    "burgundy": "#7b2f40", "pink": "#dfa5a3", "lilac": "#ab98c8", "brown": "#a56d43", "brass": BRASS,
    "copper": "#c67f5b", "steel": METAL, "oak": "#d2a673", "beech": "#e3bf93", "walnut": "#84583a",
    "fox": "#d17a41", "bear": "#8f6546", "rabbit": "#cdc3b8", "whale": "#6d93b3",
}  # fmt: skip
ANIMALS = ("fox", "bear", "rabbit", "whale")
BACKGROUNDS = ("#ecdfcf", "#dbe5dc", "#ecdad4", "#d8e1e9", "#ebe4c9", "#e1dae6")


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` stirred in."""
    pairs = [(int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def is_dark(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red * 0.3 + green * 0.59 + blue * 0.11 < 140


def box(x: float, y: float, width: float, height: float, r: float = 12) -> str:
    return (
        f"M{x + r} {y}h{width - 2 * r}q{r} 0 {r} {r}v{height - 2 * r}q0 {r} {-r} {r}"
        f"h{2 * r - width}q{-r} 0 {-r} {-r}v{2 * r - height}q0 {-r} {r} {-r}z"
    )


def oval(x: float, y: float, rx: float, ry: float) -> str:
    return f"M{x - rx} {y}a{rx} {ry} 0 1 1 {2 * rx} 0a{rx} {ry} 0 1 1 {-2 * rx} 0z"


def disc(x: float, y: float, r: float) -> str:
    return oval(x, y, r, r)


def taper(x: float, top: float, bottom: float, top_width: float, bottom_width: float, r: float = 16) -> str:
    """A vessel seen from the side, centred on x, with rounded bottom corners."""
    upper, lower = top_width / 2, bottom_width / 2
    left, right = x - lower, x + lower
    return (
        f"M{x - upper} {top}H{x + upper}L{right} {bottom - r}Q{right} {bottom} {right - r} {bottom}"
        f"H{left + r}Q{left} {bottom} {left} {bottom - r}z"
    )


def _tile(width: int, height: int, content: str) -> str:
    size = f'width="{width}" height="{height}"'
    return f'<pattern id="p" {size} patternUnits="userSpaceOnUse">{content}</pattern>'


def _bands(mark: str, *bands: tuple[float, float], opacity: float = 1) -> str:
    """Level bands, from and to as shares of the shape's height."""
    stops = "".join(
        f'<stop offset="{at}" stop-color="{mark}" stop-opacity="{shown}"/>'
        for start, end in bands
        for at, shown in ((start, 0), (start, opacity), (end, opacity), (end, 0))
    )
    return f'<linearGradient id="p" x2="0" y2="1">{stops}</linearGradient>'


def _strokes(d: str, mark: str, width: float, opacity: float = 1) -> str:
    return f'<path d="{d}" fill="none" stroke="{mark}" stroke-width="{width}" opacity="{opacity}"/>'


def _speckle(mark: str) -> str:
    dots = ((6, 9, 2), (24, 5, 1.2), (38, 20, 2.2), (15, 31, 1.4), (31, 39, 1.8), (4, 44, 1.2))
    return "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{mark}" opacity=".7"/>' for x, y, r in dots)


def _flower(mark: str) -> str:
    centres = ((25, 16), (34, 25), (25, 34), (16, 25))
    petals = "".join(f'<circle cx="{x}" cy="{y}" r="6"/>' for x, y in centres)
    return f'<g fill="{mark}">{petals}</g><circle cx="25" cy="25" r="4" fill="{BRASS}"/>'


DETAILS: dict[str, Callable[[str], str]] = {
    "stripes": lambda mark: _tile(40, 26, f'<path d="M0 0h40v9H0z" fill="{mark}"/>'),
    "dots": lambda mark: _tile(
        34, 34, f'<circle cx="9" cy="9" r="5" fill="{mark}"/><circle cx="26" cy="26" r="5" fill="{mark}"/>'
    ),
    "check": lambda mark: _tile(
        48, 48, f'<path d="M0 0h48v16H0zM0 0h16v48H0z" fill="{mark}" opacity=".45"/>'
        + _strokes("M0 33h48M33 0v48", mark, 2)
    ),
    "ribs": lambda mark: _tile(14, 14, _strokes("M3 0v14", mark, 3, 0.45)),
    "leaves": lambda mark: _tile(
        46, 46, f'<path d="M8 38q-4-22 16-30q6 22-16 30M32 44q-6-10 6-20q8 14-6 20" fill="{mark}"/>'
    ),
    "waves": lambda mark: _tile(40, 24, _strokes("M0 12q10-14 20 0t20 0", mark, 4, 0.7)),
    "zigzag": lambda mark: _tile(32, 22, _strokes("M-2 18L16 4L34 18", mark, 5, 0.8)),
    "weave": lambda mark: _tile(24, 24, _strokes("M0 4h11M12 16h11M4 12v11M16 0v11", mark, 4, 0.6)),
    "speckle": lambda mark: _tile(46, 48, _speckle(mark)),
    "flowers": lambda mark: _tile(50, 50, _flower(mark)),
    "stars": lambda mark: _tile(
        40, 40, f'<path d="M20 8l4 8 8 4-8 4-4 8-4-8-8-4 8-4z" fill="{mark}"/>'
    ),
    "band": lambda mark: _bands(mark, (0.32, 0.52)),
    "border": lambda mark: _bands(mark, (0.04, 0.08), (0.92, 0.96)),
    "duo": lambda mark: _bands(mark, (0.55, 1), opacity=0.75),
}  # fmt: skip


@dataclass
class Picture:
    """A picture in the making; `body` carries the product's colour and detail, the rest is plain paint."""

    colour: str
    detail: str
    background: str
    marks: list[str] = field(default_factory=list)

    @property
    def dark(self) -> str:
        return mix(self.colour, "#20202c", 0.3)

    @property
    def light(self) -> str:
        return mix(self.colour, "#ffffff", 0.45)

    @property
    def mark(self) -> str:
        if is_dark(self.colour):
            return mix(self.colour, "#fff6e6", 0.62)
        return mix(self.colour, "#3c3440", 0.34)

    def path(self, d: str, fill: str, opacity: float = 1) -> None:
        shown = "" if opacity == 1 else f' opacity="{opacity}"'
        self.marks.append(f'<path d="{d}" fill="{fill}"{shown}/>')

    def line(self, d: str, stroke: str, width: float, opacity: float = 1) -> None:
        shown = "" if opacity == 1 else f' opacity="{opacity}"'
        self.marks.append(
            f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width}" stroke-linecap="round"'
            f' stroke-linejoin="round"{shown}/>'
        )

    def solid(self, d: str, fill: str) -> None:
        """A part with volume: paint and shade."""
        self.path(d, fill)
        self.path(d, "url(#s)")

    def body(self, d: str) -> None:
        """A part in the product's colour and pattern."""
        self.path(d, self.colour)
        if self.detail in DETAILS:
            self.path(d, "url(#p)")
        self.path(d, "url(#s)")

    def shadow(self, x: float, y: float, rx: float) -> None:
        self.path(oval(x, y, rx, rx * 0.11), "#4a3b3a", 0.18)

    def svg(self) -> str:
        pattern = DETAILS[self.detail](self.mark) if self.detail in DETAILS else ""
        shade = (
            '<linearGradient id="s"><stop offset=".1" stop-color="#fff" stop-opacity=".14"/>'
            '<stop offset=".55" stop-color="#3a2a35" stop-opacity="0"/>'
            '<stop offset="1" stop-color="#3a2a35" stop-opacity=".2"/></linearGradient>'
        )
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">'
            f"<defs>{shade}{pattern}</defs>"
            f'<path d="M0 0h400v400H0z" fill="{self.background}"/>'
            f'<circle cx="200" cy="195" r="165" fill="{mix(self.background, "#ffffff", 0.4)}"/>'
            f"{''.join(self.marks)}</svg>\n"
        )


KINDS: dict[str, Callable[[Picture], None]] = {}


def kind(shape: Callable[[Picture], None]) -> Callable[[Picture], None]:
    """Offers a shape under its function's name to the `drawing` column."""
    KINDS[shape.__name__] = shape
    return shape
