"""`comptoir understand`: what the trained assistant makes of texts, for whoever measures it."""

import json
import os
import subprocess

import pytest

from tests.conversations.opening import ROOT, OpenShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def understand(shop: OpenShop, lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "comptoir", "understand"],
        input=lines,
        capture_output=True,
        text=True,
        env=os.environ | {"COMPTOIR_DATA_DIR": str(shop.data_dir)},
    )


def test_each_line_is_answered_with_what_is_understood(open_shop: OpenShop) -> None:
    asked = [
        {"text": "where is my order CP-7K3MQ9XW?", "language": "en", "label": "kept out of it"},
        {"text": "bonjour, je cherche une lampe verte"},
        {"text": "¿cuál es la capital de Perú?", "language": "es"},
        {"text": ""},
    ]
    done = understand(open_shop, "".join(json.dumps(line) + "\n" for line in asked))
    order, lamp, peru, nothing = [json.loads(line) for line in done.stdout.splitlines()]

    assert (order["intent"], order["language"]) == ("track_order", "en")
    assert order["entities"] == [{"entity": "order_number", "value": "CP-7K3MQ9XW", "start": 18, "end": 29}]
    assert (lamp["intent"], lamp["language"]) == ("search_product", "fr")
    assert lamp["ranking"][0] == {"name": "search_product", "confidence": lamp["confidence"]}
    assert peru["out_of_scope_score"] > 0.9 > 0.1 > lamp["out_of_scope_score"]
    assert (nothing["intent"], nothing["out_of_scope_score"]) == (None, 1.0)


def test_a_line_that_is_no_question_is_named(open_shop: OpenShop) -> None:
    done = understand(open_shop, '{"text": "hello"}\n{"txt": "hello"}\n')

    assert done.returncode == 1
    assert "Error: line 2 is not {text, language?}: " in done.stderr
