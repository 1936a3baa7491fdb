"""Tableware, glasses and table linen."""

from shapes.canvas import GLASS, LEAF, METAL, WOOD, Picture, box, disc, kind, mix, oval, taper


@kind
def mug(p: Picture) -> None:
    p.shadow(205, 318, 110)
    p.line("M262 168q66-6 66 48t-72 56", p.dark, 20)
    p.body(taper(190, 128, 312, 164, 144, 26))
    p.path(taper(190, 304, 318, 128, 124, 6), "#c9a585")
    p.path(oval(190, 128, 82, 15), p.dark)
    p.path(oval(190, 132, 70, 10), "#6b4632")


@kind
def cup(p: Picture) -> None:
    p.shadow(200, 322, 140)
    p.solid(oval(200, 304, 138, 18), p.light)
    p.path(oval(200, 301, 90, 9), p.dark, 0.35)
    p.line("M266 200q50-4 44 30t-60 34", p.dark, 14)
    p.body("M116 178h160q0 116-54 122h-52q-54-6-54-122z")
    p.path(oval(196, 178, 80, 13), p.dark)
    p.path(oval(196, 181, 68, 9), "#6b4632")


@kind
def plate(p: Picture) -> None:
    p.shadow(204, 338, 130)
    p.body(disc(200, 196, 140))
    p.line(disc(200, 196, 137), p.dark, 5, 0.55)
    p.path(disc(200, 196, 96), p.dark, 0.18)
    p.body(disc(200, 199, 93))


@kind
def bowl(p: Picture) -> None:
    p.shadow(200, 318, 100)
    p.path(taper(200, 290, 318, 96, 88, 6), "#c9a585")
    p.body("M72 170h256q-6 112-92 134h-72q-86-22-92-134z")
    p.path(oval(200, 170, 128, 24), p.dark)
    p.path(oval(200, 175, 114, 18), p.light)


@kind
def ovendish(p: Picture) -> None:
    p.shadow(200, 298, 165)
    p.line("M74 190q-36 8-30 44l26 4M326 190q36 8 30 44l-26 4", p.dark, 18)
    p.body(taper(200, 180, 294, 276, 248, 34))
    p.path(oval(200, 180, 138, 26), p.dark)
    p.path(oval(200, 185, 124, 19), "#d79a4e")
    p.path("M110 182q40-16 90-4t90 2q-30 20-92 20t-88-18z", "#f0cb7c")


@kind
def platter(p: Picture) -> None:
    p.shadow(204, 300, 150)
    white = mix(p.colour, "#fffaf0", 0.85)
    p.solid(oval(200, 205, 168, 96), white)
    p.line(oval(200, 205, 164, 92), p.colour, 6)
    p.path(oval(200, 207, 122, 62), p.dark, 0.1)
    p.line("M110 226q90-14 178-44", p.colour, 5)
    for x, y in ((140, 220), (178, 213), (216, 203), (252, 192)):
        p.path(f"M{x} {y}q-4-34 26-40q4 32-26 40M{x} {y}q22 2 30 26q-26 2-30-26", p.colour)


@kind
def cutlery(p: Picture) -> None:
    p.shadow(206, 346, 110)
    p.solid(box(94, 190, 16, 150, 8), p.colour)
    p.line("M84 66v58q0 32 18 32t18-32v-58M102 66v130", p.colour, 9)
    p.solid(box(164, 190, 16, 150, 8), p.colour)
    p.solid("M160 200V66q34 30 26 134z", mix(p.colour, METAL, 0.4))
    p.solid(box(232, 160, 16, 180, 8), p.colour)
    p.solid(oval(240, 106, 28, 46), p.colour)
    p.solid(box(300, 200, 12, 140, 6), p.colour)
    p.solid(oval(306, 160, 20, 36), p.colour)


def tumbler(p: Picture, x: int, top: int) -> None:
    p.body(taper(x, top, top + 160, 118, 92, 14))
    p.path(taper(x, top + 62, top + 150, 100, 84, 10), "#ffffff", 0.35)
    p.line(f"M{x - 58} {top}h116", p.light, 6)


@kind
def glass(p: Picture) -> None:
    p.shadow(200, 322, 140)
    p.colour = mix(p.colour, GLASS, 0.45)
    tumbler(p, 268, 136)
    tumbler(p, 140, 160)


@kind
def wineglass(p: Picture) -> None:
    p.shadow(200, 336, 110)
    for x, wine in ((142, "#8b3045"), (262, "#ecd489")):
        p.line(f"M{x} 214v112m-34 2h68", mix(p.colour, GLASS, 0.4), 7)
        p.solid(f"M{x - 46} 82q-22 134 46 136q68-2 46-136z", GLASS)
        p.path(f"M{x - 52} 142q0 68 52 70q52-2 52-70z", wine, 0.9)


@kind
def carafe(p: Picture) -> None:
    p.shadow(200, 338, 84)
    p.solid(box(172, 50, 56, 40, 8), WOOD)
    p.colour = mix(p.colour, GLASS, 0.45)
    p.body("M168 84h64l4 74q50 50 44 130q-2 46-46 46h-68q-44 0-46-46q-6-80 44-130z")
    p.path("M124 226q76 18 152 0q12 102-42 102h-68q-54 0-42-102z", "#ffffff", 0.4)
    p.line("M146 232q-10 44 4 72", "#ffffff", 6, 0.8)


@kind
def jug(p: Picture) -> None:
    p.shadow(205, 330, 100)
    p.line("M262 150q72-14 66 60t-74 66", p.dark, 18)
    p.body("M128 100l-26-18h160v48q0 40 14 80q16 116-40 116h-84q-54 0-40-116q16-50 16-110z")
    p.line("M104 83h156", "#2f3a52", 9)


def folded(p: Picture, x: int, y: int, width: int, height: int) -> None:
    p.body(box(x, y, width, height, 8))
    p.line(f"M{x + 6} {y + height / 2}h{width - 12}", p.dark, 2, 0.5)


@kind
def napkin(p: Picture) -> None:
    p.shadow(205, 320, 130)
    p.body("M96 316L66 120q70-24 130-6l36 196q-70-14-136 6z")
    p.body("M170 96l164 30-38 192-150-30z")
    p.line("M182 112l134 25-32 162-122-24z", p.mark, 3)


@kind
def tablecloth(p: Picture) -> None:
    p.line("M110 250v90M290 250v90", WOOD, 16)
    p.shadow(200, 342, 130)
    p.body("M70 140h260l28 150q-26 22-52 0t-52 0-54 0-54 0-52 0-52 0z")
    p.solid("M96 112h208l26 32H70z", p.light)
    p.path("M120 146l-14 148M200 146v148M280 146l14 148", p.dark, 0.3)


@kind
def runner(p: Picture) -> None:
    p.solid(oval(200, 210, 180, 96), WOOD)
    p.body("M150 96h100l34 232H116z")
    p.line("M120 328" + "v16m20-16" * 9, p.colour, 5)
    p.solid(taper(200, 150, 206, 44, 54, 14), "#f4ede0")
    p.line("M200 150q-6-40-26-52M200 150q4-34 26-44M200 150v-58", LEAF, 4)


@kind
def teatowel(p: Picture) -> None:
    p.line("M200 46v26", p.dark, 6)
    p.path(disc(200, 44, 12), WOOD)
    p.colour, thread = mix(p.colour, "#fffaf0", 0.84), p.colour
    p.solid("M126 74q74-22 148 0l14 250q-88 18-176 0z", p.colour)
    p.line("M146 72L134 326M166 68L158 329M254 72l12 254M234 68l8 261", thread, 7)
    p.line("M117 262q84 16 168 0M116 282q84 16 170 0", thread, 9)


@kind
def placemat(p: Picture) -> None:
    p.shadow(204, 336, 130)
    p.body(disc(200, 196, 140))
    for r in (132, 104, 76, 48, 20):
        p.line(disc(200, 196, r), p.dark, 6, 0.35)
