"""axe finds no violation (WCAG 2.2 A, AA, best practice) in any state, width, language or colours.

What axe cannot decide is decided by people, in docs/accessibility.md.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.widget.door import Door
from tests.widget.states import STATES

REVIEWED = Path(__file__).parents[2] / "docs" / "accessibility.md"
AXE = """async () => {
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);  // the colours have changed
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations", "incomplete"] });
  const places = ({ id, nodes }) => nodes.map(({ target, html }) => [id, `${target} ${html}`]);
  const listed = (results) => results.flatMap(places);
  return { violations: listed(found.violations), incomplete: listed(found.incomplete) };
}"""
COLOURS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced": {"color_scheme": "light", "forced_colors": "active"},
}


def reviewed() -> set[tuple[str, str]]:
    """Rule and what the element has in its markup, of each row of the table."""
    return set(re.findall(r"^\| `([\w-]+)` \| `([^`]+)` \|", REVIEWED.read_text(), re.MULTILINE))


@pytest.fixture(params=[360, 900])
def visit(request: pytest.FixtureRequest, browser: Browser, door: Door) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": request.param, "height": 740}, reduced_motion="reduce")
    context.set_default_timeout(5_000)
    yield context
    context.close()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_axe_finds_nothing(visit: BrowserContext, door: Door, language: str, state: str) -> None:
    page = visit.new_page()
    page.goto(f"{door.url}/?language={language}")
    page.locator(".launcher").wait_for()
    STATES[state](page, door)
    page.add_script_tag(url="/axe.js")
    violations, undecided = [], []
    for name, colours in COLOURS.items():
        page.emulate_media(**colours)
        found = page.evaluate(AXE)
        violations += [(name, *violation) for violation in found["violations"]]
        undecided += [(name, *incomplete) for incomplete in found["incomplete"]]
    assert violations == []
    known = reviewed()
    assert [
        (name, rule, where)
        for name, rule, where in undecided
        if not any(rule == known_rule and part in where for known_rule, part in known)
    ] == []
