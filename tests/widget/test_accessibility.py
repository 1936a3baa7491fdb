"""axe finds no violation (WCAG 2.2 A, AA, best practice) in any state, width, language or colours."""

import pytest
from playwright.sync_api import Browser, expect

from tests.widget.door import Door
from tests.widget.test_widget import open_chat, say

AXE = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
}"""


Colours = dict[str, str]
LIGHT: Colours = {"color_scheme": "light"}
DARK: Colours = {"color_scheme": "dark"}
FORCED: Colours = {"forced_colors": "active"}


@pytest.mark.parametrize(
    ("width", "colours", "language"),
    [
        (360, LIGHT, "fr"),
        (360, DARK, "es"),
        (360, FORCED, "en"),
        (900, LIGHT, "es"),
        (900, DARK, "en"),
        (900, FORCED, "fr"),
    ],
)
def test_axe_finds_nothing(browser: Browser, door: Door, width: int, colours: Colours, language: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 740}, reduced_motion="reduce", **colours
    )
    context.set_default_timeout(5_000)
    page = context.new_page()
    page.goto(f"{door.url}/?language={language}")
    page.locator(".launcher").wait_for()
    page.add_script_tag(url="/axe.js")
    found = {"closed": page.evaluate(AXE)}

    open_chat(page)
    found["open"] = page.evaluate(AXE)

    for wish in ("hello", "mugs", "my order", "person", "pay"):
        say(page, wish)
    expect(page.locator(".primary[href]")).to_have_count(1)
    page.locator(".log").evaluate("log => log.scrollTop = 0")
    found["cards"] = page.evaluate(AXE)

    door.control(isDown=True)
    say(page, "refuse")
    expect(page.locator(".waiting")).to_have_count(1)
    found["offline"] = page.evaluate(AXE)

    door.control(isDown=False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".refused")).to_have_count(1)
    found["refused"] = page.evaluate(AXE)

    context.close()
    assert found == {"closed": [], "open": [], "cards": [], "offline": [], "refused": []}
