"""Configuration: one frozen object, read from the environment at start and passed down."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "fr", "es")
CURRENCIES = ("EUR", "USD")


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
    rasa_url: str
    rasa_secret: str
    actions_url: str
    stripe_api_key: str
    stripe_api_base: str
    stripe_webhook_secrets: tuple[str, ...]
    carrier_url: str
    carrier_secret: str
    environment: str = "development"
    shop_file: Path = Path("demo/shop.yml")
    pictures_dir: Path = Path("demo/pictures")
    turn_timeout_seconds: float = 25.0
    """Longer than Rasa's own 20, so that its answer is heard."""
    hold_minutes: int = 60
    messages_per_minute: int = 60

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
            database_url=environment.get(
                "COMPTOIR_DATABASE_URL", f"sqlite+aiosqlite:///{data_dir}/comptoir.db"
            ),
            port=port,
            public_url=environment.get("COMPTOIR_PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            secret=secret,
            rasa_url=environment.get("COMPTOIR_RASA_URL", f"http://127.0.0.1:{port + 1}"),
            rasa_secret=environment.get("COMPTOIR_RASA_SECRET") or derived_secret(secret, "rasa"),
            actions_url=environment.get("COMPTOIR_ACTIONS_URL", f"http://127.0.0.1:{port + 2}/webhook"),
            stripe_api_key=environment.get("STRIPE_API_KEY") or "sk_test_sandbox",
            stripe_api_base=environment.get("STRIPE_API_BASE") or _stripe_base(environment, sandbox),
            stripe_webhook_secrets=tuple(filter(None, webhook_secrets.split(","))),
            carrier_url=environment.get("COMPTOIR_CARRIER_URL", sandbox),
            carrier_secret=environment.get("COMPTOIR_CARRIER_SECRET") or derived_secret(secret, "carrier"),
            environment=environment.get("COMPTOIR_ENVIRONMENT", "development"),
            shop_file=Path(environment.get("COMPTOIR_SHOP_FILE", ROOT / "demo" / "shop.yml")),
            pictures_dir=Path(environment.get("COMPTOIR_PICTURES_DIR", ROOT / "demo" / "pictures")),
        )
        settings._refuse_live_money_outside_production()
        return settings

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    def _refuse_live_money_outside_production(self) -> None:
        if "_live_" in self.stripe_api_key and self.environment != "production":
            raise InvalidSetting(
                "STRIPE_API_KEY is a live key but COMPTOIR_ENVIRONMENT is not `production`: use a test key."
            )


def derived_secret(secret: str, purpose: str) -> str:
    """A secret of its own for each purpose, so that one of them leaking opens only its own door."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _stripe_base(environment: Mapping[str, str], sandbox: str) -> str:
    return "https://api.stripe.com" if environment.get("STRIPE_API_KEY") else sandbox


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise InvalidSetting(f"COMPTOIR_PORT is {text!r}: give a port between 1 and 65535.")
    return int(text)


def _kept_secret(path: Path) -> str:
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
