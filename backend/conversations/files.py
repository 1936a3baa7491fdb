"""What customers upload: looked at, made harmless, kept, and shown again by links that expire."""

import asyncio
import contextlib
import io
import os
import shutil
import time
import unicodedata
import uuid
import warnings
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
from itsdangerous import BadSignature, URLSafeTimedSerializer
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.card_numbers import mask_card_numbers
from backend.config import Settings, derived_secret
from backend.conversations.models import UploadedFile
from backend.credit.codes import mask_gift_codes
from backend.db import Database, insert_into, now
from backend.errors import Invalid, NotFound, ShopError, TooMany

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_NAME = 100
LINK_SECONDS = 24 * 3600
ORPHAN_SECONDS = 3600
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)
PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PDF = "application/pdf"
TYPES = (*PICTURES.values(), PDF)


class FileTooLarge(ShopError):
    """The file has more than `most` bytes."""

    code = "file_too_large"
    status = 413


class FileTypeRefused(ShopError):
    """The file is none of `types`, whatever its name says."""

    code = "file_type_refused"
    status = 415


class FileUnreadable(Invalid):
    """The file is damaged, empty, or holds a picture too large to be opened."""

    code = "file_unreadable"


class TooManyFiles(TooMany):
    """More files in an hour than one person sends."""

    code = "too_many_files"


class FileNotFound(NotFound):
    """This conversation has no such file, or the link to it has expired."""

    code = "file_not_found"


class FileView(msgspec.Struct, frozen=True):
    """`url` opens the file without further proof, for a day; `size` is in bytes."""

    id: str
    name: str
    type: str
    size: int
    url: str


class Files:
    """The folder of uploaded files, and the links to them."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.data_dir / "files"
        self._most_per_hour = settings.files_per_hour
        self._links = URLSafeTimedSerializer(derived_secret(settings.secret, "files"))
        self._at_work = asyncio.Semaphore(2)  # opening a picture takes memory: a few at a time

    async def keep(
        self, database: Database, conversation_id: str, client_id: str, name: str, raw: bytes
    ) -> tuple[UploadedFile, bool]:
        """The same id again changes nothing: the file then is not new, which the second value says.

        The bytes are on the disk before the row is committed. Raises FileTypeRefused, FileUnreadable, TooManyFiles.
        """
        async with database.reading() as session:
            if stored := await _uploaded(session, conversation_id, client_id):
                return stored, False
            await self._refuse_flood(session, conversation_id)
        async with self._at_work:
            kind, content = await asyncio.to_thread(harmless, raw)
        file_id = str(uuid.uuid4())
        path = self.path(conversation_id, file_id)
        await asyncio.to_thread(_write, path, content)
        async with database.transaction() as session:
            new = await session.scalar(
                insert_into(session, UploadedFile)
                .values(
                    id=file_id,
                    conversation_id=conversation_id,
                    client_id=client_id,
                    name=tidy_name(name, kind),
                    type=kind,
                    size=len(content),
                    at=now(session),
                )
                .on_conflict_do_nothing()
                .returning(UploadedFile)
            )
            stored = new or await _uploaded(session, conversation_id, client_id)
        if new is None:
            path.unlink()
        assert stored is not None
        return stored, new is not None

    def path(self, conversation_id: str, file_id: str) -> Path:
        return self._root / conversation_id / file_id

    def link(self, conversation_id: str, file_id: str) -> str:
        return f"/api/files/{self._links.dumps([conversation_id, file_id])}"

    def view(self, file: UploadedFile) -> FileView:
        return FileView(
            file.client_id, file.name, file.type, file.size, self.link(file.conversation_id, file.id)
        )

    async def linked(self, session: AsyncSession, token: str) -> UploadedFile:
        """What a link leads to. Raises FileNotFound."""
        try:
            conversation_id, file_id = self._links.loads(token, max_age=LINK_SECONDS)
        except BadSignature:
            raise FileNotFound from None
        file = await session.get(UploadedFile, file_id)
        if file is None or file.conversation_id != conversation_id:
            raise FileNotFound
        return file

    async def remove_all(self, conversation_id: str) -> None:
        """The bytes; their rows are gone before."""
        await asyncio.to_thread(shutil.rmtree, self._root / conversation_id, ignore_errors=True)

    async def sweep(self, database: Database) -> None:
        """Removes what a crash between the file and its row left; younger ones may still get their row."""
        async with database.reading() as session:
            known = set((await session.scalars(select(UploadedFile.id))).all())
        await asyncio.to_thread(self._remove_all_but, known)

    def _remove_all_but(self, known: set[str]) -> None:
        eldest = time.time() - ORPHAN_SECONDS
        for path in self._root.glob("*/*"):
            if path.name not in known and path.stat().st_mtime < eldest:
                path.unlink()

    async def _refuse_flood(self, session: AsyncSession, conversation_id: str) -> None:
        recent = await session.scalar(
            select(func.count())
            .select_from(UploadedFile)
            .where(UploadedFile.conversation_id == conversation_id, UploadedFile.at > now(session) - AN_HOUR)
        )
        if (recent or 0) >= self._most_per_hour:
            raise TooManyFiles(retry_after_seconds=600, most=self._most_per_hour)


async def find(session: AsyncSession, conversation_id: str, client_id: str) -> UploadedFile:
    """Raises FileNotFound."""
    file = await _uploaded(session, conversation_id, client_id)
    if file is None:
        raise FileNotFound
    return file


async def recent_pictures(session: AsyncSession, conversation_id: str) -> list[str]:
    """What a claim is about was sent a moment before it, or after its words; the oldest first."""
    pictures = select(UploadedFile.id).where(
        UploadedFile.conversation_id == conversation_id,
        UploadedFile.type != PDF,
        UploadedFile.at > now(session) - A_DAY,
    )
    return list(await session.scalars(pictures.order_by(UploadedFile.at)))


async def received(body: AsyncIterator[bytes], announced: int | None) -> bytes:
    """The whole of an upload. Raises FileTooLarge, before it is read where its length was told."""
    if (announced or 0) > MOST_BYTES:
        raise FileTooLarge(most=MOST_BYTES, size=announced)
    raw = bytearray()
    async for chunk in body:
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise FileTooLarge(most=MOST_BYTES)
    return bytes(raw)


def harmless(raw: bytes) -> tuple[str, bytes]:
    """The type by what the bytes say, and the bytes to keep; raises FileTypeRefused, FileUnreadable.

    A picture is drawn anew: what else its file held (the place where it was taken, a script) is gone. A PDF is
    kept as it is, and only ever offered to be saved.
    """
    if not raw:
        raise FileUnreadable
    if raw.startswith(b"%PDF-"):
        return PDF, raw
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(raw), formats=list(PICTURES))
        return _drawn_anew(picture)
    except UnidentifiedImageError:
        raise FileTypeRefused(types=list(TYPES)) from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise FileUnreadable from None


def _drawn_anew(picture: Image.Image) -> tuple[str, bytes]:
    kind = picture.format or ""
    if picture.width * picture.height > MOST_PIXELS:
        raise FileUnreadable
    upright = ImageOps.exif_transpose(picture)
    plain = upright if upright.mode in ("RGB", "L") else upright.convert("RGB" if kind == "JPEG" else "RGBA")
    clean = Image.new(plain.mode, plain.size)
    clean.paste(plain)
    written = io.BytesIO()
    clean.save(written, kind, **({} if kind == "PNG" else {"quality": 88}))
    return PICTURES[kind], written.getvalue()


def tidy_name(name: str, kind: str) -> str:
    """For people to read: the last part of a path, one line, with an ending that fits what the file is."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    readable = "".join(sign for sign in last if unicodedata.category(sign)[0] not in "CZ" or sign == " ")
    stem = mask_gift_codes(mask_card_numbers(readable.strip(" .").rsplit(".", 1)[0])).strip()[:LONGEST_NAME]
    ending = {"image/jpeg": "jpg", PDF: "pdf"}.get(kind) or kind.rsplit("/", 1)[1]
    return f"{stem or 'file'}.{ending}"


async def _uploaded(session: AsyncSession, conversation_id: str, client_id: str) -> UploadedFile | None:
    return await session.scalar(
        select(UploadedFile).filter_by(conversation_id=conversation_id, client_id=client_id)
    )


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and on the disk when it returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
