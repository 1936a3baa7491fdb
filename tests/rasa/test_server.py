"""The private door, with a real Rasa behind it and an action server of the test's own."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from backend.run import free_port

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not PYTHON.exists(), reason="needs .venv-rasa, the Python 3.10 environment of Rasa"),
]


class Actions:
    """Answers Rasa's calls; a token in the turn says how."""

    def __init__(self) -> None:
        self.port = free_port()
        self.calls: list[dict[str, Any]] = []
        self.failures_left = 0
        self.reached, self.let_go = asyncio.Event(), asyncio.Event()

    async def run(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer actions-secret"
        call = await request.json()
        self.calls.append(call)
        if self.failures_left:
            self.failures_left -= 1
            return web.json_response({"error": "broken"}, status=500)
        if call["tracker"]["latest_message"]["metadata"]["token"] == "held":
            self.reached.set()
            await self.let_go.wait()
        silent = call["next_action"] == "action_say_nothing"
        return web.json_response({"events": [], "responses": [] if silent else [self.cart()]})

    @staticmethod
    def cart() -> dict[str, Any]:
        lines = [{"name": "Mug", "price": {"amount": 1250, "currency": "EUR"}}]
        return {"response": "utter_cart", "count": 1, "lines": lines, "text": "", "custom": {}, "buttons": []}


class Rasa:
    def __init__(self, folder: Path, actions: Actions) -> None:
        self.folder = folder
        self.actions = actions
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        (model,) = (self.folder / "models").glob("*.tar.gz")
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "RASA_TELEMETRY_ENABLED": "false",
            "OPENBLAS_NUM_THREADS": "1",
            "COMPTOIR_MODEL": str(model),
            "COMPTOIR_DATA_DIR": str(self.folder),
            "COMPTOIR_RASA_PORT": str(self.port),
            "COMPTOIR_RASA_SECRET": "rasa-secret",
            "COMPTOIR_ACTIONS_URL": f"http://127.0.0.1:{self.actions.port}/webhook",
            "COMPTOIR_ACTIONS_SECRET": "actions-secret",
        }

    async def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
                [PYTHON, "-m", "bot.server"],
                cwd=self.folder,
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 180
        async with aiohttp.ClientSession() as session:
            while not await self.is_healthy(session):
                assert self.process.poll() is None, (self.folder / "server.log").read_text()
                assert time.monotonic() < deadline
                await asyncio.sleep(0.2)

    async def is_healthy(self, session: aiohttp.ClientSession) -> bool:
        with contextlib.suppress(aiohttp.ClientConnectionError):
            async with session.get(f"http://127.0.0.1:{self.port}/health") as response:
                return response.status == 200
        return False

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def turn(
        self,
        text: str | None = None,
        payload: str | None = None,
        conversation: str = "",
        turn: str = "",
        language: str = "en",
        token: str = "token",
        secret: str = "rasa-secret",
    ) -> tuple[int, dict[str, Any]]:
        body = {
            "conversation": conversation or uuid.uuid4().hex,
            "turn": turn or uuid.uuid4().hex,
            "text": text,
            "payload": payload,
            "language": language,
            "channel": "web",
            "token": token,
        }
        headers = {"Authorization": f"Bearer {secret}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://127.0.0.1:{self.port}/turn", json=body, headers=headers) as response,
        ):
            answered = await response.json()
            self.readings = answered.pop("readings", [])
            return response.status, answered


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small assistant, trained, with the shop's own pipeline, policies and endpoints."""
    folder = tmp_path_factory.mktemp("assistant")
    shutil.copytree(ROOT / "tests" / "rasa" / "assistant", folder, dirs_exist_ok=True)
    for name in ("config.yml", "endpoints.yml"):
        shutil.copy(ROOT / name, folder)
    subprocess.run(
        [PYTHON, "-m", "bot.train", "--out", "models"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        check=True,
        timeout=300,
    )
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def actions() -> AsyncIterator[Actions]:
    actions = Actions()
    app = web.Application(client_max_size=2**24)
    app.router.add_post("/webhook", actions.run)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", actions.port).start()
    yield actions
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rasa(folder: Path, actions: Actions) -> AsyncIterator[Rasa]:
    rasa = Rasa(folder, actions)
    await rasa.start()
    yield rasa
    rasa.stop()


@pytest.fixture(autouse=True)
def no_calls_yet(actions: Actions) -> Iterator[None]:
    actions.calls.clear()
    actions.reached.clear()
    actions.let_go.clear()
    yield
    actions.failures_left = 0


def values(message: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(entity["entity"], entity["value"]) for entity in message["entities"]]


CART = [{"text": "1 article", "cards": [{"title": "Mug", "price": "€12.50"}]}]


@pytest.mark.parametrize(
    ("text", "language", "answer", "choice"),
    [
        ("hello", "en", "Hello.", "View cart"),
        ("bonjour", "fr", "Bonjour.", "Voir le panier"),
        ("hola", "es", "Hola.", "Ver el carrito"),
    ],
)
async def test_a_greeting_is_answered_in_the_turns_language(
    rasa: Rasa, text: str, language: str, answer: str, choice: str
) -> None:
    status, body = await rasa.turn(text, turn="turn-1", language=language)

    assert status == 200
    choices = [{"title": choice, "payload": "/view_cart"}]
    assert body == {"turn": "turn-1", "answers": [{"text": answer, "choices": choices}]}


async def test_a_payload_runs_its_action_which_sees_the_turn(rasa: Rasa, actions: Actions) -> None:
    status, body = await rasa.turn(
        payload='/view_cart{"product": "mug \\"blue\\""}', turn="turn-2", token="t-2"
    )

    assert (status, body["answers"]) == (200, CART)
    heard = actions.calls[0]["tracker"]["latest_message"]
    assert heard["metadata"] == {
        "language": "en",
        "turn": "turn-2",
        "part": 0,
        "token": "t-2",
        "channel": "web",
    }
    assert [(entity["entity"], entity["value"]) for entity in heard["entities"]] == [
        ("product", 'mug "blue"')
    ]


async def test_values_reach_the_action(rasa: Rasa, actions: Actions) -> None:
    await rasa.turn("show my cart, 2 of them, for cp 7k3mq9xw")

    heard = actions.calls[0]["tracker"]["latest_message"]
    assert values(heard) == [("quantity", 2), ("order_number", "CP-7K3MQ9XW")]


async def test_a_text_with_a_slash_is_never_a_payload(rasa: Rasa, actions: Actions) -> None:
    await rasa.turn('  /view_cart{"product": "stolen"}', conversation="slash")
    await rasa.turn("/greet", conversation="slash")
    await rasa.turn(payload="/view_cart", conversation="slash")

    said = [event for event in actions.calls[-1]["tracker"]["events"] if event["event"] == "user"]
    assert [event["text"][:1] for event in said] == ["\uff0f", "\uff0f", "/"]
    assert said[0]["parse_data"]["intent"]["name"] != "stolen"
    assert [entity for event in said[:2] for entity in event["parse_data"]["entities"]] == []


async def test_the_same_turn_again_gets_the_same_answers_and_acts_once(rasa: Rasa, actions: Actions) -> None:
    first = await rasa.turn("show my cart", conversation="again", turn="turn-1")
    second = await rasa.turn("show my cart", conversation="again", turn="turn-1")

    assert first == second == (200, {"turn": "turn-1", "answers": CART})
    assert len(actions.calls) == 1


async def test_a_conversation_that_is_forgotten_begins_anew(rasa: Rasa, actions: Actions) -> None:
    await rasa.turn("show my cart, 2 of them", conversation="left", turn="turn-1")
    for secret, status in (("wrong", 401), ("rasa-secret", 200), ("rasa-secret", 200)):
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {secret}"}) as session,
            session.post(f"http://127.0.0.1:{rasa.port}/forget", json={"conversation": "left"}) as answer,
        ):
            assert answer.status == status
    await rasa.turn("show my cart", conversation="left", turn="turn-1")

    said = [event for event in actions.calls[-1]["tracker"]["events"] if event["event"] == "user"]
    assert [event["text"] for event in said] == ["show my cart"]


async def test_a_turn_given_twice_at_once_acts_once(rasa: Rasa, actions: Actions) -> None:
    both = asyncio.gather(
        *(rasa.turn("show my cart", conversation="twice", turn="turn-1", token="held") for _ in range(2))
    )
    await actions.reached.wait()
    actions.let_go.set()

    assert await both == [(200, {"turn": "turn-1", "answers": CART})] * 2
    assert len(actions.calls) == 1


async def test_a_failed_action_is_an_error_and_leaves_no_trace(rasa: Rasa, actions: Actions) -> None:
    actions.failures_left = 1

    status, body = await rasa.turn("show my cart", conversation="failed", turn="turn-1")
    assert (status, body["error"]) == (502, "action_failed")

    assert await rasa.turn("show my cart", conversation="failed", turn="turn-1") == (
        200,
        {"turn": "turn-1", "answers": CART},
    )
    said = [event for event in actions.calls[-1]["tracker"]["events"] if event["event"] == "user"]
    assert len(said) == 1


async def test_a_turn_without_an_answer_is_an_error(rasa: Rasa) -> None:
    status, body = await rasa.turn(payload="/start_over")

    assert (status, body["error"]) == (502, "no_answer")


async def test_two_quick_messages_are_answered_in_order(rasa: Rasa, actions: Actions) -> None:
    first = asyncio.create_task(rasa.turn("show my cart", conversation="quick", token="held"))
    await actions.reached.wait()
    second = asyncio.create_task(rasa.turn("bye", conversation="quick"))
    await asyncio.wait([second], timeout=0.3)  # enough for who would not wait
    assert not second.done()

    actions.let_go.set()
    await first
    assert (await second)[1]["answers"] == [{"text": "Goodbye."}]


async def test_a_turn_goes_on_when_its_caller_hangs_up(rasa: Rasa, actions: Actions) -> None:
    caller = asyncio.create_task(
        rasa.turn("show my cart", conversation="hung up", turn="turn-1", token="held")
    )
    await actions.reached.wait()
    caller.cancel()
    actions.let_go.set()

    status, body = await rasa.turn("show my cart", conversation="hung up", turn="turn-1", token="held")
    assert (status, body["answers"]) == (200, CART)
    assert len(actions.calls) == 1


async def test_a_long_conversation_stays_short_for_rasa_and_keeps_its_slots(
    rasa: Rasa, actions: Actions
) -> None:
    await rasa.turn(payload='/view_cart{"product": "mug"}', conversation="long")
    for _ in range(60):
        await rasa.turn(payload="/greet", conversation="long")
    await rasa.turn(payload="/view_cart", conversation="long")

    tracker = actions.calls[-1]["tracker"]
    assert tracker["slots"]["product"] == "mug"
    assert len(tracker["events"]) < 160
    with contextlib.closing(sqlite3.connect(rasa.folder / "tracker.db")) as database:
        counted = database.execute("SELECT count(*) FROM tracker_events WHERE conversation = 'long'")
        assert counted.fetchone()[0] > 200


async def test_the_door_knows_its_caller_and_its_contract(rasa: Rasa) -> None:
    refusals = [
        await rasa.turn("hello", secret="wrong"),
        await rasa.turn(" "),
        await rasa.turn("hello", payload="/greet"),
        await rasa.turn(payload="/no_such_intent"),
        await rasa.turn(payload="/greet{"),
        await rasa.turn("hello", language="de"),
    ]

    assert [(status, body["error"]) for status, body in refusals] == [
        (401, "unauthorized"),
        *[(400, "bad_request")] * 5,
    ]


async def test_a_restart_forgets_no_turn_and_stores_no_token(rasa: Rasa, actions: Actions) -> None:
    before = await rasa.turn("show my cart", conversation="restart", turn="turn-1", token="secret-token")
    rasa.stop()
    await rasa.start()

    assert await rasa.turn("show my cart", conversation="restart", turn="turn-1") == before
    assert len(actions.calls) == 1
    await rasa.turn(payload="/view_cart", conversation="restart", turn="turn-2")
    said = [event for event in actions.calls[-1]["tracker"]["events"] if event["event"] == "user"]
    assert [event["metadata"]["turn"] for event in said] == ["turn-1", "turn-2"]
    with contextlib.closing(sqlite3.connect(rasa.folder / "tracker.db")) as database:
        stored = " ".join(row[0] for row in database.execute("SELECT data FROM tracker_events"))
    assert "view_cart" in stored
    assert "secret-token" not in stored


async def test_two_wishes_in_one_message_are_served_in_order_and_the_same_is_said_once(
    rasa: Rasa, actions: Actions
) -> None:
    said = "show my cart and where is my parcel?"
    actions.failures_left = 1
    assert (await rasa.turn(said, conversation="two", turn="turn-1"))[0] == 502

    before = await rasa.turn(said, conversation="two", turn="turn-1")
    assert before == (200, {"turn": "turn-1", "answers": CART})
    assert [reading["read"] for reading in rasa.readings] == ["view_cart", "track_order"]
    heard = [call["tracker"]["latest_message"] for call in actions.calls[-2:]]
    assert [message["intent"]["name"] for message in heard] == ["view_cart", "track_order"]
    assert [message["metadata"]["part"] for message in heard] == [0, 1]
    rasa.stop()
    await rasa.start()
    assert await rasa.turn(said, conversation="two", turn="turn-1") == before
    assert len(actions.calls) == 3


async def test_two_rasas_share_what_was_said(rasa: Rasa, actions: Actions) -> None:
    other = Rasa(rasa.folder, actions)
    await other.start()
    try:
        await rasa.turn(payload='/view_cart{"product": "mug"}', conversation="shared", turn="turn-1")
        await other.turn(payload='/view_cart{"product": "bowl"}', conversation="shared", turn="turn-2")
        # The first one still has the conversation at hand, as it was before the second one went on with it.
        await rasa.turn(payload="/view_cart", conversation="shared", turn="turn-3")
        repeated = await other.turn(payload="/view_cart", conversation="shared", turn="turn-3")
        seen = actions.calls[-1]["tracker"]
    finally:
        other.stop()
    assert seen["slots"]["product"] == "bowl"
    said = [event["metadata"]["turn"] for event in seen["events"] if event["event"] == "user"]
    assert said == ["turn-1", "turn-2", "turn-3"]
    assert repeated == (200, {"turn": "turn-3", "answers": CART})
    assert len(actions.calls) == 3
