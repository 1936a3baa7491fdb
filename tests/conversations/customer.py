"""A customer at the website's door, who sees what the widget shows and knows nothing else."""

import asyncio
import io
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp
import yaml
from PIL import Image
from yarl import URL

T = TypeVar("T")
PATIENCE_SECONDS = 45
INSISTING_SECONDS = (0.1, 0.5, 1, 2, 4)
WORDS_OF_THE_DESK = Path(__file__).parents[2].glob("data/responses/*/desk.yml")
APOLOGIES = {
    yaml.safe_load(words.read_text())["responses"]["utter_trouble"][0]["text"] for words in WORDS_OF_THE_DESK
}
"""They say that the answer is still to come."""
ORDER_NUMBER = re.compile(r"\bCP-[0-9A-Z]{8}\b")

SPACES = str.maketrans("\u00a0\u202f", "  ")

Event = dict[str, Any]


def plain(text: str) -> str:
    """With the spaces that somebody types: ours do not break before “€”, “g” or “?”."""
    return text.translate(SPACES)


def said(events: list[Event]) -> str:
    """All texts, one a line."""
    return plain("\n".join(event.get("text", "") for event in events))


async def insisting(do: Callable[[], Awaitable[T]]) -> T:
    """As the widget does: what failed on the way is tried again, with the same id."""
    for pause in INSISTING_SECONDS:
        try:
            return await do()
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError):
            await asyncio.sleep(pause)
    return await do()


class Customer:
    def __init__(self, http: aiohttp.ClientSession, url: str, started: dict[str, str]) -> None:
        self._http = http
        self._url = url
        self.conversation_id = started["id"]
        self._conversation = f"{url}/api/conversations/{started['id']}"
        self.headers = {"Authorization": f"Bearer {started['token']}"}
        self._cursor = 0
        self.language = started["language"]
        self.seen: list[Event] = []

    @classmethod
    async def arrive(cls, http: aiohttp.ClientSession, url: str, language: str | None) -> Self:
        start = {"language": language} if language else {}
        async with http.post(f"{url}/api/conversations", json=start) as response:
            assert response.status == 201, await response.text()
            return cls(http, url, await response.json())

    async def begin_anew(self) -> None:
        """In another browser, which knows nothing; what was read stays in mind."""
        anew = await self.arrive(self._http, self._url, self.language)
        self.conversation_id, self._conversation = anew.conversation_id, anew._conversation
        self.headers, self._cursor = anew.headers, 0

    async def code_sent_to(self, address: str) -> str:
        """The latest, from the mailbox's page."""
        letter = re.compile(rf"To {re.escape(address)}, .*?<p>(\d{{6}}) ", re.DOTALL)

        async def read() -> str:
            async with self._http.get(f"{self._url}/mailbox") as page:
                return await page.text()

        for pause in INSISTING_SECONDS:
            if found := letter.search(await insisting(read)):
                return found[1]
            await asyncio.sleep(pause)
        raise AssertionError(f"no letter to {address}")

    async def say(self, text: str) -> list[Event]:
        return await self._answered({"text": text})

    async def press(self, title: str, card: str = "") -> list[Event]:
        """The button that was shown last under this title; on the card whose title holds `card`, if it is said."""
        return await self._answered({"choice": self._button(title, card)})

    async def fill(self, fields: dict[str, str]) -> list[Event]:
        """The form that was shown last, with what already stood in it."""
        forms = [event["form"] for event in self.seen if event.get("form")]
        assert forms, "no form was shown"
        shown = {field["name"]: field.get("value", "") for field in forms[-1]["fields"]}
        return await self._answered({"form": {**shown, **fields}})

    async def send_photo(self, name: str) -> list[Event]:
        written = io.BytesIO()
        Image.new("RGB", (30, 20), "peru").save(written, "JPEG")
        url = f"{self._conversation}/files/{uuid.uuid4()}"
        async with self._http.put(
            url, params={"name": name}, data=written.getvalue(), headers=self.headers
        ) as response:
            assert response.status == 201, await response.text()
            file = await response.json()
        return await self._answered({"file": file["id"]})

    async def pay(self, card: str) -> list[Event]:
        """Follows the payment link as a browser does, fills the form, and comes back to the chat."""
        form = {"card_number": card, "exp": "12/34", "cvc": "123"}

        async def pay() -> None:
            async with self._http.get(self.link("payment")) as page:
                assert page.status == 200, await page.text()
            async with self._http.post(page.url, data=form) as result:
                assert result.status < 500, await result.text()

        await insisting(pay)
        return await self.hear()

    async def hurry_the_parcel(self, steps: int) -> list[Event]:
        """Presses the button of the carrier's page."""
        tracking = URL(self.link("tracking"))
        for _ in range(steps):
            async with self._http.post(tracking / "advance") as response:
                assert response.status == 200, await response.text()
        return await self.hear()

    async def post(self, body: dict[str, Any]) -> tuple[int, Event]:
        async def post() -> tuple[int, Event]:
            async with self._http.post(
                f"{self._conversation}/messages", json=body, headers=self.headers
            ) as response:
                return response.status, await response.json()

        return await insisting(post)

    async def hear(self, patience_seconds: float = PATIENCE_SECONDS) -> list[Event]:
        """What comes next from the shop: everything that is stored with it; nothing when patience ends."""
        deadline = time.monotonic() + patience_seconds
        while (left := deadline - time.monotonic()) > 0:
            heard = [
                event for event in await self._read(min(25, int(left) + 1)) if event["sender"] != "customer"
            ]
            if heard:
                return heard
        return []

    async def ask(self, path: str) -> Any:
        """A page's question to the API."""

        async def ask() -> Any:
            async with self._http.get(f"{self._url}/api/{path}", headers=self.headers) as response:
                assert response.status == 200, await response.text()
                return await response.json()

        return await insisting(ask)

    async def set_line(self, sku: str, **line: Any) -> None:
        """What the cart's page does."""
        async with self._http.put(
            f"{self._url}/api/cart/lines/{sku}", json=line, headers=self.headers
        ) as response:
            assert response.status == 200, await response.text()

    @property
    def order_number(self) -> str:
        """The latest that was read in the chat."""
        read = ORDER_NUMBER.findall("\n".join(event.get("text", "") for event in self.seen))
        assert read, "no order number was shown"
        return str(read[-1])

    def link(self, kind: str) -> str:
        """The address of the link that was shown last."""
        links = [
            link["url"] for event in self.seen for link in event.get("links", []) if link["kind"] == kind
        ]
        assert links, f"no link for {kind} was shown"
        return str(links[-1])

    async def _answered(self, message: dict[str, Any]) -> list[Event]:
        status, event = await self.post({"id": str(uuid.uuid4())} | message)
        assert status in (200, 201), event  # 200 where the first answer was lost on the way
        heard = await self.hear()
        while heard and {event.get("text") for event in heard} <= APOLOGIES:
            heard = await self.hear()
        return heard

    async def _read(self, wait: int) -> list[Event]:
        query = {"after": self._cursor, "wait": wait}

        async def read_on() -> Any:
            async with self._http.get(
                f"{self._conversation}/events", params=query, headers=self.headers
            ) as response:
                return await response.json()

        read = await insisting(read_on)
        self._cursor = read["next"]
        self.seen += read["events"]
        return list(read["events"])

    def _button(self, title: str, card: str) -> str:
        for event in reversed(self.seen):
            on_cards = [each for each in event.get("cards", []) if card in plain(each["title"])]
            choices = [choice for each in on_cards for choice in each.get("choices", [])]
            for choice in choices if card else [*event.get("choices", []), *choices]:
                if plain(choice["title"]) == title:
                    return str(choice["id"])
        raise AssertionError(f"there is no button “{title}” {card}")
