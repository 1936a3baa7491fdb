"""The chat on other websites: who may use the door, and what the script tag fetches."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from backend.config import InvalidSetting, Settings
from backend.pages.files import WIDGET
from tests.pages.conftest import Client

FRIEND = "https://friend.example"
STRANGER = "https://stranger.example"


async def test_a_website_that_the_shop_names_may_talk_to_it(client: Client) -> None:
    started = await client.post("/api/conversations", json={}, headers={"Origin": FRIEND})

    assert started.status == 201
    assert started.headers["Access-Control-Allow-Origin"] == FRIEND
    assert started.headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert "Access-Control-Allow-Credentials" not in started.headers


async def test_a_refusal_is_readable_there_too(client: Client) -> None:
    refused = await client.get("/api/cart", headers={"Origin": FRIEND})

    assert refused.status == 401
    assert refused.headers["Access-Control-Allow-Origin"] == FRIEND


async def test_a_stream_is_readable_there_too(client: Client) -> None:
    started = await (await client.post("/api/conversations", json={})).json()
    headers = {
        "Origin": FRIEND,
        "Accept": "text/event-stream",
        "Authorization": f"Bearer {started['token']}",
    }

    async with client.get(f"/api/conversations/{started['id']}/events", headers=headers) as stream:
        assert stream.headers["Access-Control-Allow-Origin"] == FRIEND
        assert await stream.content.readline() == b": beat\n"


@pytest.mark.parametrize(
    "path",
    ["/api/conversations/1/messages", "/api/conversation/language", "/api/cart/lines/MUG", "/api/files/x"],
)
async def test_a_browser_asks_before_it_writes(client: Client, path: str) -> None:
    asking = {"Origin": FRIEND, "Access-Control-Request-Method": "PUT"}

    allowed = await client.options(path, headers=asking)

    assert allowed.status == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == FRIEND
    assert allowed.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE"
    assert "Authorization" in allowed.headers["Access-Control-Allow-Headers"]
    assert "Idempotency-Key" in allowed.headers["Access-Control-Allow-Headers"]
    assert allowed.headers["Access-Control-Max-Age"] == "7200"
    assert allowed.headers.getall("Vary") == ["Origin"]


@pytest.mark.parametrize(
    "origin",
    [STRANGER, "null", "http://friend.example", "https://friend.example:8443", "https://FRIEND.example"],
)
async def test_any_other_website_may_not(client: Client, origin: str) -> None:
    asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}

    for answer in (
        await client.options("/api/conversations", headers=asking),
        await client.post("/api/conversations", json={}, headers={"Origin": origin}),
    ):
        assert [name for name in answer.headers if name.startswith("Access-Control")] == []
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("path", ["/", "/api/openapi.json", "/api/checkout", "/webhooks/stripe"])
async def test_only_the_door_opens(client: Client, path: str) -> None:
    answer = await client.options(path, headers={"Origin": FRIEND, "Access-Control-Request-Method": "POST"})

    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("*", "any website could then sell"),
        ("https://a.example, *", "any website could then sell"),
        ("https://a.example/", "write an origin as browsers do"),
        ("https://a.example/shop", "write an origin as browsers do"),
        ("https://A.example", "write an origin as browsers do"),
        ("https://a.example:443", "write an origin as browsers do"),
        ("a.example", "write an origin as browsers do"),
        ("file:///srv", "write an origin as browsers do"),
        ("https://a.example:port", "write an origin as browsers do"),
    ],
)
def test_what_no_browser_sends_is_refused_at_start(tmp_path: Path, setting: str, reason: str) -> None:
    with pytest.raises(InvalidSetting, match=reason):
        Settings.from_environment({"COMPTOIR_DATA_DIR": str(tmp_path), "COMPTOIR_ALLOWED_ORIGINS": setting})


def test_several_websites_are_named_with_commas(tmp_path: Path) -> None:
    named = "https://a.example, http://127.0.0.1:9000,"

    settings = Settings.from_environment(
        {"COMPTOIR_DATA_DIR": str(tmp_path), "COMPTOIR_ALLOWED_ORIGINS": named}
    )

    assert settings.allowed_origins == ("https://a.example", "http://127.0.0.1:9000")


@pytest.mark.usefixtures("bundle")
class TestTheScript:
    async def test_any_page_may_fetch_it_and_ask_again_for_nothing(self, client: Client) -> None:
        script = await client.get("/widget/comptoir.js")
        again = await client.get("/widget/comptoir.js", headers={"If-None-Match": script.headers["ETag"]})

        assert script.content_type.endswith("/javascript")
        assert script.headers["Access-Control-Allow-Origin"] == "*"
        assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert script.headers["Cache-Control"] == "no-cache"
        assert again.status == 304

    @pytest.mark.parametrize("part", ["loader", "panel"])
    async def test_an_address_with_a_hash_always_holds_the_same(self, client: Client, part: str) -> None:
        pinned = json.loads((WIDGET / "integrity.json").read_text())[part]

        file = await client.get(f"/widget/{pinned['file']}")

        digest = base64.b64encode(hashlib.sha384(await file.read()).digest()).decode()
        assert pinned["integrity"] == f"sha384-{digest}"
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert file.headers["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.parametrize("encoding", ["br", "gzip"])
    async def test_it_travels_compressed(self, client: Client, encoding: str) -> None:
        whole = (WIDGET / "comptoir-panel.js").stat().st_size
        name = json.loads((WIDGET / "integrity.json").read_text())["panel"]["file"]

        file = await client.get(
            f"/widget/{name}", headers={"Accept-Encoding": encoding}, auto_decompress=False
        )

        assert file.headers["Content-Encoding"] == encoding
        assert file.headers["Vary"] == "Accept-Encoding"
        assert len(await file.read()) < whole / 2
