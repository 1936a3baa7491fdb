"""Pots, cans, tools and seeds."""

from shapes.canvas import (
    CLAY,
    INK,
    LEAF,
    LEATHER,
    METAL,
    PAPER,
    WOOD,
    Picture,
    box,
    disc,
    kind,
    mix,
    oval,
    taper,
)


def foliage(p: Picture, x: int, y: int, reach: int) -> None:
    def leaf(dx: float, dy: float) -> str:
        tip_x, tip_y = round(x + dx * reach), round(y + dy * reach)
        return (
            f"M{x} {y}Q{tip_x - reach // 3} {tip_y + reach // 3} {tip_x} {tip_y}"
            f"Q{tip_x + reach * 2 // 5} {tip_y + reach // 2} {x} {y}z"
        )

    p.path("".join(leaf(*tip) for tip in ((-1, -0.75), (-0.55, -1.25), (0.55, -1.25), (1, -0.75))), LEAF)
    p.path(leaf(0, -1.5), "#4f7f58")


@kind
def plantpot(p: Picture) -> None:
    p.shadow(200, 336, 100)
    foliage(p, 200, 190, 96)
    if p.detail == "band":
        p.solid(taper(200, 306, 332, 184, 160, 10), p.dark)
        p.body(taper(200, 188, 318, 168, 124, 10))
        p.solid(box(106, 170, 188, 40, 6), p.colour)
    else:
        p.body(taper(200, 178, 332, 190, 158, 40))
        p.path(oval(200, 178, 95, 12), p.dark)


@kind
def hangpot(p: Picture) -> None:
    p.line("M200 20L110 216M200 20l90 196M200 20v190", "#b79c76", 5)
    p.path(disc(200, 24, 10), WOOD)
    foliage(p, 200, 218, 66)
    p.line("M118 224q-26 60-4 116M284 224q24 50 6 90", LEAF, 7)
    for x, y in ((108, 270), (114, 318), (294, 272), (288, 312)):
        p.path(oval(x, y, 12, 18), LEAF)
    p.body("M106 212h188q0 108-68 120h-52q-68-12-68-120z")


@kind
def windowbox(p: Picture) -> None:
    p.line("M20 186h360M60 186v170M150 186v170M250 186v170M340 186v170", INK, 7, 0.7)
    for x, flower in ((92, "#d8756a"), (164, "#dfab3c"), (236, "#ab98c8"), (308, "#d8756a")):
        foliage(p, x, 216, 52)
        p.path(disc(x - 34, 154, 13) + disc(x, 130, 13) + disc(x + 36, 156, 13), flower)
    p.body(taper(200, 206, 312, 320, 288, 12))
    p.line("M42 208h316", p.dark, 9)


@kind
def wateringcan(p: Picture) -> None:
    p.shadow(216, 324, 110)
    p.line("M270 180q80-6 70 64t-72 56", p.dark, 13)
    p.line("M178 176q40-90 104 0", p.dark, 11)
    p.line("M150 268Q90 240 58 112", p.colour, 15)
    p.solid("M36 116l36-22 4 12-32 24z", p.colour)
    p.body(taper(214, 176, 318, 128, 156, 18))
    p.path(oval(214, 176, 64, 10), p.dark)
    for x, y in ((28, 150), (44, 166), (24, 184)):
        p.path(oval(x, y, 4, 7), "#7fb0cd")


@kind
def secateurs(p: Picture) -> None:
    p.shadow(204, 346, 90)
    p.solid("M196 196q-70-60-30-152q60 40 62 140z", METAL)
    p.line("M232 176q34-30 20-86", METAL, 20)
    p.line("M196 204q-56 60-52 130M216 200q54 50 60 134", WOOD, 26)
    p.line("M146 320l-2 14M275 320l1 14", p.colour, 26)
    p.path(disc(206, 194, 15), INK)


@kind
def handtools(p: Picture) -> None:
    p.shadow(204, 346, 120)
    p.solid("M76 60q36-32 60 0q16 60-4 112q-26 26-52 0q-20-52-4-112z", METAL)
    p.line("M174 62v72q0 30 26 30t26-30V62M200 62v130", METAL, 10)
    p.solid("M276 170h44v-40q-8-60-22-82q-14 22-22 82z", METAL)
    for x in (106, 200, 298):
        p.solid(box(x - 14, 186, 28, 146, 12), WOOD)
        p.path(box(x - 14, 198, 28, 14, 3), p.colour)
        p.line(f"M{x} 326q-14 24 0 30q14-6 0-30", LEATHER, 4)


@kind
def gloves(p: Picture) -> None:
    p.shadow(204, 350, 120)
    for x, mirrored in ((46, False), (208, True)):
        thumb = f"M{x + 124} 206q26-40 34-54q22 6 10 40l-36 70z"
        if not mirrored:
            thumb = f"M{x + 22} 206q-26-40-34-54q-22 6-10 40l36 70z"
        p.solid(thumb, mix(p.colour, LEATHER, 0.25))
        fingers = (box(x + 16 + i * 29, 66 + abs(2 * i - 3) * 8, 27, 130, 13) for i in range(4))
        p.path("".join(fingers), p.colour)
        p.path(box(x + 16, 156, 114, 96, 20), p.colour)
        p.line(f"M{x + 44} 110v60m29-64v64m29-60v60", p.dark, 3, 0.5)
        p.solid(f"M{x + 12} 244h122l10 96H{x + 2}z", "#e3d2b0")
        p.line(f"M{x + 10} 268h126", p.dark, 8)


@kind
def seedpacket(p: Picture) -> None:
    p.shadow(204, 350, 96)
    p.solid(box(108, 56, 184, 290, 4), "#e6d6b4")
    p.path(box(108, 56, 184, 46, 4), p.colour)
    p.path(box(128, 120, 144, 150, 6), PAPER)
    p.line("M200 258v-90", p.colour, 6)
    p.path("M200 196q-50 4-54-42q50-4 54 42q4-58 56-54q0 52-56 54z", p.colour)
    for x, y in ((172, 300), (200, 312), (228, 298)):
        p.path(oval(x, y, 8, 5), "#7a5a3c")


@kind
def birdfeeder(p: Picture) -> None:
    p.line("M200 40V14M200 44q-20-18 0-30q20 12 0 30", INK, 5)
    p.solid(box(92, 300, 216, 24, 6), WOOD)
    p.solid("M116 150h168v152H116z", p.colour)
    p.line("M150 160v136M184 160v136M218 160v136M252 160v136", p.dark, 3, 0.4)
    p.path("M152 302v-70q0-48 48-48t48 48v70z", INK, 0.75)
    p.path("M152 302q22-34 48-30t48 30z", "#e2b878")
    p.solid("M200 46L78 160q0 14 18 14h208q18 0 18-14z", CLAY)
    p.path("M276 296q4-34 40-30l12 8-14 4q-2 24-38 18z", "#4377b0")
