"""The outbox: work that leaves the process, as rows of the transaction that caused it, and one small runner."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Index, String, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Database, Key, after_commit, now

log = structlog.get_logger()

LEASE = timedelta(seconds=15)
"""Kept up while a job is at work. One whose runner died is taken again after it; so handlers must be idempotent."""
LONGEST_WAIT = timedelta(minutes=10)
IDLE_SECONDS = 1.0
AT_ONCE = 8

JobHandler = Callable[[dict[str, Any]], Awaitable[None]]


class Job(Base):
    __tablename__ = "job"
    __table_args__ = (Index("ix_job_due", "is_done", "run_at"),)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]]
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    is_done: Mapped[bool] = mapped_column(default=False)
    last_error: Mapped[str | None] = mapped_column(String(500))


async def enqueue(
    session: AsyncSession,
    kind: str,
    payload: dict[str, Any],
    *,
    key: str | None = None,
    run_at: datetime | None = None,
) -> None:
    """Runs after the caller's transaction commits, at least once. The same `key` again changes nothing."""
    job = Job(kind=kind, payload=payload, key=key, run_at=run_at or now(session))
    with contextlib.suppress(IntegrityError):
        async with session.begin_nested():
            session.add(job)
    wake: asyncio.Event | None = session.info.get("jobs_wake")
    if wake:
        after_commit(session, wake.set)


class JobRunner:
    """Takes due jobs, a few at once; a failure is tried again after 1, 2, 4 … seconds, at most ten minutes."""

    def __init__(self, database: Database, handlers: dict[str, JobHandler]) -> None:
        self._database = database
        self._handlers = handlers
        self._at_work: set[str] = set()
        self.wake = asyncio.Event()

    async def reclaim(self) -> None:
        """The jobs that a runner left when it died; only where this process is the only one."""
        async with self._database.transaction() as session:
            at = now(session)
            left = update(Job).where(Job.is_done.is_(False), Job.attempts > 0, Job.run_at > at)
            await session.execute(left.values(run_at=at))

    async def run(self) -> None:
        while True:
            self.wake.clear()
            if not await self.run_due():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.wake.wait(), IDLE_SECONDS)

    async def keep_leases(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if self._at_work:
                async with self._database.transaction() as session:
                    ours = update(Job).where(Job.id.in_(self._at_work), Job.is_done.is_(False))
                    await session.execute(ours.values(run_at=now(session) + LEASE))

    async def run_due(self) -> int:
        """One round: how many jobs were taken."""
        jobs = await self._take()
        async with asyncio.TaskGroup() as at_work:  # waits for all of them, also when it is told to stop
            for job in jobs:
                at_work.create_task(self._work(job))
        return len(jobs)

    async def _take(self) -> list[Job]:
        async with self._database.transaction() as session:
            at = now(session)
            due = (
                select(Job.id)
                .where(Job.is_done.is_(False), Job.run_at <= at)
                .order_by(Job.run_at)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
            ids = (await session.scalars(due)).all()
            taken = (
                update(Job)
                .where(Job.id.in_(ids))
                .values(attempts=Job.attempts + 1, run_at=at + LEASE)
                .returning(Job)
            )
            return list((await session.scalars(taken)).all())

    async def _work(self, job: Job) -> None:
        self._at_work.add(job.id)
        error = await self._failure(job)
        self._at_work.discard(job.id)
        await self._settle(job, error)

    async def _failure(self, job: Job) -> Exception | None:
        try:
            await self._handlers[job.kind](job.payload)
        except Exception as error:
            log.warning(
                "job_failed",
                job=job.kind,
                id=job.id,
                attempt=job.attempts,
                error=type(error).__name__,
                exc_info=True,
            )
            return error
        return None

    async def _settle(self, job: Job, error: Exception | None) -> None:
        async with self._database.transaction() as session:
            wait = min(timedelta(seconds=2 ** min(job.attempts - 1, 10)), LONGEST_WAIT)
            await session.execute(
                update(Job)
                .where(Job.id == job.id)
                .values(
                    is_done=error is None,
                    run_at=now(session) + wait,
                    last_error=str(error)[:500] if error else None,
                )
            )
