"""Softmax regression over sparse and dense features together.

scikit-learn would copy the dense half into the sparse matrix, which makes training ten times slower; here
each half is multiplied as what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize, minimize_scalar

Array = Any


@dataclass(frozen=True)
class Softmax:
    sparse_weights: Array
    dense_weights: Array
    bias: Array
    temperature: float = 1.0

    def scores(self, sparse: Array, dense: Array) -> Array:
        return sparse @ self.sparse_weights + dense @ self.dense_weights + self.bias

    def probabilities(self, sparse: Array, dense: Array) -> Array:
        return _normalized(self.scores(sparse, dense) / self.temperature)


def fit(
    sparse: Array,
    dense: Array,
    labels: Array,
    classes: int,
    strength: float,
    iterations: int,
    start: Softmax | None = None,
) -> Softmax:
    """Minimises the class-balanced log loss plus an L2 penalty of 1/(2 · strength · examples).

    From `start` on, learnt from most of the same examples, it is there sooner.
    """
    examples, sparse_width = sparse.shape
    width = sparse_width + dense.shape[1] + 1
    targets = np.eye(classes, dtype=np.float32)[labels]
    weights = (1 / (classes * targets.sum(axis=0)))[labels].astype(np.float32)
    penalty = 1 / (strength * examples)
    transposed = sparse.T.tocsr()

    def loss(flat: Array) -> tuple[float, Array]:
        model = flat.reshape(width, classes).astype(np.float32)
        found = _normalized(sparse @ model[:sparse_width] + dense @ model[sparse_width:-1] + model[-1])
        missed = (found - targets) * weights[:, np.newaxis]
        gradient = np.empty((width, classes))
        gradient[:sparse_width] = transposed @ missed
        gradient[sparse_width:-1] = dense.T @ missed
        gradient[-1] = missed.sum(axis=0)
        gradient[:-1] += penalty * model[:-1]
        log_loss = -(weights * np.log(found[np.arange(examples), labels] + 1e-12)).sum()
        return float(log_loss + penalty / 2 * np.square(model[:-1]).sum()), gradient.ravel()

    options = {"maxiter": iterations, "ftol": 1e-6, "maxcor": 6}
    begin = (
        np.vstack([start.sparse_weights, start.dense_weights, start.bias])
        if start
        else np.zeros((width, classes))
    )
    best = minimize(loss, begin.ravel().astype(np.float64), jac=True, method="L-BFGS-B", options=options).x
    model = best.reshape(width, classes).astype(np.float32)
    return Softmax(model[:sparse_width], model[sparse_width:-1], model[-1])


def calibrating_temperature(scores: Array, labels: Array) -> float:
    """The temperature under which held-out examples surprise least, so that 0.8 is right 8 times in 10."""

    def surprise(temperature: float) -> float:
        return -float(
            np.log(_normalized(scores / temperature)[np.arange(len(labels)), labels] + 1e-12).mean()
        )

    return float(minimize_scalar(surprise, bounds=(0.3, 3.0), method="bounded").x)


def _normalized(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
