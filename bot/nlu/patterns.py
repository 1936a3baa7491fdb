"""Values that can be read off a message: no model, no dictionary of products, the same in three languages.

Each reader works on the text without accents and in lower case, character for character as long as the
message, so that its spans are those of the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from bot.nlu.folding import strip_accents


@dataclass(frozen=True)
class Value:
    entity: str
    value: str | int
    start: int
    end: int

    def overlaps(self, other: Value) -> bool:
        return self.start < other.end and other.start < self.end


def find_values(text: str) -> list[Value]:
    """Order numbers, e-mail addresses, codes of coupons, ordinals, quantities and the language to change to, in order
    of place.

    Where two readings overlap the more specific one stays.
    """
    plain = strip_accents(text)
    found: list[Value] = []
    for read in (_order_numbers, _emails, partial(_coupons, text), _ordinals, _quantities, _languages):
        found += [value for value in read(plain) if not any(value.overlaps(other) for other in found)]
    return sorted(found, key=lambda value: value.start)


def _any_of(*words: str) -> str:
    """An alternation of patterns given as words; `_` is a space within one."""
    return f"(?:{'|'.join(' '.join(words).split()).replace('_', ' ')})"


# Order numbers: CP- and eight characters of Crockford's base 32 (no I, L, O, U).
_CODE = r"[0-9a-tv-z]"
_ORDER_NUMBER = re.compile(
    rf"\bc\s?p\s?(?P<dash>[-–—_:#.]?)\s?"
    rf"(?P<code>{_CODE}{{8}}|{_CODE}{{4}}[\s.-]{_CODE}{{4}}|{_CODE}(?:[\s.-]{_CODE}){{7}})\b"
)
_LOOKALIKES = str.maketrans("OIL", "011")


def _order_numbers(text: str) -> Iterator[Value]:
    for match in _ORDER_NUMBER.finditer(text):
        code = re.sub(r"[\s.-]", "", match["code"])
        # "cp" is also short for a postcode, and a word of eight letters may follow it.
        if match["dash"] or any(character.isdigit() for character in code):
            yield Value("order_number", f"CP-{code.upper().translate(_LOOKALIKES)}", *match.span())


_EMAIL = re.compile(r"[\w.+%'-]*\w@(?:[\w-]+\.)+[a-z]{2,}")


def _emails(text: str) -> Iterator[Value]:
    for match in _EMAIL.finditer(text):
        yield Value("email", match[0].lstrip(".'-"), *match.span())


_CODE_WORDS = _any_of(
    r"codes? coupons? vouchers? promo bons? bon_de_reduction reduction remise",
    r"codigos? cupon(?:es)? vales? descuento",
)
_AFTER_CODE_WORDS = _any_of(
    r"promo(?:tion)?s? promot promocional promotionnel code codigo number name",
    r"de_(?:reduction|remise|reduc|promo|promotion|bienvenue|descuento|dto|descuneto|bienvenida)",
    r"is was it's est c'est c es era se_llama called named",
)
_COUPON_TOKEN = r"[a-z0-9](?:[a-z0-9_-]{1,38}[a-z0-9])"
_NAMED_COUPON = re.compile(
    rf"\b{_CODE_WORDS}(?:\s+{_AFTER_CODE_WORDS})*(?P<mark>\s*(?::|[\"“”«'’])*\s*)(?P<code>{_COUPON_TOKEN})\b"
)
_BARE_COUPON = re.compile(r"(?<![\w@.-])(?:[a-z]{1,20}-?\d{1,4}|[a-z]{1,8}-[a-z0-9]{6,20})(?![\w@.-])")
FEWEST_LETTERS = 4
"""Of a code in small letters that no word announces."""


def _coupons(original: str, text: str) -> Iterator[Value]:
    """What stands behind a word for a code and looks like one; elsewhere letters before digits ("SUMMER10")."""
    named = [match for match in _NAMED_COUPON.finditer(text) if _is_code(original, match)]
    for match in named:
        start, end = match.span("code")
        yield Value("coupon", original[start:end], start, end)
    if named:
        return
    for match in _BARE_COUPON.finditer(text):
        typed = original[match.start() : match.end()]
        letters = sum(sign.isalpha() for sign in typed)
        is_long = letters >= FEWEST_LETTERS or (typed.isupper() and len(typed) > len("A4"))
        if is_long and letters < len(typed.replace("-", "")):
            yield Value("coupon", typed, *match.span())


def _is_code(original: str, match: re.Match[str]) -> bool:
    typed = original[slice(*match.span("code"))]
    if not any(sign.isalpha() for sign in typed):
        return False
    has_digit = any(sign.isdigit() for sign in typed)
    is_capital = typed.isupper() and original.upper() != original
    return has_digit or is_capital or any(sign in match["mark"] for sign in ':"“”«')


_RANKS = {
    1: "first premier premiere primer primero primera 1st 1er 1ere 1ero 1era",
    2: "second seconde deuxieme segundo segunda 2nd 2eme 2nde 2do 2da",
    3: "third troisieme tercer tercero tercera 3rd 3eme 3ero 3era",
    4: "fourth quatrieme cuarto cuarta 4th 4eme 4to 4ta",
    5: "fifth cinquieme quinto quinta 5th 5eme 5to 5ta",
    6: "sixth sixieme sexto sexta 6th 6eme 6to 6ta",
    7: "seventh septieme septimo septima 7th 7eme 7mo 7ma",
    8: "eighth huitieme octavo octava 8th 8eme 8vo 8va",
    9: "ninth neuvieme noveno novena 9th 9eme 9no 9na",
    10: "tenth dixieme decimo decima 10th 10eme 10mo 10ma",
    -1: "last dernier derniere ultimo ultima",
}
_ORDINALS = {word: rank for rank, words in _RANKS.items() for word in words.split()}
_TIMES = (
    "week weekend month year night time day name summer winter "
    "semaine mois an annee fois nuit jour nom ete hiver minute minutes "
    "semana mes ano vez veces noche dia nombre verano invierno minuto minutos"
).replace(" ", "|")
_ORDINAL = re.compile(
    rf"\b({'|'.join(_ORDINALS)}|(\d{{1,2}})(?:e|o|a|º|ª))\b(?!\s+(?:{_TIMES}|of all|lieu)\b)"
)
_NOT_AN_ORDINAL_BEFORE = re.compile(
    rf"\b(?:{_TIMES}|one|a|just a|wait|un|une|a la|en|at|por|cada|per|(?:rue|street|calle|du|le)\s+\d+)\s+$"
)
_NUMBERED = re.compile(
    r"(?:\b(?:number|option|choice|numero|choix|opcion|num|nr|no)\.?\s?|n[°º]\s?|#\s?)(\d{1,2})\b(?![.,/:-]?\d)"
)

_THE_NUMBER = re.compile(r"^\W*(?:the|le|la|el)\s+(\d{1,2})\W*$")


def _ordinals(text: str) -> Iterator[Value]:
    for match in _ORDINAL.finditer(text):
        if not _NOT_AN_ORDINAL_BEFORE.search(text[: match.start()]):
            rank = int(match[2]) if match[2] else _ORDINALS[match[1]]
            yield Value("ordinal", rank, *match.span())
    for match in (*_NUMBERED.finditer(text), *_THE_NUMBER.finditer(text)):
        if not _STREET_AFTER.match(text, match.end()):
            yield Value("ordinal", int(match[1]), *match.span())


_COUNTS = {
    2: "two deux dos",
    3: "three trois tres",
    4: "four quatre cuatro",
    5: "five cinq cinco",
    6: "six seis",
    7: "seven sept siete",
    8: "eight huit ocho",
    9: "nine neuf nueve",
    10: "ten dix diez",
    11: "eleven onze",  # Spanish "once" is an everyday English word
    12: "twelve douze doce dozen douzaine docena",
    15: "fifteen quinze quince",
    20: "twenty vingt veinte",
}
_WORDS = {word: count for count, words in _COUNTS.items() for word in words.split()}
# "one" and the French and Spanish articles count only where they are stressed.
_SINGLE = re.compile(
    r"(?:\b(?:only|just|exactly|to|seulement|juste|que|qu'|solo|solamente|nada mas)\s?(one|un|une|uno|una)\b"
    r"|^\s*(one|un|une|uno|una)\s*[.!]?\s*$"
    r"|\b(un seul|une seule|uno solo|una sola|single one)\b)"
)
_NUMBER = re.compile(
    rf"(?<![\w.,/:@#€$£%+'-])(?:x\s?|×\s?)?(\d{{1,3}}|{'|'.join(_WORDS)})"
    r"(?:\s?[x×](?!\s?\d)(?![^\W\d_]))?(?![\w@/%€$£+°\"”-]|[.,:]\d|'\d)"
)
_UNITS = _any_of(
    r"mm cm m km metres? meters? metros? inch(?:es)? in ft feet pouces? pulgadas?",
    r"kg kilos? g gr grams? grammes? gramos? ml cl l lit(?:er|re|ro)s? oz lbs? watts? w volts? v",
    r"mah gb go tb to",
    r"% percent por_ciento pour_?cents?",
    r"eur euros? usd dollars? dolares bucks quid pounds? pesos? balles cents? centimes? centimos",
    r"hours? heures? horas? h hrs? minutes? min minutos? seconds? secondes? segundos? am pm o'clock",
    r"days? jours? dias? weeks? semaines? semanas? months? mois meses mes years? ans? anos?",
    r"yo times fois veces",
    r"stars? etoiles? estrellas? people personnes? personas? places? plazas?",
    r"january february march april may june july august september october november december",
    r"janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    r"de_(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)",
    r"x_\d+",
)
_UNIT_AFTER = re.compile(rf"\s?(?:-\s?|business |working |jours? |dias? )?{_UNITS}\b|\s?[€$£%]")
_STREETS = _any_of(
    "rue avenue av bd boulevard place quai chemin impasse allee route cours bis ter",
    "calle avenida avda paseo plaza carrer carretera",
    "street st road rd lane drive square close court way",
)
_STREET_AFTER = re.compile(rf",?\s+(?:[^\W\d]+\.?\s+){{0,3}}{_STREETS}\b")
_MEASURES = _any_of(
    r"sizes? taille pointure tallas? numero number num no n[°º]",
    r"option version iphone galaxy code cp postcode zip",
    r"apt apartment flat unit suite floor etage piso puerta portal batiment bat appt for_age aged?",
    r"under over below above around about max maximum less_than more_than up_to between within at",
    r"moins_de plus_de maximum_de entre jusqu'a environ autour_de vers dans",
    r"hasta menos_de mas_de alrededor_de a_las budget price prix precio presupuesto",
    r"the le la les el los las in (?<!-)en",
    r"instead_of rather_than au_lieu_de plutot_que en_vez_de en_lugar_de",
)
_MEASURED_BEFORE = re.compile(
    rf"(?:\b{_MEASURES}\s*[:#]?"
    r"|[€$£#]"
    rf"|\b{_STREETS}\.?\s+(?:[^\W\d]+\.?,?\s+){{0,4}}"
    r"|\d[\s.-]"
    r"|\d\s?(?:-|to|a|and|et|y|x|/)\s?"
    r")\s*$"
)
_CHANGE_TO = re.compile(r"\b(?:make (?:it|that)|quantity|quantite|qte|qty|cantidad|to|a|por)\s*:?\s*$")


def _quantities(text: str) -> Iterator[Value]:
    for match in _NUMBER.finditer(text):
        before = text[: match.start()]
        if not _is_measure(text, match, before):
            word = match[1]
            yield Value("quantity", int(word) if word.isdigit() else _WORDS[word], *match.span())
    for match in _SINGLE.finditer(text):
        group = next(index for index in (1, 2, 3) if match[index])
        yield Value("quantity", 1, *match.span(group))


def _is_measure(text: str, match: re.Match[str], before: str) -> bool:
    after = match.end()
    if match[1] in {"0", "00", "000"} or _UNIT_AFTER.match(text, after) or _STREET_AFTER.match(text, after):
        return True
    if re.match(r"\s?\d", text[after : after + 2]):
        return True  # a group of digits: a phone, a card, a big number
    return bool(_MEASURED_BEFORE.search(before)) and not _CHANGE_TO.search(before)


_NAMES = {
    "en": "english anglais anglaise ingles",
    "fr": "french francais francaise frances",
    "es": "spanish espagnol espagnole espanol castellano castillan castilian",
}
_LANGUAGE_OF = {name: code for code, names in _NAMES.items() for name in names.split()}
_NAME = "|".join(_LANGUAGE_OF)
_POLITE = _any_of(
    r"please pls plz thanks thank_you instead now",
    r"s'il_(?:vous|te)_plait svp stp merci plutot maintenant",
    r"por_favor porfa gracias ahora mejor",
)
_OPENINGS = _any_of(r"no non ok oui yes si hi hello bonjour hola")
_CLAUSE = re.compile(r"[^,.;:!?]+")
_LANGUAGE_ALONE = re.compile(
    rf"^\W*(?:(?:{_POLITE}|{_OPENINGS})\W+)*(?:(?:in|en|to|al|a l'|a)\s*)?(?:l'|el |le )?"
    rf"({_NAME})(?:\W+{_POLITE})*\W*$"
)
_SPEAKING = _any_of(
    r"speak(?:ing)? talk write reply respond answer switch change continue chat carry_on",
    r"go_on understand language prefer back return",
    r"parl\w* cause\w* discut\w* ecri\w* repon\w* pass\w* continu\w* chang\w* basculer? mets? mettre mettez",
    r"langue prefere\w* comprend\w* repass\w* revenons reviens revenir retour",
    r"habl\w* escrib\w* respond\w* contest\w* cambi\w* sigu\w* sigamos segui\w* pon\w* pasa\w*",
    r"idioma prefier\w* entiend\w* volv\w* vuelv\w* regres\w*",
)
_GOING_ON = _any_of(
    r"if then and or with to from because i better only here si et ou avec car parce por porque con y o para"
)
_LANGUAGE_WISHED = re.compile(
    rf"\b{_SPEAKING}\b(?:\W+\w+'?){{0,6}}?\W+(?:in|into|to|en|a|al|vers|pour|el|le|l')?\s?(?:el |le |l')?"
    # A noun after the name makes it an adjective: "change the French press".
    rf"({_NAME})\b(?=\W*$|[^\w\s]|\s+(?:{_POLITE}|{_GOING_ON})\b)"
)
_LANGUAGE_IN = re.compile(
    rf"\b(?:in|en)\s+({_NAME})\b"
    rf"(?=\W*$|[^\w\s]|\s+(?:{_POLITE}|if|is it possible|si|c'est possible|es posible|ok)\b)"
)
_REFUSALS = _any_of(r"don'?t dont do_not can'?t cannot not never stop no ne n' pas nunca arrete\w* deja\w*")
_REFUSED_BEFORE = re.compile(rf"\b{_REFUSALS}\b[^\w,.;!?]*(?:\w+[^\w,.;!?]+){{0,3}}$")


def _languages(text: str) -> Iterator[Value]:
    for clause in _CLAUSE.finditer(text):
        if alone := _LANGUAGE_ALONE.match(clause[0]):
            start, end = alone.span(1)
            yield Value("language", _LANGUAGE_OF[alone[1]], clause.start() + start, clause.start() + end)
            return
    for pattern in (_LANGUAGE_WISHED, _LANGUAGE_IN):
        for match in pattern.finditer(text):
            if not _REFUSED_BEFORE.search(text[: match.start(1)]):
                yield Value("language", _LANGUAGE_OF[match[1]], *match.span(1))
                return
