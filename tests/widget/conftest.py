"""The real bundle in a real browser, against the door in memory of `door.mjs`."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.widget.door import Door


@pytest.fixture(scope="session")
def running_door(tmp_path_factory: pytest.TempPathFactory, bundle: None) -> Iterator[Door]:
    door = Door(tmp_path_factory.mktemp("door") / "log.json")
    yield door
    door.kill()


@pytest.fixture
def door(running_door: Door) -> Door:
    running_door.control(isDown=False, isThinking=False)
    return running_door


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1200, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(5_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, door: Door) -> Page:
    page = context.new_page()
    page.goto(door.url)
    page.locator(".launcher").wait_for()
    return page
