"""Lamps, linen, cushions, candles and what stands on a shelf."""

from shapes.canvas import (
    BRASS,
    CLAY,
    DARK_WOOD,
    GLASS,
    GLOW,
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


def halo(p: Picture, x: float, y: float, r: float) -> None:
    p.path(disc(x, y, r), GLOW, 0.35)
    p.path(disc(x, y, r * 0.7), GLOW, 0.4)


@kind
def tablelamp(p: Picture) -> None:
    p.shadow(200, 334, 76)
    halo(p, 200, 150, 150)
    p.solid("M180 210h40q4 20 30 50q30 70-34 70h-32q-64 0-34-70q26-30 30-50z", CLAY)
    p.body("M148 70h104l50 134H98z")
    p.line("M148 70h104M98 204h204", p.dark, 5)


@kind
def desklamp(p: Picture) -> None:
    p.shadow(160, 334, 100)
    p.path("M256 150l104 120q-70 40-150 0z", GLOW, 0.55)
    p.line("M150 322L104 190l128-98", p.colour, 12)
    p.solid(disc(104, 190, 14), BRASS)
    p.solid(oval(154, 324, 72, 14), p.dark)
    p.solid("M216 68l38 2q48 28 58 88L204 178q-10-66 12-110z", p.colour)
    p.path("M204 178l108-20q-4 30-54 34q-46 4-54-14z", "#fff6d8")


@kind
def floorlamp(p: Picture) -> None:
    p.shadow(200, 352, 66)
    halo(p, 200, 118, 120)
    p.line("M200 170v176", INK, 8)
    p.solid(oval(200, 348, 56, 10), INK)
    p.body("M150 58h100q50 40 52 118H98q2-78 52-118z")
    p.line("M150 58h100M98 176h204M124 108h152", p.dark, 5)


@kind
def pendant(p: Picture) -> None:
    p.line("M200 0v120", INK, 5)
    p.path("M84 252L40 400h320l-44-148z", GLOW, 0.4)
    p.path(disc(200, 258, 30), "#fff3c9")
    p.solid(box(182, 110, 36, 34, 8), BRASS)
    p.body("M184 138h32q100 14 112 116H72q12-102 112-116z")
    p.line("M72 254h256", p.dark, 7)


@kind
def portable(p: Picture) -> None:
    p.shadow(200, 336, 80)
    halo(p, 200, 150, 140)
    p.line("M200 160v160", p.colour, 16)
    p.solid(oval(200, 326, 70, 14), p.colour)
    p.solid("M112 186q6-92 88-94q82 2 88 94z", p.colour)
    p.path(oval(200, 186, 88, 14), "#fff3c9")


@kind
def stringlights(p: Picture) -> None:
    wires = (("M0 90q110 110 210 60t190-70", ((44, 128), (120, 170), (204, 168), (284, 128), (362, 106))),
             ("M0 250q90 80 200 40t200-20", ((60, 294), (150, 320), (238, 300), (326, 286))))  # fmt: skip
    for wire, bulbs in wires:
        p.line(wire, INK, 5)
        p.path("".join(disc(x, y + 34, 42) for x, y in bulbs), GLOW, 0.55)
        p.path("".join(box(x - 8, y - 8, 16, 24, 4) for x, y in bulbs), INK)
        p.path("".join(disc(x, y + 34, 22) for x, y in bulbs), "#fff6dc")


@kind
def lantern(p: Picture) -> None:
    p.shadow(200, 340, 92)
    p.line("M150 120q0-74 50-74t50 74", INK, 6)
    p.solid("M130 140l40-36h60l40 36z", p.colour)
    p.path(box(136, 138, 128, 172, 6), "#fff2cb")
    halo(p, 200, 236, 56)
    p.path("M200 190q30 42 0 74q-30-32 0-74z", "#f0a63c")
    p.line("M138 140v170M200 140v40M262 140v170", p.colour, 9)
    p.solid(box(120, 304, 160, 30, 8), p.colour)


@kind
def walllamp(p: Picture) -> None:
    halo(p, 246, 200, 130)
    p.solid(box(66, 130, 44, 150, 20), p.colour)
    p.line("M96 250q70 10 90-60", p.colour, 11)
    p.solid("M196 96h66l52 116H146z", "#f5ead2")
    p.path(oval(230, 212, 84, 12), "#fff6d8")
    p.line("M88 280v80", INK, 4)


def bed(p: Picture) -> None:
    p.shadow(200, 330, 170)
    p.solid(box(52, 96, 296, 130, 22), WOOD)
    p.path(box(44, 220, 312, 96, 14), "#f6f1e6")
    p.solid(box(78, 160, 108, 64, 24), mix(p.colour, "#ffffff", 0.6))
    p.solid(box(214, 160, 108, 64, 24), mix(p.colour, "#ffffff", 0.6))


@kind
def bedding(p: Picture) -> None:
    bed(p)
    p.body("M38 216q80-16 162 0t162 0l6 96q-30 18-84 6t-84 4-84-4-84-2z")
    p.solid("M38 214q80-16 162 0t162 0v30q-82 14-162 0t-162 0z", p.light)


@kind
def sheet(p: Picture) -> None:
    p.shadow(200, 316, 140)
    for y in (250, 200, 150):
        p.solid(box(72, y, 256, 58, 26), p.colour)
        p.line(f"M90 {y + 30}h220", p.dark, 3, 0.4)
    p.solid(box(172, 144, 56, 168, 4), PAPER)
    p.line("M186 200h28M186 218h28M186 236h18", METAL, 4)


@kind
def duvet(p: Picture) -> None:
    p.shadow(200, 318, 150)
    p.body("M66 120q134-30 268 0q24 70 4 180q-138 26-276 0q-20-110 4-180z")
    p.line("M66 180q134-16 268 0M60 240q140 14 280 0", p.dark, 4, 0.4)
    p.line("M132 110q-12 100 0 200M268 110q12 100 0 200", p.dark, 4, 0.4)
    p.solid("M270 106l64 14q16 40 12 90q-60-20-76-104z", p.light)


@kind
def pillow(p: Picture) -> None:
    p.shadow(200, 300, 150)
    p.body(
        "M62 130q138 26 276 0q24-2 20 22q-18 60 0 120q4 24-20 22"
        "q-138-22-276 0q-24 2-20-22q18-60 0-120q-4-24 20-22z"
    )
    p.line("M90 158q110 14 220 0M96 266q104-12 208 0", p.dark, 3, 0.35)


@kind
def towel(p: Picture) -> None:
    p.shadow(200, 320, 130)
    for y, x in ((256, 76), (200, 84), (144, 80)):
        p.body(box(x, y, 400 - 2 * x, 60, 26))
        p.line(f"M{x + 20} {y + 44}h{360 - 2 * x}", p.mark, 5, 0.7)


@kind
def hamam(p: Picture) -> None:
    p.line("M56 92h288", WOOD, 14)
    p.colour, thread = mix(p.colour, "#fffaf0", 0.75), p.colour
    p.solid("M104 86h192v214H104z", p.colour)
    for y in (128, 146, 164, 232, 250, 268):
        p.line(f"M106 {y}h188", thread, 8)
    p.line("".join(f"M{x} 300v30" for x in range(112, 296, 16)), thread, 4)


@kind
def bathmat(p: Picture) -> None:
    p.shadow(200, 300, 160)
    p.body("M84 130h232l44 160H40z")
    p.line("M92 142h216l38 136H54z", p.dark, 4, 0.5)
    p.solid(oval(142, 120, 40, 14), WOOD)
    p.path(disc(250, 204, 8), p.light)


@kind
def bathrobe(p: Picture) -> None:
    p.line("M200 30q22 0 22 22l-22 18M112 96l88-28 88 28", DARK_WOOD, 7)
    p.solid("M150 78h100l62 50 14 120-44 10-8-70 8 160H118l8-160-8 70-44-10 14-120z", p.colour)
    p.solid("M150 78l50 130 50-130 24 14-58 150v106h-32V242L126 92z", p.light)
    p.line("M122 226h156M200 232l-18 70M204 232l20 60", p.dark, 13)


@kind
def soap(p: Picture) -> None:
    p.shadow(200, 314, 130)
    p.solid(box(84, 266, 232, 40, 18), WOOD)
    p.solid(box(102, 178, 196, 92, 34), "#dfe3bd")
    p.line(box(126, 198, 148, 52, 22), "#aeb684", 4)
    for x, y, r in ((120, 140, 18), (158, 116, 11), (282, 148, 14)):
        p.path(disc(x, y, r), "#ffffff", 0.8)
    p.line("M176 224q24-20 48 0M200 214v22", LEAF, 5)


@kind
def dispenser(p: Picture) -> None:
    p.shadow(200, 332, 78)
    p.line("M200 150V82h-50v18", METAL, 13)
    p.solid(box(176, 128, 48, 28, 6), METAL)
    p.body("M168 152h64q44 14 44 60v80q0 36-34 36h-84q-34 0-34-36v-80q0-46 44-60z")
    p.path(box(164, 222, 72, 54, 6), PAPER, 0.8)


CUSHION = "M74 74q126 28 252 0q-28 126 0 252q-126-28-252 0q28-126 0-252z"


@kind
def cushion(p: Picture) -> None:
    p.shadow(204, 334, 130)
    p.body(CUSHION)
    p.line(CUSHION, p.mark if p.detail == "border" else p.dark, 7, 0.8)
    if p.detail == "stripes":
        for x, y in ((72, 72), (328, 72), (72, 328), (328, 328)):
            p.solid(disc(x, y, 16), p.dark)
    if p.detail == "check":
        for y in (140, 200, 260):
            p.solid(disc(200, y, 9), DARK_WOOD)


@kind
def seatpad(p: Picture) -> None:
    p.shadow(200, 322, 130)
    p.solid(oval(200, 224, 146, 92), p.dark)
    p.body(oval(200, 206, 146, 92))
    p.line(oval(200, 206, 126, 76), p.mark, 3, 0.8)


@kind
def throw(p: Picture) -> None:
    p.shadow(200, 334, 140)
    p.body("M70 262q130 24 260 0v42q-130 30-260 0z")
    p.body("M70 202q130 24 260 0v52q-130 26-260 0z")
    p.body("M82 120q118-34 236 0l12 74q-130 28-260 0z")
    p.line("".join(f"M{x} {312 + (x - 200) ** 2 // -2400 + 8}v26" for x in range(84, 330, 21)), p.colour, 6)
    p.line("M70 198q130 24 260 0M70 258q130 24 260 0", p.dark, 4, 0.5)


def flame(p: Picture, x: float, y: float) -> None:
    halo(p, x, y - 22, 46)
    p.line(f"M{x} {y}v-14", INK, 4)
    p.path(f"M{x} {y - 54}q24 30 0 44q-24-14 0-44z", "#f2a33a")


@kind
def candle(p: Picture) -> None:
    p.shadow(200, 332, 96)
    flame(p, 200, 160)
    p.solid(taper(200, 150, 326, 172, 172, 20), GLASS)
    p.path(taper(200, 172, 318, 156, 156, 14), "#f4e6c8")
    p.path(oval(200, 172, 78, 12), "#fff5de")
    p.path(box(144, 210, 112, 78, 6), PAPER)
    p.line("M164 236h72M176 256h48", CLAY, 5)


@kind
def tapers(p: Picture) -> None:
    p.shadow(200, 342, 100)
    for x, top in ((134, 120), (200, 90), (266, 130)):
        flame(p, x, top)
        p.solid(box(x - 14, top, 28, 334 - top, 6), p.colour)
    p.solid(box(106, 236, 188, 40, 4), PAPER)
    p.path("M200 244l12 7v14l-12 7-12-7v-14z", BRASS)


@kind
def pillar(p: Picture) -> None:
    p.shadow(200, 328, 110)
    flame(p, 200, 136)
    p.solid(oval(200, 318, 110, 16), WOOD)
    p.body(taper(200, 138, 318, 116, 116, 8))
    p.path(oval(200, 138, 58, 12), p.light)


@kind
def diffuser(p: Picture) -> None:
    p.shadow(200, 332, 84)
    p.line("M196 190L130 50M198 190L172 38M200 190l8-156M204 190l48-146M206 190l76-126", "#b98d5c", 6)
    p.solid("M176 170h48v30q52 16 52 62v48q0 18-20 18H144q-20 0-20-18v-48q0-46 52-62z", p.colour)
    p.path(box(150, 242, 100, 62, 6), PAPER)
    p.line("M168 264h64M178 282h44", INK, 4)


@kind
def mist(p: Picture) -> None:
    p.shadow(200, 332, 74)
    for x, y, r in ((112, 92, 5), (92, 116, 7), (74, 82, 6), (98, 62, 4), (58, 108, 5)):
        p.path(disc(x, y, r), "#ffffff", 0.9)
    p.solid("M152 80h84v30h-70z", INK)
    p.solid(box(170, 108, 60, 40, 6), METAL)
    p.solid(box(136, 144, 128, 184, 30), p.colour)
    p.path(box(152, 206, 96, 80, 6), PAPER)
    p.line("M200 276v-46M200 250q-18 0-20-18M200 244q18 0 20-18", LEAF, 5)


@kind
def tealight(p: Picture) -> None:
    p.shadow(200, 322, 150)
    for x, y in ((200, 200), (112, 268), (288, 268)):
        flame(p, x, y - 18)
        p.solid(taper(x, y - 14, y + 48, 126, 118, 10), GLASS)
        p.path(taper(x, y, y + 42, 114, 108, 8), p.colour)
        p.path(oval(x, y - 2, 58, 11), "#fffaf0")


@kind
def candleholder(p: Picture) -> None:
    p.shadow(196, 328, 116)
    flame(p, 190, 76)
    p.solid(box(178, 76, 24, 190, 4), "#f7efdc")
    p.line(disc(304, 274, 28), p.colour, 14)
    p.solid(box(166, 230, 48, 70, 8), p.colour)
    p.solid(taper(190, 290, 322, 214, 180, 14), p.colour)


@kind
def vase(p: Picture) -> None:
    p.shadow(200, 346, 80)
    p.line("M200 130Q190 70 150 34M202 130q6-60 50-90M200 130V24", LEAF, 5)
    for x, y in ((150, 36), (252, 42), (200, 24)):
        p.path(oval(x, y, 13, 22), "#e0b04e")
    p.body("M176 126h48q-6 34 28 66q44 50 6 124q-12 24-34 24h-48q-22 0-34-24q-38-74 6-124q34-32 28-66z")


@kind
def bulbvase(p: Picture) -> None:
    p.shadow(200, 336, 92)
    p.line("M190 240Q180 140 130 74M206 240q0-110 44-170M200 240V60", LEAF, 6)
    for x, y in ((128, 72), (252, 68), (200, 52)):
        p.solid(f"M{x - 20} {y - 22}l12 10 8-14 8 14 12-10q8 46-20 48q-28-2-20-48z", "#d8756a")
    p.path("M150 150q-60 34-60 96q2 84 110 86q108-2 110-86q0-62-60-96z", mix(p.colour, GLASS, 0.3), 0.75)
    p.path("M100 222h200q12 96-100 104q-112-8-100-104z", "#ffffff", 0.35)
    p.line("M112 230q-6 42 26 68", "#ffffff", 7, 0.8)


@kind
def basket(p: Picture) -> None:
    p.shadow(200, 330, 112)
    p.line("M104 170q-40-6-36 34t46 30M296 170q40-6 36 34t-46 30", p.dark, 13)
    p.solid("M120 150q20-60 80-40t84 40z", "#e8dcc8")
    p.body("M88 148h224q10 130-20 164q-14 14-32 14H140q-18 0-32-14q-30-34-20-164z")
    p.line("M88 148h224", p.dark, 12)


@kind
def frame(p: Picture) -> None:
    p.shadow(204, 352, 116)
    p.solid(box(84, 48, 232, 300, 6), p.colour)
    p.path(box(104, 68, 192, 260, 2), PAPER)
    p.path("M136 104h128v188H136z", "#cfe0e6")
    p.path("M136 292v-60l44-50 36 40 24-22 24 30v62z", LEAF)
    p.path(disc(230, 142, 17), "#efc45f")


@kind
def clock(p: Picture) -> None:
    p.shadow(204, 346, 100)
    p.solid(disc(200, 196, 142), p.dark)
    p.solid(disc(200, 196, 126), p.colour)
    p.line("M200 86v18M200 288v18M90 196h18M292 196h18", p.mark, 9)
    p.line("M255 101l-6 10M295 141l-10 6M145 101l6 10M105 141l10 6M255 291l-6-10M295 251l-10-6", p.mark, 5)
    p.line("M145 291l6-10M105 251l10-6", p.mark, 5)
    p.line("M200 196l-44-52M200 196l66-50", p.mark, 10)
    p.path(disc(200, 196, 11), CLAY)


@kind
def mirror(p: Picture) -> None:
    p.line("M122 132L200 42l78 90", DARK_WOOD, 11)
    p.solid(disc(200, 40, 10), BRASS)
    p.solid(disc(200, 226, 134), p.colour)
    p.path(disc(200, 226, 122), "#dfeaee")
    p.path("M120 260L250 116q30 14 44 34L150 336q-24-26-30-76z", "#ffffff", 0.55)


@kind
def poster(p: Picture) -> None:
    p.shadow(204, 356, 106)
    p.solid(box(88, 40, 224, 312, 3), PAPER)
    p.line("M200 316Q190 200 214 84", p.colour, 5)
    for i in range(6):
        y, reach = 286 - i * 36, 66 - i * 8
        p.path(f"M{199 + i} {y}q-{reach / 2}-34-{reach}-24q10 30 {reach} 24q{reach / 2}-44 {reach}-30"
               f"q-10 34-{reach} 30", p.colour)  # fmt: skip
