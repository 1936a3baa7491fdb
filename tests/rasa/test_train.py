"""A model is trained once, unless its file was damaged since."""

import gzip
from pathlib import Path

from bot.train import is_whole


def test_a_model_that_can_be_read_is_whole(tmp_path: Path) -> None:
    model = tmp_path / "model.tar.gz"
    model.write_bytes(gzip.compress(b"weights" * 100_000))
    assert is_whole(model)

    model.write_bytes(model.read_bytes()[:-100])
    assert not is_whole(model)


def test_a_file_of_something_else_is_no_model(tmp_path: Path) -> None:
    model = tmp_path / "model.tar.gz"
    assert not is_whole(model)

    model.write_text("a page that says that the download failed")
    assert not is_whole(model)
