"""How content the caller's customer is."""

from typing import Annotated

import msgspec

from backend.edge import Call, Operations
from backend.satisfaction import service
from backend.satisfaction.service import NotAsked

operations = Operations("satisfaction")


class Asked(msgspec.Struct, frozen=True):
    is_due: bool


class Answered(msgspec.Struct, frozen=True):
    """What is left out stays as it was."""

    score: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    comment: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)] | None = None


@operations.post("/api/satisfaction/question", answer=Asked)
async def ask_satisfaction(call: Call) -> Asked:
    """Whether the customer should be asked now; if so, it counts as done."""
    return Asked(await service.ask(call.session, call.caller.conversation_id, call.language))


@operations.put("/api/satisfaction", body=Answered, answer=Answered, errors=(NotAsked,))
async def answer_satisfaction(call: Call) -> Answered:
    """A score from 1 (very bad) to 5 (very good), or words to it, or both."""
    await service.answer(call.session, call.caller.conversation_id, call.body.score, call.body.comment)
    return call.body  # type: ignore[no-any-return]
