"""Price lists: read from price_lists.csv and price_list_entries.csv, and stored when all products are there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.changes import in_batches
from backend.catalogue.importing.checking import text_fault
from backend.catalogue.importing.parsed import (
    ImportReport,
    ParsedEntry,
    ParsedPriceList,
    Rejected,
    RowError,
)
from backend.catalogue.importing.tables import Line, Table, Unusable, minor_units, moment, texts, whole_number
from backend.catalogue.models import MOST_OF_ONE, PriceList, PriceListEntry, Product, Variant
from backend.catalogue.pricing import OF_PROMOTIONS
from backend.catalogue.turns import PRICES, tell_prices
from backend.config import CURRENCIES
from backend.db import now
from backend.jobs import enqueue

LISTS, ENTRIES = "price_lists.csv", "price_list_entries.csv"
OF_LIST = ("name", "currency", "customer_group", "starts_at", "ends_at")
"""What is said of a list beside its code."""
AT_ONCE = 5_000
"""Entries in one statement; PostgreSQL takes 32,767 parameters."""

Key = tuple[str, int]
"""A variant's row id and a minimum quantity."""
Entries = dict[str, list[ParsedEntry]]
Errors = dict[str, list[RowError]]


def read_price_lists(directory: Path) -> Iterator[ParsedPriceList | Rejected]:
    """Without the first file all lists stay as they are. Raises Unreadable, and OSError when only the second is
    missing."""
    if not (directory / LISTS).exists():
        return iter(())
    lists, entries = Table(directory / LISTS), Table(directory / ENTRIES)
    lists.require(("code",), ("currency",))
    entries.require(("price_list",), ("sku",), ("price",))
    for table in (lists, entries):
        table.refuse_doubled(table.columns)
    return _price_lists(lists, entries)


def _price_lists(lists: Table, rows: Table) -> Iterator[ParsedPriceList | Rejected]:
    entries, errors = _entries(rows)
    seen: set[str] = set()
    for line in lists:
        of_entries = errors.pop(line["code"], [])
        try:
            parsed = _price_list(lists.name, line, entries.pop(line["code"], []), seen)
        except Unusable as unusable:
            yield Rejected([RowError(lists.name, line.row, unusable.column, str(unusable)), *of_entries])
        else:
            yield Rejected(of_entries) if of_entries else parsed
    for code, left in entries.items():
        unknown = RowError(rows.name, left[0].row, "price_list", f"{code!r} is not a list of {lists.name}.")
        yield Rejected([unknown])
    for left_errors in errors.values():
        yield Rejected(left_errors)


def _price_list(file: str, line: Line, entries: list[ParsedEntry], seen: set[str]) -> ParsedPriceList:
    """Raises Unusable."""
    if line.fault:
        raise Unusable("row", line.fault)
    if line["code"] in seen:
        raise Unusable("code", f"{line['code']!r} is there twice.")
    seen.add(line["code"])
    starts_at, ends_at = moment(line["starts_at"], "starts_at"), moment(line["ends_at"], "ends_at")
    if starts_at and ends_at and ends_at <= starts_at:
        raise Unusable("ends_at", f"{line['ends_at']!r} is not after starts_at.")
    return ParsedPriceList(
        file=file,
        row=line.row,
        entries_file=ENTRIES,
        code=_code(line),
        name=_name(line),
        currency=_currency(line),
        customer_group=_short(line, "customer_group", PriceList.customer_group.type.length) or None,
        starts_at=starts_at,
        ends_at=ends_at,
        entries=entries,
    )


def _code(line: Line) -> str:
    if not line["code"]:
        raise Unusable("code", "The price list has no code.")
    if line["code"].startswith(OF_PROMOTIONS):
        raise Unusable("code", f"{OF_PROMOTIONS!r} begins the codes of lists that promotions keep.")
    return _short(line, "code", PriceList.code.type.length)


def _name(line: Line) -> dict[str, str]:
    name = texts(line, "name")
    for language, text in name.items():
        if fault := text_fault(text):
            raise Unusable(f"name_{language}", fault)
    return name


def _currency(line: Line) -> str:
    if line["currency"] not in CURRENCIES:
        raise Unusable(
            "currency", f"{line['currency']!r} is not a currency: choose among {', '.join(CURRENCIES)}."
        )
    return line["currency"]


def _short(line: Line, column: str, most: int) -> str:
    if fault := text_fault(line[column], most):
        raise Unusable(column, fault)
    return line[column]


def _entries(table: Table) -> tuple[Entries, Errors]:
    """By the code of their list, and what is wrong with those that cannot be used."""
    entries: Entries = {}
    errors: Errors = {}
    seen: set[tuple[str, str, int]] = set()
    for line in table:
        code = line["price_list"]
        try:
            entry = _entry(line)
            if (code, entry.sku, entry.minimum_quantity) in seen:
                raise Unusable("sku", f"{entry.sku!r} has two prices from {entry.minimum_quantity} on.")
            seen.add((code, entry.sku, entry.minimum_quantity))
            entries.setdefault(code, []).append(entry)
        except Unusable as unusable:
            error = RowError(table.name, line.row, unusable.column, str(unusable))
            errors.setdefault(code, []).append(error)
    return entries, errors


def _entry(line: Line) -> ParsedEntry:
    """Raises Unusable."""
    if line.fault:
        raise Unusable("row", line.fault)
    minimum = whole_number(line["minimum_quantity"] or "1", "minimum_quantity")
    if not 1 <= minimum <= MOST_OF_ONE:
        raise Unusable(
            "minimum_quantity", f"{minimum} is not possible: a cart takes 1 to {MOST_OF_ONE} of one."
        )
    if fault := text_fault(line["sku"], Variant.sku.type.length):
        raise Unusable("sku", fault)
    return ParsedEntry(line.row, line["sku"], minimum, minor_units(line["price"], "price"))


async def store_price_list(
    session: AsyncSession, parsed: ParsedPriceList | Rejected, report: ImportReport
) -> None:
    """Whole or not at all. Its entries take the place of those that it had, but for those of what is hidden, which
    an export does not name, and of SKUs that it says nothing about."""
    if isinstance(parsed, Rejected):
        report.errors += parsed.errors
        return
    ids = await _variant_ids(session, parsed)
    unknown = [entry for entry in parsed.entries if entry.sku not in ids and parsed.handles is None]
    report.errors += [
        RowError(parsed.entries_file, entry.row, "sku", f"{entry.sku!r} is not a variant of the shop.")
        for entry in unknown
    ]
    if unknown:
        return
    wanted = {
        (ids[entry.sku], entry.minimum_quantity): entry.amount for entry in parsed.entries if entry.sku in ids
    }
    spoken_of = None if parsed.handles is None else set(ids.values())
    changed = await _clear_family(session, parsed, spoken_of or set())
    if spoken_of is None or wanted or await _is_there(session, parsed.code):
        price_list, is_changed = await _stored(session, parsed)
        changed |= await _store_entries(session, price_list, wanted, spoken_of)
        if is_changed:
            changed |= {variant_id for variant_id, _ in wanted}
        if is_changed or changed:
            report.price_lists += 1
            await _tell_turns(session, price_list)
    await tell_prices(session, changed)


async def _clear_family(session: AsyncSession, parsed: ParsedPriceList, variants: set[str]) -> set[str]:
    """The variants of which another list of the family said something; it does so no more."""
    if not parsed.family:
        return set()
    others = select(PriceList.id).where(
        PriceList.code.startswith(parsed.family, autoescape=True), PriceList.code != parsed.code
    )
    cleared: set[str] = set()
    for some in in_batches(variants, AT_ONCE):
        theirs = delete(PriceListEntry).where(
            PriceListEntry.variant_id.in_(some), PriceListEntry.price_list_id.in_(others)
        )
        cleared.update(await session.scalars(theirs.returning(PriceListEntry.variant_id)))
    return cleared


async def _variant_ids(session: AsyncSession, parsed: ParsedPriceList) -> dict[str, str]:
    """By SKU, the row ids of all that it speaks of."""
    ids: dict[str, str] = {}
    for skus in in_batches(parsed.handles or {entry.sku for entry in parsed.entries}, AT_ONCE):
        rows = await session.execute(
            select(Variant.sku, Variant.id, Product.handle).join(Variant.product).where(Variant.sku.in_(skus))
        )
        for sku, variant_id, handle in rows:
            if parsed.handles is None or parsed.handles[sku] == handle:
                ids[sku] = variant_id
    return ids


async def _is_there(session: AsyncSession, code: str) -> bool:
    return await session.scalar(select(PriceList.id).filter_by(code=code)) is not None


async def _stored(session: AsyncSession, parsed: ParsedPriceList) -> tuple[PriceList, bool]:
    """And whether it is new or differs."""
    wanted = {column: getattr(parsed, column) for column in OF_LIST}
    row = await session.scalar(select(PriceList).filter_by(code=parsed.code))
    if row is None:
        row = PriceList(code=parsed.code, **wanted)
        session.add(row)
        await session.flush()
        return row, True
    differing = {column: value for column, value in wanted.items() if getattr(row, column) != value}
    for column, value in differing.items():
        setattr(row, column, value)
    return row, bool(differing)


async def _store_entries(
    session: AsyncSession, price_list: PriceList, wanted: dict[Key, int], spoken_of: set[str] | None
) -> set[str]:
    """The variants whose prices that changed."""
    stored, hidden = await _stored_entries(session, price_list)

    def is_spoken_of(variant_id: str) -> bool:
        return variant_id not in hidden if spoken_of is None else variant_id in spoken_of

    gone = {
        key: row_id
        for key, (row_id, amount) in stored.items()
        if wanted.get(key) != amount and (key in wanted or is_spoken_of(key[0]))
    }
    new = {key: amount for key, amount in wanted.items() if key not in stored or key in gone}
    for some in in_batches(gone.values(), AT_ONCE):
        await session.execute(delete(PriceListEntry).where(PriceListEntry.id.in_(some)))
    session.add_all(
        PriceListEntry(
            price_list_id=price_list.id, variant_id=variant, minimum_quantity=minimum, amount=amount
        )
        for (variant, minimum), amount in new.items()
    )
    await session.flush()
    return {variant_id for variant_id, _ in (*gone, *new)}


async def _stored_entries(
    session: AsyncSession, price_list: PriceList
) -> tuple[dict[Key, tuple[str, int]], set[str]]:
    """Row id and amount of each, and which of their variants are hidden."""
    rows: Any = await session.execute(
        select(PriceListEntry, Variant.is_visible & Product.is_visible)
        .join(Variant, Variant.id == PriceListEntry.variant_id)
        .join(Variant.product)
        .where(PriceListEntry.price_list_id == price_list.id)
    )
    stored, hidden = {}, set()
    for entry, is_visible in rows:
        stored[entry.variant_id, entry.minimum_quantity] = (entry.id, entry.amount)
        if not is_visible:
            hidden.add(entry.variant_id)
    return stored, hidden


async def _tell_turns(session: AsyncSession, price_list: PriceList) -> None:
    """When it begins and when it ends, the search is told by a job."""
    for turn in (price_list.starts_at, price_list.ends_at):
        if turn and turn > now(session):
            key = f"price_list:{price_list.id}:{turn.isoformat()}"
            await enqueue(session, PRICES, {"price_list": price_list.id}, key=key, run_at=turn)
