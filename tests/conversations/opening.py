"""The whole shop, opened as a newcomer opens it: `./comptoir run`, and nothing in it is replaced."""

import configparser
import json
import os
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backend.run import free_port

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "var" / "models"
"""Where `make run` keeps its models too: the same data is trained once per machine."""
OPEN_WITHIN_SECONDS = 480
WELCOME = "Comptoir is open"
IDENTITY_SECRET = "shared with the website that shows the chat"
OURS = ("COMPTOIR_", "STRIPE_")


@dataclass(frozen=True)
class OpenShop:
    url: str
    data_dir: Path
    friend: str
    """The origin of another website, which the shop lets show its chat; nothing answers there yet."""

    def is_ready(self) -> bool:
        """All programs answer."""
        return is_healthy(f"{self.url}/health/ready")

    def answers(self, program: str) -> bool:
        """One of the private programs does."""
        ports = json.loads((self.data_dir / "ports.json").read_text())
        return is_healthy(f"http://127.0.0.1:{ports[program]}/health")

    def pid(self, program: str) -> int:
        with xmlrpc.client.ServerProxy(self._supervisor_url()) as server:
            about: Any = server.supervisor.getProcessInfo(f"comptoir:{program}")
        return int(about["pid"])

    def interrupt(self, program: str) -> int:
        """Stops it in the middle of whatever it does; returns its pid for `kill`."""
        pid = self.pid(program)
        os.kill(pid, signal.SIGSTOP)
        return pid

    def query(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """What is written in the books."""
        with closing(sqlite3.connect(f"file:{self.data_dir}/comptoir.db?mode=ro", uri=True)) as books:
            return books.execute(sql, arguments).fetchall()

    def _supervisor_url(self) -> str:
        configuration = configparser.RawConfigParser()
        configuration.read(self.data_dir / "supervisord.conf")
        door = configuration["inet_http_server"]
        credentials = f"{door['username']}:{door['password']}"
        return f"http://{credentials}@{door['port']}/RPC2"


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


@contextmanager
def opened(data_dir: Path, **settings: str) -> Iterator[OpenShop]:
    """Closed at the end with everything that it started. Fails with the shop's own words if it does not open."""
    MODELS.mkdir(parents=True, exist_ok=True)
    (data_dir / "models").symlink_to(MODELS)
    port = free_port()
    shop = OpenShop(f"http://127.0.0.1:{port}", data_dir, friend=f"http://127.0.0.1:{free_port()}")
    log = data_dir / "run.log"
    with log.open("w") as output:
        running = subprocess.Popen(
            [ROOT / "comptoir", "run"],
            env=_surroundings(port, shop) | settings,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: WELCOME in log.read_text() or running.poll() is not None, OPEN_WITHIN_SECONDS)
        if WELCOME not in log.read_text():
            pytest.fail(f"the shop did not open:\n{_told(data_dir)}", pytrace=False)
        yield shop
    finally:
        running.terminate()
        running.wait(30)
        _keep_turns(data_dir)


def _keep_turns(data_dir: Path) -> None:
    """For `benchmarks.dialogue_coverage`, where it asks for them."""
    kept = os.environ.get("DIALOGUE_TURNS")
    if not kept:
        return
    with Path(kept).open("a") as turns:
        for log in (data_dir / "logs").glob("rasa*.log"):
            turns.writelines(line for line in log.open() if '"event": "turn"' in line)


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _surroundings(port: int, shop: OpenShop) -> dict[str, str]:
    """A newcomer's; only that parcels wait for the button, that there is a website with the chat, and that a customer
    may come from an address of their own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return inherited | {
        "COMPTOIR_PORT": str(port),
        "COMPTOIR_DATA_DIR": str(shop.data_dir),
        "COMPTOIR_CARRIER_STEP_SECONDS": "3600",
        "COMPTOIR_ALLOWED_ORIGINS": shop.friend,
        "COMPTOIR_IDENTITY_SECRET": IDENTITY_SECRET,
        "COMPTOIR_TRUSTED_PROXIES": "127.0.0.1",
    }


def _told(data_dir: Path) -> str:
    logs = [data_dir / "run.log", *sorted((data_dir / "logs").glob("*.log"))]
    return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in logs)
