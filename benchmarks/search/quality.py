"""How well products are found over SynthShop, a judged catalogue in three languages: any seed, with and without
typing errors and the table of synonyms; what is understood of a request; and follow-ups in a dialogue.

    python -m benchmarks.search.quality SYNTHSHOP [--seed 5] [--products 3000] [--json FILE]
    python -m benchmarks.search.quality --judged DIRECTORY [--json FILE]

The second one reads any products, queries and judgements (`benchmarks.search.judged`).
"""

import argparse
import asyncio
import json
import statistics
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from backend.catalogue.frames import frame
from backend.catalogue.listing import Dialogue, ListedProduct, Listing
from backend.catalogue.synonyms import Synonyms
from backend.catalogue.tuning import as_shipped
from backend.catalogue.understand import understand
from backend.config import LANGUAGES
from benchmarks.search.judged import measured, searched, table


def load(folder: Path) -> tuple[Any, Any, Any]:
    """The generator, its judge and its utterances."""
    sys.path.insert(0, str(folder))
    import judge  # type: ignore[import-not-found]
    import synth  # type: ignore[import-not-found]
    import utterances  # type: ignore[import-not-found]

    return synth, judge, utterances


def listed(synth: Any, language: str, products: list[dict[str, Any]]) -> list[ListedProduct]:
    number = synth.LI[language]
    return [
        ListedProduct(
            id=product["id"],
            language=language,  # type: ignore[arg-type]
            title=product["title"],
            description=product["body"],
            type=product["core"],
            brand=product["brand"],
            attributes={
                "colour": synth.colour(synth.C[product["colour"]], language),
                "material": synth.M[product["material"]][number],
            },
            price=Decimal(str(product["price"])),
            stock=product["stock"],
        )
        for product in products
    ]


def ranking(
    synth: Any,
    judge: Any,
    language: str,
    products: list[dict[str, Any]],
    listing: Listing,
    seed: int,
    *,
    shows: bool,
) -> dict[str, Any]:
    asked = synth.queries(language, seed=seed)
    judged = {
        query_id: {
            product["id"]: synth.gain(product, wanted)
            for product in products
            if product["type"] == wanted["type"]
        }
        for query_id, _, _, wanted in asked
    }
    judged = {query_id: gains for query_id, gains in judged.items() if gains}
    clean = {query_id: text for query_id, text, _, _ in asked if query_id in judged}
    figures: dict[str, Any] = {}
    by_kind = defaultdict(list)
    for name, texts in (
        ("clean", clean),
        ("typos", {query_id: judge.corrupt(text, seed) for query_id, text in clean.items()}),
    ):
        runs, times = searched(listing, language, texts)
        evaluated = judge.evaluate(runs, judged)
        figures[name] = round(evaluated["ndcg10_full"], 3)
        figures[f"{name}_zero"] = round(evaluated["zero"], 4)
        if name == "clean":
            figures["p50_ms"] = round(statistics.median(times), 2)
            figures["p95_ms"] = round(statistics.quantiles(times, n=20)[-1], 2)
            for query_id, _, kind, _ in asked:
                if query_id in judged:
                    by_kind[kind].append(judge.ndcg(runs[query_id], judged[query_id]))
        if shows:
            bad = [(judge.ndcg(runs[q], judged[q]), texts[q], clean[q]) for q in judged]
            for value, text, meant in [case for case in sorted(bad) if case[0] < 0.9][:25]:
                print(
                    "   ",
                    round(value, 2),
                    repr(text),
                    meant if meant != text else "",
                    understand(listing.index.vocabulary, text, language).text,
                )
    figures["kinds"] = {kind: round(statistics.mean(values), 3) for kind, values in sorted(by_kind.items())}
    return figures


def gold(synth: Any, language: str, frame: dict[str, Any]) -> dict[str, Any]:
    """The frame of the generator, in the catalogue's words."""
    named = dict(frame)
    attributes = {}
    if "type" in named:
        named["type"] = synth.names(synth.T[named["type"]], language)["sg"]
    if "colour" in named:
        attributes["colour"] = synth.colour(synth.C[named.pop("colour")], language)
    if "material" in named:
        attributes["material"] = synth.M[named.pop("material")][synth.LI[language]]
    return named | ({"attributes": attributes} if attributes else {})


def slots(
    synth: Any, judge: Any, utterances: Any, language: str, listing: Listing, seed: int, *, shows: bool
) -> dict[str, float]:
    figures = {}
    for name, noise in (("clean", None), ("one_typo", judge.corrupt_one)):
        exact, wrong = 0, []
        asked = utterances.utterances(language, seed=seed)
        for text, wanted in asked:
            said = noise(text, seed) if noise else text
            vocabulary = listing.index.vocabulary
            found = frame(vocabulary, understand(vocabulary, said, language))
            found.pop("text", None)
            expected = gold(synth, language, wanted)
            exact += found == expected
            if found != expected:
                wrong.append((said, expected, found))
        figures[name] = round(exact / len(asked), 3)
        if shows:
            for said, expected, found in wrong[:20]:
                print("   ", repr(said))
                print(
                    "        wanted",
                    {k: v for k, v in expected.items() if found.get(k) != v},
                    "found",
                    {k: v for k, v in found.items() if expected.get(k) != v},
                )
    return figures


def followed(
    synth: Any,
    judge: Any,
    utterances: Any,
    language: str,
    products: list[dict[str, Any]],
    listing: Listing,
    seed: int,
    *,
    shows: bool,
) -> dict[str, float]:
    by_id = {product["id"]: product for product in products}
    figures = {}
    for name, noise in (("clean", None), ("one_typo", judge.corrupt_one)):
        right = 0
        dialogues = utterances.dialogues(language, seed=seed)
        for turns in dialogues:
            dialogue, state, all_right = Dialogue(listing, language), {}, True
            for text, check in turns:
                said = noise(text, seed) if noise else text
                turn = asyncio.run(dialogue.say(said))
                if not utterances.check_turn(by_id, state, check, turn.ids):
                    if shows and all_right:
                        print(
                            "   ",
                            name,
                            [text for text, _ in turns],
                            "at",
                            repr(said),
                            check,
                            len(turn.ids),
                            turn.relaxed,
                        )
                    all_right = False
            right += all_right
        figures[name] = round(right / len(dialogues), 3)
    return figures


def over_synthshop(given: argparse.Namespace) -> dict[str, Any]:
    synth, judge, utterances = load(given.synthshop)
    figures: dict[str, Any] = {}
    no_synonyms = msgspec.structs.replace(
        as_shipped(), synonyms={language: Synonyms([], language) for language in LANGUAGES}
    )
    for language in LANGUAGES:
        products = synth.products(language, given.products)
        listing = Listing(listed(synth, language, products))
        without = Listing(listed(synth, language, products), no_synonyms)
        common = {"seed": given.seed, "shows": given.failures}
        figures[language] = {
            "ranking": ranking(synth, judge, language, products, listing, **common),
            "without_table": ranking(synth, judge, language, products, without, **common)["kinds"]["synonym"],
            "slots": slots(synth, judge, utterances, language, listing, **common),
            "dialogues": followed(synth, judge, utterances, language, products, listing, **common),
        }
        print(language, json.dumps(figures[language], indent=None))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("synthshop", type=Path, nargs="?")
    source.add_argument("--judged", type=Path, metavar="DIRECTORY")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--products", type=int, default=3000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--failures", action="store_true", help="print what went wrong")
    given = parser.parse_args()
    figures = measured(given.judged) if given.judged else over_synthshop(given)
    if given.judged:
        print("\n".join(table(figures)))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
