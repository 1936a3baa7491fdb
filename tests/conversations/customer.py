"""A customer at the website's door, who sees what the widget shows and knows nothing else."""

import re
import time
import uuid
from typing import Any, Self

import aiohttp
from yarl import URL

PATIENCE_SECONDS = 45
ORDER_NUMBER = re.compile(r"\bCP-[0-9A-Z]{8}\b")

SPACES = str.maketrans("\u00a0\u202f", "  ")

Event = dict[str, Any]


def plain(text: str) -> str:
    """With the spaces that somebody types: ours do not break before “€”, “g” or “?”."""
    return text.translate(SPACES)


class Customer:
    def __init__(self, http: aiohttp.ClientSession, url: str, started: dict[str, str]) -> None:
        self._http = http
        self._url = url
        self.conversation_id = started["id"]
        self._conversation = f"{url}/api/conversations/{started['id']}"
        self._headers = {"Authorization": f"Bearer {started['token']}"}
        self._cursor = 0
        self.language = started["language"]
        self.seen: list[Event] = []

    @classmethod
    async def arrive(cls, http: aiohttp.ClientSession, url: str, language: str | None) -> Self:
        start = {"language": language} if language else {}
        async with http.post(f"{url}/api/conversations", json=start) as response:
            assert response.status == 201, await response.text()
            return cls(http, url, await response.json())

    async def say(self, text: str) -> list[Event]:
        return await self._answered({"text": text})

    async def press(self, title: str, card: str = "") -> list[Event]:
        """The button that was shown last under this title; on the card whose title holds `card`, if it is said."""
        return await self._answered({"choice": self._button(title, card)})

    async def pay(self, card: str) -> list[Event]:
        """Follows the payment link as a browser does, fills the form, and comes back to the chat."""
        async with self._http.get(self.link("payment")) as page:
            form = {"card_number": card, "exp": "12/34", "cvc": "123"}
        async with self._http.post(page.url, data=form) as result:
            assert result.status < 500, await result.text()
        return await self.hear()

    async def hurry_the_parcel(self, steps: int) -> list[Event]:
        """Presses the button of the carrier's page."""
        tracking = URL(self.link("tracking"))
        for _ in range(steps):
            async with self._http.post(tracking / "advance") as response:
                assert response.status == 200, await response.text()
        return await self.hear()

    async def post(self, body: dict[str, str]) -> tuple[int, Event]:
        async with self._http.post(
            f"{self._conversation}/messages", json=body, headers=self._headers
        ) as response:
            return response.status, await response.json()

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
        async with self._http.get(f"{self._url}/api/{path}", headers=self._headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()

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

    async def _answered(self, message: dict[str, str]) -> list[Event]:
        status, event = await self.post({"id": str(uuid.uuid4())} | message)
        assert status == 201, event
        return await self.hear()

    async def _read(self, wait: int) -> list[Event]:
        query = {"after": self._cursor, "wait": wait}
        async with self._http.get(
            f"{self._conversation}/events", params=query, headers=self._headers
        ) as response:
            read = await response.json()
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
