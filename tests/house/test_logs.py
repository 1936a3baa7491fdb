import subprocess
import sys

from backend.config import ROOT
from backend.logs import without_secrets


def test_what_opens_a_payment_an_order_or_a_file_is_not_logged() -> None:
    assert without_secrets("/pay/s3cret") == "/pay/…"
    assert without_secrets("/orders/s3cret/invoice") == "/orders/…/invoice"
    assert without_secrets("/api/files/s3cret") == "/api/files/…"
    assert without_secrets("/api/personal-data/copies/s3cret") == "/api/personal-data/copies/…"


def test_other_paths_are_logged_as_they_are() -> None:
    assert without_secrets("/api/products/mug") == "/api/products/mug"


FAILING = """
import structlog
from bot.actions.__main__ import configure_logging

def answer(words):
    raise KeyError("kind")

configure_logging()
try:
    answer("I live in Zanzibar")
except KeyError:
    structlog.get_logger().exception("action_failed")
"""


def test_an_action_that_fails_does_not_log_what_the_customer_said() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FAILING], cwd=ROOT, capture_output=True, text=True, check=True
    )
    logged = ended.stdout + ended.stderr
    assert '"event": "action_failed"' in logged
    assert "KeyError" in logged
    assert "Zanzibar" not in logged
