"""A visit of the shop in a browser, which notes down what it should not see."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

expect.set_options(timeout=20_000)


@dataclass
class Notes:
    """Of all pages of a visit."""

    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def take(self, context: BrowserContext) -> None:
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _see(self, request: Request) -> None:
        if request.url.startswith("http"):
            self.hosts.add(request.url.split("/")[2].partition(":")[0])


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def page(browser: Browser, notes: Notes) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1200, "height": 800}, locale="fr-FR", reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    notes.take(context)
    yield context.new_page()
    context.close()
