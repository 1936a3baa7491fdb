"""The benchmark's sixteen tools, each as calls of our HTTP API."""

import asyncio
import uuid
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import ClientSession

from backend.config import Settings
from backend.tokens import Caller, Tokens
from benchmarks.retail.data import Record, address_of
from benchmarks.retail.loading import CURRENCY

CALLS_OF_CHARGING = 200


class Refused(Exception):
    """The shop has said no; its code is the message."""


class Shop:
    """`conversations` are, by customer, where they order. Who is asked about is who calls: that they are who they say
    was found out before."""

    def __init__(
        self, settings: Settings, http: ClientSession, conversations: dict[str, str], owners: Record
    ) -> None:
        self._url, self._http = settings.public_url, http
        self._tokens = Tokens(settings.secret)
        self._conversations, self._owners = conversations, owners
        self._products: dict[str, Record] = {}

    async def call(self, tool: str, arguments: Record) -> Any:
        """Raises Refused."""
        return await getattr(self, f"_{tool}")(**arguments)

    async def order(self, order_id: str) -> tuple[Record, Record]:
        """As its customer sees it, and what became of it."""
        token = self._of_order(order_id)
        number = quote(order_id, safe="")
        order = await self._ask("GET", f"/api/order?number={number}", token)
        return order, await self._ask("GET", f"/api/after-sale?number={number}", token)

    async def profile(self, user_id: str) -> Record:
        return await self._ask("GET", "/api/profile", self._of_user(user_id))

    async def product_of(self, sku: str) -> Record:
        if sku not in self._products:
            for product in await self._list_all_product_types():
                self._products |= {variant["sku"]: product for variant in product["variants"]}
        if sku not in self._products:
            raise Refused("variant_not_found")
        return self._products[sku]

    async def _find_user_id_by_email(self, email: str) -> str:
        found = await self._ask("GET", f"/api/staff/customer?email={quote(email)}", self._staff())
        return str(found["reference"])

    async def _find_user_id_by_name_zip(self, first_name: str, last_name: str, zip: str) -> str:
        who = f"given_name={quote(first_name)}&family_name={quote(last_name)}&postcode={quote(zip)}"
        found = await self._ask("GET", f"/api/staff/customer?{who}", self._staff())
        return str(found["reference"])

    async def _get_user_details(self, user_id: str) -> Record:
        return await self.profile(user_id)

    async def _get_order_details(self, order_id: str) -> Record:
        return (await self.order(order_id))[0]

    async def _get_product_details(self, product_id: str) -> Record:
        return await self._ask("GET", f"/api/products/{quote(product_id, safe='')}?currency={CURRENCY}")

    async def _get_item_details(self, item_id: str) -> Record:
        product = await self.product_of(item_id)
        return next(variant for variant in product["variants"] if variant["sku"] == item_id)

    async def _list_all_product_types(self) -> list[Record]:
        products: list[Record] = []
        asked = f"/api/products?currency={CURRENCY}&limit=50"
        page = await self._ask("GET", asked)
        products += page["products"]
        while page["cursor"]:
            page = await self._ask("GET", f"{asked}&cursor={quote(page['cursor'], safe='')}")
            products += page["products"]
        return products

    async def _cancel_pending_order(self, order_id: str, reason: str) -> None:
        await self._change(order_id, {"type": "cancel", "reason": reason.replace(" ", "_")})

    async def _modify_pending_order_address(self, order_id: str, **address: str) -> None:
        order, after = await self.order(order_id)
        address_now = address_of(address, after["address"]["name"])
        await self._change(order["number"], {"type": "address", "address": address_now})

    async def _modify_pending_order_items(
        self, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
    ) -> None:
        await self._change(order_id, _swap("items", item_ids, new_item_ids, payment_method_id))

    async def _modify_pending_order_payment(self, order_id: str, payment_method_id: str) -> None:
        await self._change(order_id, {"type": "payment_method", "method": payment_method_id})

    async def _modify_user_address(self, user_id: str, **address: str) -> None:
        profile = await self.profile(user_id)
        name = f"{profile['given_name']} {profile['family_name']}"
        await self._ask("PUT", "/api/profile/address", self._of_user(user_id), address_of(address, name))

    async def _return_delivered_order_items(
        self, order_id: str, item_ids: list[str], payment_method_id: str
    ) -> None:
        items = {sku: item_ids.count(sku) for sku in item_ids}
        await self._change(order_id, {"type": "return", "items": items, "method": payment_method_id})

    async def _exchange_delivered_order_items(
        self, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
    ) -> None:
        await self._change(order_id, _swap("exchange", item_ids, new_item_ids, payment_method_id))

    async def _calculate(self, expression: str) -> None:
        """Sums are no matter of the shop's."""

    async def _transfer_to_human_agents(self, summary: str) -> None:
        """A person steps in by `comptoir conversations join`; nothing of an order changes by it."""

    async def _change(self, order_id: str, change: Record) -> None:
        """Previewed, and agreed to; a card that is charged has answered when this returns."""
        token = self._of_order(order_id)
        previewed = await self._ask(
            "POST", "/api/order-changes", token, {"number": order_id, "change": change}
        )
        path = f"/api/order-changes/{previewed['id']}/confirmation"
        changed = await self._ask("POST", path, token)
        for _ in range(CALLS_OF_CHARGING):
            if changed["state"] != "charging":
                break
            await asyncio.sleep(0.05)
            made = (await self.order(order_id))[1]["changes"]
            changed = next(one for one in made if one["id"] == changed["id"])
        if changed["state"] != "done":
            raise Refused(changed["state"])

    async def _ask(self, method: str, path: str, token: str = "", body: Any = None) -> Any:
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Accept-Language": "en"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else msgspec.json.encode(body)
        async with self._http.request(method, self._url + path, data=data, headers=headers) as response:
            answer = await response.json()
            if response.status >= 400:
                raise Refused(f"{answer['error']} {answer['details'] or ''}".strip())
            return answer

    def _staff(self) -> str:
        return self._tokens.issue(Caller("Retail", "staff", CURRENCY))

    def _of_user(self, user_id: str) -> str:
        conversation = self._conversations.get(user_id, str(uuid.uuid4()))
        return self._tokens.issue(Caller(conversation, "visitor", CURRENCY))

    def _of_order(self, order_id: str) -> str:
        return self._of_user(self._owners.get(order_id, ""))


def _swap(kind: str, items: list[str], new_items: list[str], method: str) -> Record:
    swaps = [{"sku": sku, "new_sku": new} for sku, new in zip(items, new_items, strict=True)]
    return {"type": kind, "items": swaps, "method": method}
