"""One purchase by clicking and typing: the real pages, the real chat, the sandbox's payment page."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Notes
from tests.conversations.opening import OpenShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def say(page: Page, text: str) -> None:
    page.get_by_label("Votre message").fill(text)
    page.get_by_label("Votre message").press("Enter")


def expect_answer(page: Page, words: str) -> None:
    expect(page.locator(".assistant .bubble").last).to_contain_text(words)


def press(page: Page, title: str) -> None:
    page.locator(".log").get_by_role("button", name=title).last.click()


def test_a_customer_buys_in_french_without_leaving_the_chat_but_to_pay(
    open_shop: OpenShop, page: Page, notes: Notes
) -> None:
    page.goto(open_shop.url)
    page.get_by_role("button", name="Ouvrir la discussion").click()
    say(page, "je cherche une bougie parfumée à moins de 30 €")
    expect(page.locator(".card img").first).to_be_visible()
    press(page, "Ajouter au panier: Bougie parfumée Perlin")
    press(page, "Figuier")
    press(page, "180 g")
    expect_answer(page, "1 × Bougie parfumée Perlin (Figuier, 180 g)")
    press(page, "Passer commande")
    expect_answer(page, "adresse complète")
    say(page, "Camille Durand, 12 rue des Lilas, 75011 Paris")
    expect_answer(page, "e-mail")
    say(page, "camille@example.com")
    press(page, "Livraison standard: Livraison standard")
    expect_answer(page, "Total : 28,90 €")
    press(page, "Oui, je commande")

    with page.expect_popup() as opening:
        page.get_by_role("link", name="Payer 28,90 €").click()
    payment = opening.value
    payment.get_by_label("Numéro de carte").fill("4242 4242 4242 4242")
    payment.get_by_label("Expiration").fill("12/34")
    payment.get_by_label("Code de sécurité").fill("123")
    payment.get_by_role("button", name="Payer").last.click()
    expect(payment.get_by_role("heading", level=1)).to_have_text("Payée. Merci !")
    payment.close()

    expect_answer(page, "Paiement reçu, merci !")
    expect(page.locator(".over")).to_have_text("Paiement reçu")  # in the place of the button that led to pay
    with page.expect_popup() as opening:
        page.get_by_role("link", name="Votre commande").click()
    order = opening.value
    expect(order.locator("html")).to_have_attribute("lang", "fr")
    expect(order.locator("main")).to_contain_text("Bougie parfumée Perlin")
    expect(order.locator("main")).to_contain_text("28,90 €")
    assert notes.errors == []
    assert notes.hosts == {"127.0.0.1"}
