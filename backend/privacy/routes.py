"""The right to know and the right to be forgotten, for whoever has shown who they are."""

import msgspec
from aiohttp import web

from backend.changes.asked import PreviewNotFound, PreviewOutdated
from backend.conversations.routes import FILES
from backend.edge import DATABASE, SETTINGS, Call, Operations, json_response
from backend.privacy import erasing
from backend.privacy.exporting import CopyNotFound, Links, exported
from backend.privacy.models import Erasure
from backend.privacy.person import IdentityNotProven, OrderUnderWay, find_person, proven_address

operations = Operations("personal data")


class Known(msgspec.Struct, frozen=True):
    """How much there is; `url` opens all of it for an hour, without further proof."""

    orders: int
    conversations: int
    url: str


class ErasureView(msgspec.Struct, frozen=True):
    """`state` is `previewed`, then `asked`, `emptied` and `done`."""

    id: str
    state: str


@operations.get("/api/personal-data", answer=Known, errors=(IdentityNotProven,))
async def tell_known(call: Call) -> Known:
    """What the shop knows of the customer whose conversation it is."""
    conversation, settings = call.caller.conversation_id, call.request.app[SETTINGS]
    person = await find_person(call.session, await proven_address(call.session, conversation))
    url = settings.public_url + Links(settings).of(conversation)
    return Known(len(person.orders), len(person.conversations), url)


@operations.post(
    "/api/personal-data/erasures", answer=ErasureView, status=201, errors=(IdentityNotProven, OrderUnderWay)
)
async def preview_erasure(call: Call) -> ErasureView:
    """For the customer to say yes to; nothing is erased."""
    return _view(await erasing.preview(call.session, call.caller.conversation_id))


@operations.post(
    "/api/personal-data/erasures/{erasure}/confirmation",
    answer=ErasureView,
    errors=(IdentityNotProven, OrderUnderWay, PreviewNotFound, PreviewOutdated),
)
async def confirm_erasure(call: Call) -> ErasureView:
    """The customer's yes. It is done within moments, and then said in the conversation."""
    agreed = await erasing.agree(call.session, call.caller.conversation_id, call.path["erasure"])
    return _view(agreed)


async def get_copy(request: web.Request) -> web.Response:
    """What a link leads to. Raises CopyNotFound, also once the person is forgotten."""
    settings = request.app[SETTINGS]
    conversation_id = Links(settings).conversation(request.match_info["token"])
    async with request.app[DATABASE].snapshot() as session:
        try:
            person = await find_person(session, await proven_address(session, conversation_id))
        except IdentityNotProven:
            raise CopyNotFound from None
        told = await exported(session, person, request.app[FILES], settings.public_url)
    response = json_response(told)
    response.headers["Content-Disposition"] = 'attachment; filename="personal-data.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


operations.handle(
    "GET", "/api/personal-data/copies/{token}", get_copy, access="public", gives=("application/json",),
    errors=(CopyNotFound,),
)  # fmt: skip


def _view(erasure: Erasure) -> ErasureView:
    return ErasureView(erasure.id, erasure.state)
