from __future__ import annotations

from string import Formatter

import pytest

from sandbox.settings import Settings
from sandbox.wording import load_wordings


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_language_has_the_same_texts_with_the_same_placeholders(language):
    wordings = load_wordings()
    english, other = wordings["en"].texts, wordings[language].texts

    assert {key: placeholders(text) for key, text in other.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("missing", ["STRIPE_WEBHOOK_SECRETS", "COMPTOIR_CARRIER_SECRET"])
def test_the_sandbox_does_not_start_without_a_secret(missing):
    environment = {"STRIPE_WEBHOOK_SECRETS": "whsec_a,whsec_b", "COMPTOIR_CARRIER_SECRET": "secret"}
    assert Settings.from_environment(environment).stripe_webhook_secrets == ("whsec_a", "whsec_b")

    with pytest.raises(ValueError, match=missing):
        Settings.from_environment(environment | {missing: ""})
