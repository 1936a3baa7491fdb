"""Links between products: read from links.csv, and stored when all products are there."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.importing.checking import HANDLE
from backend.catalogue.importing.parsed import ImportReport, ParsedLink, ParsedLinks, Rejected, RowError
from backend.catalogue.importing.tables import Line, Table, grouped
from backend.catalogue.models import LINK_KINDS, Product, ProductLink

Stored = tuple[str, str]
"""The kind and the linked product's row id."""


def read_links(path: Path, handles: Collection[str]) -> Iterator[ParsedLinks | Rejected]:
    """Without the file all links stay; with it, a product among `handles`, those of products.csv, has no others.
    Raises Unreadable."""
    if not path.exists():
        return iter(())
    table = Table(path)
    table.require(("product",), ("kind",), ("linked",))
    table.refuse_doubled(table.columns)
    return _links(table, handles)


def _links(table: Table, handles: Collection[str]) -> Iterator[ParsedLinks | Rejected]:
    """While a row cannot be read nobody knows whose it is, and no product is without links."""
    named: set[str] = set()
    is_whole = True
    for rows, errors in grouped(table, "product", lambda line: line["product"]):
        named.add(rows[0]["product"])
        is_whole &= not any(line.fault for line in rows)
        if errors:
            yield Rejected(errors)
        else:
            yield from _of_product(table.name, rows[0]["product"], rows)
    for handle in handles if is_whole else ():
        if handle not in named:
            yield ParsedLinks(table.name, 0, "product", handle, [])


def _of_product(file: str, handle: str, rows: list[Line]) -> Iterator[ParsedLinks | Rejected]:
    links = []
    for line in rows:
        if line["kind"] in LINK_KINDS:
            links.append(ParsedLink(file, line.row, "linked", line["kind"], line["linked"]))
        else:
            message = f"{line['kind']!r} is not a kind: choose among {', '.join(LINK_KINDS)}."
            yield Rejected([RowError(file, line.row, "kind", message)])
    yield ParsedLinks(file, rows[0].row, "product", handle, links)


async def store_links(
    session: AsyncSession, batch: Iterable[ParsedLinks | Rejected], report: ImportReport
) -> None:
    """A product's links take the place of those that it had, but for those to what is hidden, which an export does
    not name. A link that cannot be is reported and left out."""
    parsed = []
    for part in batch:
        if isinstance(part, Rejected):
            report.errors += part.errors
        else:
            parsed.append(part)
    ids = await _ids(session, parsed)
    stored = await _stored(session, [ids[part.handle] for part in parsed if part.handle in ids])
    hidden = await _hidden(session, {linked for links in stored.values() for _, linked in links})
    for part in parsed:
        if part.handle in ids:
            links, wanted = stored.get(ids[part.handle], []), _wanted(part, ids, report)
            kept = [link for link in links if link[1] in hidden and link not in wanted]
            if wanted != [link for link in links if link not in kept]:
                await _store(session, ids[part.handle], _by_kind(wanted + kept))
                report.linked += 1
        elif part.links:
            report.errors.append(RowError(part.file, part.row, part.column, _unknown(part.handle)))


def _wanted(part: ParsedLinks, ids: dict[str, str], report: ImportReport) -> list[Stored]:
    wanted: list[Stored] = []
    for link in part.links:
        problem = _problem(link, part.handle, ids, wanted)
        if problem:
            report.errors.append(RowError(link.file, link.row, link.column, problem))
        else:
            wanted.append((link.kind, ids[link.linked]))
    return _by_kind(wanted)


def _by_kind(links: list[Stored]) -> list[Stored]:
    return sorted(links, key=lambda link: LINK_KINDS.index(link[0]))


def _problem(link: ParsedLink, handle: str, ids: dict[str, str], wanted: list[Stored]) -> str | None:
    if link.linked == handle:
        return f"{handle!r} cannot be linked to itself."
    if link.linked not in ids:
        return _unknown(link.linked)
    if (link.kind, ids[link.linked]) in wanted:
        return f"{link.linked!r} is linked twice."
    return None


def _unknown(handle: str) -> str:
    return f"{handle!r} is not a product of the shop."


async def _store(session: AsyncSession, product: str, links: list[Stored]) -> None:
    await session.execute(delete(ProductLink).where(ProductLink.product_id == product))
    session.add_all(
        ProductLink(product_id=product, kind=kind, linked_id=linked, position=position)
        for position, (kind, linked) in enumerate(links)
    )
    await session.flush()


async def _ids(session: AsyncSession, parsed: list[ParsedLinks]) -> dict[str, str]:
    linked = {link.linked for part in parsed for link in part.links}
    return await product_ids(session, {part.handle for part in parsed} | linked)


async def product_ids(session: AsyncSession, handles: Collection[str]) -> dict[str, str]:
    """Handle to the row's id. What cannot be a handle is no product's, and PostgreSQL would refuse some of it."""
    possible = [handle for handle in handles if HANDLE.fullmatch(handle)]
    rows = await session.execute(select(Product.handle, Product.id).where(Product.handle.in_(possible)))
    return dict(rows.all())


async def _stored(session: AsyncSession, products: list[str]) -> dict[str, list[Stored]]:
    rows = await session.scalars(
        select(ProductLink).where(ProductLink.product_id.in_(products)).order_by(ProductLink.position)
    )
    stored: dict[str, list[Stored]] = {}
    for row in rows:
        stored.setdefault(row.product_id, []).append((row.kind, row.linked_id))
    return stored


async def _hidden(session: AsyncSession, ids: set[str]) -> set[str]:
    hidden = select(Product.id).where(Product.id.in_(ids), Product.is_visible.is_(False))
    return set(await session.scalars(hidden))
