"""Photos and documents that customers send."""

import asyncio
import io
import os
import time
import uuid
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from backend.conversations import files as kept_files
from backend.conversations.files import tidy_name
from backend.conversations.models import UploadedFile
from backend.conversations.routes import FILES
from tests.shop.conftest import Customer, Shop, touched, until

PDF = b"%PDF-1.7\nA receipt.\n%%EOF"


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **how: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "tomato").save(written, kind, **how)
    return written.getvalue()


def taken_somewhere() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 30.0)  # the latitude
    return photo(exif=exif)


async def upload(
    customer: Customer, raw: bytes, name: str = "photo.jpg", id: str | None = None, type: str = "image/jpeg"
) -> tuple[int, Any]:
    path = f"{customer.url}/api/conversations/{customer.id}/files/{id or uuid.uuid4()}"
    headers = {"Authorization": f"Bearer {customer.token}", "Content-Type": type}
    async with customer.http.put(
        path, params={"name": name}, data=io.BytesIO(raw), headers=headers
    ) as response:
        return response.status, await response.json()


async def send(customer: Customer, file: str, text: str | None = None) -> tuple[int, Any]:
    body = {"id": str(uuid.uuid4()), "file": file} | ({"text": text} if text else {})
    return await customer.call("POST", f"/api/conversations/{customer.id}/messages", body)


async def test_a_photo_is_sent_and_can_be_looked_at_again(shop: Shop) -> None:
    customer = await shop.visit()
    status, file = await upload(customer, photo("PNG"), "Tasse cassée.png")
    assert (status, file["name"], file["type"]) == (201, "Tasse cassée.png", "image/png")
    _, event = await send(customer, file["id"])
    assert [shown["name"] for shown in event["files"]] == ["Tasse cassée.png"]
    shown = (await customer.events())[0]["files"][0]
    async with shop.http.get(customer.url + shown["url"]) as response:  # no token: the link is the proof
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert Image.open(io.BytesIO(await response.read())).size == (40, 30)


async def test_the_assistant_hears_of_a_file_and_its_caption_is_what_it_answers(shop: Shop) -> None:
    customer = await shop.visit()
    _, file = await upload(customer, photo())
    await send(customer, file["id"])
    await send(customer, file["id"], "elle est arrivée cassée")

    async def heard() -> bool:
        return len(shop.assistant.turns) == 2

    await until(heard)
    said = [(turn["payload"], turn["text"]) for turn in shop.assistant.turns]
    assert said == [('/file_received{"name":"photo.jpg"}', None), (None, "elle est arrivée cassée")]


async def test_a_photo_does_not_tell_where_it_was_taken(shop: Shop) -> None:
    customer = await shop.visit()
    _, file = await upload(customer, taken_somewhere())
    async with shop.http.get(customer.url + file["url"]) as response:
        picture = Image.open(io.BytesIO(await response.read()))
    assert dict(picture.getexif()) == {}
    assert picture.size == (30, 40)  # upright


async def test_a_document_is_only_offered_to_be_saved(shop: Shop) -> None:
    customer = await shop.visit()
    _, file = await upload(customer, PDF, "reçu.pdf", type="application/octet-stream")
    async with shop.http.get(customer.url + file["url"]) as response:
        assert await response.read() == PDF
        assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''re%C3%A7u.pdf"


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 422, "file_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415, "file_type_refused"),
        (b"<html><script>alert(1)</script>", 415, "file_type_refused"),
        (photo("GIF"), 415, "file_type_refused"),
        (photo()[:200], 422, "file_unreadable"),
        (b"x" * (10 * 1024 * 1024 + 1), 413, "file_too_large"),
    ],
    ids=["nothing", "a drawing with a script", "a page", "another kind", "damaged", "too large"],
)
async def test_what_cannot_be_taken_is_refused(shop: Shop, raw: bytes, status: int, code: str) -> None:
    customer = await shop.visit()
    answered, refusal = await upload(customer, raw)
    assert (answered, refusal["error"]) == (status, code)


async def test_a_picture_that_would_fill_the_memory_is_not_opened(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_files, "MOST_PIXELS", 1_000)
    customer = await shop.visit()
    status, refusal = await upload(customer, photo(size=(100, 100)))
    assert (status, refusal["error"]) == (422, "file_unreadable")


async def test_the_same_file_uploaded_again_and_at_once_is_one_file(shop: Shop) -> None:
    customer = await shop.visit()
    same = str(uuid.uuid4())
    uploaded = await asyncio.gather(*(upload(customer, photo(), id=same) for _ in range(6)))
    assert sorted(status for status, _ in uploaded) == [200] * 5 + [201]
    assert len({file["size"] for _, file in uploaded}) == 1
    async with shop.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(UploadedFile)) == 1
    folder = shop.app[FILES].path(customer.id, "x").parent
    assert len(list(folder.iterdir())) == 1


async def test_a_stranger_can_neither_say_nor_open_a_file(shop: Shop) -> None:
    customer, stranger = await shop.visit(), await shop.visit()
    _, file = await upload(customer, photo())
    status, refusal = await send(stranger, file["id"])
    assert (status, refusal["error"]) == (404, "file_not_found")
    async with shop.http.get(customer.url + touched(file["url"])) as response:
        assert (response.status, (await response.json())["error"]) == (404, "file_not_found")


async def test_a_link_ends_after_a_day_and_the_log_gives_a_new_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await shop.visit()
    _, file = await upload(customer, photo())
    await send(customer, file["id"])
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 24 * 3600 + 60)
    async with shop.http.get(customer.url + file["url"]) as response:
        assert response.status == 404
    fresh = shop.app[FILES].link(customer.id, file["id"])
    assert fresh != file["url"]


async def test_too_many_files_in_an_hour_are_refused(shop: Shop) -> None:
    customer = await shop.visit()
    for _ in range(20):
        assert (await upload(customer, PDF))[0] == 201
    status, refusal = await upload(customer, PDF)
    assert (status, refusal["error"]) == (429, "too_many_files")


async def test_what_a_crash_left_is_swept_away_and_nothing_else(shop: Shop) -> None:
    customer = await shop.visit()
    await upload(customer, photo())
    files = shop.app[FILES]
    left, arriving = (files.path(customer.id, str(uuid.uuid4())) for _ in range(2))
    for path in (left, arriving):
        path.write_bytes(photo())
    os.utime(left, (0, 0))
    for path in left.parent.iterdir():
        if path not in (left, arriving):
            os.utime(path, (0, 0))
    await files.sweep(shop.database)
    assert not left.exists()
    assert arriving.exists()
    assert len(list(left.parent.iterdir())) == 2


@pytest.mark.parametrize(
    ("given", "kind", "kept"),
    [
        ("../../etc/passwd", "image/jpeg", "passwd.jpg"),
        ("C:\\fakepath\\taza.JPG", "image/jpeg", "taza.jpg"),
        ("evil.html", "image/png", "evil.png"),
        ("a\u202egpj.exe\n", "image/webp", "agpj.webp"),
        ("4242 4242 4242 4242.pdf", "application/pdf", "•••• 4242.pdf"),
        ("", "application/pdf", "file.pdf"),
        ("x" * 300 + ".jpg", "image/jpeg", "x" * 100 + ".jpg"),
    ],
)
def test_a_file_gets_a_name_that_harms_nobody(given: str, kind: str, kept: str) -> None:
    assert tidy_name(given, kind) == kept
