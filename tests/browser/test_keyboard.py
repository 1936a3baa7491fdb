"""A purchase without a mouse and without eyes: all is found by role and name in the accessibility tree."""

from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import Notes
from tests.conversations.opening import OpenShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MOST_STEPS = 120
PATIENCE_SECONDS = 20
COMPOSER = ("textbox", "Votre message")
LISTEN = """() => {
  const panel = document.querySelector("comptoir-chat").shadowRoot;
  let isActing = false, focused = panel.activeElement;
  window.spoken = []; window.moves = [];
  for (const act of ["keydown", "keyup", "click"]) {
    addEventListener(act, () => { isActing = true; setTimeout(() => (isActing = false)); }, true);
  }
  panel.addEventListener("focusin", ({ target }) => {
    if (!isActing && target !== focused) window.moves.push(target.outerHTML);
    focused = target;
  });
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) window.spoken.push(node.textContent);
  }).observe(panel.querySelector("[role=log]"), { childList: true });
}"""


class Keyboard:
    """Knows a page only by the keys and by what a screen reader is told of the element in focus."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._tree: CDPSession = page.context.new_cdp_session(page)

    @property
    def focus(self) -> tuple[str, str]:
        """Role and name."""
        nodes: list[dict[str, Any]] = self._tree.send("Accessibility.getFullAXTree")["nodes"]
        in_focus = [
            node
            for node in nodes
            if any(
                each["name"] == "focused" and each["value"]["value"] for each in node.get("properties", [])
            )
        ]
        if not in_focus:
            return "", ""
        node = in_focus[-1]
        return node["role"]["value"], " ".join(node.get("name", {}).get("value", "").split())

    def go_to(self, role: str, name: str, key: str = "Tab") -> None:
        """The first in this direction whose name begins so."""
        passed = []
        for _ in range(MOST_STEPS):
            self._page.keyboard.press(key)
            passed.append(self.focus)
            if passed[-1][0] == role and passed[-1][1].startswith(name):
                return
        raise AssertionError(f"no {role} “{name}” among {passed}")

    def press(self, role: str, name: str) -> None:
        self.go_to(role, name)
        self._page.keyboard.press("Enter")

    def choose(self, name: str, role: str = "button") -> None:
        self.go_back_to(role, name)
        self._page.keyboard.press("Enter")

    def go_back_to(self, role: str, name: str) -> None:
        """What the latest answer offers: it stands before the field in which one writes."""
        if self.focus != COMPOSER:
            self.go_to(*COMPOSER)
        self.go_to(role, name, "Shift+Tab")

    def write(self, text: str) -> None:
        self._page.keyboard.type(text)


ADDRESS = {
    "Nom": "Camille Durand",
    "Rue et numéro": "12 rue des Lilas",
    "Code postal": "75011",
    "Ville": "Paris",
    "Pays": "France",
    "E-mail": "camille@example.com",
}


def hears(page: Page, words: str) -> None:
    """Spoken, not only shown."""
    for _ in range(PATIENCE_SECONDS * 10):
        spoken = page.evaluate("window.spoken")
        if words in " ".join(" ".join(spoken[-2:]).split()):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"“{words}” was not said: {spoken}")


def pay(page: Page) -> None:
    page.wait_for_load_state()
    keyboard = Keyboard(page)
    for label, written in (
        ("Numéro de carte", "4242 4242 4242 4242"),
        ("Expiration", "12/34"),
        ("Code de sécurité", "123"),
    ):
        if not keyboard.focus[1].startswith(label):
            keyboard.go_to("textbox", label)
        keyboard.write(written)
    keyboard.press("button", "Payer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Payée. Merci !")
    page.close()


def test_a_whole_purchase_by_keyboard_and_screen_reader(
    open_shop: OpenShop, page: Page, notes: Notes
) -> None:
    page.goto(open_shop.url)
    keyboard = Keyboard(page)
    page.locator("comptoir-chat .launcher").wait_for()
    keyboard.press("button", "Ouvrir la discussion")
    expect(page.locator("dialog")).to_be_visible()
    expect(page.locator("textarea")).to_be_focused()
    page.evaluate(LISTEN)
    assert keyboard.focus == COMPOSER

    keyboard.write("je cherche une bougie parfumée à moins de 30 €\n")
    hears(page, "Bougie parfumée Perlin")
    assert keyboard.focus == COMPOSER
    keyboard.choose("Ajouter au panier: Bougie parfumée Perlin")
    hears(page, "Figuier")
    keyboard.choose("Figuier")
    hears(page, "180 g")
    keyboard.choose("180 g")
    hears(page, "1 × Bougie parfumée Perlin (Figuier, 180 g)")
    keyboard.choose("Passer commande")
    hears(page, "adresse complète")
    keyboard.go_back_to("textbox", "Nom")
    for label, written in ADDRESS.items():
        if keyboard.focus[1] != label:
            keyboard.go_to("textbox", label)
        keyboard.write(written)
    keyboard.press("button", "Utiliser cette adresse")
    hears(page, "Livraison standard")
    keyboard.choose("Livraison standard")
    hears(page, "Total : 28,90 €")
    keyboard.choose("Oui, je commande")
    hears(page, "28,90 €")

    with page.expect_popup() as opening:
        keyboard.choose("Payer 28,90 €", "link")
    pay(opening.value)
    page.bring_to_front()
    hears(page, "Paiement reçu")

    shown = page.locator(".log li.message:not(.customer)")
    assert len(page.evaluate("window.spoken")) == shown.count() - 1  # but the greeting
    assert keyboard.focus == ("region", "Messages")  # around the link to pay, which vanished: the only move
    assert [move.split(" ")[1] for move in page.evaluate("window.moves")] == ['class="log"']
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()
    assert keyboard.focus[1].startswith("Ouvrir la discussion")

    page.reload()
    page.locator("comptoir-chat .launcher").wait_for()
    keyboard.press("button", "Ouvrir la discussion")
    expect(page.locator(".log")).to_contain_text("Paiement reçu")
    expect(page.locator("[role=log] p")).to_have_count(0)
    assert notes.errors == []
