"""Draws docs/states/: the chat in each of its states, in three languages, light and dark, on a phone and on a desk.

.venv/bin/python -m docs.states
"""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.requirements import require_chromium
from tests.widget.door import Door
from tests.widget.states import STATES

HERE = Path(__file__).parent / "states"
SIZES = {360: (360, 740), 1280: (1280, 800)}
ACROSS = {360: 8, 1280: 4}
SHOWN_WIDTH = {360: 360, 1280: 640}


def main() -> None:
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        door = Door(Path(folder) / "log.json")
        browser = playwright.chromium.launch(executable_path=require_chromium(), args=["--no-sandbox"])
        for width in SIZES:
            for language in ("en", "fr", "es"):
                for scheme in ("light", "dark"):
                    shots = list(photographed(browser, door, width, language, scheme))
                    sheet(shots, width).save(HERE / f"{width}-{language}-{scheme}.png", optimize=True)
        browser.close()
        door.kill()


def photographed(
    browser: Browser, door: Door, width: int, language: str, scheme: str
) -> Iterator[Image.Image]:
    w, h = SIZES[width]
    for play in STATES.values():
        door.control(isDown=False, thinkingTime=30)
        context = browser.new_context(
            viewport={"width": w, "height": h}, color_scheme=scheme, reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(f"{door.url}/?language={language}")
        page.locator(".launcher").wait_for()
        play(page, door)
        page.wait_for_timeout(150)
        yield Image.open(io.BytesIO(page.screenshot()))
        context.close()


def sheet(shots: list[Image.Image], width: int) -> Image.Image:
    across, shown = ACROSS[width], SHOWN_WIDTH[width]
    small = [shot.resize((shown, shot.height * shown // shot.width)) for shot in shots]
    height = small[0].height
    rows = -(-len(small) // across)
    whole = Image.new("RGB", (across * shown, rows * height))
    for number, shot in enumerate(small):
        whole.paste(shot, (number % across * shown, number // across * height))
    return whole.quantize(128)


if __name__ == "__main__":
    main()
