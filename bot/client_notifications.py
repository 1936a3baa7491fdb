"""Calls of the backend about what customers want to be told of unasked."""

import msgspec

from bot.client import Backend


class ReminderQuestion(msgspec.Struct, frozen=True):
    is_due: bool


class NotificationsWanted(msgspec.Struct, frozen=True):
    is_wanted: bool


async def ask_reminder(backend: Backend) -> bool:
    """Whether it is time to ask; if so, it counts as done."""
    return (await backend.write("POST", "/api/notifications/question", ReminderQuestion)).is_due


async def choose_notifications(backend: Backend, *, is_wanted: bool) -> None:
    await backend.write("PUT", "/api/notifications", NotificationsWanted, {"is_wanted": is_wanted})
