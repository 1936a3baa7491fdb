"""The thin typed client of the backend: one method per use case, a refusal raised as `Refused`.

Each instance speaks for one turn: its token is scoped to the conversation, and its writes carry keys made of the
turn's id, so a turn that runs twice writes once.
"""

from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

TIMEOUT = aiohttp.ClientTimeout(total=5)
STARTS_WITHIN_SECONDS = 15
"""A backend that was ended answers again so soon, on a busy machine too; a turn may take 25 seconds."""
MOST_WORDS = 500
"""Characters that a question about the shop's texts may have."""
MOST_STORE_WORDS = 200
MOST_SKUS = 20
T = TypeVar("T")


class Refused(Exception):
    """The backend's no: `code` names the answer, `details` fill its placeholders."""

    def __init__(self, code: str, details: dict[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class BackendDown(Exception):
    """No answer, or one that makes no sense."""


class _StillAtWork(Exception):
    """An earlier request of the same key is not answered yet."""


class Money(msgspec.Struct, frozen=True):
    amount: int
    currency: str


class Value(msgspec.Struct, frozen=True):
    code: str
    name: str


class Option(msgspec.Struct, frozen=True):
    code: str
    name: str
    values: list[Value]


class Attribute(msgspec.Struct, frozen=True):
    name: str
    value: str


class Part(msgspec.Struct, frozen=True):
    name: str
    quantity: int


class QuantityPrice(msgspec.Struct, frozen=True):
    """What one costs for who takes so many, or more."""

    quantity: int
    price: Money


class Variant(msgspec.Struct, frozen=True):
    """`list_price` is the usual one, where `price` is lower."""

    sku: str
    name: str
    options: dict[str, str]
    price: Money
    list_price: Money | None
    quantity_prices: list[QuantityPrice]
    image: str | None
    available: int
    parts: list[Part]
    later: int = 0
    ships_on: str | None = None
    is_preorder: bool = False
    leaves_at_once: bool = True

    @property
    def can_be_had(self) -> bool:
        """At once, or after a yes to the day on which it leaves."""
        return self.available > 0 or self.later > 0


class Product(msgspec.Struct, frozen=True):
    id: str
    name: str
    description: str
    brand: str
    price: Money
    list_price: Money | None
    price_varies: bool
    image: str | None
    url: str
    options: list[Option]
    attributes: list[Attribute]
    variants: list[Variant]
    rating: float | None
    review_count: int
    available: int
    ships_on: str | None = None
    """Where nothing of it leaves at once: when the first of what may be ordered does."""
    is_preorder: bool = False

    @property
    def can_be_had(self) -> bool:
        return any(variant.can_be_had for variant in self.variants)


class Found(msgspec.Struct, frozen=True):
    products: list[Product]
    total: int
    query: dict[str, Any]
    corrected: str | None
    relaxed: list[str]
    unknown: list[str]
    without: list[str]
    unavoidable: list[str]
    is_guess: bool


class Review(msgspec.Struct, frozen=True):
    rating: int
    title: str
    text: str
    author: str


class Reviews(msgspec.Struct, frozen=True):
    rating: float | None
    review_count: int
    reviews: list[Review]


class Category(msgspec.Struct, frozen=True):
    code: str
    name: str


class Match(msgspec.Struct, frozen=True):
    kind: str
    product: Product | None
    variant: Variant | None
    chosen: dict[str, str]
    open_options: list[Option]
    candidates: list[Product]
    quantity: int | None
    miscount: str | None
    """What was said instead of a number of pieces: "0", "-2", "1.5"."""
    change: str | None
    not_offered: list[str]
    asked: list[str]
    is_only: bool
    is_correction: bool
    is_named: bool
    is_for_company: bool
    is_about_price: bool
    is_elsewhere: bool
    unknown: list[str]
    is_everything: bool

    def counted_from(self, quantity: int) -> int:
        """How many there shall be, where there are so many now."""
        change = {"more": 1, "fewer": -1}.get(self.change or "")
        return quantity + change * (self.quantity or 1) if change else self.quantity or quantity

    @property
    def is_clear(self) -> bool:
        """Nothing but a product is named: no word is left that may mean something else."""
        return self.product is not None and self.is_named and not self.unknown

    @property
    def said_options(self) -> dict[str, str]:
        """The names of the chosen values, by option, of the options that leave a choice."""
        return {
            option.code: value.name
            for option in (self.product.options if self.product else [])
            for value in option.values
            if len(option.values) > 1 and self.chosen.get(option.code) == value.code
        }

    def names_option(self, chosen: dict[str, str]) -> bool:
        """Whether another value is chosen now than in `chosen`, where there is a choice."""
        return any(chosen.get(code) != self.chosen[code] for code in self.said_options)


class Difference(msgspec.Struct, frozen=True):
    name: str
    values: list[str]


class Comparison(msgspec.Struct, frozen=True):
    """`meant` is how many products the words mean; at most three of them are compared."""

    products: list[Product]
    differences: list[Difference]
    meant: int


class SourceStock(msgspec.Struct, frozen=True):
    source: str
    kind: str
    city: str
    available: int


class Stock(msgspec.Struct, frozen=True):
    available: int
    sources: list[SourceStock]


class Awaited(msgspec.Struct, frozen=True):
    """What the conversation waits for."""

    sku: str
    product: str
    name: str
    variant: str


class Saving(msgspec.Struct, frozen=True):
    """What a promotion takes off."""

    name: str
    amount: Money


class Coupon(msgspec.Struct, frozen=True):
    """A code that was given, and what it takes off the goods; or why it takes nothing off."""

    code: str
    name: str
    saved: Money
    refusal: str | None = None


class Promotion(msgspec.Struct, frozen=True):
    name: str
    description: str
    coupon: str | None


class CartLine(msgspec.Struct, frozen=True):
    """`total` is before the `discounts`."""

    sku: str
    product: str
    name: str
    variant: str
    quantity: int
    price: Money
    list_price: Money | None
    quantity_prices: list[QuantityPrice]
    total: Money
    image: str | None
    url: str
    available: int
    options: dict[str, str]
    parts: list[Part]
    discounts: list[Saving]
    later: int = 0
    ships_on: str | None = None

    @property
    def to_pay(self) -> Money:
        return Money(
            self.total.amount - sum(saving.amount.amount for saving in self.discounts), self.total.currency
        )


class Cart(msgspec.Struct, frozen=True):
    lines: list[CartLine]
    count: int
    total: Money
    version: int
    discount: Money
    coupons: list[Coupon]
    free_delivery_missing: Money | None

    @property
    def savings(self) -> list[Saving]:
        """By promotion, over all lines."""
        found: dict[str, int] = {}
        for saving in (saving for line in self.lines for saving in line.discounts):
            found[saving.name] = found.get(saving.name, 0) + saving.amount.amount
        return [Saving(name, Money(amount, self.total.currency)) for name, amount in found.items()]

    def line(self, sku: str) -> CartLine:
        return next(line for line in self.lines if line.sku == sku)


class Wish(msgspec.Struct, frozen=True):
    """Kept for later; `cheaper` and `dearer` say by how much, compared with then."""

    sku: str
    product: str
    name: str
    variant: str
    quantity: int
    price: Money
    cheaper: Money | None
    dearer: Money | None
    image: str | None
    url: str
    available: int
    ships_on: str | None
    is_preorder: bool
    is_back: bool


class WishList(msgspec.Struct, frozen=True):
    wishes: list[Wish]
    gone: int


class Span(msgspec.Struct, frozen=True):
    opens: str
    closes: str


class Store(msgspec.Struct, frozen=True):
    """`has` are the SKUs of which it has as many as were asked for."""

    code: str
    name: str
    street: str
    postcode: str
    city: str
    phone: str
    has_hours: bool
    today: list[Span]
    ready_at: str | None
    has: list[str]
    has_all: bool


class Collection(msgspec.Struct, frozen=True):
    store: Store
    code: str | None


class DeliveryOption(msgspec.Struct, frozen=True):
    code: str
    kind: str
    name: str
    price: Money
    price_is_lowest: bool
    price_is_estimate: bool
    promised_from: str
    promised_to: str
    free_from: Money | None


class Tax(msgspec.Struct, frozen=True):
    """`is_estimate`: the address is not known yet."""

    amount: Money
    name: str
    is_included: bool
    is_estimate: bool


class Credit(msgspec.Struct, frozen=True):
    """A gift card, or store credit, which has no `last_four`."""

    kind: str
    last_four: str
    left: Money
    expires_at: str | None


class Checkout(msgspec.Struct, frozen=True):
    cart: Cart
    email: str | None
    recipient: str
    address: dict[str, str]
    address_lines: list[str]
    delivery: DeliveryOption | None
    delivery_options: list[DeliveryOption]
    stores: list[Store]
    store: Store | None
    missing: list[str]
    tax: Tax | None
    total: Money
    free_delivery_missing: Money | None
    credit: list[Credit]
    paid_by_credit: Money
    to_pay: Money


class Told(msgspec.Struct, frozen=True):
    understood: list[str]
    rest: str
    checkout: Checkout


class InParcel(msgspec.Struct, frozen=True):
    name: str
    quantity: int


class Parcel(msgspec.Struct, frozen=True):
    id: str
    status: str
    step: int
    tracking_number: str | None
    tracking_url: str | None
    promised_from: str | None
    promised_to: str | None
    location: str
    contents: list[InParcel]


class AwaitedLine(msgspec.Struct, frozen=True):
    """What a paid order still waits for."""

    name: str
    quantity: int
    ships_on: str


class OrderLine(msgspec.Struct, frozen=True):
    name: str
    quantity: int


class Order(msgspec.Struct, frozen=True):
    number: str
    payment_status: str
    fulfilment_status: str
    lines: list[OrderLine]
    total: Money
    due: Money
    """Of the total, what gift cards leave to pay."""
    pay_by: str
    payment_url: str
    order_url: str
    invoice_url: str | None
    parcels: list[Parcel]
    awaited: list[AwaitedLine]
    collection: Collection | None
    refunded: Money
    credited: Money
    """Of what went back, what is on gift cards again."""
    refunding: Money
    refund_failed: Money


class Policy(msgspec.Struct, frozen=True):
    """A section of one of the shop's own texts; `number` is its place in the text, from 1."""

    topic: str
    title: str
    section: str | None
    number: int
    text: str
    is_shortened: bool
    language: str
    url: str


class Shop(msgspec.Struct, frozen=True):
    name: str
    email: str


class Backend:
    """`currency` comes with the token; `language` is the customer's."""

    def __init__(
        self, http: aiohttp.ClientSession, base_url: str, token: str, language: str, turn: str
    ) -> None:
        self._http = http
        self._base_url = base_url
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        self._turn = turn
        self._writes = 0

    async def search_products(
        self,
        words: str,
        previous: dict[str, Any] | None,
        *,
        refinement: str | None = None,
        similar_to: str | None = None,
        category: str | None = None,
        product: str | None = None,
    ) -> Found:
        """`previous` is the query of an earlier answer, which the words (or the `refinement`) then refine; "that
        brand" is the one of the `product`."""
        body = {
            "words": words,
            "previous": previous,
            "refinement": refinement,
            "similar_to": similar_to,
            "category": category,
            "product": product,
        }
        return await self._ask("POST", "/api/find", Found, body)

    async def categories(self) -> list[Category]:
        """Those at the top."""
        return await self._ask("GET", "/api/categories", list[Category])

    async def match(
        self, words: str, *, shown: list[str], product: str | None, chosen: dict[str, str]
    ) -> Match:
        body = {"words": words, "shown": shown, "product": product, "chosen": chosen}
        return await self._ask("POST", "/api/match", Match, body)

    async def compare(self, words: str, *, shown: list[str], product: str | None) -> Comparison:
        body = {"words": words, "shown": shown, "product": product}
        return await self._ask("POST", "/api/compare", Comparison, body)

    async def complements(self, product: str, currency: str) -> list[Product]:
        """What is bought together with it and can be had now."""
        path = f"/api/products/{quote(product, safe='')}/related"
        return await self._ask("GET", f"{path}?kind=complementary&currency={currency}", list[Product])

    async def reviews(self, product: str, currency: str, limit: int) -> Reviews:
        """The newest."""
        path = f"/api/products/{quote(product, safe='')}/reviews"
        return await self._ask("GET", f"{path}?limit={limit}&currency={currency}", Reviews)

    async def find_stock(self, product: str, sku: str | None) -> Stock:
        query = f"?sku={quote(sku, safe='')}" if sku else ""
        return await self._ask("GET", f"/api/offers/{quote(product, safe='')}/stock{query}", Stock)

    async def awaited(self) -> list[Awaited]:
        return await self._ask("GET", "/api/stock-subscriptions", list[Awaited])

    async def await_stock(self, sku: str) -> list[Awaited]:
        return await self.write("POST", "/api/stock-subscriptions", list[Awaited], {"sku": sku})

    async def await_no_more(self) -> list[Awaited]:
        return await self.write("DELETE", "/api/stock-subscriptions", list[Awaited])

    async def cart(self) -> Cart:
        return await self._ask("GET", "/api/cart", Cart)

    async def add_to_cart(self, sku: str, quantity: int) -> Cart:
        return await self.write("POST", "/api/cart/lines", Cart, {"sku": sku, "quantity": quantity})

    async def change_line(
        self,
        sku: str,
        *,
        quantity: int | None = None,
        new_sku: str | None = None,
        agreed_date: str | None = None,
    ) -> Cart:
        """`agreed_date`: the customer has said yes to some of it leaving on that day."""
        body = {"quantity": quantity, "new_sku": new_sku, "agreed_date": agreed_date}
        return await self.write("PUT", f"/api/cart/lines/{quote(sku, safe='')}", Cart, body)

    async def apply_coupon(self, code: str) -> Cart:
        return await self.write("POST", "/api/cart/coupons", Cart, {"code": code})

    async def remove_coupon(self, code: str) -> Cart:
        return await self.write("DELETE", f"/api/cart/coupons/{quote(code, safe='')}", Cart)

    async def promotions(self) -> list[Promotion]:
        """What runs now and may be told."""
        return await self._ask("GET", "/api/promotions", list[Promotion])

    async def empty_cart(self) -> Cart:
        return await self.write("DELETE", "/api/cart", Cart)

    async def wishes(self) -> WishList:
        return await self._ask("GET", "/api/wishes", WishList)

    async def keep_for_later(self, sku: str) -> WishList:
        return await self.write("PUT", f"/api/wishes/{quote(sku, safe='')}", WishList)

    async def take_wish(self, sku: str) -> Cart:
        return await self.write("POST", f"/api/wishes/{quote(sku, safe='')}/cart", Cart)

    async def drop_wish(self, sku: str) -> WishList:
        return await self.write("DELETE", f"/api/wishes/{quote(sku, safe='')}", WishList)

    async def drop_gift_cards(self) -> Checkout:
        return await self.write("DELETE", "/api/checkout/gift-cards", Checkout)

    async def use_store_credit(self) -> Checkout:
        return await self.write("POST", "/api/checkout/store-credit", Checkout)

    async def checkout(self) -> Checkout:
        return await self._ask("POST", "/api/checkout", Checkout)

    async def tell_checkout(self, text: str, *, is_answer: bool) -> Told:
        return await self.write("POST", "/api/checkout/tell", Told, {"text": text, "is_answer": is_answer})

    async def fill_in_address(self, values: dict[str, str]) -> Checkout:
        return await self.write("PUT", "/api/checkout/address", Checkout, values)

    async def choose_delivery(self, code: str, store: str | None = None) -> Checkout:
        body = {"delivery_method": code, "store": store}
        return await self.write("PUT", "/api/checkout/delivery", Checkout, body)

    async def accept_address(self) -> Checkout:
        """As it is, whatever is doubted about it."""
        return await self.write("PUT", "/api/checkout/address/accepted", Checkout)

    async def find_stores(self, words: str, skus: list[str]) -> list[Store]:
        """The nearest first; without SKUs what is in the cart is asked for."""
        query = urlencode([("words", words[:MOST_STORE_WORDS]), *(("sku", sku) for sku in skus[:MOST_SKUS])])
        return await self._ask("GET", f"/api/pickup-stores?{query}", list[Store])

    async def place_order(self, total: int, cart_version: int, to_pay: int | None = None) -> Order:
        agreed = {"total": total, "cart_version": cart_version, "to_pay": to_pay}
        return await self.write("POST", "/api/orders", Order, agreed)

    async def find_order(self, number: str | None) -> Order:
        query = f"?number={quote(number, safe='')}" if number else ""
        return await self._ask("GET", f"/api/order{query}", Order)

    async def keep_order(self, number: str) -> Order:
        """A while longer, if it waits for its payment."""
        return await self.write("POST", f"/api/orders/{quote(number, safe='')}/hold", Order)

    async def delivery_options(self) -> list[DeliveryOption]:
        return await self._ask("GET", "/api/delivery-options", list[DeliveryOption])

    async def find_policy(self, words: str, *, about: str | None = None) -> Policy | None:
        """What the shop's own texts say to the words, or how they begin about a topic; None when they say nothing."""
        words = words[:MOST_WORDS]
        query = urlencode({"q": words, "about": about} if about else {"q": words})
        found = await self._ask("GET", f"/api/policies?{query}", list[Policy])
        return found[0] if found else None

    async def shop(self) -> Shop:
        return await self._ask("GET", "/api/shop", Shop)

    async def ask_satisfaction(self) -> bool:
        """Whether to ask now how it was; it then counts as asked."""
        asked = await self.write("POST", "/api/satisfaction/question", dict[str, bool])
        return asked["is_due"]

    async def answer_satisfaction(self, **answer: int | str) -> None:
        await self.write("PUT", "/api/satisfaction", dict[str, Any], answer)

    async def set_language(self, language: str) -> None:
        await self.write("PUT", "/api/conversation/language", dict[str, Any], {"language": language})

    async def write(self, method: str, path: str, into: type[T], body: Any = None) -> T:
        self._writes += 1
        return await self._ask(method, path, into, body, key=f"{self._turn}:{self._writes}")

    async def _ask(
        self, method: str, path: str, into: type[T], body: Any = None, key: str | None = None
    ) -> T:
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        data = msgspec.json.encode(body) if body is not None else None
        try:
            status, raw = await self._answered(method, path, data, headers)
            if status >= 500:
                raise BackendDown(f"{method} {path}: {status}")
            if status >= 400:
                refusal = msgspec.json.decode(raw, type=dict[str, Any])
                raise Refused(refusal["error"], refusal["details"])
            return msgspec.json.decode(raw, type=into)
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError, _StillAtWork) as error:
            raise BackendDown(f"{method} {path}: {type(error).__name__}") from error

    async def _answered(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """A shop that is not there, or goes in the middle, is asked again: reads change nothing, and under its key a
        write is done once."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(
                (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, _StillAtWork)
            ),
            stop=stop_after_delay(STARTS_WITHIN_SECONDS),
            wait=wait_random_exponential(multiplier=0.1, max=1),
            reraise=True,
        ):
            with attempt:
                async with self._http.request(
                    method, self._base_url + path, data=data, headers=headers, timeout=TIMEOUT
                ) as response:
                    raw = await response.read()
                    if response.status == 409 and b"idempotency_in_flight" in raw:
                        raise _StillAtWork
                    return response.status, raw
        raise AssertionError("tenacity raises what the last attempt did")
