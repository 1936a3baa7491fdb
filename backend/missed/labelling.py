"""The labelling file: JSON lines that a person fills in, and the examples that come of it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import yaml

from backend.catalogue.analysis import texts
from backend.config import LANGUAGES
from backend.missed.collecting import Missed
from backend.missed.grouping import grouped

LEARNED = "learned.yml"
BRACKETS = str.maketrans("[]{}", "    ")
"""Rasa reads marks of its own from them."""

Examples = dict[str, dict[str, list[str]]]
"""By language and intent."""


class BadLabels(Exception):
    """Nothing was written; `problems` says of each line what is wrong and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Labelled(msgspec.Struct):
    """A line of the file. `intent` is empty until somebody says what was meant; then the line is learned."""

    text: str
    language: str
    intent: str = ""


def labelling_file(missed: list[Missed]) -> Iterator[str]:
    """A line for each message: those that mean the same stand together."""
    for group, count, message in grouped(missed):
        yield json.dumps(
            {"group": group, "count": count, **msgspec.to_builtins(message), "intent": ""}, ensure_ascii=False
        )


def learn(lines: Iterable[str], root: Path) -> Examples:
    """Adds what was labelled to `data/nlu/{language}/learned.yml` below `root`, and says what is new there.

    All of it or nothing. What is in the examples already, under the same intent, is passed over. Raises BadLabels.
    """
    known = {language: _examples(root, language) for language in LANGUAGES}
    blind = set().union(*(_blind(root, language) for language in LANGUAGES))
    intents = {intent for examples in known.values() for intent in examples.values()}
    new: Examples = {language: defaultdict(list) for language in LANGUAGES}
    problems = []
    for number, line in enumerate(lines, start=1):
        try:
            labelled = msgspec.json.decode(line, type=Labelled)
        except msgspec.MsgspecError as error:
            problems.append(f"line {number}: {error}")
            continue
        if not labelled.intent:
            continue
        problem = _problem(labelled, intents, known, blind)
        if problem:
            problems.append(f"line {number}: {problem}")
        elif _bare(labelled.text) not in known[labelled.language]:
            known[labelled.language][_bare(labelled.text)] = labelled.intent
            new[labelled.language][labelled.intent].append(_plain(labelled.text))
    if problems:
        raise BadLabels(problems)
    for language, examples in new.items():
        _write(root / "data/nlu" / language / LEARNED, examples)
    return {language: dict(examples) for language, examples in new.items() if examples}


def _problem(
    labelled: Labelled, intents: set[str], known: dict[str, dict[str, str]], blind: set[str]
) -> str | None:
    if labelled.language not in LANGUAGES:
        return f"language must be one of {', '.join(LANGUAGES)}"
    if labelled.intent not in intents:
        return f"no example has the intent “{labelled.intent}”; those of data/nlu have one"
    bare = _bare(labelled.text)
    if not bare:
        return "there are no words in it; leave its intent empty"
    if bare in blind:
        return "it is one of the sentences that measure the assistant; leave its intent empty"
    others = {examples[bare] for examples in known.values() if bare in examples} - {labelled.intent}
    if others:
        return f"it is an example of “{others.pop()}” already: one of the two must go"
    return None


def _examples(root: Path, language: str) -> dict[str, str]:
    """The bare sentences of the training data and their intents."""
    return {
        _bare(text): entry["intent"]
        for path in sorted((root / "data/nlu" / language).glob("*.yml"))
        for entry in yaml.safe_load(path.read_text("utf-8"))["nlu"]
        for text in _sentences(entry)
    }


def _sentences(entry: dict[str, str]) -> list[str]:
    return [line.removeprefix("- ").strip() for line in entry["examples"].splitlines()]


def _blind(root: Path, language: str) -> set[str]:
    path = root / "tests/nlu" / language / "blind.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {_bare(json.loads(line)["text"]) for line in lines}


def _bare(text: str) -> str:
    return " ".join(texts(text))


def _plain(text: str) -> str:
    return " ".join(text.translate(BRACKETS).split())


def _write(path: Path, new: dict[str, list[str]]) -> None:
    if not new:
        return
    examples: dict[str, list[str]] = defaultdict(list)
    if path.exists():
        for entry in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            examples[entry["intent"]] += _sentences(entry)
    for intent, sentences in new.items():
        examples[intent] += sentences
    written = ['version: "3.1"', "", "nlu:"]
    for intent, sentences in sorted(examples.items()):
        written += [f"- intent: {intent}", "  examples: |", *(f"    - {sentence}" for sentence in sentences)]
    path.write_text("\n".join(written) + "\n", "utf-8")
