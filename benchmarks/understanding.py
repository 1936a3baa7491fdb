"""How well intents are understood: `python -m benchmarks.understanding` (Python 3.10, from the root).

Prints JSON lines: stratified cross-validation of `data/nlu` and, trained on all of it, the blind sets of
`tests/nlu`, as they are and with typing errors, each per language; then what each fallback threshold would
cost and catch.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from bot import patches

patches.import_lightly()

import numpy as np  # noqa: E402
import yaml  # noqa: E402
from sklearn.metrics import f1_score  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402

from benchmarks.noise import NOISES  # noqa: E402
from bot.nlu.classifier import MessageClassifier  # noqa: E402

LANGUAGES = ("en", "fr", "es")
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6)


def training_rows(root: Path) -> list[tuple[str, str, str]]:
    return [
        (line[2:].strip(), language, entry["intent"])
        for language in LANGUAGES
        for path in sorted((root / "data/nlu" / language).glob("*.yml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        if "intent" in entry
        for line in entry["examples"].splitlines()
        if line.startswith("- ")
    ]


def blind_rows(root: Path) -> list[tuple[str, str, str]]:
    return [
        (row["text"], language, row["intent"])
        for language in LANGUAGES
        for line in (root / "tests/nlu" / language / "blind.jsonl").read_text(encoding="utf-8").splitlines()
        for row in [json.loads(line)]
    ]


def configured(root: Path) -> dict[str, Any]:
    """The classifier's settings in config.yml over its defaults."""
    pipeline = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    return {**MessageClassifier.get_default_config(), **pipeline[0]}


def learn(config: dict[str, Any], texts: Any, intents: Any) -> MessageClassifier:
    classifier = MessageClassifier(config, None, None)
    classifier.fit(list(texts), list(intents))
    return classifier


def cross_validate(config: dict[str, Any], texts: Any, intents: Any, folds: int) -> list[Any]:
    rankings: list[Any] = [None] * len(texts)
    for seen, held_out in StratifiedKFold(folds, shuffle=True, random_state=1).split(texts, intents):
        ranked = learn(config, texts[seen], intents[seen]).rank(list(texts[held_out]))
        for index, ranking in zip(held_out, ranked, strict=True):
            rankings[index] = ranking
    return rankings


def report_accuracy(name: str, rows: Any, rankings: list[Any]) -> None:
    languages = np.array([row[1] for row in rows])
    wanted = np.array([row[2] for row in rows])
    found = np.array([ranking[0]["name"] for ranking in rankings])
    for language in LANGUAGES:
        mine = languages == language
        right, total = int((wanted == found)[mine].sum()), int(mine.sum())
        macro = f1_score(wanted[mine], found[mine], average="macro", zero_division=0)
        print(
            json.dumps(
                {"set": name, "language": language, "accuracy": right / total, "macro_f1": macro, "n": total}
            )
        )


def report(name: str, rows: Any, rankings: list[Any]) -> None:
    report_accuracy(name, rows, rankings)
    wanted = np.array([row[2] for row in rows])
    found = np.array([ranking[0]["name"] for ranking in rankings])
    swapped = {("affirm", "deny"), ("deny", "affirm")}
    confusions = Counter(pair for pair in zip(wanted, found, strict=True) if pair[0] != pair[1])
    print(json.dumps({"set": name, "affirm_deny": sum(confusions[pair] for pair in swapped)}))
    for (intent, taken_for), count in confusions.most_common(25):
        print(json.dumps({"set": name, "intent": intent, "taken_for": taken_for, "count": count}))
    report_thresholds(name, wanted, found, rankings)


def report_thresholds(name: str, wanted: Any, found: Any, rankings: list[Any]) -> None:
    confidence = np.array([ranking[0]["confidence"] for ranking in rankings])
    margin = confidence - np.array([ranking[1]["confidence"] for ranking in rankings])
    right = wanted == found
    for threshold in THRESHOLDS:
        for ambiguity in (0.0, 0.05, 0.1):
            asked = (confidence < threshold) | (margin < ambiguity)
            row = {
                "set": name,
                "threshold": threshold,
                "ambiguity": ambiguity,
                "right_but_asked": float((asked & right).sum() / right.sum()),
                "wrong_and_asked": float((asked & ~right).sum() / max(1, (~right).sum())),
            }
            print(json.dumps(row))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", type=Path, default=Path("."))
    arguments.add_argument("--folds", type=int, default=5)
    chosen = arguments.parse_args()
    config = configured(chosen.root)
    rows = training_rows(chosen.root)
    texts = np.array([row[0] for row in rows], object)
    intents = np.array([row[2] for row in rows])
    blind = blind_rows(chosen.root)
    classifier = learn(config, texts, intents)
    report("blind", blind, classifier.rank([row[0] for row in blind]))
    for name, noise in NOISES.items():
        noisy = [(noise(text, language), language, intent) for text, language, intent in blind]
        report_accuracy(f"blind, {name}", noisy, classifier.rank([row[0] for row in noisy]))
    report("cross-validation", rows, cross_validate(config, texts, intents, chosen.folds))


if __name__ == "__main__":
    main()
