import re
from itertools import pairwise

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.widget.door import Door


def open_chat(page: Page) -> None:
    page.locator(".launcher").click()
    expect(page.locator("dialog")).to_be_visible()


def say(page: Page, text: str) -> None:
    page.locator("textarea").fill(text)
    page.locator("textarea").press("Enter")


def messages(page: Page) -> list[str]:
    return page.locator(".log .bubble").all_inner_texts()


def test_a_message_is_answered(page: Page) -> None:
    open_chat(page)
    say(page, "Something for my sister")
    expect(page.locator(".customer .bubble")).to_have_text("Something for my sister")
    expect(page.locator(".assistant .bubble").last).to_contain_text("best sellers")
    expect(page.locator(".delivery")).to_have_count(0)


def test_an_example_wish_is_sent_as_its_words(page: Page) -> None:
    open_chat(page)
    page.get_by_role("button", name="I'm looking for a gift under 30 €").press("Enter")
    expect(page.locator(".customer .bubble")).to_have_text("I'm looking for a gift under 30 €")
    expect(page.locator(".card")).to_have_count(4)
    expect(page.get_by_role("region", name="Messages")).to_be_focused()


def test_typing_is_shown_and_told_while_the_answer_is_in_work(page: Page, door: Door) -> None:
    door.control(isThinking=True)
    open_chat(page)
    say(page, "hello")
    expect(page.locator(".typing")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="The assistant is typing")).to_have_count(1)
    door.control(isThinking=False)
    expect(page.locator(".typing")).to_have_count(0)


def test_a_button_of_a_card_names_its_product_and_a_double_click_buys_once(page: Page) -> None:
    open_chat(page)
    say(page, "mugs")
    page.get_by_role("button", name="Add to cart: Enamel camping mug").dblclick()
    expect(page.locator(".bubble").last).to_have_text("It is in your cart.")
    assert page.locator(".customer .bubble").all_inner_texts() == ["mugs", "Add to cart"]


def test_the_carousel_is_turned_by_keys(page: Page) -> None:
    open_chat(page)
    say(page, "mugs")
    cards = page.locator(".cards")
    expect(cards.locator(".card")).to_have_count(4)
    cards.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "() => document.querySelector('comptoir-chat').shadowRoot.querySelector('.cards').scrollLeft > 0"
    )


def test_a_comparison_is_a_table_that_scrolls_inside_its_bubble(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    open_chat(page)
    say(page, "side by side please")
    table = page.get_by_role("table", name="The three of them, side by side:")
    expect(table.get_by_role("columnheader")).to_have_count(3)
    expect(table.get_by_role("row", name="Price 16.00 € 16.00 € 12.50 €")).to_have_count(1)
    expect(table.get_by_role("rowheader", name="Capacity")).to_be_visible()
    assert page.locator(".table").evaluate("box => box.scrollWidth > box.clientWidth")
    assert page.locator(".log").evaluate("log => log.scrollWidth <= log.clientWidth")
    expect(page.locator(".bubble").last).not_to_contain_text("Told again")
    expect(page.get_by_role("log")).to_contain_text("Told again for whoever has no tables")


def test_choices_end_with_the_answer(page: Page) -> None:
    open_chat(page)
    say(page, "hello")
    page.get_by_role("button", name="Show me mugs").click()
    expect(page.locator(".card")).to_have_count(4)
    chosen = page.get_by_role("button", name="Show me mugs (chosen)")
    expect(chosen).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Best sellers").click(force=True)
    assert page.locator(".customer").count() == 2


def test_a_payment_link_opens_in_a_new_tab_without_an_opener(page: Page) -> None:
    open_chat(page)
    say(page, "pay")
    link = page.get_by_role("link", name="Pay 32.00 € (opens in a new tab)")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener")


def test_a_parcel_shows_its_step(page: Page) -> None:
    open_chat(page)
    say(page, "my order")
    expect(page.locator(".parcel [aria-current=step]")).to_have_text("On its way")
    expect(page.locator(".parcel .done")).to_have_count(2)


def test_words_never_become_markup(page: Page) -> None:
    open_chat(page)
    say(page, "markup")
    answer = page.locator(".assistant .bubble").last
    expect(answer).to_contain_text("<img src=x onerror=alert(1)>")
    assert answer.locator("a").evaluate_all("links => links.map(({href}) => href)") == [
        "https://shop.example/care?a=1"
    ]
    expect(page.locator("a[href^=javascript]")).to_have_count(0)


def test_history_is_back_after_a_reload_and_nothing_of_it_is_announced(page: Page) -> None:
    open_chat(page)
    say(page, "mugs")
    expect(page.locator(".card")).to_have_count(4)
    before = messages(page)
    page.reload()
    open_chat(page)
    expect(page.locator(".card")).to_have_count(4)
    assert messages(page) == before
    expect(page.locator("[role=log] p")).to_have_count(0)


def test_each_new_message_is_announced_in_one_sentence(page: Page) -> None:
    open_chat(page)
    say(page, "one picture")
    expect(page.locator("[role=log] p")).to_have_text(
        ["Assistant: Here it is. 1 product: Brume stoneware mug, blue, 16.00 €."]
    )


def test_what_is_written_offline_waits_over_a_reload_and_arrives(
    page: Page, context: BrowserContext, door: Door
) -> None:
    open_chat(page)
    door.control(isDown=True)
    say(page, "quiet one")
    say(page, "quiet two")
    expect(page.locator(".waiting")).to_have_count(2)
    expect(page.get_by_role("alert")).to_contain_text("No connection")
    page.reload()
    door.control(isDown=False)
    open_chat(page)
    expect(page.locator(".delivery")).to_have_count(0)
    assert page.locator(".customer .bubble").all_inner_texts() == ["quiet one", "quiet two"]


def test_a_form_filled_in_offline_waits_over_a_reload_and_arrives(page: Page, door: Door) -> None:
    open_chat(page)
    say(page, "address")
    for label, written in (
        ("Street and number", "12 Baker Street"),
        ("Postcode", "NW1 6XE"),
        ("Town or city", "London"),
    ):
        page.get_by_label(label).fill(written)
    door.control(isDown=True)
    page.get_by_role("button", name="Use this address").press("Enter")
    expect(page.locator(".waiting")).to_have_count(1)
    page.reload()
    open_chat(page)
    expect(page.locator(".customer .bubble").last).to_contain_text("12 Baker Street")
    expect(page.locator(".waiting")).to_have_count(1)
    door.control(isDown=False)
    expect(page.locator(".delivery")).to_have_count(0)
    expect(page.locator(".customer .bubble").last).to_contain_text("12 Baker Street")


def test_the_conversation_goes_on_after_the_server_was_killed(page: Page, door: Door) -> None:
    open_chat(page)
    say(page, "quiet before")
    expect(page.locator(".receipt")).to_have_count(1)
    door.kill()
    say(page, "mugs")
    expect(page.locator(".waiting")).to_have_count(1)
    door.start()
    expect(page.locator(".card")).to_have_count(4)
    assert page.locator(".customer .bubble").all_inner_texts() == ["quiet before", "mugs"]


def test_a_refused_message_is_told_and_can_be_sent_again(page: Page) -> None:
    open_chat(page)
    say(page, "refuse this")
    expect(page.get_by_role("alert")).to_have_text("Not sent: refuse this")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".refused")).to_have_count(1)


def test_an_answer_to_a_closed_chat_counts_as_unread(page: Page, door: Door) -> None:
    page.evaluate("counts = []; addEventListener('comptoir:unread', ({detail}) => counts.push(detail.count))")
    open_chat(page)
    say(page, "quiet")
    expect(page.locator(".receipt")).to_have_count(1)
    page.keyboard.press("Escape")
    door.control(say={"text": "Your parcel has left"})
    expect(page.get_by_role("button", name="Open the chat, 1 unread message")).to_be_visible()
    open_chat(page)
    expect(page.locator(".badge")).to_have_count(0)
    assert page.evaluate("counts") == [1, 0]


def test_two_tabs_show_the_same_and_only_one_reads(page: Page, context: BrowserContext, door: Door) -> None:
    other = context.new_page()
    other.goto(door.url)
    for tab in (page, other):
        tab.locator(".launcher").wait_for()
    open_chat(page)
    open_chat(other)
    streams: list[str] = []
    other.on("request", lambda request: streams.append(request.headers.get("accept", "")))
    say(page, "one picture")
    expect(other.locator(".card")).to_have_count(1)
    say(other, "my order")
    expect(page.locator(".parcel")).to_have_count(1)
    assert messages(page) == messages(other)
    assert "text/event-stream" not in streams


def test_focus_goes_to_the_composer_and_back_and_stays_when_a_message_comes(page: Page, door: Door) -> None:
    focused = "document.querySelector('comptoir-chat').shadowRoot.activeElement"
    page.locator(".launcher").press("Enter")
    assert page.evaluate(f"{focused}.tagName") == "TEXTAREA"
    say(page, "quiet")
    expect(page.locator(".receipt")).to_have_count(1)
    door.control(say={"text": "News", "choices": [{"id": "x", "title": "Good"}]})
    expect(page.get_by_role("button", name="Good")).to_be_visible()
    assert page.evaluate(f"{focused}.tagName") == "TEXTAREA"
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    assert page.evaluate(f"{focused}.className") == "launcher"


def test_shift_enter_writes_a_new_line(page: Page) -> None:
    open_chat(page)
    page.locator("textarea").press_sequentially("one")
    page.locator("textarea").press("Shift+Enter")
    page.locator("textarea").press_sequentially("two")
    page.locator("textarea").press("Enter")
    expect(page.locator(".customer .bubble")).to_have_text("one\ntwo", use_inner_text=True)


def test_the_last_of_two_thousand_characters_are_counted_down(page: Page) -> None:
    open_chat(page)
    page.locator("textarea").fill("x" * 1_900)
    expect(page.locator(".left")).to_have_text("100 of 2,000 characters left")


def test_a_reader_who_scrolled_up_is_not_moved(page: Page, door: Door) -> None:
    open_chat(page)
    say(page, "mugs")
    expect(page.locator(".card")).to_have_count(4)
    page.locator(".log").evaluate("log => log.scrollTop = 0")
    page.wait_for_timeout(50)
    door.control(say={"text": "And one more thing"})
    news = page.get_by_role("button", name="New messages")
    expect(news).to_be_visible()
    assert page.locator(".log").evaluate("log => log.scrollTop") == 0
    news.click()
    expect(news).to_be_hidden()


@pytest.mark.parametrize("width", [320, 360])
def test_on_a_phone_the_chat_fills_the_screen_and_keeps_the_focus(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    open_chat(page)
    say(page, "mugs")
    expect(page.locator(".card")).to_have_count(4)
    dialog = page.locator("dialog")
    assert dialog.evaluate("dialog => dialog.matches(':modal')")
    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": width, "height": 640}
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    for _ in range(16):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") in {"COMPTOIR-CHAT", "BODY"}


def test_every_target_is_at_least_44_pixels(page: Page) -> None:
    open_chat(page)
    for wish in ("mugs", "hello", "refuse"):
        say(page, wish)
    expect(page.locator(".card")).to_have_count(4)
    expect(page.locator(".choice").last).to_be_visible()
    heights = page.locator("button, a.button").evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert min(heights) >= 44


def test_the_page_can_drive_the_chat(page: Page) -> None:
    page.evaluate("opened = 0; addEventListener('comptoir:open', () => opened++)")
    page.evaluate("Comptoir.open()")
    page.evaluate("Comptoir.send('quiet by program')")
    page.evaluate("Comptoir.setLanguage('es')")
    expect(page.locator(".customer .bubble")).to_have_text("quiet by program")
    expect(page.locator("textarea")).to_have_attribute("placeholder", "Tu mensaje")
    page.evaluate("Comptoir.toggle()")
    expect(page.locator("dialog")).to_be_hidden()
    assert page.evaluate("opened") == 1


def test_an_answer_in_another_language_says_so(page: Page) -> None:
    open_chat(page)
    say(page, "bonjour")
    expect(page.locator(".message").last).to_have_attribute("lang", "fr")


def test_the_strict_policy_of_the_page_is_kept_and_no_cookie_is_set(
    context: BrowserContext, door: Door
) -> None:
    page = context.new_page()
    complaints: list[str] = []
    addresses: list[str] = []
    page.on("console", lambda line: complaints.append(line.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(door.url)
    page.locator(".launcher").wait_for()
    open_chat(page)
    say(page, "mugs")
    expect(page.locator(".card")).to_have_count(4)
    assert complaints == []
    assert [address for address in addresses if not address.startswith(door.url)] == []
    assert context.cookies() == []


def test_the_log_is_in_the_order_it_was_said(page: Page) -> None:
    open_chat(page)
    for number in range(8):
        say(page, f"quiet {number}")
    expect(page.locator(".receipt")).to_have_count(1)
    numbers = [int(text) for text in re.findall(r"quiet (\d)", " ".join(messages(page)))]
    assert len(numbers) == 8
    assert all(one < other for one, other in pairwise(numbers))
