"""The cart on the shop's pages, which is the one of the chat."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.conftest import Notes
from tests.conversations.opening import OpenShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MUG = "/products/brume-mug?variant=MUG-BRUME-BLU"
REFUSAL = "Failed to load resource"
"""What Chromium notes of an answer that is none or a refusal, whatever the page makes of it."""


@pytest.fixture
def page(open_shop: OpenShop, browser: Browser, notes: Notes) -> Iterator[Page]:
    context = browser.new_context(base_url=open_shop.url, locale="fr-FR", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    notes.take(context)
    yield context.new_page()
    context.close()
    assert [error for error in notes.errors if not error.startswith(REFUSAL)] == []


def put_into_cart(page: Page, path: str, quantity: int = 1) -> None:
    page.goto(path)
    page.get_by_label("Quantité").fill(str(quantity))
    page.get_by_role("button", name="Ajouter au panier").click()
    expect(page.get_by_text("C'est dans votre panier.")).to_be_visible()


def see_cart(page: Page) -> None:
    page.goto("/cart")
    expect(page.locator("#cart[data-version]")).to_be_visible()


def quantity(page: Page) -> Any:
    return page.locator("#cart").get_by_label("Quantité")


def change_elsewhere(page: Page, sku: str, **line: Any) -> None:
    """As the chat or another tab does, and as the widget tells of it."""
    page.evaluate(
        """async ([sku, line]) => {
          const { token } = await Comptoir.session();
          const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
          const change = { method: "PUT", headers, body: JSON.stringify(line) };
          const answer = await fetch(`/api/cart/lines/${sku}`, change);
          const { count: quantity, version } = await answer.json();
          const detail = { quantity, version };
          const chat = document.querySelector("comptoir-chat");
          chat.dispatchEvent(new CustomEvent("comptoir:cart", { detail, bubbles: true, composed: true }));
        }""",
        [sku, line],
    )


def test_looking_around_opens_no_conversation(page: Page) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))

    for path in ("/", MUG, "/cart"):
        page.goto(path)
        page.locator("comptoir-chat").wait_for(state="attached")
    expect(page.get_by_text("Votre panier est vide.")).to_be_visible()

    assert [request.url for request in asked if request.method == "POST"] == []


def test_a_double_click_puts_one_into_the_cart(page: Page) -> None:
    page.goto(MUG)
    page.get_by_role("button", name="Ajouter au panier").dblclick()
    expect(page.get_by_text("C'est dans votre panier.")).to_be_visible()

    page.get_by_role("link", name="Voir le panier").click()

    expect(page.get_by_role("link", name="Panier 1")).to_be_visible()
    expect(page.get_by_role("heading", name="Tasse en grès Brume")).to_be_visible()
    expect(page.get_by_label("Couleur")).to_have_value("MUG-BRUME-BLU")
    expect(quantity(page)).to_have_value("1")


def test_an_answer_that_is_lost_is_asked_for_again_and_adds_once(page: Page) -> None:
    answers: list[str] = []

    def lose(route: Route) -> None:
        answer = route.fetch()
        answers.append(answer.text())
        if len(answers) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    page.route("**/api/cart/lines", lose)
    page.goto(MUG)
    page.get_by_role("button", name="Ajouter au panier").click()

    expect(page.get_by_text("C'est dans votre panier.")).to_be_visible()
    expect(page.get_by_role("link", name="Panier 1")).to_be_visible()
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_the_cart_is_changed_and_emptied_on_its_page(page: Page) -> None:
    put_into_cart(page, MUG, 2)
    see_cart(page)

    quantity(page).fill("3")
    quantity(page).press("Enter")
    expect(page.locator(".sums")).to_have_text("3 articles 48,00 €", use_inner_text=True)
    expect(page.locator("#news")).to_have_text("Votre panier\xa0: 3 articles, 48,00\xa0€.")
    expect(quantity(page)).to_be_focused()

    page.get_by_label("Couleur").select_option("Vert sauge")
    expect(page.locator("#line-MUG-BRUME-SAG")).to_be_visible()
    expect(page.get_by_label("Couleur")).to_be_focused()
    expect(quantity(page)).to_have_value("3")

    page.get_by_role("button", name=re.compile("Retirer.*Vert sauge")).click()
    expect(page.get_by_text("Votre panier est vide.").first).to_be_visible()
    expect(page.get_by_role("heading", name="Panier")).to_be_focused()
    expect(page.locator("#cart-count")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "label", "most", "whole"),
    [
        ("en", "Quantity", "A cart takes at most 99 of one thing.", "Write a whole number from 1 to 99."),
        ("fr", "Quantité", "Un panier contient au plus 99 fois", "Écrivez un nombre entier de 1 à 99."),
        ("es", "Cantidad", "Un carrito admite como máximo 99", "Escribe un número entero de 1 a 99."),
    ],
)
def test_what_cannot_be_is_said_at_the_line(
    page: Page, language: str, label: str, most: str, whole: str
) -> None:
    put_into_cart(page, MUG)
    page.goto(f"/cart?lang={language}")
    field, refusal = page.locator("#cart").get_by_label(label), page.locator("li [role=alert]")

    field.fill("100")
    field.press("Enter")
    expect(refusal).to_contain_text(most)
    expect(field).to_have_value("1")

    field.fill("1.5")
    field.press("Enter")
    expect(refusal).to_have_text(whole)
    expect(field).to_have_value("1")


def test_more_than_there_is_says_how_many_there_are(page: Page) -> None:
    page.goto("/products/brume-mug?variant=MUG-BRUME-SAG")
    page.get_by_label("Quantité").fill("99")
    page.get_by_role("button", name="Ajouter au panier").click()

    expect(page.get_by_role("alert")).to_have_text("Il n'en reste que 12. Votre panier n'a pas changé.")
    expect(page.get_by_label("Quantité")).to_have_value("99")


def test_an_option_that_there_is_too_little_of_is_not_taken(page: Page) -> None:
    put_into_cart(page, MUG, 3)
    see_cart(page)

    page.get_by_label("Couleur").select_option("Terracotta")

    expect(page.locator("li [role=alert]")).to_have_text("Il n'en reste que 2. Votre panier n'a pas changé.")
    expect(page.get_by_label("Couleur")).to_have_value("MUG-BRUME-BLU")
    expect(quantity(page)).to_have_value("3")


def test_what_cannot_be_sent_is_kept_and_done_later(page: Page) -> None:
    put_into_cart(page, MUG)
    see_cart(page)
    page.route("**/api/cart/**", lambda route: route.abort())
    quantity(page).fill("4")
    quantity(page).press("Enter")
    expect(page.locator("li [role=alert]")).to_contain_text("La boutique est injoignable")
    expect(quantity(page)).to_have_value("4")

    page.unroute("**/api/cart/**")
    quantity(page).press("Enter")
    expect(page.locator(".sums")).to_contain_text("4 articles")
    expect(page.locator("li [role=alert]")).to_be_empty()


def test_a_change_in_the_chat_shows_without_reloading_and_keeps_what_is_typed(page: Page) -> None:
    put_into_cart(page, MUG)
    put_into_cart(page, "/products/perlin-scented-candle")
    see_cart(page)
    page.evaluate("document.querySelector('#line-MUG-BRUME-BLU img').marked = true")
    mug = page.locator("#line-MUG-BRUME-BLU").get_by_label("Quantité")
    candle = page.locator(".contents > li").last
    mug.fill("7")

    change_elsewhere(page, candle.get_attribute("data-sku") or "", quantity=5)

    expect(candle.get_by_label("Quantité")).to_have_value("5")
    expect(page.get_by_role("link", name="Panier 6")).to_be_visible()
    expect(page.locator("#news")).to_contain_text("6 articles")
    expect(mug).to_be_focused()
    expect(mug).to_have_value("7")
    assert page.evaluate("document.querySelector('#line-MUG-BRUME-BLU img').marked")

    change_elsewhere(page, "MUG-BRUME-BLU", quantity=0)
    expect(page.locator(".contents > li")).to_have_count(1)


def test_a_change_elsewhere_is_asked_for_again_when_it_could_not_be_read(page: Page) -> None:
    put_into_cart(page, MUG)
    put_into_cart(page, "/products/perlin-scented-candle")
    see_cart(page)
    expect(page.locator(".contents > li")).to_have_count(2)
    page.route("**/cart/contents*", lambda route: route.abort(), times=2)

    change_elsewhere(page, "MUG-BRUME-BLU", quantity=0)

    expect(page.locator(".contents > li")).to_have_count(1)


@pytest.mark.parametrize("width", [375, 1280])
def test_a_code_is_tried_on_the_carts_page_refused_in_words_and_taken_out_again(
    page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    put_into_cart(page, MUG)
    see_cart(page)
    field, refusal = page.get_by_label("Code promo"), page.locator("form[data-code*=coupons] [role=alert]")

    field.press("Enter")
    expect(refusal).to_have_text("Écrivez d'abord le code.")
    field.fill("summer10")
    field.press("Enter")
    expect(refusal).to_have_text(
        "Il manque encore 14,00\xa0€ dans votre panier pour que le code «\xa0SUMMER10\xa0» s'applique."
    )
    quantity(page).fill("3")
    quantity(page).press("Enter")
    expect(page.locator(".sums")).to_contain_text("3 articles")
    field.fill("été-2026")
    page.get_by_role("button", name="Appliquer : Code promo").click()
    expect(refusal).to_contain_text("«\xa0WELCOME5\xa0» fonctionne\xa0: 5\xa0€ de remise de bienvenue.")

    field.fill("SUMMER10")
    field.press("Enter")
    expect(page.locator(".codes")).to_contain_text("SUMMER10")
    expect(page.locator(".sums")).to_contain_text("43,20\xa0€")
    expect(refusal).to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("button", name="Retirer : SUMMER10").click()
    expect(page.locator(".codes")).not_to_contain_text("SUMMER10")
    expect(page.locator(".sums")).to_contain_text("48,00\xa0€")


def test_a_gift_card_is_told_of_on_the_carts_page(page: Page, open_shop: OpenShop) -> None:
    environment = {**os.environ, "COMPTOIR_DATA_DIR": str(open_shop.data_dir)}
    issue = [sys.executable, "-m", "backend", "gift-cards", "issue", "50", "EUR"]
    code = subprocess.run(issue, env=environment, check=True, capture_output=True, text=True).stdout.split()[
        0
    ]
    put_into_cart(page, MUG)
    see_cart(page)
    field, refusal = (
        page.get_by_label("Code de carte cadeau"),
        page.locator("form[data-code*=gift] [role=alert]"),
    )

    field.fill("GC-AAAA-AAAA-AAAA-AAAA-AAAA")
    field.press("Enter")
    expect(refusal).to_contain_text("Je ne trouve aucune carte cadeau avec ce code.")
    field.fill(code)
    field.press("Enter")
    expect(page.locator("#credit")).to_contain_text(
        f"Carte cadeau se terminant par {code[-4:]}\xa0: reste 50,00\xa0€"
    )
    expect(field).to_have_value("")

    page.get_by_role("button", name="Retirer : Carte cadeau").click()
    expect(page.locator("#credit")).to_have_count(0)


def test_what_is_not_there_yet_is_put_into_the_cart_after_a_tick(page: Page) -> None:
    page.goto("/products/bosquet-jigsaw-puzzle")
    expect(page.locator(".buy")).to_contain_text("Précommande, sortie le")
    page.get_by_role("button", name="Ajouter au panier").click()
    expect(page.locator("form.add [role=alert]")).to_contain_text("Cochez votre accord")
    expect(page.locator("#cart-count")).to_be_hidden()

    page.get_by_label("Pas encore sorti. J'accepte que ce soit envoyé le").check()
    page.get_by_role("button", name="Ajouter au panier").click()
    expect(page.get_by_text("C'est dans votre panier.")).to_be_visible()

    see_cart(page)
    agreed = page.get_by_label("J'accepte que ce soit envoyé le")
    expect(agreed).to_be_checked()
    quantity(page).fill("2")
    quantity(page).press("Enter")
    expect(page.locator(".sums")).to_contain_text("2 articles")
    expect(agreed).to_be_checked()


def test_checking_out_leads_into_the_chat(page: Page) -> None:
    put_into_cart(page, MUG, 2)
    see_cart(page)

    page.get_by_role("button", name="Commander dans le chat").click()

    expect(page.locator(".customer .bubble")).to_have_text("Je voudrais passer commande")
    expect(page.locator(".assistant .bubble").last).to_contain_text("adresse complète")


def test_without_a_script_the_cart_says_what_to_do(open_shop: OpenShop, browser: Browser) -> None:
    context = browser.new_context(base_url=open_shop.url, java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto("/cart")
    expect(page.locator("main")).to_contain_text("écrivez-nous ce que vous souhaitez.", use_inner_text=True)
    context.close()


def test_chat_and_two_tabs_agree_on_the_cart(page: Page) -> None:
    put_into_cart(page, MUG)
    other = page.context.new_page()
    see_cart(other)
    page.get_by_role("button", name="Ouvrir la discussion").click()

    page.get_by_label("Votre message").fill("mets-en 3 dans le panier")
    page.get_by_label("Votre message").press("Enter")

    for tab in (page, other):
        expect(tab.locator("#cart-count")).to_have_text("4", timeout=15_000)
    expect(quantity(other)).to_have_value("4")
    quantity(other).fill("2")
    quantity(other).press("Enter")
    expect(page.locator("#cart-count")).to_have_text("2")
