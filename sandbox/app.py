from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import aiohttp_jinja2
import jinja2
from aiohttp import web

from sandbox import api, carrier, checkout, debits, faults, pages, refunds
from sandbox.carrier import DEPOT, Depot
from sandbox.faults import FAULTS, Faults
from sandbox.protocol import BASE_URL, BUSY_KEYS, PROVIDER, endpoint, speak
from sandbox.provider import Provider
from sandbox.settings import Settings
from sandbox.store import Store
from sandbox.webhooks import Courier, Line
from sandbox.wording import WORDINGS, load_wordings

TICK_SECONDS = 0.5


def create_app(settings: Settings, clock: Callable[[], float] = time.time) -> web.Application:
    """The whole sandbox. `clock` gives Unix seconds; a test moves it on instead of waiting."""
    store, trouble = Store(settings.data_dir / "sandbox.db"), Faults()
    provider, depot = _provider(settings, store, trouble, clock), _depot(settings, store, trouble, clock)
    app = web.Application(client_max_size=1024**2)
    app[PROVIDER], app[DEPOT], app[FAULTS], app[WORDINGS] = provider, depot, trouble, load_wordings()
    app.router.add_get("/health", health)
    app.router.add_get("/sandbox/faults", faults.show)
    app.router.add_post("/sandbox/faults", faults.order)
    pages.add_routes(app.router)
    carrier.add_routes(app.router)
    app.add_subapp("/v1/", _stripe_app(settings, provider, trouble))
    aiohttp_jinja2.setup(
        app, loader=jinja2.PackageLoader("sandbox"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    app.cleanup_ctx.append(_background)
    return app


def _stripe_app(settings: Settings, provider: Provider, trouble: Faults) -> web.Application:
    app = web.Application(middlewares=[speak])
    app[PROVIDER], app[FAULTS], app[BASE_URL], app[BUSY_KEYS] = (
        provider,
        trouble,
        settings.base_url or "",
        set(),
    )
    for method, path, operation, parameters in api.ROUTES:
        app.router.add_route(method, path, endpoint(operation, parameters))
    return app


def _provider(settings: Settings, store: Store, trouble: Faults, clock: Callable[[], float]) -> Provider:
    def accepted(event: str) -> None:
        provider.save(provider.find("event", event), pending_webhooks=0)

    line = Line(
        "stripe",
        f"{settings.public_url}/webhooks/stripe",
        "Stripe-Signature",
        settings.stripe_webhook_secrets[0],
    )
    provider = Provider(store, Courier(line, store, trouble, clock, accepted), clock)
    return provider


def _depot(settings: Settings, store: Store, trouble: Faults, clock: Callable[[], float]) -> Depot:
    line = Line(
        "carrier", f"{settings.public_url}/webhooks/carrier", "X-Carrier-Signature", settings.carrier_secret
    )
    courier = Courier(line, store, trouble, clock, accepted=lambda event: None)
    return Depot(store, courier, clock, settings.carrier_step_seconds, settings.base_url)


async def health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _background(app: web.Application) -> AsyncIterator[None]:
    provider, depot = app[PROVIDER], app[DEPOT]
    running = [
        asyncio.create_task(provider.courier.run()),
        asyncio.create_task(depot.courier.run()),
        asyncio.create_task(_watch_the_clock(provider, depot)),
    ]
    yield
    for task in running:
        task.cancel()
    for task in running:
        with suppress(asyncio.CancelledError):
            await task
    provider.store.close()


async def _watch_the_clock(provider: Provider, depot: Depot) -> None:
    while True:
        with provider.store.transaction():
            checkout.expire_overdue_sessions(provider)
            debits.settle(provider)
            refunds.settle(provider)
            carrier.advance_overdue(depot)
        await asyncio.sleep(TICK_SECONDS)
