"""Messages that mean nearly the same stand together, the most frequent meaning first."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from backend.missed.collecting import Missed
from backend.sentences import encoded

ALIKE = 0.7
"""Cosine, to the first message of a group."""


def grouped(missed: Sequence[Missed]) -> Iterator[tuple[int, int, Missed]]:
    """The group's number from 1, how often the message was said, and the message. The same words are one message."""
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Missed] = {}
    for message in missed:
        key = (message.language, " ".join(message.text.casefold().split()))
        counts[key] += 1
        first.setdefault(key, message)
    groups = _groups([key for key, _ in counts.most_common()])
    groups.sort(key=lambda group: -sum(counts[key] for key in group))
    for number, group in enumerate(groups, start=1):
        for key in group:
            yield number, counts[key], first[key]


def _groups(keys: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    leaders: list[np.ndarray] = []
    groups: list[list[tuple[str, str]]] = []
    for key, vector in zip(keys, encoded([text for _, text in keys]), strict=True):
        near = [float(leader @ vector) for leader in leaders]
        best = int(np.argmax(near)) if near else 0
        if near and near[best] >= ALIKE:
            groups[best].append(key)
        else:
            leaders.append(vector)
            groups.append([key])
    return groups
