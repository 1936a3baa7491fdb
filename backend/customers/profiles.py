"""Finding customers, and what they keep with the shop."""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.customers.addresses import Address, problems
from backend.customers.models import Customer, SavedMethod
from backend.errors import Invalid, NotFound


class CustomerNotFound(NotFound):
    """No customer is known like this."""

    code = "customer_not_found"


class SavedMethodNotFound(NotFound):
    """The customer has no such way to pay."""

    code = "saved_method_not_found"


class IncompleteAddress(Invalid):
    """Nothing can be posted to this; `fields` says what is missing or wrong."""

    code = "incomplete_address"


async def find_customer(session: AsyncSession, reference: str | None) -> Customer:
    """Raises CustomerNotFound."""
    customer = await session.scalar(select(Customer).filter_by(reference=reference or ""))
    if customer is None:
        raise CustomerNotFound
    return customer


async def find_by_email(session: AsyncSession, email: str) -> Customer:
    """Raises CustomerNotFound; of two with one address nobody is meant."""
    found = await session.scalars(
        select(Customer).where(func.lower(Customer.email) == email.lower()).limit(2)
    )
    return _only(list(found))


async def find_by_name(session: AsyncSession, given: str, family: str, postcode: str) -> Customer:
    """Raises CustomerNotFound; of two neighbours with one name nobody is meant."""
    named = select(Customer).where(
        func.lower(Customer.given_name) == given.lower(), func.lower(Customer.family_name) == family.lower()
    )
    return _only([one for one in await session.scalars(named) if one.address["postcode"] == postcode])


async def saved_methods(session: AsyncSession, customer: Customer) -> list[SavedMethod]:
    found = select(SavedMethod).filter_by(customer_id=customer.id).order_by(SavedMethod.reference)
    return list(await session.scalars(found))


async def find_method(session: AsyncSession, customer_reference: str | None, reference: str) -> SavedMethod:
    """Raises SavedMethodNotFound."""
    method = await session.scalar(
        select(SavedMethod)
        .join(Customer, Customer.id == SavedMethod.customer_id)
        .where(Customer.reference == (customer_reference or ""), SavedMethod.reference == reference)
    )
    if method is None:
        raise SavedMethodNotFound
    return method


def refuse_incomplete(address: Address) -> None:
    """Raises IncompleteAddress."""
    if wrong := problems(address):
        raise IncompleteAddress(fields=wrong)


def move_to(customer: Customer, address: Address) -> None:
    """Their parcels go there from now on. Raises IncompleteAddress."""
    refuse_incomplete(address)
    customer.address = msgspec.structs.asdict(address)


def _only(found: list[Customer]) -> Customer:
    if len(found) != 1:
        raise CustomerNotFound
    return found[0]
