"""Stripe's own command line plays its scenes on the sandbox as on the real thing.

The scenes are inside the program; it calls nobody but the sandbox, and reports to nobody.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
from pathlib import Path

import pytest

from tests.requirements import require

PACKAGES = Path(__file__).parent / "cli" / "node_modules"
ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
NOWHERE = "http://127.0.0.1:9"
"""The proxy for whatever is not this machine."""


@pytest.fixture
def stripe_cli() -> Path:
    kind = f"cli-{sys.platform}-{ARCHITECTURES.get(platform.machine().lower(), 'unknown')}"
    program = PACKAGES / "@stripe" / kind / "bin" / "stripe"
    require(program.exists(), "needs the Stripe CLI: `python3 scripts/bootstrap.py stripe`")
    return program


@pytest.fixture
def trigger(stripe_cli, sandbox, tmp_path):
    async def trigger(event: str) -> str:
        process = await asyncio.create_subprocess_exec(
            stripe_cli,
            "trigger",
            event,
            "--api-base",
            sandbox.url,
            "--api-key",
            "sk_test_of_the_tests",
            env={
                "HOME": str(tmp_path),
                "PATH": os.environ["PATH"],
                "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
                "STRIPE_NO_AUTO_UPDATE": "1",
                "HTTPS_PROXY": NOWHERE,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    return trigger


@pytest.mark.parametrize(
    "event",
    [
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "charge.refunded",
        "charge.dispute.created",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "charge.failed",
        "charge.succeeded",
        "product.created",
    ],
)
async def test_a_scene_of_stripes_brings_its_event(trigger, shop, validate, event):
    said = await trigger(event)

    assert "Trigger succeeded" in said
    await shop.until(lambda shop: event in shop.types)
    for body in shop.bodies:
        carried = json.loads(body)["data"]["object"]
        validate({"$ref": f"#/components/schemas/{carried['object']}"}, carried)
