"""Which rules and stories no conversation of the tests walks through:
`python -m benchmarks.dialogue_coverage [TURNS]` (from the root).

Without a file of turns it plays `tests/conversations` itself and keeps theirs. A rule is walked through when one turn
had its intent in its form, and did what it says; a story when each of its turns was had. Exits with 1 when one was
not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
Step = dict[str, Any]
Wish = dict[str, Any]


def played(kept: Path) -> None:
    tests = [sys.executable, "-m", "pytest", "-q", "-n", "2", "tests/conversations"]
    subprocess.run(tests, cwd=ROOT, env=os.environ | {"DIALOGUE_TURNS": str(kept)}, check=True)


def wishes(turns: Path) -> list[Wish]:
    return [wish for line in turns.read_text("utf-8").splitlines() for wish in json.loads(line)["wishes"]]


def written() -> Iterator[tuple[str, list[Step], str | None]]:
    """Name, steps and the form in which a rule holds."""
    for path in sorted([*(ROOT / "data/rules").glob("*.yml"), *(ROOT / "data/stories").glob("*.yml")]):
        told = yaml.safe_load(path.read_text("utf-8"))
        for each in (*told.get("rules", []), *told.get("stories", [])):
            conditions = each.get("condition", [])
            form = next((each["active_loop"] for each in conditions if each.get("active_loop")), None)
            yield f"{path.stem}: {each.get('rule') or each['story']}", each["steps"], form


def parts(steps: list[Step]) -> list[tuple[str | None, list[str]]]:
    """The intent of each turn, None where a form ends without one, and the actions after it."""
    turns: list[tuple[str | None, list[str]]] = []
    for step in steps:
        if "intent" in step:
            turns.append((step["intent"], []))
        elif "action" in step:
            if not turns:
                turns.append((None, []))
            turns[-1][1].append(step["action"])
    return turns


def walks(wish: Wish, intent: str | None, actions: list[str], form: str | None) -> bool:
    if intent is not None and (wish["intent"] != intent or (form and wish["loop"] != form)):
        return False
    done = wish["actions"]
    return any(done[start : start + len(actions)] == actions for start in range(len(done) + 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("turns", nargs="?", type=Path)
    turns = parser.parse_args().turns
    with tempfile.TemporaryDirectory() as folder:
        if turns is None:
            turns = Path(folder) / "turns.jsonl"
            played(turns)
        had = wishes(turns)
    missing, count = [], 0
    for name, steps, form in written():
        count += 1
        if not all(
            any(walks(wish, intent, actions, form) for wish in had) for intent, actions in parts(steps)
        ):
            missing.append(name)
    print(f"{count} rules and stories, {len(had)} wishes served; not walked through: {len(missing)}")
    for name in missing:
        print(f"  {name}")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
