"""The one place that wires things: settings in, a running application out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import cache

import aiohttp
import structlog
from aiohttp import web

from backend import idempotency, openapi
from backend.cart import routes as cart
from backend.cart.merging import CartsMerged
from backend.cart.routes import CUSTOMER_GROUP, CUSTOMER_ID
from backend.cart.service import CartChanged
from backend.catalogue import routes as catalogue
from backend.catalogue import tuning
from backend.catalogue.embedded import TantivyIndex
from backend.catalogue.index import SearchIndex
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.keeping import Keeping
from backend.catalogue.opensearch import OpenSearchIndex
from backend.catalogue.ranking import ranking_of
from backend.catalogue.routes import AVAILABILITY, SHOP_INDEX
from backend.changes import labels
from backend.changes import routes as changes
from backend.changes.labels import ReturnMoved
from backend.changes.routes import PHOTOS
from backend.checkout import routes as checkout
from backend.checkout.pay import PaymentPageReady
from backend.clock import Clock
from backend.config import ROOT, Settings
from backend.conversations import identity_codes, live, news, reminders
from backend.conversations import routes as conversations
from backend.conversations.files import Files, recent_pictures
from backend.conversations.identity import customer_group, customer_id
from backend.conversations.joining import on_carts_merged
from backend.conversations.turns import TurnWorker
from backend.conversations.wakeups import WAKEUPS, RedisHints, Wakeups
from backend.conversations.wording import DeskWording
from backend.credit.codes import GiftCodes
from backend.customers import proving
from backend.db import Database
from backend.edge import DATABASE, MAX_BODY_BYTES, SETTINGS, TOKENS, json_response, refusals
from backend.embedding import allow_origins
from backend.events import Events
from backend.health import HTTP
from backend.health import add_routes as add_health
from backend.inventory import routes as inventory
from backend.inventory import staff as stock_staff
from backend.inventory.service import available
from backend.inventory.subscriptions import BackInStock
from backend.jobs import JobRunner
from backend.limits import LIMITS, Limits
from backend.loyalty import accounts as loyalty_accounts
from backend.loyalty import earning
from backend.loyalty import routes as loyalty
from backend.mail import mailer_of
from backend.orders import delayed
from backend.orders import routes as orders
from backend.orders import service as order_service
from backend.orders.collecting import OrderReady
from backend.orders.delayed import OrderProcessing, OrderUnpaid
from backend.orders.parcels import BackordersArrived
from backend.orders.service import OrderCanceled, OrderMoved, OrderPaid
from backend.pages import routes as pages
from backend.payments import routes as payments
from backend.payments.disputes import DisputeMoved
from backend.payments.gateway import GATEWAY, StripeGateway
from backend.payments.refunds import RefundMoved
from backend.payments.service import PaymentDeclined, PaymentFailed, PaymentProcessing, PaymentSucceeded
from backend.policies import routes as policies
from backend.policies.routes import POLICIES
from backend.policies.shelf import Policies
from backend.privacy import routes as privacy
from backend.privacy.memory import AssistantMemory
from backend.promotions import routes as promotions
from backend.reviews import routes as reviews
from backend.satisfaction import routes as satisfaction
from backend.shipping import routes as shipping
from backend.shipping.carrier import CarrierClient
from backend.shipping.rates import RATES
from backend.shipping.service import ParcelLate, ParcelTroubled, ReturnParcelMoved, ShipmentMoved
from backend.shop import SHOP, Shop
from backend.storefront import routes as storefront
from backend.tokens import Tokens
from backend.wishlist import routes as wishlist
from backend.wishlist.expiring import CartEndsSoon, look_after_carts
from backend.work import handlers, reconcile

log = structlog.get_logger()

OPERATIONS = tuple(
    domain.operations
    for domain in (
        catalogue,
        storefront,
        inventory,
        stock_staff,
        policies,
        promotions,
        cart,
        wishlist,
        checkout,
        orders,
        changes,
        satisfaction,
        reviews,
        loyalty,
        conversations,
        identity_codes,
        privacy,
        reminders,
    )
)
RECONCILE_SECONDS = 60
SAID_AGAIN_SECONDS = 2
"""A cancellation that is said again in the middle of clearing away would leave something open."""


def create_app(settings: Settings, clock: Clock | None = None) -> web.Application:
    """Raises InvalidSetting."""
    shop = Shop.load(settings.shop_file)
    database = Database(settings, clock or Clock(), _events())
    wakeups = Wakeups()
    files = Files(settings)
    database.info |= {"shop": shop, "wakeups": wakeups, "files": files}
    database.info["gift_codes"] = GiftCodes(settings.secret)
    database.info["identity_codes"] = proving.IdentityCodes(settings.secret)
    app = web.Application(middlewares=[refusals], client_max_size=MAX_BODY_BYTES)
    app[SETTINGS] = settings
    app[DATABASE] = database
    app[idempotency.BUSY] = set()
    app[TOKENS] = Tokens(settings.secret)
    app[WAKEUPS] = wakeups
    app[conversations.FILES] = files
    app[LIMITS] = Limits(settings)
    app.on_cleanup.append(app[LIMITS].close)
    app[SHOP] = shop
    for operations in OPERATIONS:
        operations.add_to(app)
    for domain in (payments, shipping, checkout, pages):
        domain.add_routes(app)
    allow_origins(app)
    add_health(app)
    document = cache(lambda: openapi.document(OPERATIONS, settings.public_url))

    async def api_document(_: web.Request) -> web.Response:
        return json_response(document())

    app.router.add_get("/api/openapi.json", api_document)
    app[AVAILABILITY] = available
    app[CUSTOMER_GROUP] = customer_group
    app[CUSTOMER_ID] = customer_id
    app[PHOTOS] = recent_pictures
    app[POLICIES] = Policies(shop, settings.hold_minutes)
    app.cleanup_ctx.append(_searchable)
    app.cleanup_ctx.append(_at_work)
    return app


def shop_index(settings: Settings, keeping: Keeping | None) -> ShopIndex:
    """With the engine that the settings name."""
    tables = settings.search_dir
    engine: SearchIndex = (
        OpenSearchIndex(settings.opensearch_url, settings.opensearch_index, tables)
        if settings.opensearch_url
        else TantivyIndex(keeping)
    )
    ranking = ranking_of(settings.data_dir)
    return ShopIndex(tuning.of_the_shop(tables), engine, keeping, available, ranking)


def _events() -> Events:
    events = Events()
    events.subscribe(PaymentSucceeded, order_service.on_payment_succeeded)
    events.subscribe(PaymentProcessing, delayed.on_payment_processing)
    events.subscribe(OrderProcessing, news.on_order_processing)
    events.subscribe(PaymentFailed, delayed.on_payment_failed)
    events.subscribe(OrderUnpaid, news.on_order_unpaid)
    events.subscribe(RefundMoved, order_service.on_refund_moved)
    events.subscribe(RefundMoved, news.on_refund_moved)
    events.subscribe(RefundMoved, earning.on_refund_moved)
    events.subscribe(DisputeMoved, order_service.on_dispute_moved)
    events.subscribe(ShipmentMoved, order_service.on_shipment_moved)
    events.subscribe(ReturnParcelMoved, labels.on_parcel_moved)
    events.subscribe(ReturnMoved, news.on_return_moved)
    events.subscribe(CartChanged, order_service.on_cart_changed)
    events.subscribe(CartChanged, live.on_cart_changed)
    events.subscribe(OrderPaid, news.on_order_paid)
    events.subscribe(OrderPaid, earning.on_order_paid)
    events.subscribe(PaymentDeclined, news.on_payment_declined)
    events.subscribe(PaymentPageReady, news.on_payment_page_ready)
    events.subscribe(OrderCanceled, news.on_order_canceled)
    events.subscribe(OrderMoved, news.on_order_moved)
    events.subscribe(ParcelTroubled, news.on_parcel_troubled)
    events.subscribe(ParcelLate, news.on_parcel_late)
    events.subscribe(OrderReady, news.on_order_ready)
    events.subscribe(BackordersArrived, news.on_backorders_arrived)
    events.subscribe(BackInStock, news.on_back_in_stock)
    events.subscribe(CartEndsSoon, news.on_cart_ends_soon)
    events.subscribe(CartsMerged, on_carts_merged)
    events.subscribe(CartsMerged, news.on_carts_merged)
    return events


async def _searchable(app: web.Application) -> AsyncIterator[None]:
    app[SHOP_INDEX] = index = shop_index(
        app[SETTINGS], Keeping(app[SETTINGS].data_dir / "index", app[SETTINGS].search_dir)
    )
    async with app[DATABASE].snapshot() as session:
        await index.start(session)
        await app[POLICIES].rebuild(session)
    yield
    index.close()


async def _at_work(app: web.Application) -> AsyncIterator[None]:
    """The turn worker, the jobs, the reconciler and the search's eye on imports live as long as the application."""
    settings, database = app[SETTINGS], app[DATABASE]
    async with aiohttp.ClientSession() as http:
        gateway = StripeGateway(settings)
        app[GATEWAY] = gateway
        app[HTTP] = http
        app[RATES] = carrier = CarrierClient(settings, http)
        wording = DeskWording(ROOT / "data" / "responses", app[SHOP].email)
        turns = TurnWorker(settings, database, http, app[TOKENS], app[WAKEUPS], wording)
        mailer = mailer_of(settings, app[SHOP].email, database)
        memory = AssistantMemory(settings, http)
        work = handlers(
            database, gateway, carrier, mailer, wording, settings.public_url, app[conversations.FILES], memory
        )
        jobs = JobRunner(database, work)
        if (
            settings.is_sqlite
        ):  # on PostgreSQL other processes may be at work: their leases run out by themselves
            await turns.reclaim()
            await jobs.reclaim()
        await app[conversations.FILES].sweep(database)
        database.info |= {"turns_wake": turns.wake, "jobs_wake": jobs.wake}
        hints = RedisHints(settings.redis_url, "comptoir", app[WAKEUPS]) if settings.redis_url else None
        tasks = [
            asyncio.create_task(_kept(work))
            for work in (
                *((hints.listen, hints.send) if hints else ()),
                turns.run,
                turns.keep_leases,
                jobs.run,
                jobs.keep_leases,
                lambda: _reconcile(database, gateway, settings.cart_days),
                lambda: app[SHOP_INDEX].follow(database),
                lambda: app[POLICIES].follow(database),
                lambda: app[WAKEUPS].watch(database),
            )
        ]
        yield
        await stopped(tasks)
        await stopped(turns.running)
        if hints:
            await hints.close()
        await gateway.close()
    await database.close()


async def stopped(tasks: Iterable[asyncio.Task[None]]) -> None:
    """A driver may turn a cancellation into an error of its own, which the work survives: so it is said again."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=SAID_AGAIN_SECONDS)


async def _kept(work: Callable[[], Awaitable[None]]) -> None:
    """A loop that fails is logged and begun again: what it works on are rows, nothing is lost."""
    while True:
        try:
            await work()
        except Exception as trouble:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise asyncio.CancelledError from trouble
            log.exception("work_failed")
            await asyncio.sleep(1)


async def _reconcile(database: Database, gateway: StripeGateway, cart_days: int) -> None:
    while True:
        await asyncio.sleep(RECONCILE_SECONDS)
        await reconcile(database, gateway)
        await look_after_carts(database, cart_days, customer_id)
        await reminders.remind(database)
        await loyalty_accounts.expire(database)
        await idempotency.forget(database)
        async with database.transaction() as session:
            await proving.forget(session)
