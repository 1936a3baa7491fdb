"""Bags and what goes along in them."""

from shapes.canvas import BRASS, INK, LEATHER, METAL, PAPER, WOOD, Picture, box, disc, kind, oval, taper


@kind
def backpack(p: Picture) -> None:
    p.shadow(200, 342, 110)
    p.line("M164 74q0-36 36-36t36 36", p.dark, 11)
    p.line("M104 150q-38 70-10 150M296 150q38 70 10 150", p.dark, 16)
    p.body("M122 110q10-44 78-44t78 44q20 60 20 190q0 36-36 36H138q-36 0-36-36q0-130 20-190z")
    if p.detail == "plain":
        p.solid("M118 116q10-54 82-54t82 54l6 44H112z", p.dark)
        p.line("M160 130v60M240 130v60", LEATHER, 14)
    p.solid(box(130, 220, 140, 98, 20), p.light)
    p.line("M146 240h108", BRASS, 6)


@kind
def tote(p: Picture) -> None:
    p.shadow(200, 344, 116)
    p.line("M146 150q-4-106 54-106t54 106", p.dark, 13)
    p.body("M92 142h216l18 186q0 12-12 12H86q-12 0-12-12z")
    p.line("M92 148h216", p.dark, 6, 0.6)


@kind
def weekendbag(p: Picture) -> None:
    p.shadow(200, 318, 160)
    p.line("M132 176q0-90 68-90t68 90", LEATHER, 13)
    p.body("M56 180q6-36 46-36h196q40 0 46 36l10 96q2 38-36 38H82q-38 0-36-38z")
    p.line("M76 152h248", BRASS, 6)
    p.solid(box(116, 168, 26, 146, 4), LEATHER)
    p.solid(box(258, 168, 26, 146, 4), LEATHER)
    p.solid(box(180, 206, 40, 56, 8), LEATHER)


@kind
def shoulderbag(p: Picture) -> None:
    p.shadow(200, 330, 124)
    p.line("M98 200Q110 36 200 36t102 164", p.dark, 10)
    p.solid(box(82, 168, 236, 156, 30), p.dark)
    p.solid("M80 190q0-26 26-26h188q26 0 26 26v20q-30 66-120 66T80 210z", p.colour)
    p.line("M92 214q32 50 108 50t108-50", p.light, 3, 0.7)
    p.solid(disc(200, 262, 13), BRASS)


@kind
def beltbag(p: Picture) -> None:
    p.shadow(200, 298, 130)
    p.line("M84 190Q10 150 66 98q134-76 268 0Q390 150 316 190", INK, 17)
    p.body("M84 152h232q24 0 20 30q-14 100-76 104H140q-62-4-76-104q-4-30 20-30z")
    p.line("M96 180h208", METAL, 7)
    p.solid(box(286, 172, 40, 16, 5), LEATHER)


@kind
def washbag(p: Picture) -> None:
    p.shadow(200, 318, 140)
    p.line("M172 118v-56", "#ffffff", 14)
    p.path(box(162, 46, 20, 34, 6), "#9cc4dc")
    p.solid(box(204, 72, 48, 60, 8), "#dfe3bd")
    p.body("M80 120h240l26 170q0 24-24 24H78q-24 0-24-24z")
    p.line("M84 134h232", BRASS, 7)
    p.line("M326 200q44 10 30 60", LEATHER, 11)


@kind
def bottle(p: Picture) -> None:
    p.shadow(200, 346, 64)
    p.line("M180 62q0-24 20-24t20 24", INK, 8)
    p.solid(box(166, 58, 68, 56, 10), INK)
    p.solid("M164 112h72q26 20 26 54v148q0 28-28 28h-68q-28 0-28-28V166q0-34 26-54z", p.colour)
    p.line("M140 300h120", p.dark, 5, 0.6)
    p.path(disc(200, 226, 19), PAPER, 0.8)


@kind
def travelmug(p: Picture) -> None:
    p.shadow(200, 340, 70)
    p.solid(box(130, 76, 140, 36, 14), INK)
    p.path(box(178, 64, 44, 16, 6), METAL)
    p.body(taper(200, 110, 334, 132, 100, 22))


@kind
def wallet(p: Picture) -> None:
    p.shadow(206, 346, 110)
    p.solid(box(222, 40, 76, 120, 4), PAPER)
    p.line("M238 64h44M238 80h30", INK, 4, 0.6)
    p.solid(box(96, 72, 210, 268, 16), p.colour)
    p.line(box(108, 84, 186, 244, 10), p.mark, 3, 0.7)
    p.line(disc(200, 186, 40), BRASS, 5)
    p.line("M160 186h80M200 146q-30 40 0 80q30-40 0-80M168 256h64", BRASS, 4)


@kind
def umbrella(p: Picture) -> None:
    p.line("M200 60v240q0 36 32 36t32-36", WOOD, 13)
    p.body("M46 214Q60 66 200 64t154 150q-40-34-78 0q-38-34-76 0q-38-34-76 0q-38-34-78 0z")
    p.line("M124 214q10-110 76-150q66 40 76 150M200 64v148", p.dark, 4, 0.6)
    p.line("M200 64V46", INK, 7)


@kind
def packingcubes(p: Picture) -> None:
    p.shadow(200, 336, 140)
    for x, y, width, height in ((56, 218, 288, 112), (84, 132, 232, 90), (118, 66, 164, 70)):
        p.body(box(x, y, width, height, 18))
        p.path(box(x + 24, y + 20, width - 48, height - 44, 8), p.dark, 0.55)
        p.line(f"M{x + 24} {y + height - 12}h{width - 48}", BRASS, 5)


@kind
def luggagetag(p: Picture) -> None:
    p.shadow(210, 346, 80)
    p.line("M200 126q-60-60 0-92q58 34 6 92", p.dark, 12)
    p.solid("M200 96l70 52v164q0 24-24 24h-92q-24 0-24-24V148z", p.colour)
    p.line("M200 112l58 42v154q0 16-16 16h-84q-16 0-16-16V154z", p.light, 3, 0.8)
    p.path(box(154, 204, 92, 90, 6), PAPER)
    p.line("M168 228h62M168 248h62M168 268h40", INK, 4, 0.6)
    p.path(oval(200, 140, 11, 11), BRASS)
