"""axe finds no violation (WCAG 2.2 A, AA, best practice) on any page, in any language, width or colours."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conversations.opening import OpenShop
from tests.widget.door import WEB

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

AXE = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
}"""
ORDER = """async () => {
  const { token } = await Comptoir.session();
  const call = async (method, path, body) => {
    const headers = {
      authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": crypto.randomUUID(),
    };
    return (await fetch(path, { method, headers, body: JSON.stringify(body) })).json();
  };
  await call("POST", "/api/cart/lines", { sku: "PRUNER-TAILLE", quantity: 1 });
  const text = "Ana Ruiz, 12 rue des Lilas, 75011 Paris, France, ana@example.com";
  await call("POST", "/api/checkout/tell", { text });
  const { total } = await call("PUT", "/api/checkout/delivery", { delivery_method: "standard" });
  const { order_url } = await call("POST", "/api/orders", { total: total.amount });
  return new URL(order_url).pathname;
}"""
PAGES = (
    "/",
    "/categories/kitchen",
    "/products/perlin-scented-candle",
    "/search?q=mug",
    "/search?q=zeppelin",
    "/cart",
    "/policies",
    "/policies/delivery",
    "/nowhere",
)


@pytest.fixture(params=["en", "fr", "es"])
def language(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def page(open_shop: OpenShop, browser: Browser, language: str) -> Iterator[Page]:
    # axe comes from outside of the page, whose policy would refuse it.
    context = browser.new_context(
        base_url=open_shop.url, locale=language, reduced_motion="reduce", bypass_csp=True
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def violations(page: Page, path: str) -> dict[tuple[int, str], list[str]]:
    """By width and colours, where there are any."""
    page.goto(path)
    page.locator(".launcher").wait_for()
    expect(page.locator("#cart[aria-busy]")).to_have_count(0)
    page.add_script_tag(path=WEB / "node_modules" / "axe-core" / "axe.min.js")
    found: dict[tuple[int, str], list[str]] = {}
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.emulate_media(color_scheme="light")
        found[width, "light"] = page.evaluate(AXE)
        page.emulate_media(color_scheme="dark")
        found[width, "dark"] = page.evaluate(AXE)
    return {how: what for how, what in found.items() if what}


@pytest.mark.usefixtures("bundle")
def test_axe_finds_nothing(page: Page) -> None:
    page.goto("/")
    empty = violations(page, "/cart")
    order = page.evaluate(ORDER)

    found = {"empty cart": empty} | {path: violations(page, path) for path in (*PAGES, order)}
    assert {path: what for path, what in found.items() if what} == {}
