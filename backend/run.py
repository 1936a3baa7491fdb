"""The whole shop on one machine: trains, migrates, fills an empty catalogue, and keeps four programs running.

`supervisord` keeps them; this module tells it what to run, and tells the person at the terminal how it goes.
"""

import asyncio
import configparser
import fcntl
import http.client
import io
import json
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy.engine import make_url

from backend import importing, migrations
from backend.catalogue import teaching
from backend.clock import Clock
from backend.config import ROOT, Settings, derived_secret
from backend.db import Database
from backend.events import Events
from backend.shop import Shop

HOST = "127.0.0.1"
PUBLIC = "backend"
"""All others listen on ports that only this machine sees."""
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
COMMANDS = {
    "rasa": (str(RASA_PYTHON), "-m", "bot.server"),
    "actions": (sys.executable, "-m", "bot.actions"),
    "sandbox": (sys.executable, "-m", "sandbox"),
    "backend": (sys.executable, "-m", "backend", "serve"),
}
BELOW_EPHEMERAL = range(20_000, 32_768)
"""Ports that Linux and macOS give to nobody by themselves."""
START_SECONDS = 180
STOP_SECONDS = 4
"""For one program; then it is killed."""
PROGRESS_SECONDS = 15
LOG_BYTES = 10 * 1024 * 1024

Say = Callable[[str], None]


class CannotRun(Exception):
    """The shop cannot be opened, or not any longer; the text says why in one line."""


def run(environment: Mapping[str, str], say: Say) -> None:
    """Returns when it was asked to end. Raises CannotRun or InvalidSetting."""
    settings = Settings.from_environment(environment)
    lock = settings.data_dir / "run.lock"
    with _asked_to_end(), only_one(lock, f"{settings.data_dir} is used by another shop"):
        refuse_busy_port(settings.port)
        logs = settings.data_dir / "logs"
        logs.mkdir(exist_ok=True)
        model = asyncio.run(_prepared(settings, logs / "training.log", say))
        ports = choose_ports(settings)
        given = surroundings(environment, ports) | {"COMPTOIR_MODEL": str(model), "PYTHONUNBUFFERED": "1"}
        control = f"http://comptoir:{_password(settings)}@{HOST}:{ports['supervisor']}/RPC2"
        say("Starting")
        with _supervisor(settings, ports, given) as supervisor:
            _wait_until_ready(settings, supervisor, xmlrpc.client.ServerProxy(control))
            say(_welcome(settings, is_sandbox=not environment.get("STRIPE_API_KEY")))
            supervisor.wait()
            raise CannotRun(f"the supervisor ended by itself: see {logs / 'supervisord.log'}")


def surroundings(environment: Mapping[str, str], ports: Mapping[str, int] | None = None) -> dict[str, str]:
    """The programs' environment: what was given, completed by addresses and secrets of this data directory.

    Without `ports` those of the last start are taken; so the command line finds the shop that is running.
    """
    settings = Settings.from_environment(environment)
    ports = ports or _kept_ports(settings.data_dir)
    urls = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    completed = {
        "COMPTOIR_BACKEND_URL": f"http://{HOST}:{settings.port}",
        "COMPTOIR_RASA_SECRET": settings.rasa_secret,
        "COMPTOIR_ACTIONS_SECRET": derived_secret(settings.secret, "actions"),
        "COMPTOIR_CARRIER_SECRET": settings.carrier_secret,
        "STRIPE_WEBHOOK_SECRETS": "whsec_" + derived_secret(settings.secret, "stripe"),
        "COMPTOIR_PUBLIC_URL": settings.public_url,
        "COMPTOIR_TRACKER_URL": tracker_url(settings),
        **{f"COMPTOIR_{name.upper()}_PORT": str(port) for name, port in ports.items()},
        **{f"COMPTOIR_{name.upper()}_URL": url for name, url in urls.items()},
    }
    if "actions" in urls:
        completed["COMPTOIR_ACTIONS_URL"] = f"{urls['actions']}/webhook"
        completed["COMPTOIR_RASA_URL"] = ",".join(urls[name] for name in urls if name.startswith("rasa"))
    return completed | dict(environment) | {"COMPTOIR_DATA_DIR": str(settings.data_dir)}


def tracker_url(settings: Settings) -> str:
    """Beside the shop's tables where those are on a server, which several Rasas can share; for Rasa's own driver."""
    if settings.is_sqlite:
        return f"sqlite:///{settings.data_dir}/tracker.db"
    url = make_url(settings.database_url).set(drivername="postgresql+psycopg2")
    return url.render_as_string(hide_password=False)


def programs(settings: Settings) -> dict[str, tuple[str, ...]]:
    """By name: `rasa`, `rasa2` … The first of each kind has no number."""
    counts = {"rasa": settings.rasas, "backend": settings.backends}
    return {
        f"{kind}{number if number > 1 else ''}": command
        for kind, command in COMMANDS.items()
        for number in range(1, counts.get(kind, 1) + 1)
    }


def choose_ports(settings: Settings) -> dict[str, int]:
    """Those of the last start where they are free: links that customers hold lead to the sandbox's."""
    kept = _kept_ports(settings.data_dir)
    ports: dict[str, int] = {}
    for name in (*programs(settings), "supervisor"):
        if not name.startswith(PUBLIC):
            taken = {settings.port, *ports.values()}
            ports[name] = kept[name] if name in kept and is_free(kept[name]) else free_port(taken)
    (settings.data_dir / "ports.json").write_text(json.dumps(ports))
    return ports


def free_port(taken: Collection[int] = ()) -> int:
    """One that no outgoing connection is given by chance before the program has it."""
    candidates = random.sample(BELOW_EPHEMERAL, len(BELOW_EPHEMERAL))
    return next(port for port in candidates if port not in taken and is_free(port))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def refuse_busy_port(port: int) -> None:
    """Raises CannotRun."""
    if not is_free(port):
        raise CannotRun(f"port {port} is in use: stop what uses it, or choose another with COMPTOIR_PORT")


@contextmanager
def only_one(path: Path, otherwise: str) -> Iterator[None]:
    """Held by the operating system, so that a crash leaves nothing behind. Raises CannotRun."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(otherwise) from None
        yield


async def trained_model(directory: Path, log: Path, say: Say) -> Path:
    """Trains when something that the model is made from has changed. Raises CannotRun."""
    if not RASA_PYTHON.exists():
        raise CannotRun("the assistant is not installed: `make run` does it")
    command = (RASA_PYTHON, "-m", "bot.train", "--out", directory)
    with log.open("w") as errors:
        training = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=errors)
    try:
        model = await _followed(training, say)
    finally:
        if training.returncode is None:
            training.terminate()
    if training.returncode or not model.is_file():
        raise CannotRun(f"the assistant could not be trained: see {log}")
    return model.resolve()


async def _followed(training: Process, say: Say) -> Path:
    """Passes on what training says, and that it is still at it. Its last line is the model's path."""
    assert training.stdout
    started, model = time.monotonic(), ""
    while True:
        try:
            line = (await asyncio.wait_for(training.stdout.readline(), PROGRESS_SECONDS)).decode()
        except TimeoutError:
            say(f"The assistant: still training, {time.monotonic() - started:.0f} s")
            continue
        if not line:
            await training.wait()
            return Path(model)
        if ".tar.gz" in line:
            model = line.strip()
        else:
            say(f"The assistant: {line.strip()}")


async def _prepared(settings: Settings, log: Path, say: Say) -> Path:
    """The model, when the database is ready for it."""
    model = await trained_model(settings.data_dir / "models", log, say)
    await migrations.upgrade(settings)
    database = Database(settings, Clock(), Events())
    unfinished = settings.data_dir / "demo.unfinished"
    try:
        if unfinished.exists() or await importing.is_empty(database):
            say("Loading the demo shop")
            unfinished.touch()
            await _load_demo(database, settings)
            unfinished.unlink()
        if not (settings.data_dir / teaching.FILE).exists():
            async with database.snapshot() as session:
                await teaching.teach(session, settings.data_dir)
    finally:
        await database.close()
    return model


async def _load_demo(database: Database, settings: Settings) -> None:
    report = await importing.import_own(database, ROOT / "demo")
    shop = Shop.load(ROOT / "demo" / "shop.yml")
    _, problems = await importing.import_policies(
        database, ROOT / "demo" / "policies", shop, settings.hold_minutes
    )
    promotions = await importing.import_promotions(database, ROOT / "demo" / "promotions.yml")
    for error in (*report.errors, *problems, *promotions.errors):
        raise CannotRun(f"the demo shop does not load: {error}")


def _kept_ports(data_dir: Path) -> dict[str, int]:
    with suppress(FileNotFoundError, ValueError):
        kept: dict[str, int] = json.loads((data_dir / "ports.json").read_text())
        return kept
    return {}


@contextmanager
def _supervisor(settings: Settings, ports: Mapping[str, int], environment: dict[str, str]) -> Iterator[Any]:
    """Ends with everything that it started. In a session of its own: Ctrl-C reaches only us, who pass it on."""
    file = settings.data_dir / "supervisord.conf"
    file.touch(0o600)
    file.write_text(configuration(settings, ports))
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", file]
    with _running(command, cwd=ROOT, env=environment, start_new_session=True) as supervisor:
        yield supervisor


@contextmanager
def _running(command: list[Any], **options: Any) -> Iterator[Any]:
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(3 * STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def configuration(settings: Settings, ports: Mapping[str, int]) -> str:
    """supervisord's, without our secrets: the programs inherit them. Only the backend needs all of them."""
    logs = settings.data_dir / "logs"
    rotation = {"logfile_maxbytes": LOG_BYTES, "logfile_backups": 3}
    parser = configparser.RawConfigParser()
    parser["supervisord"] = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": _escaped(logs / "supervisord.log"),
        "pidfile": _escaped(settings.data_dir / "supervisord.pid"),
        **{name: str(value) for name, value in rotation.items()},
    }
    parser["inet_http_server"] = {
        "port": f"{HOST}:{ports['supervisor']}",
        "username": "comptoir",
        "password": _password(settings),
    }
    parser["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    # One group, because groups are stopped one after another.
    parser["group:comptoir"] = {"programs": ",".join(programs(settings))}
    for name, command in programs(settings).items():
        private = 'COMPTOIR_SECRET="",STRIPE_API_KEY=""'
        if name.startswith("rasa"):
            private += f',COMPTOIR_RASA_PORT="{ports[name]}"'
        parser[f"program:{name}"] = {
            "command": _escaped(shlex.join(command)),
            "environment": "" if name.startswith(PUBLIC) else private,
            "startretries": "1000",
            "autorestart": "true",
            "stopasgroup": "true",
            "killasgroup": "true",
            "stopwaitsecs": str(STOP_SECONDS),
            "redirect_stderr": "true",
            "stdout_logfile": _escaped(logs / f"{name}.log"),
            **{f"stdout_{name}": str(value) for name, value in rotation.items()},
        }
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def _escaped(text: object) -> str:
    return str(text).replace("%", "%%")


def _password(settings: Settings) -> str:
    return derived_secret(settings.secret, "supervisor")


def _wait_until_ready(settings: Settings, supervisor: Any, control: Any) -> None:
    """A program that ends before all are ready has failed, even if it was started again. Raises CannotRun."""
    logs = settings.data_dir / "logs"
    first: dict[str, int] = {}
    deadline = time.monotonic() + START_SECONDS
    while not _answers_ready(settings.port):
        if supervisor.poll() is not None:
            raise CannotRun(f"the supervisor did not start: see {logs / 'supervisord.log'}")
        for program in _programs(control):
            name, pid = program["name"], program["pid"]
            if program["statename"] not in ("STARTING", "RUNNING") or first.setdefault(name, pid) != pid:
                raise CannotRun(f"{name} could not start: see {logs / f'{name}.log'}")
        if time.monotonic() > deadline:
            raise CannotRun(f"not everything was ready after {START_SECONDS} seconds: see {logs}")
        time.sleep(0.3)


def _programs(control: Any) -> list[dict[str, Any]]:
    try:
        programs: list[dict[str, Any]] = control.supervisor.getAllProcessInfo()
    except (OSError, http.client.HTTPException):
        return []
    return [program for program in programs if program["statename"] != "STARTING" or program["pid"]]


def _answers_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _asked_to_end() -> Iterator[None]:
    """Ctrl-C, a closed terminal and `kill` are the same polite request."""

    def end(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end)
    with suppress(KeyboardInterrupt):
        yield


def _welcome(settings: Settings, is_sandbox: bool) -> str:
    paying = (
        "No money moves: pay with the card 4242 4242 4242 4242, any date to come and any code.\n"
        if is_sandbox
        else ""
    )
    return f"""
Comptoir is open:  {settings.public_url}

Write to it in English, French or Spanish.
{paying}Parcels take a step a minute; the tracking page has a button for the impatient.
Logs: {os.path.relpath(settings.data_dir / "logs")}
Ctrl-C ends it.
"""
