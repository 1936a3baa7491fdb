"""Configuration: one frozen object, read from the environment at start and passed down."""

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from yarl import URL

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "fr", "es")
CURRENCIES = ("EUR", "USD")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class InvalidSetting(Exception):
    """A setting cannot be used; the text names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two installations. Addresses carry no trailing slash."""

    data_dir: Path
    database_url: str
    port: int
    public_url: str
    secret: str
    rasa_urls: tuple[str, ...]
    """Doors to Rasa; a conversation always goes to the same one while it is open."""
    rasa_secret: str
    actions_url: str
    stripe_api_key: str
    stripe_api_base: str
    stripe_webhook_secrets: tuple[str, ...]
    carrier_url: str
    carrier_secret: str
    tracking_secrets: Mapping[str, str]
    """Of the webhooks of EasyPost and AfterShip; while one is empty, theirs are refused."""
    redis_url: str | None = None
    backends: int = 1
    rasas: int = 1
    environment: str = "development"
    shop_file: Path = Path("demo/shop.yml")
    pictures_dir: Path = Path("demo/pictures")
    downloads_dir: Path = Path("demo/downloads")
    search_dir: Path = Path("var/search")
    """The operator's own tables for the search."""
    opensearch_url: str | None = None
    """Instead of the embedded search engine; may carry user and password."""
    opensearch_index: str = "comptoir"
    turn_timeout_seconds: float = 25.0
    """Longer than Rasa's own 20, so that its answer is heard."""
    hold_minutes: int = 60
    cart_days: int = 30
    """What was not changed for so long goes from the cart to the wish list."""
    messages_per_minute: int = 60
    files_per_hour: int = 20
    streams_per_conversation: int = 20
    conversations_per_address_and_hour: int = 300
    messages_per_address_and_minute: int = 600
    files_per_address_and_hour: int = 200
    streams_per_address: int = 300
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    identity_secret: str | None = None
    """Shared with the server of the website that shows the chat: it signs who its customers are."""
    smtp_url: str | None = None
    """The mail server, with user and password; without one, letters are kept and shown on this machine only."""
    allowed_origins: tuple[str, ...] = ()
    """Of other websites that show the chat, as browsers write them: `https://www.example.org`."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises InvalidSetting. Makes the data directory and, once, its secret."""
        data_dir = Path(environment.get("COMPTOIR_DATA_DIR", "var")).resolve()
        data_dir.mkdir(parents=True, exist_ok=True)
        port = _port(environment.get("COMPTOIR_PORT", "8080"))
        secret = environment.get("COMPTOIR_SECRET") or _kept_secret(data_dir / "secret")
        sandbox = environment.get("COMPTOIR_SANDBOX_URL", f"http://127.0.0.1:{port + 3}")
        webhook_secrets = environment.get("STRIPE_WEBHOOK_SECRETS", "")
        settings = cls(
            data_dir=data_dir,
            search_dir=data_dir / "search",
            database_url=environment.get(
                "COMPTOIR_DATABASE_URL", f"sqlite+aiosqlite:///{data_dir}/comptoir.db"
            ),
            port=port,
            public_url=environment.get("COMPTOIR_PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            secret=secret,
            rasa_urls=tuple(environment.get("COMPTOIR_RASA_URL", f"http://127.0.0.1:{port + 1}").split(",")),
            rasa_secret=environment.get("COMPTOIR_RASA_SECRET") or derived_secret(secret, "rasa"),
            actions_url=environment.get("COMPTOIR_ACTIONS_URL", f"http://127.0.0.1:{port + 2}/webhook"),
            stripe_api_key=environment.get("STRIPE_API_KEY") or "sk_test_sandbox",
            stripe_api_base=environment.get("STRIPE_API_BASE") or _stripe_base(environment, sandbox),
            stripe_webhook_secrets=tuple(filter(None, webhook_secrets.split(","))),
            carrier_url=environment.get("COMPTOIR_CARRIER_URL", sandbox),
            carrier_secret=environment.get("COMPTOIR_CARRIER_SECRET") or derived_secret(secret, "carrier"),
            redis_url=environment.get("COMPTOIR_REDIS_URL") or None,
            backends=_count(environment, "COMPTOIR_BACKENDS"),
            rasas=_count(environment, "COMPTOIR_RASAS"),
            environment=environment.get("COMPTOIR_ENVIRONMENT", "development"),
            shop_file=Path(environment.get("COMPTOIR_SHOP_FILE", ROOT / "demo" / "shop.yml")),
            pictures_dir=Path(environment.get("COMPTOIR_PICTURES_DIR", ROOT / "demo" / "pictures")),
            downloads_dir=Path(environment.get("COMPTOIR_DOWNLOADS_DIR", ROOT / "demo" / "downloads")),
            cart_days=_cart_days(environment.get("COMPTOIR_CART_DAYS", "30")),
            trusted_proxies=_networks(environment.get("COMPTOIR_TRUSTED_PROXIES", "")),
            **_limits(environment),
            identity_secret=_identity_secret(environment.get("COMPTOIR_IDENTITY_SECRET")),
            tracking_secrets={
                name: environment.get(f"COMPTOIR_{name.upper()}_WEBHOOK_SECRET", "")
                for name in ("easypost", "aftership")
            },
            smtp_url=_smtp_url(environment.get("COMPTOIR_SMTP_URL")),
            opensearch_url=_opensearch_url(environment.get("COMPTOIR_OPENSEARCH_URL")),
            opensearch_index=_opensearch_index(environment.get("COMPTOIR_OPENSEARCH_INDEX", "comptoir")),
            allowed_origins=_origins(environment.get("COMPTOIR_ALLOWED_ORIGINS", "")),
        )
        settings._refuse_live_money_outside_production()
        settings._refuse_several_writers_on_sqlite()
        return settings

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_paid_with_play_money(self) -> bool:
        return "_live_" not in self.stripe_api_key

    @property
    def has_mailbox(self) -> bool:
        """Letters hold secrets: nobody else may come to where they are shown."""
        is_here = URL(self.public_url).host in LOOPBACK
        return self.smtp_url is None and is_here and self.environment != "production"

    def _refuse_live_money_outside_production(self) -> None:
        if not self.is_paid_with_play_money and self.environment != "production":
            raise InvalidSetting(
                "STRIPE_API_KEY is a live key but COMPTOIR_ENVIRONMENT is not `production`: use a test key."
            )

    def _refuse_several_writers_on_sqlite(self) -> None:
        if self.is_sqlite and (self.backends > 1 or self.rasas > 1):
            raise InvalidSetting(
                "COMPTOIR_BACKENDS and COMPTOIR_RASAS above 1 need PostgreSQL: set COMPTOIR_DATABASE_URL."
            )


def derived_secret(secret: str, purpose: str) -> str:
    """A secret of its own for each purpose, so that one of them leaking opens only its own door."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _stripe_base(environment: Mapping[str, str], sandbox: str) -> str:
    return "https://api.stripe.com" if environment.get("STRIPE_API_KEY") else sandbox


LIMITS = (
    "messages_per_minute",
    "files_per_hour",
    "streams_per_conversation",
    "conversations_per_address_and_hour",
    "messages_per_address_and_minute",
    "files_per_address_and_hour",
    "streams_per_address",
)


def _limits(environment: Mapping[str, str]) -> dict[str, int]:
    """Those that are set."""
    return {
        name: _count(environment, variable)
        for name in LIMITS
        if (variable := f"COMPTOIR_{name.upper()}") in environment
    }


def _cart_days(text: str) -> int:
    """Customers are told a day before. Raises InvalidSetting."""
    if not text.isdecimal() or not 2 <= int(text) <= 3650:
        raise InvalidSetting(f"COMPTOIR_CART_DAYS is {text!r}: give a whole number from 2 to 3650.")
    return int(text)


def _count(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name, "1")
    if not (text.isascii() and text.isdigit() and int(text)):
        raise InvalidSetting(f"{name} is {text!r}: give a whole number from 1.")
    return int(text)


def _identity_secret(text: str | None) -> str | None:
    if text and len(text.encode()) < 32:
        raise InvalidSetting(
            "COMPTOIR_IDENTITY_SECRET has fewer than 32 characters, and could be guessed: give a longer random one."
        )
    return text or None


def _opensearch_url(text: str | None) -> str | None:
    example = "https://user:password@search.example.org:9200"
    url = _server_url("COMPTOIR_OPENSEARCH_URL", text, ("http", "https"), example)
    return url and url.rstrip("/")


def _smtp_url(text: str | None) -> str | None:
    return _server_url("COMPTOIR_SMTP_URL", text, ("smtp", "smtps"), "smtps://user:password@mail.example.org")


def _server_url(name: str, text: str | None, schemes: tuple[str, ...], example: str) -> str | None:
    """What is wrong is said without the text: a password may be in it."""
    if not text:
        return None
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in schemes or not url.host or (url.user is None) != (url.password is None):
        raise InvalidSetting(f"{name} cannot be used: write it as {example}.")
    return text


def _opensearch_index(text: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9_-]{0,99}", text):
        raise InvalidSetting(
            f"COMPTOIR_OPENSEARCH_INDEX is {text!r}: give small letters and digits, `-` and `_` within, "
            "and at most 100 of them."
        )
    return text


def _networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise InvalidSetting(
            f"COMPTOIR_TRUSTED_PROXIES: {error}: give addresses or networks, separated by commas."
        ) from None


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise InvalidSetting(f"COMPTOIR_PORT is {text!r}: give a port between 1 and 65535.")
    return int(text)


def _origins(text: str) -> tuple[str, ...]:
    """Separated by commas, and only as browsers send them: what is compared must be comparable."""
    origins = tuple(filter(None, (origin.strip() for origin in text.split(","))))
    for origin in origins:
        if origin == "*":
            raise InvalidSetting(
                "COMPTOIR_ALLOWED_ORIGINS is `*`: any website could then sell in the shop's name. Name the websites."
            )
        if _origin_of(origin) != origin:
            raise InvalidSetting(
                f"COMPTOIR_ALLOWED_ORIGINS has {origin!r}: write an origin as browsers do, scheme and host in small "
                "letters, a port if it is not the usual one, and nothing after it, as in `https://www.example.org`."
            )
    return origins


def _origin_of(text: str) -> str | None:
    try:
        url = URL(text)
        return str(url.origin()) if url.scheme in ("http", "https") else None
    except ValueError:
        return None


def _kept_secret(path: Path) -> str:
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
