"""Paper, pens and what tidies a desk."""

from shapes.canvas import BRASS, CLAY, INK, LEAF, LEATHER, METAL, PAPER, WOOD, Picture, box, disc, kind, mix


@kind
def notebook(p: Picture) -> None:
    p.shadow(206, 346, 112)
    p.path(box(106, 62, 202, 284, 10), "#e9dfca")
    p.body(box(96, 54, 202, 284, 10))
    p.path("M96 64q0-10 10-10h16v284h-16q-10 0-10-10z", p.dark)
    p.line("M250 338v26l-8-8-8 8v-26", CLAY, 7)
    p.path(box(150, 112, 112, 60, 4), PAPER)
    p.line("M166 134h80M166 152h50", INK, 4, 0.6)


@kind
def pocketbooks(p: Picture) -> None:
    p.shadow(200, 334, 140)
    for x, colour in ((60, "#2c4168"), (122, "#dfab3c"), (184, p.colour)):
        p.solid(box(x, 86 + x // 6, 156, 216, 8), colour)
    p.path(box(212, 150, 100, 46, 4), PAPER)
    p.line("M192 170h8M192 260h8", METAL, 4)


@kind
def planner(p: Picture) -> None:
    p.shadow(204, 316, 160)
    p.solid(box(44, 84, 312, 226, 8), PAPER)
    p.path(box(44, 84, 312, 40, 8), CLAY)
    p.line("M106 136v160M168 136v160M230 136v160M292 136v160M56 190h288M56 244h288", INK, 2, 0.4)
    p.line("M64 156h28M126 156h30M188 210h26M250 264h30M312 156h30", "#2c4168", 6, 0.7)
    p.path(disc(76, 218, 8), "#dfab3c")
    p.path(disc(138, 268, 8), LEAF)


@kind
def cards(p: Picture) -> None:
    p.shadow(204, 330, 140)
    p.solid(box(52, 150, 236, 164, 6), "#d8c3a4")
    p.line("M56 154l114 88 114-88", "#b79c76", 4)
    p.solid(box(168, 66, 166, 226, 6), PAPER)
    for x, y, colour in ((224, 136, p.colour), (276, 164, "#dfab3c"), (242, 196, "#c96f4a")):
        p.line(f"M{x} {y}Q{x + 6} 230 250 268", LEAF, 4)
        for dx, dy in ((0, -13), (13, 0), (0, 13), (-13, 0)):
            p.path(disc(x + dx, y + dy, 10), colour)
        p.path(disc(x, y, 7), "#fff3c9")


@kind
def writingset(p: Picture) -> None:
    p.shadow(204, 334, 140)
    p.solid(box(76, 56, 190, 260, 4), mix(p.colour, "#ffffff", 0.4))
    p.line("M104 104h120M104 132h132M104 160h126M104 188h80", INK, 3, 0.5)
    p.body(box(140, 190, 210, 138, 6))
    p.line("M144 194l101 76 101-76", p.dark, 4)
    p.solid(disc(245, 268, 17), "#a8403a")


@kind
def pen(p: Picture) -> None:
    p.shadow(206, 334, 110)
    p.line("M58 330q40-50 76-8t70-20", "#2c4168", 5)
    p.solid("M150 214L322 42q16-10 28 2t2 28L180 244z", p.colour)
    p.path("M222 142l30 30 8-8-30-30z", BRASS)
    p.line("M322 62l-56 62", BRASS, 7)
    p.solid("M150 214l30 30-62 38q-8 0-6-8z", METAL)
    p.line("M114 280l30-30", INK, 3)


@kind
def ballpoint(p: Picture) -> None:
    p.shadow(204, 336, 100)
    p.solid("M110 262L288 84l28 28L138 290z", p.colour)
    p.line("M120 272L298 94", p.light, 5)
    p.solid("M110 262l28 28-48 20z", METAL)
    p.line("M302 98l20-20", METAL, 12)
    p.line("M282 132l-58 58", p.dark, 8)


@kind
def pencils(p: Picture) -> None:
    p.shadow(200, 344, 110)
    for i, colour in enumerate(("#3c4350", "#c96f4a", "#3f7357", p.colour, "#2c4168", "#7b2f40")):
        x = 88 + i * 38
        top = 70 + (i * 29) % 44
        p.path(f"M{x} {top + 48}l16-48 16 48z", "#e8c79a")
        p.path(f"M{x + 11} {top + 16}l5-16 5 16z", INK)
        p.solid(box(x, top + 46, 32, 290 - top, 3), colour)
    p.solid(box(76, 222, 250, 116, 6), "#d9c09a")
    p.path(box(140, 252, 122, 52, 4), PAPER)


@kind
def pencilcase(p: Picture) -> None:
    p.shadow(200, 286, 150)
    p.line("M130 154l30-70M176 150l6-84M222 150l32-72", WOOD, 13)
    p.body(box(56, 146, 288, 134, 36))
    p.line("M84 168h232", BRASS, 7)
    p.solid(box(296, 160, 52, 20, 6), LEATHER)


@kind
def desktray(p: Picture) -> None:
    p.shadow(200, 312, 160)
    p.line("M130 210L104 78", "#c2453f", 12)
    p.line("M158 210l-4-146", WOOD, 12)
    p.solid(box(216, 132, 66, 100, 8), INK)
    p.path(box(222, 140, 54, 84, 4), "#9cc4dc")
    p.solid("M52 186h296l20 100q2 18-18 18H50q-20 0-18-18z", p.colour)
    p.line("M190 190v112M40 246h150M190 246h168", p.dark, 6, 0.5)


@kind
def scissors(p: Picture) -> None:
    p.shadow(204, 346, 90)
    p.solid("M186 216L262 44q18 10 14 40l-62 150z", METAL)
    p.solid("M214 216L138 44q-18 10-14 40l62 150z", "#d5dade")
    p.line("M190 226q-72 6-66 62t62 40 26-92M210 226q72 6 66 62t-62 40-26-92", p.colour, 17)
    p.path(disc(200, 204, 9), INK)
