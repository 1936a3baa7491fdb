"""Markdown without any HTML in it: as a page shows it, and as plain words that can be said anywhere."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
WITH_HTML = MarkdownIt("commonmark").enable("table")
"""Only to find what is refused."""
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n")
LONGEST_ANSWER = 600
"""In a chat; the page has the rest."""

Address = Callable[[str], str]


def html(tokens: Sequence[Token], address: Address) -> str:
    """`address` completes links to the shop's own pages."""
    rendered: str = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {"address": address})
    return rendered


def plain(tokens: Sequence[Token]) -> str:
    """A line per paragraph, item and row of a table."""
    lines: list[str] = []
    row: list[str] | None = None
    mark = ""
    for token in tokens:
        if token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "– "
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            lines.append(" · ".join(row))
            row = None
        elif token.type == "inline" and row is not None:
            row.append(_spoken(token.children or []))
        elif token.type in ("inline", "fence", "code_block"):
            words = _spoken(token.children) if token.children else token.content.strip()
            lines.append(mark + words)
            mark = ""
    return "\n".join(lines)


def shortened(text: str, most: int = LONGEST_ANSWER) -> str:
    """Whole sentences, as many as fit; of a single one that is longer, whole words."""
    if len(text) <= most:
        return text
    ends = [end.start() for end in SENTENCE_END.finditer(text) if end.start() <= most]
    if ends:
        return text[: ends[-1]].rstrip()
    return text[:most].rsplit(" ", 1)[0] + "…"


def inner(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """What stands in the lines, each with the number of its line, from 0."""
    for token in tokens:
        line = token.map[0] if token.map else 0
        for child in token.children or []:
            yield line, child
            line += child.type in ("softbreak", "hardbreak")


def _spoken(children: Sequence[Token]) -> str:
    said, open_links = "", []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            said += " "
        elif child.type == "link_open":
            open_links.append((len(said), str(child.attrGet("href"))))
        elif child.type == "link_close":
            start, address = open_links.pop()
            said += _told_address(said[start:], address)
        else:
            said += child.content
    return said


def _told_address(words: str, address: str) -> str:
    """An address elsewhere is said where the words do not say it: not every channel has links."""
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    is_elsewhere = address.startswith(("http:", "https:", "mailto:", "tel:"))
    return f" ({bare})" if is_elsewhere and bare not in words else ""


def _link_open(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    link = tokens[index]
    completed = link.copy(attrs=link.attrs | {"href": env["address"](str(link.attrGet("href")))})
    opened: str = renderer.renderToken([completed], 0, options, env)
    return opened


MARKDOWN.add_render_rule("link_open", _link_open)
