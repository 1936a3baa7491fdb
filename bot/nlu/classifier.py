"""Which intent a message has: words, letters and the sentence encoder, weighed by one softmax regression.

Rasa's own LogisticRegressionClassifier knows no TF-IDF weights, no tuned regularisation and no calibration,
and raises on a message without text.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedShuffleSplit

from bot.nlu.encoder import encode
from bot.nlu.folding import fold
from bot.nlu.messages import Messages
from bot.nlu.shop_words import followed, telling_words, with_things
from bot.nlu.softmax import Softmax, calibrating_temperature, fit
from bot.nlu.spelling import Speller

URGENT = "express_despair"
_SURE_OF_NOTHING = {"name": None, "confidence": 0.0}


def _word_counts(**kwargs: Any) -> Any:
    return TfidfVectorizer(
        token_pattern=r"[^\W_]+|[?!]", ngram_range=(1, 2), lowercase=False, sublinear_tf=True, **kwargs
    )


def _letter_counts(**kwargs: Any) -> Any:
    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), lowercase=False, sublinear_tf=True, **kwargs
    )


class Featurizer:
    """Texts, with things for the shop's names and typing errors mended, as one sparse matrix (words, letters) and one
    dense (meaning)."""

    def __init__(
        self, speller: Speller, telling: frozenset[str], words: Any, letters: Any, dense_weight: float
    ) -> None:
        self._speller = speller
        self._telling = telling
        self._words = words
        self._letters = letters
        self._dense_weight = dense_weight

    @classmethod
    def learn(cls, texts: list[str], urgent: list[str], dense_weight: float) -> Featurizer:
        """No word of the `urgent` texts is ever taken for a thing."""
        folded = [fold(text) for text in texts]
        words, letters = _word_counts(min_df=2).fit(folded), _letter_counts(min_df=3).fit(folded)
        speller = Speller.learn(texts)
        return cls(speller, telling_words(speller.counts, urgent), words, letters, dense_weight)

    def __call__(self, texts: list[str]) -> tuple[Any, Any]:
        shop, telling, speller = followed(), self._telling, self._speller
        meant = [speller.correct(with_things(text, shop, telling, speller)) for text in texts]
        folded = [fold(text) for text in meant]
        sparse = scipy.sparse.hstack([self._words.transform(folded), self._letters.transform(folded)])
        return sparse.tocsr().astype(np.float32), encode(meant).astype(np.float32) * self._dense_weight

    def save(self, folder: Path) -> None:
        (folder / "spelling.json").write_text(json.dumps(self._speller.counts), encoding="utf-8")
        (folder / "telling.json").write_text(json.dumps(sorted(self._telling)), encoding="utf-8")
        for name, counts in (("words", self._words), ("letters", self._letters)):
            vocabulary = {term: int(index) for term, index in counts.vocabulary_.items()}
            (folder / f"{name}.json").write_text(json.dumps(vocabulary), encoding="utf-8")
            np.save(folder / f"{name}.npy", counts.idf_)

    @classmethod
    def load(cls, folder: Path, dense_weight: float) -> Featurizer:
        counted = {}
        for name, counts in (("words", _word_counts), ("letters", _letter_counts)):
            vocabulary = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            counted[name] = counts(vocabulary=vocabulary)
            counted[name].idf_ = np.load(folder / f"{name}.npy")
        counts = json.loads((folder / "spelling.json").read_text(encoding="utf-8"))
        telling = frozenset(json.loads((folder / "telling.json").read_text(encoding="utf-8")))
        return cls(Speller(counts), telling, counted["words"], counted["letters"], dense_weight)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MessageClassifier(IntentClassifier, GraphComponent):  # type: ignore[misc]
    """Names the intent with a calibrated confidence and a ranking."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "dense_weight": 3.0,
            "strength": 10.0,
            "iterations": 100,
            "last_iterations": 40,  # with all examples, from where four fifths of them led
            "ranking_length": 10,
            "random_seed": 42,
        }

    @classmethod
    def required_components(cls) -> list[type]:
        return []

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._intents: list[str] = []
        self._featurize: Featurizer | None = None
        self._softmax: Softmax | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: Any) -> Resource:
        examples = [each for each in training_data.intent_examples if each.get(TEXT)]
        self.fit([each.get(TEXT) for each in examples], [each.get(INTENT) for each in examples])
        self._persist()
        return self._resource

    def fit(self, texts: list[str], intents: list[str]) -> None:
        self._intents = sorted(set(intents))
        labels = np.array([self._intents.index(intent) for intent in intents])
        urgent = [text for text, intent in zip(texts, intents, strict=True) if intent == URGENT]
        self._featurize = Featurizer.learn(texts, urgent, self._config["dense_weight"])
        sparse, dense = self._featurize(texts)
        start, temperature = self._held_out_temperature(sparse, dense, labels)
        model = self._fit_softmax(sparse, dense, labels, self._config["last_iterations"], start)
        self._softmax = Softmax(model.sparse_weights, model.dense_weights, model.bias, temperature)

    def _fit_softmax(
        self, sparse: Any, dense: Any, labels: Any, iterations: int, start: Softmax | None = None
    ) -> Softmax:
        return fit(sparse, dense, labels, len(self._intents), self._config["strength"], iterations, start)

    def _held_out_temperature(self, sparse: Any, dense: Any, labels: Any) -> tuple[Softmax, float]:
        """Four fifths of the examples give a model; how sure of itself it may be is seen on the rest."""
        split = StratifiedShuffleSplit(1, test_size=0.2, random_state=self._config["random_seed"])
        seen, held_out = next(split.split(dense, labels))
        model = self._fit_softmax(sparse[seen], dense[seen], labels[seen], self._config["iterations"])
        scores = model.scores(sparse[held_out], dense[held_out])
        return model, calibrating_temperature(scores, labels[held_out])

    def rank(self, texts: list[str]) -> list[list[dict[str, Any]]]:
        """For each text all intents with their confidence, the likeliest first."""
        assert self._featurize is not None
        assert self._softmax is not None
        found = self._softmax.probabilities(*self._featurize(texts))
        return [
            [{"name": self._intents[index], "confidence": float(row[index])} for index in np.argsort(-row)]
            for row in found
        ]

    def process(self, messages: Messages) -> Messages:
        worded = [message for message in messages if (message.get(TEXT) or "").strip()]
        for message in messages:
            message.set(INTENT, _SURE_OF_NOTHING, add_to_output=True)
        rankings = self.rank([message.get(TEXT) for message in worded]) if worded else []
        for message, ranking in zip(worded, rankings, strict=True):
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking[: self._config["ranking_length"]], add_to_output=True)
        return messages

    def _persist(self) -> None:
        assert self._featurize is not None
        assert self._softmax is not None
        with self._model_storage.write_to(self._resource) as folder:
            self._featurize.save(folder)
            (folder / "intents.json").write_text(json.dumps(self._intents), encoding="utf-8")
            np.savez(folder / "softmax.npz", **vars(self._softmax))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._featurize = Featurizer.load(folder, config["dense_weight"])
            component._intents = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
            with np.load(folder / "softmax.npz") as weights:
                component._softmax = Softmax(**{name: weights[name] for name in weights.files})
        encode(["warm"])  # loads the encoder now, not with the first customer
        return component
