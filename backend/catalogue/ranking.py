"""In which order what answers is shown: by shipped linear weights, or as a shop's own judgements have taught
(LambdaMART, Burges 2010, by LightGBM)."""

import hashlib
import math
import os
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import msgspec
import numpy as np
import structlog

from backend.catalogue.constraints import Candidate, grants
from backend.catalogue.query import Query

log = structlog.get_logger()

FILE = "ranking.json"
"""In the data directory."""
COVERED = 0.25
"""What it is worth to say all words of the query, as a share of the best score."""
GRANTED = 0.5
"""What it is worth to be as wished, as a share of the best score; to be the thing asked for is worth that score."""
FEATURES = (
    "linear", "score", "covered", "mentioned", "is_kind", "granted", "position", "price", "variants", "words",
)  # fmt: skip


class Ranking(Protocol):
    def worths(self, query: Query, candidates: list[Candidate]) -> list[float]:
        """How much each answers the query, beside the others."""


class LinearRanking:
    def worths(self, query: Query, candidates: list[Candidate]) -> list[float]:
        best = max((candidate.score for candidate in candidates), default=0)
        most = max((candidate.covered for candidate in candidates), default=0)
        return [
            candidate.score
            + best
            * (
                candidate.is_kind
                + GRANTED * granted(query, candidate)
                + COVERED * candidate.covered / max(1, most)
            )
            for candidate in candidates
        ]


class LearnedRanking:
    """Trees of LightGBM over `FEATURES`."""

    def __init__(self, trees: str) -> None:
        """LightGBM is imported here only: a shop without a model does without its libraries. It ends the process
        over trees that are damaged, so their checksum comes first (`Kept`). Raises OSError without libgomp."""
        from lightgbm import Booster

        self._booster = Booster(model_str=trees)

    def worths(self, query: Query, candidates: list[Candidate]) -> list[float]:
        if not candidates:
            return []
        predicted = self._booster.predict(features(query, candidates), num_threads=1)
        return [float(worth) for worth in np.asarray(predicted)]


def granted(query: Query, candidate: Candidate) -> float:
    """The share of the wishes that one of its variants is as wished in."""
    wishes = [
        wish for wish in query.options if any(grants(wish, candidate, offer) for offer in candidate.offers)
    ]
    return len(wishes) / max(1, len(query.options))


def features(query: Query, candidates: list[Candidate]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """A row for each candidate, as `FEATURES` names them; scores and prices beside those of the others, so that a
    model holds for all queries."""
    linear = LinearRanking().worths(query, candidates)
    best, most = max(linear) or 1, max(candidate.score for candidate in candidates) or 1
    words = max(1, len(query.text.split()))
    usual = median(candidate.price for candidate in candidates) or 1
    return np.array(
        [
            [
                worth / best,
                candidate.score / most,
                candidate.covered / words,
                candidate.mentioned / words,
                candidate.is_kind,
                granted(query, candidate),
                math.log1p(candidate.position),
                math.log((candidate.price or 1) / usual),
                math.log1p(len(candidate.offers)),
                words,
            ]
            for worth, candidate in zip(linear, candidates, strict=True)
        ],
        dtype=np.float64,
    )


class Kept(msgspec.Struct, frozen=True):
    """A model as it is kept: what it reads, and a checksum of its trees."""

    features: tuple[str, ...]
    checksum: str
    trees: str


def keep(directory: Path, trees: str) -> None:
    """All or nothing, whenever the process is killed."""
    unfinished = directory / f"{FILE}.unfinished"
    unfinished.write_bytes(msgspec.json.encode(Kept(FEATURES, _checksum(trees), trees)))
    os.replace(unfinished, directory / FILE)


def forget(directory: Path) -> bool:
    """Whether there was a model."""
    is_kept = (directory / FILE).exists()
    (directory / FILE).unlink(missing_ok=True)
    return is_kept


def ranking_of(directory: Path) -> Ranking:
    """What a shop has learned; the linear weights where it has not, or what it has kept cannot be used."""
    try:
        kept = msgspec.json.decode((directory / FILE).read_bytes(), type=Kept)
        if kept.features != FEATURES or kept.checksum != _checksum(kept.trees):
            raise ValueError("it is damaged, or of another version: learn it again")
        return LearnedRanking(kept.trees)
    except FileNotFoundError:
        return LinearRanking()
    except (ValueError, OSError) as error:
        log.warning("learned_ranking_unusable", error=str(error))
        return LinearRanking()


def _checksum(trees: str) -> str:
    return hashlib.sha256(trees.encode()).hexdigest()
