"""Toys and the children's room."""

from shapes.canvas import INK, PAPER, WOOD, Picture, box, disc, kind, mix, oval, taper

PAINTS = ("#c2453f", "#dfab3c", "#3f7357", "#4377b0", "#ab98c8", "#c96f4a", "#9cc4dc")


@kind
def blocks(p: Picture) -> None:
    p.shadow(200, 330, 140)
    for x, y, paint in ((74, 246, PAINTS[0]), (160, 246, WOOD), (246, 246, PAINTS[3]), (116, 166, PAINTS[1])):
        p.solid(box(x, y, 80, 80, 6), paint)
    p.solid("M204 246v-80h84v80h-22q0-28-20-28t-20 28z", PAINTS[2])
    p.solid("M110 166l46-66 46 66z", PAINTS[5])
    p.solid(disc(246, 136, 30), WOOD)


@kind
def toycar(p: Picture) -> None:
    p.shadow(200, 316, 140)
    p.body("M60 270v-36q0-26 34-28l36-6q30-66 86-66h20q46 0 66 66q46 2 46 44v26q0 14-16 14H76q-16 0-16-14z")
    p.path("M156 198q22-42 58-42v42zM230 156q36 0 50 42h-50z", PAPER)
    for x in (122, 280):
        p.path(disc(x, 282, 38), INK)
        p.solid(disc(x, 282, 27), WOOD)
        p.path(disc(x, 282, 6), INK)
    p.path(disc(332, 232, 9), "#ffe3a1")


@kind
def stacker(p: Picture) -> None:
    p.shadow(200, 342, 110)
    p.solid(taper(200, 310, 338, 210, 150, 22), WOOD)
    for i, paint in enumerate(PAINTS[:6]):
        width = 196 - i * 24
        p.solid(box(200 - width / 2, 276 - i * 36, width, 37, 18), paint)
    p.solid(disc(200, 74, 27), p.colour)


def face(p: Picture, x: float, y: float) -> None:
    p.path(disc(x - 30, y, 7), INK)
    p.path(disc(x + 30, y, 7), INK)
    p.path(oval(x, y + 24, 12, 8), INK)


def whale(p: Picture) -> None:
    p.shadow(200, 322, 140)
    p.body(
        "M310 214q-6-50 24-82q10 26 32 30q-4 34-24 60q-6 92-140 94q-134-4-146-82q-2-94 112-96q86 4 142 76z"
    )
    p.path("M58 246q70 30 180 6q-16 62-90 64q-80-8-90-70z", PAPER, 0.8)
    p.path(disc(122, 214, 8), INK)
    p.line("M166 118q-6-40-34-44M166 118q6-40 34-44", "#9cc4dc", 8)


@kind
def plush(p: Picture) -> None:
    if p.detail == "whale":
        whale(p)
        return
    p.shadow(200, 346, 100)
    ears = {
        "fox": "M122 130l4-82 62 44zM278 130l-4-82-62 44z",
        "bear": disc(136, 96, 30) + disc(264, 96, 30),
        "rabbit": oval(164, 72, 20, 60) + oval(236, 72, 20, 60),
    }
    p.solid(ears[p.detail], p.colour)
    p.solid(oval(132, 250, 24, 46) + oval(268, 250, 24, 46), p.dark)
    p.solid(oval(200, 270, 72, 72), p.colour)
    p.path(oval(200, 280, 42, 48), PAPER, 0.75)
    p.solid(oval(156, 334, 34, 20) + oval(244, 334, 34, 20), p.dark)
    p.solid(oval(200, 146, 86, 68), p.colour)
    p.path(oval(200, 172, 40, 30), PAPER, 0.85)
    face(p, 200, 140)


@kind
def puzzle(p: Picture) -> None:
    p.shadow(204, 334, 150)
    p.solid(box(56, 84, 288, 240, 8), "#bcd9e0")
    p.path("M56 230q70-40 140-10t148-20v124H56z", p.colour)
    for x, y in ((110, 250), (180, 236), (262, 246)):
        p.path(f"M{x} {y - 110}l40 80h-80z", mix(p.colour, "#a9c48d", 0.4))
        p.path(box(x - 6, y - 32, 12, 40, 3), "#7a5a3c")
    p.path(disc(296, 126, 20), "#efc45f")
    p.line("M128 84v240M200 84v240M272 84v240M56 164h288M56 244h288", PAPER, 4)
    for x, y in ((128, 124), (200, 204), (272, 284), (128, 284), (272, 124)):
        p.path(disc(x, y, 13), p.colour if y > 200 else "#bcd9e0")
        p.line(disc(x, y, 13), PAPER, 3)


@kind
def crayons(p: Picture) -> None:
    p.shadow(200, 336, 120)
    for i, paint in enumerate(PAINTS[:6]):
        x = 84 + i * 40
        p.solid(f"M{x} 130l10-46q6-8 12 0l10 46v120h-32z", paint)
        p.path(box(x, 146, 32, 90, 2), mix(paint, "#ffffff", 0.35))
    p.solid(box(68, 206, 264, 124, 10), "#e6d6b4")
    p.line("M110 290q34-60 68-14t62-20 56 10", p.colour, 9)


@kind
def nightlight(p: Picture) -> None:
    p.shadow(200, 306, 130)
    p.path(disc(200, 210, 170), "#ffe3a1", 0.35)
    p.solid("M104 296q-56-4-54-58t58-56q10-74 84-74q64 0 82 56q76-8 80 66q0 62-60 66z", p.colour)
    p.line("M150 226q12 12 24 0M226 226q12 12 24 0M186 250q14 16 28 0", INK, 6)
    p.path(oval(138, 254, 16, 10) + oval(262, 254, 16, 10), "#e8a79b", 0.8)


@kind
def blanket(p: Picture) -> None:
    p.shadow(200, 330, 140)
    p.body(box(70, 232, 260, 92, 30))
    p.body(box(78, 152, 244, 92, 30))
    p.body("M110 84h150q60 0 62 60l-40 60-212-40q-6-74 40-80z")
    p.line("M96 282h210M104 200h196", p.dark, 3, 0.4)


@kind
def kidset(p: Picture) -> None:
    p.shadow(200, 330, 150)
    p.body(disc(160, 196, 116))
    p.path(disc(160, 196, 80), p.light)
    face(p, 160, 186)
    p.solid("M158 256h140q-4 66-46 70h-48q-42-4-46-70z", p.dark)
    p.solid(taper(312, 176, 320, 92, 74, 14), mix(p.colour, "#ffffff", 0.25))
