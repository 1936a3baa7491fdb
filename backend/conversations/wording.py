"""The few sentences that the desk says itself, when the assistant cannot: `data/responses/<language>/desk.yml`."""

from pathlib import Path

import yaml

from backend.config import LANGUAGES, InvalidSetting


class DeskWording:
    def __init__(self, root: Path, contact: str) -> None:
        """Raises InvalidSetting when a file cannot be read."""
        self._contact = contact
        self._texts = {language: _texts(root / language / "desk.yml") for language in LANGUAGES}

    def say(self, key: str, language: str, **values: str) -> str:
        """`values` are the sentence's own placeholders; `{contact}` is the shop's address."""
        return self._texts[language or "en"][key].format(contact=self._contact, **values)


def _texts(path: Path) -> dict[str, str]:
    try:
        responses = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)["responses"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise InvalidSetting(f"{path}: {error}") from None
    return {key: variations[0]["text"] for key, variations in responses.items()}
