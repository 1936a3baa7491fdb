"""Texts of other shops, as ours keeps them: without markup, and codes made of names."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from html.parser import HTMLParser

BLOCKS = {"p", "br", "li", "ul", "div", "tr", "h1", "h2", "h3"}
UNSEEN = {"script", "style"}


def plain_text(html: str) -> str:
    parser = _PlainText()
    parser.feed(html)
    parser.close()
    text = "\n".join(re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(parser.parts).splitlines())
    return re.sub(r"\n{2,}", "\n", text).strip()


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def code_of(text: str) -> str:
    """The same text always has the same code; "été" is "ete", and what a slug would lose is told apart by a
    digest."""
    folded = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(sign for sign in folded if not unicodedata.combining(sign))
    code = slug(letters)
    if code and re.fullmatch(r"[a-z0-9 -]+", letters):
        return code
    return f"{code}-{_digest(text)}".strip("-")


def joined_code(texts: Iterable[str], most: int) -> str:
    """One code for all of them, of at most so many characters."""
    return shortened("_".join(map(code_of, texts)), most)


def shortened(code: str, most: int) -> str:
    return code if len(code) <= most else f"{code[: most - 9].strip('-_')}-{_digest(code)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class _PlainText(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self._unseen = tag
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)
