"""Makes ready what the Makefile asks for: the Python environments, from their locks, and the built widget.

    python3 scripts/bootstrap.py [app | test] [rasa] [widget] [stripe]

Standard library only, and no syntax newer than Python 3.7: whatever `python3` is on this machine runs it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
APP = ROOT / ".venv"
RASA = ROOT / ".venv-rasa"
WEB = ROOT / "web"
STRIPE_CLI = ROOT / "tests" / "sandbox" / "cli"
UV = APP / "bin" / "uv"
SUPPORTED = [(3, 13), (3, 12), (3, 11)]


class Stuck(Exception):
    """This machine lacks something; the text says what, and what to do."""


def main(wanted: list[str]) -> None:
    with one_at_a_time():
        for part in wanted:
            PARTS[part]()


def install_app() -> None:
    """What the tests need includes what the application needs."""
    if not is_synced(APP, "app.lock", "test.lock"):
        install(APP, "app.lock", "the application")


def install_test() -> None:
    if not is_synced(APP, "test.lock"):
        install(APP, "test.lock", "the application and its tests")


def install_rasa() -> None:
    if is_synced(RASA, "rasa.lock"):
        return
    with contextlib.suppress(FileNotFoundError):
        stamp(RASA).unlink()
    if version_of(RASA / "bin" / "python") != (3, 10):
        run(UV, "venv", "--quiet", "--clear", "--no-project", "--python", python310(), RASA)
    sync(RASA, "rasa.lock", "the assistant, Rasa (some 2 GB, minutes the first time)")


def build_widget() -> None:
    made = {"node_modules", "dist"}
    files = [path for path in sorted(WEB.rglob("*")) if path.is_file() and made.isdisjoint(path.parts)]
    sources = fingerprint(files)
    if is_stamped(WEB / "dist", [sources]):
        return
    say("Building the chat's widget")
    install_node_modules(WEB)
    run("npm", "run", "--silent", "build", cwd=WEB, env=beside_node())
    stamp(WEB / "dist").write_text(sources)


def install_stripe_cli() -> None:
    """Stripe's own, which some tests of the sandbox need."""
    install_node_modules(STRIPE_CLI)


def install_node_modules(folder: Path) -> None:
    packages = fingerprint([folder / "package-lock.json"])
    if not is_stamped(folder / "node_modules", [packages]):
        run("npm", "ci", "--silent", cwd=folder, env=beside_node())
        stamp(folder / "node_modules").write_text(packages)


def beside_node() -> dict[str, str]:
    """npm comes with a wheel of the application's environment and looks for `node` on the PATH."""
    return {**os.environ, "PATH": f"{APP / 'bin'}{os.pathsep}{os.environ['PATH']}"}


PARTS = {
    "app": install_app,
    "test": install_test,
    "rasa": install_rasa,
    "widget": build_widget,
    "stripe": install_stripe_cli,
}


def install(environment: Path, lock: str, what: str) -> None:
    """An environment that was moved, or whose Python is gone, is made anew."""
    with contextlib.suppress(FileNotFoundError):
        stamp(environment).unlink()
    if not answers(UV, "--version"):
        say("Making .venv")
        python = environment / "bin" / "python"
        run(supported_python(), "-m", "venv", "--clear", environment)
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
            "--requirement", LOCKS / "bootstrap.lock")  # fmt: skip
    sync(environment, lock, what)


def sync(environment: Path, lock: str, what: str) -> None:
    say(f"Installing {what}")
    run(UV, "pip", "sync", "--require-hashes", "--python", environment / "bin" / "python", LOCKS / lock)
    stamp(environment).write_text(state_of(environment, lock))


def is_synced(environment: Path, *locks: str) -> bool:
    return is_stamped(environment, [state_of(environment, lock) for lock in locks])


def state_of(environment: Path, lock: str) -> str:
    """Scripts of an environment name its folder, and its packages belong to one Python."""
    python = (environment / "bin" / "python").resolve()
    place = f"{environment} {python if python.exists() else 'no Python'} "
    return hashlib.sha256(place.encode() + (LOCKS / lock).read_bytes()).hexdigest()


def stamp(folder: Path) -> Path:
    """What the folder was made from; written last, so that whatever was interrupted is done again."""
    return folder / ".made-from"


def is_stamped(folder: Path, states: list[str]) -> bool:
    return stamp(folder).exists() and stamp(folder).read_text() in states


def fingerprint(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def supported_python() -> Path:
    """Debian keeps `ensurepip` in a package of its own; without it no environment can be made."""
    names = [f"python{major}.{minor}" for major, minor in SUPPORTED]
    for candidate in [Path(sys.executable), *on_path(names), *of_pyenv("3.1[123].*")]:
        if version_of(candidate, "ensurepip") in SUPPORTED:
            return candidate
    raise Stuck(
        "Comptoir needs Python 3.11, 3.12 or 3.13 with `venv`, and found none: "
        "install one (on Debian `python3-venv` too), then try again."
    )


def python310() -> Path:
    """An interpreter that runs, which a name on the PATH need not do (pyenv's shims)."""
    chosen = os.environ.get("COMPTOIR_PYTHON310")
    if chosen and version_of(chosen) != (3, 10):
        raise Stuck(f"COMPTOIR_PYTHON310 is {chosen!r}, which is not a Python 3.10 that runs.")
    for candidate in [chosen, *on_path(["python3.10"]), *of_pyenv("3.10.*"), *of_uv()]:
        if candidate and version_of(candidate) == (3, 10):
            return Path(candidate)
    say("Fetching Python 3.10, which Rasa needs")
    answers(UV, "python", "install", "--quiet", "3.10")
    for candidate in of_uv():
        return candidate
    raise Stuck(
        "Rasa needs Python 3.10, which is not here and could not be fetched: "
        "install it (`pyenv install 3.10`), or name it with COMPTOIR_PYTHON310=/path/to/python3.10."
    )


def on_path(names: list[str]) -> list[Path]:
    return [Path(found) for found in map(shutil.which, names) if found]


def of_pyenv(pattern: str) -> list[Path]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return sorted(root.glob(f"versions/{pattern}/bin/python"), reverse=True)


def of_uv() -> list[Path]:
    found = answers(UV, "python", "find", "--managed-python", "--no-project", "--no-python-downloads", "3.10")
    return [Path(found)] if found else []


def version_of(python: str | Path, module: str = "ssl") -> tuple[int, ...]:
    """() when it does not run, or has no such module."""
    found = answers(python, "-c", f"import {module}, sys; print(*sys.version_info[:2])")
    return tuple(map(int, found.split()))


def answers(*command: str | Path) -> str:
    """What it prints; "" when it fails or does not exist."""
    try:
        found = subprocess.check_output(list(map(str, command)), stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found.decode().strip()


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(list(map(str, command)), cwd=str(cwd), env=env, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Stuck(f"This failed (its own words are above): {' '.join(map(str, command))}")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """A second one waits for the first, and then finds everything done."""
    with (ROOT / "pyproject.toml").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another installation is at work here: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    print(f"· {text}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("UV_HTTP_TIMEOUT", "300")
    try:
        main(sys.argv[1:])
    except Stuck as reason:
        sys.exit(f"comptoir: {reason}")
    except KeyboardInterrupt:
        sys.exit(130)
