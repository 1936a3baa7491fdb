"""What the widget costs a page that loads it: `python -m benchmarks.widget_load`; `make run` has built it before.

Milliseconds of the main thread until the page is quiet, with the chat and with its scripts refused, in turns; and the
longest single task with the chat. The chat is closed, as on a page that nobody has asked anything.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.requirements import require_chromium
from tests.widget.door import Door

ROUNDS = 15
QUIET_MILLISECONDS = 1_500
LONGEST_TASK = """() => new Promise((told) => {
  new PerformanceObserver((list) => told(Math.max(...list.getEntries().map(({ duration }) => duration))))
    .observe({ type: "longtask", buffered: true });
  setTimeout(() => told(0), 100);
})"""


def loaded(browser: Browser, url: str, has_chat: bool) -> tuple[float, float]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    if not has_chat:
        context.route("**/comptoir*", lambda route: route.abort())
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Performance.enable")
    page.goto(url)
    page.wait_for_timeout(QUIET_MILLISECONDS)
    assert page.locator(".launcher").count() == has_chat
    metrics = {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}
    longest = page.evaluate(LONGEST_TASK)
    context.close()
    return metrics["TaskDuration"] * 1_000, longest


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        door = Door(Path(folder) / "log.json")
        browser = playwright.chromium.launch(executable_path=require_chromium(), args=["--no-sandbox"])
        rounds = [(loaded(browser, door.url, True), loaded(browser, door.url, False)) for _ in range(ROUNDS)]
        browser.close()
        door.kill()
    with_chat, without = (statistics.median(each[side][0] for each in rounds) for side in (0, 1))
    longest = statistics.median(chat[1] for chat, _ in rounds)
    print(json.dumps({"main thread": {"with": round(with_chat, 1), "without": round(without, 1)}}))
    print(
        json.dumps(
            {"the chat costs": round(with_chat - without, 1), "longest task over 50 ms": round(longest, 1)}
        )
    )


if __name__ == "__main__":
    main()
