"""What a process has read of the catalogue, kept over its next start: reading a large one again takes minutes."""

import fcntl
import hashlib
import os
import pickle
import shutil
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import IO, Any

import structlog

log = structlog.get_logger()

LIBRARIES = ("snowballstemmer", "stopwordsiso", "tantivy")


def fingerprint(tables: Path | None = None) -> str:
    """Of all that decides which words a text becomes: what another version has written, or the same one with other
    tables of the operator, is not used."""
    folder = Path(__file__).parent
    hashed = hashlib.sha256("".join(map(version, LIBRARIES)).encode())
    own = tables.glob("*.txt") if tables else ()
    for path in [*sorted([*folder.glob("*.py"), *folder.glob("words/*")]), *sorted(own)]:
        if path.is_file():
            hashed.update(path.read_bytes())
    return hashed.hexdigest()


class Keeping:
    """A folder of this process's own. Processes of one machine share `directory`: each takes the first folder in it
    that no other has, and loses it when it ends, however it ends."""

    def __init__(self, directory: Path, tables: Path | None = None) -> None:
        self.folder, self._lock = _claimed(directory)
        now = fingerprint(tables)
        if self.read("fingerprint") != now:
            _empty(self.folder)
            self.write("fingerprint", now)

    def read(self, name: str) -> Any:
        """What was written last under this name; None when there is nothing, or nothing that can be read."""
        try:
            return pickle.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            return None
        except Exception:  # a damaged pickle raises anything
            log.exception("kept_file_unreadable", file=name)
            return None

    def write(self, name: str, content: Any) -> None:
        """All or nothing, whenever the process is killed."""
        unfinished = self.folder / f"{name}.unfinished"
        unfinished.write_bytes(pickle.dumps(content))
        os.replace(unfinished, self.folder / name)

    def close(self) -> None:
        self._lock.close()


def _claimed(directory: Path) -> tuple[Path, IO[bytes]]:
    for number in count(1):
        folder = directory / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            return folder, lock
    raise AssertionError("numbers do not end")


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()
