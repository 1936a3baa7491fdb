"""The chat in each state that it can be in, played as a customer would bring it there."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.widget.door import Door

PICTURES = Path(__file__).parents[2] / "demo" / "pictures"

WORDS = json.loads(Path(__file__).with_name("words.json").read_text())
"""What is said here in English, in the other languages."""

State = Callable[[Page, Door], None]


def opened(page: Page, door: Door) -> None:
    page.locator(".launcher").click()
    expect(page.locator("dialog")).to_be_visible()


def written(page: Page, text: str) -> None:
    """In the language of the chat."""
    language = page.locator("section[popover]").first.get_attribute("lang") or "en"
    page.locator("textarea").fill(WORDS.get(language, {}).get(text, text))
    page.locator("textarea").press("Enter")


def said(page: Page, text: str, answers: int = 1) -> None:
    """And answered, by so many messages."""
    before = page.locator(".message:not(.customer)").count()
    written(page, text)
    expect(page.locator(".message:not(.customer)")).to_have_count(before + answers)


def closed(page: Page, door: Door) -> None:
    expect(page.locator(".launcher")).to_be_visible()


def cards(page: Page, door: Door) -> None:
    opened(page, door)
    said(page, "show me mugs")
    page.locator(".log").evaluate("log => log.scrollTop = 1e6")


def comparison(page: Page, door: Door) -> None:
    opened(page, door)
    said(page, "side by side please")


def purchase(page: Page, door: Door) -> None:
    """A form that is to be filled in, a payment and a parcel."""
    opened(page, door)
    said(page, "my order please", answers=2)
    said(page, "pay")
    said(page, "here is my address")


def waiting(page: Page, door: Door) -> None:
    opened(page, door)
    said(page, "let me wait for someone")


def human(page: Page, door: Door) -> None:
    opened(page, door)
    said(page, "a person please", answers=2)
    photo = page.evaluate_handle(
        """async () => {
          const canvas = new OffscreenCanvas(240, 160);
          const drawing = canvas.getContext("2d");
          drawing.fillStyle = "#c65d3b";
          drawing.fillRect(0, 0, 240, 160);
          const files = new DataTransfer();
          files.items.add(new File([await canvas.convertToBlob()], "broken mug.png", { type: "image/png" }));
          return files;
        }"""
    )
    page.locator(".log").dispatch_event("drop", {"dataTransfer": photo})
    expect(page.locator(".message.customer img")).to_have_count(1)


def offline(page: Page, door: Door) -> None:
    opened(page, door)
    said(page, "hello")
    door.control(isDown=True, drop_readers=True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    written(page, "are you still there?")
    expect(page.locator(".waiting")).to_have_count(1)


def satisfaction(page: Page, door: Door) -> None:
    opened(page, door)
    said(page, "how was it")


STATES: dict[str, State] = {
    "closed": closed,
    "open": opened,
    "cards": cards,
    "comparison": comparison,
    "purchase": purchase,
    "waiting": waiting,
    "human": human,
    "offline": offline,
    "satisfaction": satisfaction,
}
