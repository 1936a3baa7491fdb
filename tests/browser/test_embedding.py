"""The chat on somebody else's website: another origin, its own policies, and styles that nobody would want."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import jwt
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from backend.pages.files import WIDGET, pinned_tag
from backend.run import free_port
from tests.browser.conftest import Notes
from tests.browser.test_purchase import expect_answer, press, say
from tests.conversations.opening import IDENTITY_SECRET, OpenShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

HOSTILE = """
html { font-size: 40px !important; direction: rtl; overflow-x: hidden; }
body { transform: scale(1); filter: grayscale(0); margin: 0; block-size: 3000px; zoom: 1; }
* { all: unset !important; display: block !important; font: 3px/1 serif !important; color: transparent !important;
    opacity: .3 !important; transform: rotate(3deg) !important; letter-spacing: 1em !important;
    text-transform: uppercase !important; visibility: hidden !important; cursor: none !important; }
div, button, dialog, section, comptoir-chat { position: static !important; z-index: -1 !important; }
#curtain { position: fixed !important; inset: 0 !important; z-index: 2147483647 !important; }
"""


@dataclass
class Website:
    """Another origin than the shop's, with one page and one style sheet."""

    page: Page
    shop: str
    origin: str
    policy: str = ""
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Path to type and content."""

    def put_up(self, body: str, style: str = "") -> None:
        head = '<title>Ami</title><link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/style.css">'
        self.files["/"] = ("text/html", f'<!doctype html><html lang="fr">{head}{body}')
        self.files["/style.css"] = ("text/css", style)
        self.files["/icon.svg"] = ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"/>')
        self.page.goto(f"{self.origin}/")

    def be_strict(self, scripts: str = "") -> None:
        """As docs/embedding.md says, and what the page itself needs."""
        self.policy = (
            f"default-src 'none'; script-src {scripts or self.shop}; connect-src {self.shop}; "
            f"img-src {self.shop} 'self'; style-src 'self'; require-trusted-types-for 'script'; "
            "trusted-types comptoir lit-html"
        )

    @property
    def tag(self) -> str:
        return f'<script async src="{self.shop}/widget/comptoir.js"></script>'

    @property
    def pinned_tag(self) -> str:
        return pinned_tag(self.shop)


@pytest.fixture
def context(browser: Browser, notes: Notes) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 1200, "height": 800}, locale="fr-FR", reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    notes.take(context)
    yield context
    context.close()


@pytest.fixture
def website(open_shop: OpenShop, context: BrowserContext) -> Iterator[Website]:
    with served(Website(context.new_page(), open_shop.url, open_shop.friend)) as website:
        yield website


@contextmanager
def served(website: Website) -> Iterator[Website]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = website.files[self.path]
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", website.policy)
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """The pages of a test are no news."""

    with ThreadingHTTPServer(("127.0.0.1", int(website.origin.rpartition(":")[2])), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield website
        server.shutdown()


def open_chat(page: Page) -> None:
    page.get_by_role("button", name="Ouvrir la discussion").click()


def tamper(website: Website, part: str) -> None:
    """Whoever has got hold of the shop's files changes one of them on its way."""
    name = json.loads((WIDGET / "integrity.json").read_text())[part]["file"]

    def change(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=f"window.isTampered = true;{answer.text()}")

    website.page.route(f"{website.shop}/widget/{name}", change)


@pytest.mark.parametrize("tag", ["tag", "pinned_tag"])
def test_it_works_under_the_strictest_policy(website: Website, notes: Notes, tag: str) -> None:
    page = website.page
    website.be_strict()
    website.put_up(getattr(website, tag))

    open_chat(page)
    say(page, "montre-moi le mug Brume")
    picture = page.locator(".card img").first
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0
    assert str(picture.get_attribute("src")).startswith(website.shop)
    page.reload()
    open_chat(page)
    expect(page.locator(".customer .bubble")).to_have_text("montre-moi le mug Brume")

    assert notes.errors == []


@pytest.mark.parametrize("scripts", ["'nonce-once'", "'nonce-once' 'strict-dynamic'"])
def test_a_nonce_is_enough_for_the_whole_chat(website: Website, notes: Notes, scripts: str) -> None:
    website.be_strict(scripts)
    website.put_up(website.tag.replace("<script", '<script nonce="once"'))

    open_chat(website.page)

    expect(website.page.locator("dialog")).to_be_visible()
    assert notes.errors == []


def test_whoever_is_signed_in_at_the_website_is_known_in_the_chat(website: Website, notes: Notes) -> None:
    page = website.page
    website.put_up(website.tag)
    claims = {"sub": "42", "name": "Ada Byron", "email": "ada@example.com", "exp": time.time() + 60}
    page.evaluate("token => Comptoir.identify(token)", jwt.encode(claims, IDENTITY_SECRET, algorithm="HS256"))
    open_chat(page)
    say(page, "ajoutez un sécateur au panier")
    page.get_by_role("button", name="Passer commande").click()
    expect(page.get_by_label("Nom")).to_have_value("Ada Byron")
    expect(page.get_by_label("E-mail")).to_have_value("ada@example.com")

    page.evaluate("Comptoir.identify(null)")
    expect(page.locator(".customer .bubble")).to_have_count(0)
    page.reload()
    open_chat(page)
    expect(page.get_by_role("button", name="Que vendez-vous ?")).to_be_visible()
    expect(page.locator(".customer .bubble")).to_have_count(0)
    (left,) = notes.errors  # the browser's own line about the conversation that is somebody else's now
    assert "409" in left


def test_a_changed_panel_does_not_run(website: Website, notes: Notes) -> None:
    tamper(website, "panel")
    with website.page.expect_console_message(lambda said: "integrity" in said.text):
        website.put_up(website.tag)

    assert website.page.evaluate("[window.isTampered, customElements.get('comptoir-chat')]") == [None, None]


def test_a_changed_script_does_not_run_where_it_is_pinned(website: Website) -> None:
    tamper(website, "loader")
    with website.page.expect_console_message(lambda said: "integrity" in said.text):
        website.put_up(website.pinned_tag)

    assert website.page.evaluate("[window.isTampered, window.Comptoir]") == [None, None]


def test_a_website_that_the_shop_does_not_know_cannot_talk_to_it(
    open_shop: OpenShop, context: BrowserContext
) -> None:
    stranger = Website(context.new_page(), open_shop.url, f"http://127.0.0.1:{free_port()}")
    with served(stranger):
        stranger.put_up(stranger.tag)

        open_chat(stranger.page)
        say(stranger.page, "bonjour")

        expect(stranger.page.locator(".waiting .bubble")).to_have_text("bonjour")


def test_however_often_it_is_asked_for_there_is_one_chat_in_the_language_that_is_said(
    website: Website,
) -> None:
    attributes = f'data-language="es" data-shop="Amiga" data-server="{website.shop}"'
    tags = (website.tag + website.tag + website.pinned_tag).replace("<script", f"<script {attributes}")
    website.put_up(tags)

    expect(website.page.get_by_role("button", name="Abrir la conversación")).to_have_count(1)
    website.page.wait_for_load_state("networkidle")
    assert website.page.locator("comptoir-chat").count() == 1
    website.page.evaluate("Comptoir.open()")
    expect(website.page.get_by_role("heading", name="Amiga")).to_be_visible()


def box(page: Page, selector: str) -> tuple[int, int, int, int]:
    found = page.locator(selector).bounding_box()
    assert found
    return round(found["x"]), round(found["y"]), round(found["width"]), round(found["height"])


def test_it_is_bought_through_the_worst_of_styles(website: Website, notes: Notes) -> None:
    page = website.page
    website.be_strict()
    website.put_up(f'<div id="curtain"></div>{website.pinned_tag}', style=HOSTILE)
    assert box(page, ".launcher") == (20, 720, 60, 60)  # the website reads from right to left
    page.mouse.wheel(0, 500)
    assert box(page, ".launcher") == (20, 720, 60, 60)

    open_chat(page)

    assert box(page, "dialog") == (20, 44, 400, 660)
    looks = page.locator(".assistant .bubble").first.evaluate(
        """bubble => {
          const { fontSize, letterSpacing, textTransform, visibility, color } = getComputedStyle(bubble);
          return { fontSize, letterSpacing, textTransform, visibility, color };
        }"""
    )
    assert looks == {
        "fontSize": "24px",
        "letterSpacing": "normal",
        "textTransform": "none",
        "visibility": "visible",
        "color": "rgb(35, 39, 31)",
    }
    say(page, "ajoute deux tasses Brume bleues au panier")
    expect_answer(page, "2 × Tasse en grès Brume (Bleu)")
    press(page, "Passer commande")
    expect_answer(page, "adresse complète")
    say(page, "Camille Durand, 12 rue des Lilas, 75011 Paris, camille@example.com")
    press(page, "Livraison standard: Livraison standard")
    press(page, "Oui, je commande")
    link = page.get_by_role("link", name="Payer 36,90 €")
    expect(link).to_be_visible()
    assert str(link.get_attribute("href")).startswith(f"{website.shop}/pay/")
    assert notes.errors == []


def test_on_a_phone_the_worst_of_styles_leave_it_the_whole_screen(website: Website) -> None:
    page = website.page
    page.set_viewport_size({"width": 360, "height": 740})
    website.put_up(f'<div id="curtain"></div>{website.tag}', style=HOSTILE)

    open_chat(page)

    assert box(page, "dialog") == (0, 0, 360, 740)
    x, _, width, _ = box(page, "textarea")
    assert x >= 0
    assert x + width <= 360
