"""Who looks at a page: their language and currency, and everything that is said or linked in them."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import quote, urlencode

from aiohttp import web
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency, get_currency_precision

from backend.catalogue.views import Shopper
from backend.config import LANGUAGES
from backend.edge import accepted_language
from backend.money import Money
from backend.pages.texts import Texts
from backend.shop import SHOP

TEXTS = web.AppKey("texts", Texts)


@dataclass(frozen=True)
class Visitor:
    language: str
    currency: str
    chosen: dict[str, str]
    """What the address itself says of both: every link carries it on, so no cookie has to."""
    texts: Texts

    @property
    def shopper(self) -> Shopper:
        return Shopper(self.language, self.currency)

    def speaking(self, language: str) -> "Visitor":
        """In this language, unless the address asks for another one."""
        return self if "lang" in self.chosen else replace(self, language=language)

    def text(self, key: str, **values: str | float) -> str:
        return self.texts.say(self.language, key, **values)

    def address(self, path: str, **query: str) -> str:
        query |= self.chosen
        return quote(path) + (f"?{urlencode(query)}" if query else "")

    def money(self, money: Money) -> str:
        amount = Decimal(money.amount).scaleb(-get_currency_precision(money.currency))
        return format_currency(amount, money.currency, locale=self.language)

    def amount(self, minor_units: int) -> str:
        return self.money(Money(minor_units, self.currency))

    def day(self, day: date) -> str:
        return format_skeleton("MMMMd", day, locale=self.language)

    def date(self, moment: datetime) -> str:
        return format_date(moment, "long", locale=self.language)

    def time(self, moment: datetime) -> str:
        """The shop does not know the visitor's zone, so it names its own; `shop.js` tells the local time."""
        return f"{format_time(moment, 'short', tzinfo=UTC, locale=self.language)} UTC"


def visitor_of(request: web.Request) -> Visitor:
    shop = request.app[SHOP]
    known = {"lang": LANGUAGES, "currency": shop.currencies}
    chosen = {name: request.query[name] for name in known if request.query.get(name) in known[name]}
    return Visitor(
        language=chosen.get("lang") or accepted_language(request.headers.get("Accept-Language", "")),
        currency=chosen.get("currency", shop.currencies[0]),
        chosen=chosen,
        texts=request.app[TEXTS],
    )
