"""Learning an order from judgements (LambdaMART), and whether it is better than the shipped weights."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, NamedTuple

import msgspec
import numpy as np

from backend.catalogue.constraints import Candidate
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.judgements import Gains, judgements, ndcg
from backend.catalogue.listing import NotAList
from backend.catalogue.query import Query
from backend.catalogue.ranking import FEATURES, LearnedRanking, LinearRanking, Ranking, features
from backend.catalogue.search import rankable
from backend.catalogue.shelves import Shelves
from backend.catalogue.trials import Asked, read
from backend.catalogue.understand import understand

FOLDS = 5
LEAST_QUERIES = 20
"""With fewer, a difference says nothing."""
ERRORS_BETTER = 2.0
"""A model is kept when it is better by so many standard errors: with one, chance alone keeps every sixth."""
GRADES = 8
"""A gain becomes one of so many whole grades; LightGBM takes no others."""
ROUNDS = 100
PARAMETERS = {
    "objective": "lambdarank",
    "label_gain": [grade / GRADES for grade in range(GRADES + 1)],
    "lambdarank_truncation_level": 20,
    "num_leaves": 7,
    "learning_rate": 0.05,
    "min_data_in_leaf": 20,
    "seed": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


class NothingToLearn(Exception):
    """Too few queries have a relevant product among the shop's."""


class Judged(NamedTuple):
    """A query, all that was found for it, and what people think of it."""

    query: Query
    candidates: list[Candidate]
    gains: Gains


class Learned(msgspec.Struct, frozen=True):
    """NDCG@10 of both orders, of queries that the model had not seen, and the standard error of their difference."""

    queries: int
    linear: float
    learned: float
    error: float
    trees: str

    @property
    def is_better(self) -> bool:
        return self.learned - self.linear > ERRORS_BETTER * self.error


def read_judgements(directory: Path) -> tuple[list[Asked], Mapping[str, Gains]]:
    """The queries that have a relevant product. Raises NotAList, OSError."""
    try:
        gains = judgements((directory / "judgements.tsv").read_text("utf-8-sig").splitlines())
    except UnicodeDecodeError:
        raise NotAList("judgements.tsv: not in UTF-8.") from None
    with (directory / "queries.jsonl").open("rb") as lines:
        try:
            asked = list(read(lines, Asked))
        except NotAList as error:
            raise NotAList(f"queries.jsonl, {error}") from None
    missing = sorted(gains.keys() - {query.id for query in asked})
    if missing:
        raise NotAList(f"judgements.tsv: {missing[0]!r} is no query of queries.jsonl.")
    return [query for query in asked if query.id in gains], gains


async def found(shelves: Shelves, index: ShopIndex, asked: Asked, gains: Gains) -> Judged:
    query = understand(index.vocabulary, asked.text, asked.language)
    return Judged(query, await rankable(shelves, index, query), gains)


def learn(judged: Sequence[Judged]) -> Learned:
    """Each query is ordered by a model that learned from the others. Raises NothingToLearn, OSError."""
    usable = [one for one in judged if any(one.gains.get(candidate.handle) for candidate in one.candidates)]
    if len(usable) < LEAST_QUERIES:
        raise NothingToLearn(
            f"Only {len(usable)} queries find a product that was judged relevant; it takes {LEAST_QUERIES}."
        )
    linear = [_ndcg(LinearRanking(), one) for one in usable]
    learned = [0.0] * len(usable)
    for fold in range(FOLDS):
        held_out = range(fold, len(usable), FOLDS)
        others = [one for position, one in enumerate(usable) if position not in held_out]
        ranking = LearnedRanking(_trees(others))
        for position in held_out:
            learned[position] = _ndcg(ranking, usable[position])
    differences = [after - before for before, after in zip(linear, learned, strict=True)]
    error = stdev(differences) / math.sqrt(len(differences))
    return Learned(len(usable), fmean(linear), fmean(learned), error, _trees(usable))


def _ndcg(ranking: Ranking, judged: Judged) -> float:
    worths = ranking.worths(judged.query, judged.candidates)
    best_first = sorted(zip(worths, judged.candidates, strict=True), key=lambda one: -one[0])
    return ndcg([candidate.handle for _, candidate in best_first], judged.gains)


def _trees(judged: Sequence[Judged]) -> str:
    import lightgbm  # see LearnedRanking

    rows = np.concatenate([features(one.query, one.candidates) for one in judged])
    grades = [round(GRADES * gain) for one in judged for gain in _gains(one)]
    groups = [len(one.candidates) for one in judged]
    data = lightgbm.Dataset(rows, grades, group=groups, feature_name=list(FEATURES))
    trees: str = lightgbm.train(PARAMETERS, data, ROUNDS).model_to_string()
    return trees


def _gains(judged: Judged) -> Iterable[Any]:
    return (judged.gains.get(candidate.handle, 0.0) for candidate in judged.candidates)
