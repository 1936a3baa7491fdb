"""Letters: kept and shown on this machine, or handed to a mail server."""

import asyncio
from dataclasses import replace

import pytest

from backend.config import InvalidSetting, Settings
from backend.mail import Letter, MailServer
from tests.shop.conftest import Shop
from tests.shop.test_proving import CAMILLE, code_for

LETTER = Letter("code:1", CAMILLE, "Votre code – ici", "123456 est votre code, à bientôt.")


async def test_a_newcomer_finds_the_code_in_the_mailbox(shop: Shop) -> None:
    buyer = await shop.visit()
    _, order = await buyer.order("LAMP")
    code = await code_for(shop, buyer, number=order["number"])
    async with shop.http.get(f"{shop.settings.public_url}/mailbox") as page:
        shown = await page.text()
    assert page.headers["Cache-Control"] == "no-store"
    assert code in shown
    assert CAMILLE in shown


async def test_nobody_reads_the_mailbox_under_a_name_that_is_not_this_machines(shop: Shop) -> None:
    headers = {"Host": "shop.example.com"}
    async with shop.http.get(f"{shop.settings.public_url}/mailbox", headers=headers) as page:
        assert page.status == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"public_url": "https://shop.example.com"},
        {"environment": "production"},
        {"smtp_url": "smtps://mail.example.com"},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_a_shop_that_is_open_to_others_shows_no_mailbox(shop: Shop, changed: dict[str, str]) -> None:
    assert shop.settings.has_mailbox
    assert not replace(shop.settings, **changed).has_mailbox  # type: ignore[arg-type]


async def test_a_mail_server_is_handed_the_letter() -> None:
    heard: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        is_letter = False
        while line := (await reader.readline()).decode():
            heard.append(line.strip())
            if is_letter and line != ".\r\n":
                continue
            is_letter = line.upper() == "DATA\r\n"
            writer.write({"DATA": b"354 go on", "QUIT": b"221 bye"}.get(line.strip().upper(), b"250 fine"))
            writer.write(b"\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await MailServer(f"smtp://127.0.0.1:{port}", "shop@example.com").send(LETTER)
    assert f"rcpt TO:<{CAMILLE}>" in heard
    assert "Message-ID: <code.1@example.com>" in heard
    assert "123456 est votre code, à bientôt." in heard


def test_a_mail_server_that_cannot_be_used_is_refused_at_start(tmp_path: object) -> None:
    with pytest.raises(InvalidSetting, match="COMPTOIR_SMTP_URL"):
        Settings.from_environment(
            {"COMPTOIR_DATA_DIR": str(tmp_path), "COMPTOIR_SMTP_URL": "mail.example.com"}
        )
