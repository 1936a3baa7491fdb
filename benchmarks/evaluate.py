"""How well the trained assistant reads labelled messages: `make evaluate FILE=… [MAPPING=…]`.

FILE holds JSON lines `{text, lang, intent, source}`; MAPPING is a JSON object from our intents to the file's coarser
labels (what it does not name stays as it is). Asked is `comptoir understand`. Printed are JSON lines: per source and
language accuracy with its 95 % interval (Wilson), macro-F1 and, where there are messages out of scope and others, the
AUROC of the out-of-scope score and its false alarms when 95 % of the others are accepted; then the confusions.
Messages whose label no intent of ours can mean are counted and left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.stats import binomtest
from sklearn.metrics import f1_score, roc_auc_score

ROOT = Path(__file__).parents[1]
OUT_OF_SCOPE = "out_of_scope"
ACCEPTED = 0.95
SHOWN_CONFUSIONS = 40

Row = dict[str, Any]


def labelled(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def understood(rows: list[Row]) -> list[Row]:
    lines = "".join(json.dumps({"text": row["text"], "language": row["lang"]}) + "\n" for row in rows)
    asked = subprocess.run(
        [ROOT / "comptoir", "understand"], input=lines, stdout=subprocess.PIPE, text=True, check=True
    )
    return [json.loads(line) for line in asked.stdout.splitlines()]


def our_labels(mapping: dict[str, str]) -> set[str]:
    intents = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
    return {mapping.get(intent, intent) for intent in intents}


def figures(rows: list[Row], found: list[str], scores: list[float]) -> dict[str, Any]:
    wanted = [row["intent"] for row in rows]
    right = sum(want == got for want, got in zip(wanted, found, strict=True))
    interval = binomtest(right, len(rows)).proportion_ci(method="wilson")
    measured = {
        "n": len(rows),
        "accuracy": round(right / len(rows), 4),
        "interval": [round(interval.low, 4), round(interval.high, 4)],
        "macro_f1": round(
            f1_score(wanted, found, average="macro", zero_division=0, labels=sorted(set(wanted))), 4
        ),
    }
    return measured | out_of_scope_figures([want == OUT_OF_SCOPE for want in wanted], scores)


def out_of_scope_figures(is_out: list[bool], scores: list[float]) -> dict[str, float]:
    if len(set(is_out)) < 2:
        return {}
    inside = np.array([score for score, out in zip(scores, is_out, strict=True) if not out])
    outside = np.array([score for score, out in zip(scores, is_out, strict=True) if out])
    limit = np.quantile(inside, ACCEPTED)
    return {
        "auroc": round(float(roc_auc_score(is_out, scores)), 4),
        "false_alarms_at_95": round(float((outside <= limit).mean()), 4),
    }


def groups(rows: list[Row]) -> list[tuple[str, str, list[int]]]:
    """Each source in each of its languages, each language, and everything."""
    found: dict[tuple[str, str], list[int]] = {}
    for index, row in enumerate(rows):
        for key in ((row.get("source", ""), row["lang"]), ("all", row["lang"]), ("all", "all")):
            found.setdefault(key, []).append(index)
    return [(source, language, found[source, language]) for source, language in sorted(found)]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--mapping", type=Path)
    chosen = arguments.parse_args()
    mapping = json.loads(chosen.mapping.read_text(encoding="utf-8")) if chosen.mapping else {}
    every = labelled(chosen.file)
    labels = our_labels(mapping)
    rows = [row for row in every if row["intent"] in labels]
    left_out = Counter(row["intent"] for row in every if row["intent"] not in labels)
    print(json.dumps({"rows": len(rows), "left_out": dict(left_out)}))
    answers = understood(rows)
    found = [mapping.get(answer["intent"], answer["intent"] or "") for answer in answers]
    scores = [answer["out_of_scope_score"] for answer in answers]
    for source, language, at in groups(rows):
        group = [[each[index] for index in at] for each in (rows, found, scores)]
        print(json.dumps({"source": source, "language": language, **figures(*group)}))
    confused = Counter(
        (row["intent"], got) for row, got in zip(rows, found, strict=True) if row["intent"] != got
    )
    for (intent, taken_for), count in confused.most_common(SHOWN_CONFUSIONS):
        print(json.dumps({"intent": intent, "taken_for": taken_for, "count": count}))


if __name__ == "__main__":
    main()
