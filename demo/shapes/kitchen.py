"""Pots, knives, boards, and what makes tea and coffee."""

from shapes.canvas import (
    DARK_WOOD,
    GLASS,
    INK,
    LEAF,
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


@kind
def pan(p: Picture) -> None:
    p.shadow(170, 300, 120)
    p.line("M262 168L356 82", INK, 22)
    p.path(disc(348, 90, 5), METAL)
    p.body(disc(168, 216, 118))
    p.path(disc(168, 216, 96), p.dark)
    p.path(oval(168, 218, 58, 46), "#fffdf6")
    p.path(disc(160, 214, 21), "#f0b23e")


@kind
def saucepan(p: Picture) -> None:
    p.shadow(170, 316, 120)
    p.line("M262 204h104", DARK_WOOD, 20)
    p.body(taper(166, 168, 312, 208, 198, 24))
    p.solid(oval(166, 166, 112, 26), p.light)
    p.path(oval(166, 162, 90, 16), p.dark, 0.2)
    p.solid(box(148, 124, 36, 26, 10), DARK_WOOD)


@kind
def casserole(p: Picture) -> None:
    p.shadow(200, 318, 145)
    p.line("M76 210q-36-4-34 20t38 16M324 210q36-4 34 20t-38 16", p.dark, 18)
    p.body(taper(200, 186, 314, 256, 232, 44))
    p.solid("M66 190q10-52 134-56q124 4 134 56z", p.colour)
    p.line("M66 190h268", p.dark, 8)
    p.solid(box(178, 106, 44, 28, 12), "#cfa75a")


@kind
def grillpan(p: Picture) -> None:
    p.shadow(180, 324, 130)
    p.line("M272 150l84-76", p.colour, 26)
    p.path(disc(350, 80, 7), p.background)
    p.solid("M70 120h200l22 16v164H52V136z", p.colour)
    p.body(box(74, 150, 196, 132, 10))
    p.path("M110 176q40-24 70 8t60 36q-10 36-58 26t-72-70z", "#b5694a")
    p.line("M128 178l-6 28M152 176v58M178 192v54M204 212v34", "#5d2f22", 6)


@kind
def mixbowl(p: Picture) -> None:
    p.shadow(200, 322, 120)
    for y, half in ((110, 80), (150, 104), (192, 130)):
        p.body(f"M{200 - half} {y}h{2 * half}q-6 {half * 0.8} -{half * 0.6} {half * 0.96}H{200 - half * 0.4}"
               f"q-{half * 0.54} -{half * 0.16} -{half * 0.6} -{half * 0.96}z")  # fmt: skip
        p.path(oval(200, y, half, half * 0.14), mix(p.colour, "#39424e", 0.35))


@kind
def caketin(p: Picture) -> None:
    p.shadow(200, 322, 140)
    p.body(taper(200, 180, 316, 250, 250, 10))
    p.line("M75 314h250", p.dark, 10)
    p.path(oval(200, 180, 125, 30), p.dark)
    p.path("M86 176q114-74 228 0q-50 26-114 26t-114-26z", "#d9a15a")
    p.path("M120 160q80-40 160 0", "#efc98d", 0.7)
    p.solid(box(308, 212, 26, 54, 8), METAL)


def blade(p: Picture, d: str, handle: str, rivets: bool) -> None:
    p.solid(d, "#d5dade")
    p.solid(handle, p.colour)
    for x, y in ((282, 304), (312, 330)) if rivets else ():
        p.path(disc(x, y, 5), "#cfa75a")


@kind
def knife(p: Picture) -> None:
    p.shadow(210, 340, 110)
    blade(p, "M56 62q150 90 214 208l-30 26Q112 224 56 62z", "M238 280l30-28 86 86q6 20-14 22z", rivets=True)


@kind
def paring(p: Picture) -> None:
    p.shadow(210, 330, 90)
    handle = "M190 230l30-28 112 108q10 22-14 30z"
    blade(p, "M98 110q84 42 122 108l-24 22Q130 200 98 110z", handle, rivets=False)
    p.line("M222 226l88 88", p.light, 4, 0.6)


@kind
def breadknife(p: Picture) -> None:
    p.shadow(210, 340, 110)
    teeth = "l-2 13l16.7 4.5" * 12
    blade(p, f"M236 280L266 252L90 54q-22-6-30 16{teeth}z", "M236 280l30-28 88 86q6 20-14 22z", rivets=True)


@kind
def board(p: Picture) -> None:
    p.shadow(206, 344, 120)
    p.body("M170 120V66q0-20 30-20t30 20v54h44q24 0 24 24v170q0 24-24 24H126q-24 0-24-24V144q0-24 24-24z")
    p.path(disc(200, 74, 11), p.background)
    p.line("M130 150v160M160 140v60M160 240v80M206 146v180M240 140v90M268 160v150", p.dark, 3, 0.35)
    p.line(box(116, 134, 168, 190, 14), p.dark, 4, 0.5)


@kind
def utensils(p: Picture) -> None:
    p.shadow(200, 344, 100)
    for x in (112, 172, 286):
        p.solid(box(x - 8, 136, 16, 200, 8), p.colour)
    for head in (oval(112, 100, 26, 40), box(146, 62, 52, 86, 14), box(262, 66, 48, 80, 22)):
        p.solid(head, p.colour)
    p.solid(box(220, 136, 16, 200, 8), mix(p.colour, DARK_WOOD, 0.3))
    p.line("M212 66v52q16 30 32 0v-52M228 66v70", mix(p.colour, DARK_WOOD, 0.3), 10)
    p.line("M172 84v40M286 86v36", p.dark, 5, 0.5)


@kind
def spatula(p: Picture) -> None:
    p.shadow(206, 346, 90)
    p.solid("M204 190l22 8-74 144q-22 8-20-14z", WOOD)
    p.body("M186 190l70-124q46-4 64 44l-76 106q-40 6-58-26z")
    p.line("M216 186l60-102", p.light, 5, 0.8)


@kind
def mill(p: Picture) -> None:
    p.shadow(200, 336, 76)
    p.solid(disc(200, 92, 34), p.colour)
    p.path(box(186, 118, 28, 14, 4), METAL)
    p.solid("M160 130h80q10 44-14 76q-6 30 24 84v40H150v-40q30-54 24-84q-24-32-14-76z", p.colour)
    p.line("M152 304h96M164 146h72", p.dark, 6, 0.5)


@kind
def jar(p: Picture) -> None:
    p.shadow(200, 326, 92)
    p.solid(taper(200, 140, 320, 160, 160, 24), GLASS)
    p.path(taper(200, 198, 312, 144, 144, 20), "#e2b878")
    p.path("M128 200q34-22 72-6t72 6v10H128z", "#eac88f")
    p.line("M138 160v130", "#ffffff", 7, 0.8)
    p.solid(box(116, 104, 168, 42, 10), WOOD)


@kind
def teapot(p: Picture) -> None:
    p.shadow(200, 318, 120)
    p.line("M108 176q-68-8-60 46t76 50", p.dark, 17)
    p.solid("M276 226q42-6 52-78l34-6q-14 112-84 140z", p.colour)
    p.body("M106 232q4-86 94-88q90 2 94 88q0 80-62 84h-64q-62-4-62-84z")
    p.solid("M150 152q50-34 100 0z", p.light)
    p.path(disc(200, 122, 14), WOOD)


@kind
def kettle(p: Picture) -> None:
    p.shadow(190, 322, 120)
    p.line("M132 156q46-100 136-26l14 44", INK, 16)
    p.line("M262 274q44 4 48-62t40-74", p.dark, 17)
    p.body("M116 176h140l28 122q2 20-18 20H106q-20 0-18-20z")
    p.solid("M128 178q58-36 116 0z", p.light)
    p.path(disc(186, 150, 12), DARK_WOOD)


@kind
def press(p: Picture) -> None:
    p.shadow(205, 328, 100)
    p.line("M264 150q72-6 66 60t-66 60", INK, 17)
    p.solid(box(120, 120, 150, 200, 12), GLASS)
    p.path(box(128, 204, 134, 108, 8), "#5a3a2b")
    p.line("M195 70v130M130 200h130", p.colour, 7)
    p.line("M120 150v166h150V150M120 240h150", p.colour, 9)
    p.solid("M112 124q82-34 166 0z", p.colour)
    p.path(disc(195, 66, 15), INK)


@kind
def moka(p: Picture) -> None:
    p.shadow(200, 324, 88)
    p.line("M258 130q62 0 58 60v40", INK, 18)
    p.solid("M150 200l-26-104 26 4h102l-10 100z", p.colour)
    p.solid("M144 218h110l22 100H122z", p.colour)
    p.solid(box(138, 198, 124, 22, 6), p.dark)
    p.line("M176 106l-4 88M224 106l-2 88M174 224l-10 90M226 224l10 90", p.dark, 3, 0.5)
    p.solid("M142 98q58-40 116 0z", p.light)
    p.path(disc(200, 72, 11), INK)


@kind
def dripper(p: Picture) -> None:
    p.shadow(200, 338, 90)
    p.solid(taper(200, 246, 334, 124, 112, 18), GLASS)
    p.path(taper(200, 286, 328, 108, 104, 14), "#6b4632")
    p.path("M96 96h208l-20 44H116z", PAPER)
    p.line("M280 140q52-8 46 30t-66 38", p.dark, 14)
    p.body("M98 128h204l-70 104h-64z")
    p.solid(box(124, 226, 152, 20, 8), p.colour)


@kind
def teatin(p: Picture) -> None:
    p.shadow(200, 330, 90)
    p.body(box(122, 130, 156, 196, 12))
    p.solid(box(116, 92, 168, 50, 12), p.dark)
    p.path(box(146, 188, 108, 80, 8), PAPER)
    p.path("M200 250q-34-16-16-48q16 8 16 48q0-40 18-50q18 36-18 50z", LEAF)


@kind
def coffeebag(p: Picture) -> None:
    p.shadow(200, 336, 98)
    p.body("M124 90h152l14 236q-90 14-180 0z")
    p.solid(box(118, 72, 164, 36, 6), p.dark)
    p.path(box(146, 176, 108, 100, 8), PAPER)
    for x, y in ((182, 214), (216, 236)):
        p.path(oval(x, y, 15, 21), "#6b4632")
        p.line(f"M{x} {y - 18}q8 16 0 36", PAPER, 3)
