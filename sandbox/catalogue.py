from __future__ import annotations

from sandbox import objects
from sandbox.errors import InvalidRequest, Json
from sandbox.parameters import missing
from sandbox.provider import Provider


def create_product(provider: Provider, given: Json) -> Json:
    if "id" in given and provider.store.find("product", given["id"]):
        raise InvalidRequest("Product already exists.", param="id", code="resource_already_exists")
    product = provider.save(objects.product(provider.now(), given))
    provider.publish("product.created", product)
    return product


def create_price(provider: Provider, given: Json) -> Json:
    if "unit_amount" not in given:
        raise missing("unit_amount")
    price = provider.save(objects.price(provider.now(), _product(provider, given, "")["id"], given))
    provider.publish("price.created", price)
    return price


def price_of_line(provider: Provider, line: Json, param: str) -> tuple[Json, Json]:
    """The price of a checkout line, and its product; `price_data` makes both, inactive in the catalogue."""
    if "price" in line:
        price = provider.find("price", line["price"], f"{param}[price]")
        if not price["active"]:
            raise InvalidRequest(
                f"The price specified is inactive: `{price['id']}`.", param=f"{param}[price]"
            )
        return price, provider.find("product", price["product"])
    if "price_data" not in line:
        raise missing(f"{param}[price_data]")
    given = line["price_data"]
    if "unit_amount" not in given:
        raise missing(f"{param}[price_data][unit_amount]")
    product = _product(provider, given, f"{param}[price_data]")
    return provider.save(objects.price(provider.now(), product["id"], given, is_active=False)), product


def _product(provider: Provider, given: Json, param: str) -> Json:
    name = f"{param}[product]" if param else "product"
    if "product" in given:
        return provider.find("product", given["product"], name)
    if "product_data" not in given:
        raise missing(name.replace("product", "product_data"))
    return provider.save(objects.product(provider.now(), given["product_data"] | {"active": not param}))
