"""Bundles, groups and downloads, as the cells of the product export have them."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from backend.catalogue.importing.adobe import kits
from backend.catalogue.importing.adobe.cells import Shop, pairs
from backend.catalogue.importing.adobe.kits import Choice, Download, Kit, Offer
from backend.catalogue.importing.parsed import ParsedComponent
from backend.catalogue.importing.tables import Line, Unusable, minor_units

BUNDLED, GROUPED, DOWNLOADED = "bundle_values", "associated_skus", "downloadable_links"
CALLED = {
    "bundle": {"components": BUNDLED},
    "grouped": {"components": GROUPED},
    "downloadable": {"files": DOWNLOADED},
}
"""By kind of product, what the export calls our own columns."""

Pairs = dict[str, str]


def bundle(line: Line, shop: Shop) -> Kit:
    """Raises Unusable."""
    base = minor_units(line["price"], "price") if line["bundle_price_type"] == "fixed" else None
    return kits.bundle(line, _choices(line, base), base, BUNDLED, shop)


def group(line: Line, shop: Shop) -> Kit:
    """ "24-WG085=1.0000,24-WG086=0.0000": Adobe writes 0 where nothing is chosen beforehand. Raises Unusable."""
    members = []
    for member in filter(None, map(str.strip, line[GROUPED].split(","))):
        sku, is_pair, quantity = member.rpartition("=")
        members.append(
            ParsedComponent(sku, _quantity(quantity, GROUPED)) if is_pair else ParsedComponent(member, 1)
        )
    return kits.group(line, members)


def downloads(line: Line, shop: Shop) -> Kit:
    """ "group_title=Videos,title=Yoga,price=6.0000,purchased_separately=1,file=/y/yoga.mp4,sort_order=1|…" Raises
    Unusable."""
    links = _records(line, DOWNLOADED)
    links.sort(key=lambda link: _number(link.get("sort_order", "0"), DOWNLOADED))
    separately_as = next(
        (link.get("group_title") or "Downloads" for link in links if link.get("purchased_separately") == "1"),
        "",
    )
    return kits.downloads(line, [_download(link) for link in links], separately_as, DOWNLOADED, shop)


def part_skus(line: Line) -> set[str]:
    """Of a bundle or a group, also where it cannot be used."""
    named = {said.get("sku", "") for said in _records(line, BUNDLED)}
    return named | {
        member.rpartition("=")[0].strip() or member.strip() for member in line[GROUPED].split(",")
    }


def _records(line: Line, column: str) -> list[Pairs]:
    """Separated by "|", each of pairs."""
    return [dict(pairs(record.strip())) for record in line[column].split("|") if record.strip()]


def _choices(line: Line, base: int | None) -> list[Choice]:
    """ "name=Ball,type=radio,required=1,sku=BALL-55,price=0.0000,default_qty=1.0000,price_type=fixed|…": what has the
    same name is offered in one choice."""
    choices: dict[str, Choice] = {}
    for said in _records(line, BUNDLED):
        name, sku = said.get("name", "").strip(), said.get("sku", "").strip()
        if not name or not sku:
            message = "Each part needs a name and a SKU: write name=Ball,type=radio,required=1,sku=BALL-55."
            raise Unusable(BUNDLED, message)
        new = Choice(name, said.get("type", ""), [], said.get("required") != "0")
        offer = Offer(sku, _quantity(said.get("default_qty", ""), BUNDLED), _price(said, base))
        choices.setdefault(name, new).offers.append(offer)
    return list(choices.values())


def _price(said: Pairs, base: int | None) -> int:
    """What one of it adds to a fixed price."""
    if base is None:
        return 0
    price = said.get("price") or "0"
    if said.get("price_type") == "percent":
        return int((base * _number(price, BUNDLED) / 100).to_integral_value(ROUND_HALF_UP))
    return minor_units(price, BUNDLED)


def _download(said: Pairs) -> Download:
    if not said.get("title") or not said.get("file"):
        message = "Each link needs a title and a file: put it into the folder of downloads and write title=…,file=…."
        raise Unusable(DOWNLOADED, message)
    return Download(
        said["title"], said["file"].lstrip("/"), minor_units(said.get("price") or "0", DOWNLOADED)
    )


def _quantity(text: str, column: str) -> int:
    number = _number(text or "1", column)
    if number != number.to_integral_value():
        raise Unusable(column, f"{text!r} is not a whole number.")
    return int(number) or 1


def _number(text: str, column: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Unusable(column, f"{text!r} is not a number.")
    return number
