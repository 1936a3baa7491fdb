"""What the assistant remembers of conversations, behind its private door."""

import aiohttp

from backend.config import Settings

TIMEOUT = aiohttp.ClientTimeout(total=20)


class AssistantMemory:
    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        self._doors = settings.rasa_urls
        self._headers = {"Authorization": f"Bearer {settings.rasa_secret}"}
        self._http = http

    async def forget(self, conversation_id: str) -> None:
        """Each process has some of it at hand. Raises aiohttp.ClientError or TimeoutError: the job tries again."""
        for door in self._doors:
            said = {"conversation": conversation_id}
            async with self._http.post(
                f"{door}/forget", json=said, headers=self._headers, timeout=TIMEOUT
            ) as answer:
                answer.raise_for_status()
