from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Everything that the sandbox is told from outside.

    `base_url` is what a customer's browser calls the sandbox; without it, links carry the address of the
    request that asked for them. The first of `stripe_webhook_secrets` signs.
    """

    stripe_webhook_secrets: tuple[str, ...]
    carrier_secret: str
    data_dir: Path = Path("var")
    port: int = 8090
    public_url: str = "http://127.0.0.1:8080"
    base_url: str | None = None
    carrier_step_seconds: float = 60.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Raises ValueError naming the variable that is missing: an unsigned webhook is of no use."""
        return cls(
            stripe_webhook_secrets=_secrets(environment, "STRIPE_WEBHOOK_SECRETS"),
            carrier_secret=_secrets(environment, "COMPTOIR_CARRIER_SECRET")[0],
            data_dir=Path(environment.get("COMPTOIR_DATA_DIR", "var")),
            port=int(environment.get("COMPTOIR_SANDBOX_PORT", "8090")),
            public_url=environment.get("COMPTOIR_PUBLIC_URL", "http://127.0.0.1:8080").rstrip("/"),
            base_url=environment.get("COMPTOIR_SANDBOX_URL", "").rstrip("/") or None,
            carrier_step_seconds=float(environment.get("COMPTOIR_CARRIER_STEP_SECONDS", "60")),
        )


def _secrets(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    secrets = tuple(secret.strip() for secret in environment.get(name, "").split(",") if secret.strip())
    if not secrets:
        raise ValueError(f"{name} is empty; the sandbox signs its webhooks with it")
    return secrets
