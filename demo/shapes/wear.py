"""Clothes, socks and scarves."""

from shapes.canvas import BRASS, DARK_WOOD, PAPER, Picture, box, disc, kind, mix, oval

SHIRT = "M150 74q50 34 100 0l54 24 58 86-48 34-28-32 4 148H110l4-148-28 32-48-34 58-86z"
LONG_SLEEVES = (
    "M150 74q50 26 100 0l46 20q22 16 30 60l28 144-44 10-26-108 4 138H112l4-138-26 108-44-10 28-144"
    "q8-44 30-60z"
)


@kind
def tshirt(p: Picture) -> None:
    p.shadow(200, 350, 96)
    p.body(SHIRT)
    p.line("M150 76q50 36 100 0", p.dark, 9, 0.6)
    p.line("M114 186l-10-24M286 186l10-24M118 322h164", p.dark, 3, 0.5)


@kind
def longsleeve(p: Picture) -> None:
    p.shadow(200, 352, 96)
    thread, p.colour = p.colour, "#fbf7ee"
    p.solid(LONG_SLEEVES, p.colour)
    for y in range(146, 330, 24):
        p.line(f"M118 {y}h164", thread, 9)
    p.line("M72 170l34 10M64 210l34 9M56 250l33 8M328 170l-34 10M336 210l-34 9M344 250l-33 8", thread, 9)
    p.line("M150 75q50 26 100 0", thread, 7)


@kind
def shirt(p: Picture) -> None:
    p.shadow(200, 352, 96)
    p.body(LONG_SLEEVES)
    p.line("M200 96v238", p.dark, 4, 0.6)
    p.solid("M150 74l50 26-30 36-36-50zM250 74l-50 26 30 36 36-50z", p.light)
    for y in (150, 190, 230, 270, 310):
        p.path(disc(208, y, 5), PAPER if p.colour != "#fbf9f4" else "#c9bda8")
    p.line("M228 168h42v44h-42zM116 200l-2 134M284 200l2 134", p.dark, 3, 0.5)


@kind
def jumper(p: Picture) -> None:
    p.shadow(200, 352, 100)
    p.body(LONG_SLEEVES)
    p.line("M150 78q50 38 100 0", p.dark, 15)
    p.line("M112 330h176M52 298l40 10M348 298l-40 10", p.dark, 17, 0.7)


@kind
def cardigan(p: Picture) -> None:
    p.shadow(200, 352, 100)
    p.body(LONG_SLEEVES)
    p.path("M158 78h84l-42 104z", PAPER)
    p.line("M156 78l44 106v150M244 78l-44 106", p.dark, 11)
    for y in (206, 242, 278, 314):
        p.path(disc(200, y, 7), DARK_WOOD)
    p.line("M130 258h46v52h-46zM224 258h46v52h-46z", p.dark, 4, 0.6)


@kind
def socks(p: Picture) -> None:
    p.shadow(210, 342, 120)
    for x, y in ((176, 0), (90, 18)):
        sock = f"M{x} {56 + y}h84v150q4 22 36 42q46 26 22 58q-16 22-54 12q-96-26-94-94z"
        p.body(sock)
        p.line(sock, p.dark, 4)
        p.solid(f"M{x - 3} {52 + y}h90v34H{x - 3}z", p.dark)
        p.path(f"M{x + 142} {306 + y}q-20-30 4-46q14 20-4 46z", p.dark, 0.7)


@kind
def scarf(p: Picture) -> None:
    p.shadow(204, 352, 90)
    p.body("M212 150h74l22 172h-80z")
    p.body("M112 96q88-56 176 0q26 44-20 78q-68 30-136 0q-46-34-20-78z")
    p.path(oval(200, 112, 60, 20), p.dark)
    p.body("M128 146h78l-12 184h-80z")
    fringe = "v22m18-22" * 5
    p.line(f"M118 332{fringe}M232 324{fringe}", p.colour, 5)


@kind
def beanie(p: Picture) -> None:
    p.shadow(200, 322, 116)
    p.solid(disc(200, 74, 26), p.light)
    p.body("M88 246q-6-156 112-156t112 156z")
    p.solid(box(76, 234, 248, 78, 22), p.dark)
    p.line("".join(f"M{x} 246v54" for x in range(98, 316, 20)), p.colour, 4, 0.8)


@kind
def apron(p: Picture) -> None:
    p.line("M150 92q0-62 50-62t50 62", p.dark, 9)
    p.line("M96 190q-50 10-62 60M304 190q50 10 62 60", p.dark, 9)
    p.shadow(200, 356, 110)
    p.body("M146 88q54 18 108 0q4 70 56 98v150q0 14-14 14H104q-14 0-14-14V186q52-28 56-98z")
    p.solid(box(134, 222, 132, 82, 8), mix(p.colour, "#ffffff", 0.2))
    p.line("M134 242h132M200 242v60", p.dark, 4, 0.6)
    p.path(disc(150, 102, 5), BRASS)
    p.path(disc(250, 102, 5), BRASS)


@kind
def slippers(p: Picture) -> None:
    p.shadow(200, 326, 140)
    for x in (64, 214):
        p.solid(f"M{x} 160q0-92 62-92t62 92q0 60-10 110q-8 50-52 50t-52-50q-10-50-10-110z", "#7c5b43")
        p.path(f"M{x + 16} 190q46 20 92 0v70q-8 44-46 44t-46-44z", mix(p.colour, "#ffffff", 0.6))
        p.solid(f"M{x + 4} 160q0-86 58-86t58 86q2 30-4 60q-54-30-108 0q-6-30-4-60z", p.colour)
        p.line(f"M{x + 16} 178q46-22 92 0", p.light, 4)
