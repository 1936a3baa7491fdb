"""A customer's words in their scene: what they point at, which options they choose, and how many are meant."""

import re
from collections.abc import Collection, Sequence

import msgspec

from backend.catalogue.analysis import fold, stem, stems
from backend.catalogue.matching.scene import Change, Match, Named, Scene
from backend.catalogue.option_words import SIZE_OPTIONS, Value
from backend.catalogue.phrases import Utterance, numbers, phrases
from backend.catalogue.slips import mistyped_ordinals
from backend.catalogue.views import ProductView, VariantView
from backend.catalogue.vocabulary import Vocabulary
from backend.catalogue.wishes import Wish, option_wishes, take_talk, text_words
from backend.catalogue.words import WORDS
from backend.config import LANGUAGES

SIZES = ("biggest", "bigger", "big", "smallest", "smaller", "small")
POINTING = {"the", "this", "that", "which", "other", "another"}
MOST = 999
MOST_PIECES = 20
"""A larger number that is also a size ("42") is a size."""


class Reader:
    """The words in their scene; each step takes what it understands."""

    def __init__(self, said: Utterance, scene: Scene, vocabulary: Vocabulary, language: str) -> None:
        self.said = said
        self.scene = scene
        self.vocabulary = vocabulary
        self.language = language
        self.corrected = {
            token.text for token in said.tokens if token.typed and fold(token.typed) != token.text
        }
        """Words that the speller made of others."""
        self.is_for_company = said.takes(phrases("goes_with", language))
        self._unread = said.copy()
        self.is_about_price = self._asks_price()
        take_talk(said, vocabulary, language)
        said.takes(phrases("both", language))
        self._talk = said.copy()

    def pointed(self) -> Named | None:
        """By position ("the second one", "#2", "the last"), by price, or as the other of two."""
        listed = self.scene.listed
        if not listed:
            return None
        at_position = self.pointed_at_position()
        if at_position:
            return at_position
        if len(listed) > 1 and (self._takes("cheapest") or self._takes("cheaper")):
            return Named([min(listed, key=lambda product: product.price.amount)])
        if len(listed) > 1 and (self._takes("dearest") or self._takes("dearer")):
            return Named([max(listed, key=lambda product: product.price.amount)])
        others = [product for product in listed if product != self.scene.focus]
        if len(others) == 1 and len(listed) == 2 and not self._content() and self._takes("other"):
            return Named(others)
        return None

    def pointed_at_position(self) -> Named | None:
        listed = self.scene.listed
        position = self._position(len(listed)) if listed else None
        if position is None:
            return None
        return Named([listed[position]] if -1 <= position < len(listed) else [], not self.scene.shown)

    def wishes(self) -> list[Wish]:
        """The option words, without taking them."""
        return option_wishes(self._copy(), self.vocabulary, self.language)

    def product_words(self) -> list[str]:
        """The words that may name a product: no option words, numbers or pronouns."""
        copy = self._copy()
        option_wishes(copy, self.vocabulary, self.language)
        for name in SIZES:
            copy.takes(phrases(name, self.language))
        stemmed = copy.copy()
        stemmed.words = [stem(word, self.language) for word in copy.words]
        for start, length, _ in list(stemmed.find(self.vocabulary.options.option_names[self.language])):
            copy.take(start, length)
        return self._content_of(copy)

    def says(self, name: str) -> bool:
        return any(True for _ in self.said.find(phrases(name, self.language)))

    def narrowed(self, product: ProductView, *, is_line: bool) -> Match:
        wanted, not_offered = self._wanted(product)
        chosen = self._chosen_before(product, is_line)
        chosen, variants = _combined(product, chosen, wanted)
        open_options = []
        for option in product.options:
            values = {variant.options[option.code] for variant in variants}
            if len(values) == 1:
                chosen[option.code] = values.pop()
            elif option.code not in chosen:
                left = [value for value in option.values if value.code in values]
                open_options.append(msgspec.structs.replace(option, values=left))
        return Match(
            kind="product" if open_options else "variant",
            product=product,
            variant=None if open_options else variants[0],
            chosen=chosen,
            open_options=open_options,
            quantity=self.quantity(),
            not_offered=not_offered,
            asked=[code for code in self._named_options(product) if code not in wanted],
        )

    def _named_options(self, product: ProductView) -> list[str]:
        stemmed = stems(self.said.words, self.language)
        names = self.vocabulary.options.option_names[self.language]
        named: set[str] = set()
        for position in range(len(stemmed)):
            found = names.longest(stemmed, position)
            named |= found[1] if found else frozenset()
        return [option.code for option in product.options if option.code in named]

    def _asks_price(self) -> bool:
        if self.says("price_asked"):
            return True
        return any(
            start + length == len(self.said.words)
            for start, length, _ in self.said.find(phrases("how_much", self.language))
        )

    def asks_for(self, words: Collection[str]) -> bool:
        """ "Do you have any …?" with one of these words next."""
        determiners = phrases("determiners", self.language).words()
        for start, length, _ in self._unread.find(phrases("having", self.language)):
            following = self._unread.words[start + length :]
            named = next((word for word in following if word not in determiners), None)
            if named in words:
                return True
        return False

    def quantity(self) -> int | None:
        counts = numbers("numbers", self.language)
        found = [(start, value) for start, length, value in self.said.find(counts) if value > 1]
        for position in self.said.free():
            times = re.fullmatch(r"x?(\d{1,3})x?", self.said.words[position])
            if times and 0 < int(times[1]) <= MOST:
                found.append((position, int(times[1])))
        if found:
            return (max if self.says("in_all") else min)(found)[1]
        ones = [start for start, _, value in self.said.find(counts) if value == 1]
        return 1 if ones and (self._takes("alone") or self._is_all(ones[0])) else None

    def change(self) -> Change | None:
        """ "One more", "two fewer", "take one off": counted from what there is."""
        if self.says("in_all"):
            return None
        changes: tuple[tuple[str, Change], ...] = (("added", "more"), ("taken_off", "fewer"))
        for name, change in changes:
            for start, length, _ in self._unread.find(phrases(name, self.language)):
                is_used = self._talk.is_free(start, length) and not self.said.is_free(start, length)
                if not is_used and self._counts(start, start + length):
                    self.said.take(start, length)
                    return change
        return None

    def _counts(self, start: int, end: int) -> bool:
        """Beside a number, or with nothing but talk around; "one more beautiful" counts nothing."""
        words = self.said.words
        around = range(max(0, start - 1), min(len(words), end + 1))
        counts = [position for position in range(len(words)) if self._number_at(position) is not None]
        named = [
            position
            for position in (*range(start), *range(end, len(words)))
            if position not in counts and not self.vocabulary.is_chatter(words[position], self.language)
        ]
        return end not in named and (not named or any(position in counts for position in around))

    def _is_chatter(self, words: list[str]) -> bool:
        return all(self.vocabulary.is_chatter(word, self.language) for word in words)

    def _is_all(self, position: int) -> bool:
        """Whether nothing but talk surrounds it: "make it one", but not "the blue one"."""
        before = self.said.words[position - 1] if position else ""
        others = self.said.words[:position] + self.said.words[position + 1 :]
        ordinals = numbers("ordinals", self.language).words()
        return before not in POINTING | ordinals and self._is_chatter(others)

    def _position(self, length: int) -> int | None:
        """From 0; -1 is the last; out of range when there is no such."""
        for position in self.said.free():
            if self.said.words[position].startswith("#"):
                self.said.take(position)
                return int(self.said.words[position][1:]) - 1
        for start, words, value in self.said.find(numbers("ordinals", self.language)):
            self.said.take(start, words)
            return value - 1
        for start, value in mistyped_ordinals(self.said, self.language):
            self.said.take(start)
            return value - 1
        if self._takes("last"):
            return -1
        if length > 2 and self._takes("middle"):
            return (length - 1) // 2
        numbered = self._numbered()
        return self._bare_number(length) if numbered is None else numbered

    def _numbered(self) -> int | None:
        """ "number 2", "option 2"; or "le 2", when nothing is counted by it."""
        for position in self.said.free():
            value = self._number_at(position)
            if value is None or position == 0:
                continue
            before = self.said.words[position - 1]
            is_article = before in WORDS[self.language].articles and not self._content()
            if before in WORDS[self.language].position or is_article:
                self.said.take(position)
                return value - 1
        return None

    def _bare_number(self, length: int) -> int | None:
        """ "2" as the whole message is a position, unless the focus waits for such an answer."""
        if len(self.said.words) != 1 or length < 2:
            return None
        value = self._number_at(0)
        if (
            value is None
            or value > length
            or (self.scene.focus and self._wanted(self.scene.focus, is_try=True)[0])
        ):
            return None
        self.said.take(0)
        return value - 1

    def _number_at(self, position: int) -> int | None:
        word = self.said.words[position]
        return int(word) if word.isdigit() else WORDS[self.language].numbers.get(word)

    def _wanted(self, product: ProductView, *, is_try: bool = False) -> tuple[dict[str, str], list[str]]:
        """The product's option values that the words name, and the named values that it does not have."""
        said = self._copy() if is_try else self.said
        offered = {option.code: {value.code for value in option.values} for option in product.options}
        wanted: dict[str, str] = {}
        missing = []
        for start, length, readings in self._readings(said, product):
            said.take(start, length)
            here = [reading for reading in readings if reading.value in offered[reading.option]]
            words = said.words[start : start + length]
            related = None if here else self._related(product, words)
            if here:
                wanted[here[0].option] = here[0].value
            elif related:
                wanted[related[0]] = related[1]
            else:
                missing.append(" ".join(words))
        wanted |= self._sized(said, product, wanted)
        return wanted, missing

    def _related(self, product: ProductView, words: Sequence[str]) -> tuple[str, str] | None:
        """The one value whose name holds the words: "the green one" of a product that comes in sage green."""
        meant = {stem(word, self.language) for word in words}
        related = [
            (option.code, value.code)
            for option in product.options
            for value in option.values
            if meant <= set(stems(self.vocabulary.texts(value.name, self.language), self.language))
        ]
        return related[0] if len(related) == 1 else None

    def _readings(self, said: Utterance, product: ProductView) -> list[tuple[int, int, list[Value]]]:
        """Start, length and the values of this product's options, the customer's language first."""
        codes = frozenset(option.code for option in product.options)
        found: list[tuple[int, int, list[Value]]] = []
        copy = self._copy(said)
        for language in (self.language, *(other for other in LANGUAGES if other != self.language)):
            for stemmed, known in (
                (False, self.vocabulary.options.values),
                (True, self.vocabulary.options.value_stems),
            ):
                words = _counted(copy, self.language, language if stemmed else None)
                for start, length, readings in list(words.find(known[language])):
                    fitting = [reading for reading in readings if reading.option in codes]
                    if fitting:
                        copy.take(start, length)
                        words.take(start, length)
                        found.append((start, length, fitting))
        for position in copy.free():
            answers = self._answers(copy, position, codes)
            if answers:
                found.append((position, 1, answers))
        return found

    def _answers(self, said: Utterance, position: int, codes: frozenset[str]) -> list[Value]:
        """Short values: "m"; "42" after its option's name or when too many for a quantity; "four" alone."""
        word = said.words[position]
        count = self._number_at(position)
        readings = [
            reading
            for spoken in (word, *_number_words(count, self.language))
            for reading in self.vocabulary.options.answers(spoken, codes, self.language)
        ]
        if count is None:
            return [] if word in phrases("articles", self.language).words() else readings
        names = self.vocabulary.options.option_names[self.language]
        is_asked = names.ending([stem(word, self.language) for word in said.words], position) < position
        is_alone = len(said.words) <= 3 and [free for free in said.free() if not self._is_talk(free)] == [
            position
        ]
        return readings if is_asked or is_alone or count > MOST_PIECES else []

    def _sized(self, said: Utterance, product: ProductView, wanted: dict[str, str]) -> dict[str, str]:
        """ "the big one" of two sizes, "the biggest" of any number."""
        for option in product.options:
            if option.code not in SIZE_OPTIONS or option.code in wanted or len(option.values) < 2:
                continue
            for most, plain, end in (
                ("biggest", ("bigger", "big"), -1),
                ("smallest", ("smaller", "small"), 0),
            ):
                is_either = len(option.values) == 2 and any(self._takes(name, said) for name in plain)
                if self._takes(most, said) or is_either:
                    return {option.code: option.values[end].code}
        return {}

    def _chosen_before(self, product: ProductView, is_line: bool) -> dict[str, str]:
        in_cart = [variant for line, variant in self.scene.lines if line == product]
        if is_line and len(in_cart) == 1:
            return dict(in_cart[0].options)
        focus = self.scene.focus
        return dict(self.scene.chosen) if focus is None or product == focus else {}

    def _takes(self, name: str, said: Utterance | None = None) -> bool:
        return (said or self.said).takes(phrases(name, self.language))

    def _content(self) -> list[str]:
        return self._content_of(self._copy())

    def _content_of(self, said: Utterance) -> list[str]:
        for name in ("this", "alone", "articles", "other", "more"):
            said.takes(phrases(name, self.language))
        said.takes(numbers("numbers", self.language))
        words = text_words(said, self.vocabulary, self.language)
        return [word for word in words if not re.fullmatch(r"x?\d+x?", word)]

    def _is_talk(self, position: int) -> bool:
        word = self.said.words[position]
        return self._number_at(position) is None and self.vocabulary.is_chatter(word, self.language)

    def _copy(self, of: Utterance | None = None) -> Utterance:
        return (of or self.said).copy()


def _combined(
    product: ProductView, chosen: dict[str, str], wanted: dict[str, str]
) -> tuple[dict[str, str], list[VariantView]]:
    """What was chosen before gives way to what was said now; of values said together that do not exist
    together, the later option is asked again."""
    codes = {option.code for option in product.options}
    combined = {code: value for code, value in chosen.items() if code in codes} | wanted
    for code in (*(code for code in chosen if code not in wanted), *reversed(wanted)):
        variants = _with(product, combined)
        if variants:
            return combined, variants
        combined.pop(code, None)
    return combined, _with(product, combined)


def _with(product: ProductView, chosen: dict[str, str]) -> list[VariantView]:
    return [variant for variant in product.variants if chosen.items() <= variant.options.items()]


def _counted(said: Utterance, language: str, stemmed_in: str | None) -> Utterance:
    """The same words with numbers as digits ("set of four"), as stems where asked."""
    copy = said.copy()
    values = WORDS[language].numbers
    copy.words = [str(values[word]) if values.get(word, 1) > 1 else word for word in said.words]
    if stemmed_in:
        copy.words = [stem(word, stemmed_in) for word in copy.words]
    return copy


def _number_words(count: int | None, language: str) -> list[str]:
    return [word for word, value in WORDS[language].numbers.items() if value == count and " " not in word]
