"""Promotions of the catalogue as price lists, one for each currency and customer group, so that their prices are
seen wherever prices are: pages, search, filters, cart. Whoever changes prices, products or promotions calls
`renew_prices`; when a list begins and ends, the price lists themselves know.

Where several are about one variant, the lowest price counts, as among all price lists.
"""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.changes import in_batches
from backend.catalogue.importing.parsed import ImportReport, ParsedEntry, ParsedPriceList
from backend.catalogue.importing.price_lists import store_price_list
from backend.catalogue.models import Price, PriceList, PriceListEntry, Variant
from backend.catalogue.pricing import OF_PROMOTIONS, priced_by
from backend.catalogue.turns import tell_prices
from backend.config import CURRENCIES
from backend.money import share_of
from backend.promotions.actions import AmountEach, PercentOff
from backend.promotions.basket import Line
from backend.promotions.conditions import line_meets
from backend.promotions.goods import facts_of
from backend.promotions.models import Promotion
from backend.promotions.rules import Rule, rule_of

AT_ONCE = 500
"""Variants that are looked at together."""


async def renew_prices(session: AsyncSession) -> int:
    """How many lists are new or changed."""
    rows = await session.scalars(select(Promotion).filter_by(level="catalogue", is_active=True))
    report, wanted = ImportReport(), set[str]()
    for row in rows.all():
        rule = rule_of(row)
        for currency in CURRENCIES:
            amounts = await _amounts(session, rule, currency)
            for group in rule.groups or (None,):
                price_list = _list(row, currency, group, amounts)
                wanted.add(price_list.code)
                await store_price_list(session, price_list, report)
    return report.price_lists + await _forget(session, wanted)


async def _amounts(session: AsyncSession, rule: Rule, currency: str) -> dict[str, int]:
    """By SKU, the price of each variant that it makes cheaper."""
    priced = await session.execute(
        select(Variant.id, Variant.sku, Price.amount)
        .join(Price, Price.variant_id == Variant.id)
        .where(Price.currency == currency)
        .order_by(Variant.id)
    )
    found: dict[str, int] = {}
    for some in in_batches(priced.all(), AT_ONCE):
        facts = await facts_of(session, [variant_id for variant_id, _, _ in some])
        for variant_id, sku, amount in some:
            known = facts[variant_id]
            line = Line(sku, amount, 1, known.product, known.categories, known.brand, known.attributes)
            off = min(amount, _off(rule, amount, currency))
            if off > 0 and line_meets(rule.applies_to, line, currency):
                found[sku] = amount - off
    return found


def _off(rule: Rule, amount: int, currency: str) -> int:
    match rule.action:
        case PercentOff(percent=percent):
            return share_of(amount, percent)
        case AmountEach(amounts=amounts):
            return amounts.get(currency, 0)
    raise TypeError(f"{rule.action} is no price")


def _list(row: Promotion, currency: str, group: str | None, amounts: dict[str, int]) -> ParsedPriceList:
    file = f"promotion {row.code}"
    return ParsedPriceList(
        file=file,
        row=0,
        entries_file=file,
        code=":".join(filter(None, (f"{OF_PROMOTIONS}{currency.lower()}", row.code, group))),
        name=row.name,
        currency=currency,
        customer_group=group,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        entries=[ParsedEntry(0, sku, 1, amount) for sku, amount in sorted(amounts.items())],
    )


async def _forget(session: AsyncSession, wanted: set[str]) -> int:
    """The lists of promotions that are none any more."""
    ours = await session.scalars(
        select(PriceList).where(PriceList.code.startswith(OF_PROMOTIONS, autoescape=True))
    )
    gone = [price_list for price_list in ours.all() if price_list.code not in wanted]
    for price_list in gone:
        variants = await priced_by(session, price_list.id)
        await session.execute(delete(PriceListEntry).filter_by(price_list_id=price_list.id))
        await session.delete(price_list)
        await session.flush()
        await tell_prices(session, variants)
    return len(gone)
