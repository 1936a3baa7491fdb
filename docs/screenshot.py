"""Takes the README's picture of a shop that is open: `.venv/bin/python docs/screenshot.py http://127.0.0.1:8080`."""

import argparse
import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

PICTURE = Path(__file__).with_name("conversation.png")
SETTLE_MILLISECONDS = 1_000
"""For the pictures on the cards to be drawn; the chat's stream never ends, so that the network is never idle."""
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]


def say(page: Page, text: str, answer: str) -> None:
    """Waits until the answer is there."""
    composer = page.locator("comptoir-chat textarea")
    composer.fill(text)
    composer.press("Enter")
    expect(page.locator(".assistant .bubble").last).to_contain_text(answer)


def talk(page: Page) -> None:
    page.get_by_role("button", name="Open the chat").click()
    say(page, "A lamp under 80 €, please", "suit you")


def take(address: str) -> None:
    browser_path = os.environ.get("COMPTOIR_CHROMIUM") or shutil.which("chromium")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=browser_path, args=QUIET) as browser,
    ):
        page = browser.new_page(
            viewport={"width": 1200, "height": 800}, locale="en-GB", reduced_motion="reduce"
        )
        page.goto(f"{address}/?lang=en")
        talk(page)
        page.wait_for_timeout(SETTLE_MILLISECONDS)
        page.screenshot(path=PICTURE)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("address", help="of the shop")
    take(arguments.parse_args().address.rstrip("/"))
