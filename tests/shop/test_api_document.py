"""The API document is served, valid, and names what really answers."""

import re

from openapi_spec_validator import validate
from yarl import URL

from tests.shop.conftest import Shop


async def document(shop: Shop) -> dict:  # type: ignore[type-arg]
    async with shop.http.get(f"{shop.settings.public_url}/api/openapi.json") as response:
        return await response.json()  # type: ignore[no-any-return]


async def test_the_document_is_valid(shop: Shop) -> None:
    validate(await document(shop))


async def test_every_operation_of_the_document_is_routed(shop: Shop) -> None:
    routed = {
        (route.method, route.resource.canonical)
        for route in shop.app.router.routes()
        if route.resource is not None
    }
    described = {
        (method.upper(), path)
        for path, operations in (await document(shop))["paths"].items()
        for method in operations
    }
    assert described - routed == set()


async def test_everything_that_needs_a_token_says_so_and_refuses_without(shop: Shop) -> None:
    protected = [
        (method, re.sub(r"{\w+}", "x", path))
        for path, operations in (await document(shop))["paths"].items()
        for method, operation in operations.items()
        if "security" in operation
    ]
    assert len(protected) > 10
    for method, path in protected:
        async with shop.http.request(method, shop.settings.public_url + path, json={}) as response:
            assert (response.status, (await response.json())["error"]) == (401, "not_authenticated")


async def test_an_address_that_is_too_long_is_refused_as_the_document_says(shop: Shop) -> None:
    customer = await shop.visit()
    skus = "&".join(f"sku={'%F0%A3%A2%95' * 80}" for _ in range(20))
    headers = {"Authorization": f"Bearer {customer.token}"}
    url = URL(f"{customer.url}/api/pickup-stores?{skus}", encoded=True)
    async with shop.http.get(url, headers=headers) as response:
        assert (response.status, response.content_type) == (400, "text/plain")
    stated = (await document(shop))["paths"]["/api/pickup-stores"]["get"]["responses"]["400"]
    assert list(stated["content"]) == ["text/plain"]
