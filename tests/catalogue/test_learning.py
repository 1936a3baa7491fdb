"""An order that a shop's own judgements teach, through the command line."""

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import click.testing
import pytest

from backend.catalogue.judgements import judgements
from backend.catalogue.listing import NotAList
from backend.cli import commands

SHOP = Path(__file__).with_name("shop")
THINGS = (
    "lamp", "chair", "kettle", "blanket", "basket", "mirror", "clock", "candle", "stool", "tray", "vase", "rug",
    "bench", "shelf", "pillow", "bowl", "jug", "plate", "towel", "curtain", "desk", "drawer", "bottle", "apron",
)  # fmt: skip
OF_EACH = 6
PRICES = (90, 40, 70, 20, 60, 30)

Run = Callable[..., tuple[int, str]]


def products() -> str:
    """Of each thing six that differ in their price only, the cheapest in fourth place."""
    lines = ["handle,category,name_en,name_fr,name_es,sku,price_EUR"]
    for thing in THINGS:
        for number, price in enumerate(PRICES):
            lines.append(f"{thing}-{number},home,{thing},,,{thing}-{number}-sku,{price}.00")
    return "\n".join(lines)


def judge(folder: Path, grade: Callable[[int], int]) -> Path:
    """Of each thing's products, by their number."""
    folder.mkdir()
    asked = [json.dumps({"id": thing, "language": "en", "text": thing}) for thing in THINGS]
    (folder / "queries.jsonl").write_text("\n".join(asked))
    grades = [f"{thing}\t{thing}-{number}\t{grade(number)}" for thing in THINGS for number in range(OF_EACH)]
    (folder / "judgements.tsv").write_text("\n".join(["query\tproduct\tgrade", *grades]))
    return folder


def invoked(*arguments: str) -> tuple[int, str]:
    done = click.testing.CliRunner().invoke(commands, arguments, catch_exceptions=False)
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data, files = tmp_path_factory.mktemp("stocked"), tmp_path_factory.mktemp("files")
    shutil.copytree(SHOP, files, dirs_exist_ok=True)
    (files / "products.csv").write_text(products())
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COMPTOIR_DATA_DIR", str(data))
        assert invoked("migrate") == (0, "")
        code, said = invoked("import", "own", str(files))
    assert (code, said.splitlines()[0][:20]) == (0, "144 products created")
    return data


@pytest.fixture
def data(stocked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(stocked, folder)
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(folder))
    return folder


def shown(words: str) -> list[str]:
    done = click.testing.CliRunner().invoke(commands, ["explain-query", words], catch_exceptions=False)
    assert done.exit_code == 0
    return re.findall(r"^\d+\. (\S+)", done.stdout, re.M)


@pytest.mark.usefixtures("data")
def test_what_people_prefer_comes_first_and_can_be_forgotten(tmp_path: Path) -> None:
    cheapest_best = judge(
        tmp_path / "judged", lambda number: sorted(PRICES, reverse=True).index(PRICES[number])
    )
    assert shown("lamp") == ["lamp-0", "lamp-1", "lamp-2", "lamp-3", "lamp-4"]
    code, said = invoked("learn-ranking", str(cheapest_best))
    assert (code, said.splitlines()[1]) == (0, "Kept: it holds from the next start on.")
    assert shown("lamp") == ["lamp-3", "lamp-5", "lamp-1", "lamp-4", "lamp-2"]
    assert invoked("learn-ranking", "--forget")[1] == "The shipped weights hold from the next start on.\n"
    assert shown("lamp") == ["lamp-0", "lamp-1", "lamp-2", "lamp-3", "lamp-4"]
    assert invoked("learn-ranking", "--forget")[1] == "Nothing was kept.\n"


@pytest.mark.usefixtures("data")
def test_what_is_better_by_chance_is_not_kept(tmp_path: Path) -> None:
    chance = random.Random(3)
    code, said = invoked("learn-ranking", str(judge(tmp_path / "judged", lambda _: chance.randint(0, 3))))
    assert (code, said.splitlines()[1][:9]) == (0, "Not kept:")
    assert shown("lamp")[0] == "lamp-0"


@pytest.mark.parametrize(
    ("damaged", "by"), [('"trees":"', '"trees":"x'), ('"linear",', ""), ("{", ""), ('{"features"', "\0")]
)
def test_a_model_that_is_damaged_or_of_another_version_is_not_used(
    data: Path, tmp_path: Path, damaged: str, by: str
) -> None:
    invoked("learn-ranking", str(judge(tmp_path / "judged", lambda number: number)))
    model = data / "ranking.json"
    text = model.read_text()
    assert shown("lamp")[0] == "lamp-5"
    model.write_text(text.replace(damaged, by, 1))
    assert shown("lamp")[0] == "lamp-0"


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "judgements.tsv",
            b"lamp\tlamp-1\t1\nlamp\tlamp-2",
            "judgements.tsv, line 2: not a query, a product and a grade",
        ),
        ("judgements.tsv", b"lamp\tlamp-1\t3\nlamp\tlamp-2\t-1", "judgements.tsv, line 2: not a query"),
        ("judgements.tsv", b"lamp\tlamp-1\t3\nl\xe4mp\tlamp-2\t1", "judgements.tsv: not in UTF-8."),
        ("judgements.tsv", b"lemp\tlamp-1\t3", "judgements.tsv: 'lemp' is no query of queries.jsonl."),
        ("judgements.tsv", b"lamp\tlamp-1\t3", "Only 1 queries find a product that was judged relevant"),
        ("judgements.tsv", b"", "Only 0 queries find a product that was judged relevant"),
        ("queries.jsonl", b'{"id": "lamp", "language": "de", "text": "Lampe"}', "queries.jsonl, line 1: "),
        ("queries.jsonl", b"lamp", "queries.jsonl, line 1: "),
    ],
    ids=["no grade", "negative", "latin-1", "unknown query", "one query", "empty", "language", "not json"],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    folder = judge(tmp_path / "judged", lambda number: number)
    (folder / name).write_bytes(content)
    code, output = invoked("learn-ranking", str(folder))
    assert (code, output[: len(said) + 7]) == (1, f"Error: {said}")


def test_grades_are_read_with_or_without_a_header() -> None:
    lines = ["q1\ta\t3", "q1\tb\t1.5", "q2\tc\t0"]
    assert judgements(lines) == judgements(["query\tproduct\tgrade", *lines]) == {"q1": {"a": 1.0, "b": 0.5}}


def test_a_line_that_is_no_judgement_is_named() -> None:
    with pytest.raises(NotAList, match="line 2: not a query, a product and a grade"):
        judgements(["q1\ta\t3", "q1 b 2"])
