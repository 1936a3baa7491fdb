"""How long a customer waits while Stripe is away: `python -m benchmarks.stripe_away` (from the root).

A shop of its own, whose line to Stripe is well, slow, cut off or failing in turn. Prints one JSON line for each: the
seconds of the turn that places the order, of the payment link, of the turn that says that paying does not work, and
of the news with the link after Stripe is back. Exits with 1 when a turn or the link takes five seconds or more.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import aiohttp

from tests.conversations.customer import Customer
from tests.conversations.test_stripe_away import ORDERING, Away, opened_away
from tests.stripe_line import Trouble

TROUBLES: tuple[Trouble, ...] = ("well", "slow", "cut", "failing")

LONGEST_TURN_SECONDS = 5


async def timed(doing: Awaitable[Any]) -> float:
    began = time.monotonic()
    await doing
    return round(time.monotonic() - began, 2)


async def measured(away: Away, http: aiohttp.ClientSession, trouble: Trouble) -> dict[str, Any]:
    customer = await Customer.arrive(http, away.shop.url, "en")
    for words in ORDERING:
        await customer.say(words)
    await away.line.get(trouble)
    turns = {
        "order placed": await timed(customer.say("yes")),
        "link followed": await timed(followed(http, customer)),
        "problem told": await timed(customer.say("the payment doesn't work")),
    }
    await away.line.get("well")
    told = {} if trouble == "well" else {"link told after": await timed(customer.hear(60))}
    return {"stripe": trouble, **turns, **told}


async def followed(http: aiohttp.ClientSession, customer: Customer) -> None:
    async with http.get(customer.link("payment")) as page:
        await page.read()


async def main(rounds: int) -> bool:
    longest = 0.0
    with tempfile.TemporaryDirectory(prefix="comptoir-away-") as folder:
        async with opened_away(Path(folder)) as away, aiohttp.ClientSession() as http:
            for trouble in TROUBLES * rounds:
                line = await measured(away, http, trouble)
                print(json.dumps(line), flush=True)
                turns = ("order placed", "link followed", "problem told")
                longest = max(longest, *(line[name] for name in turns))
    print(f"The longest that anybody waited: {longest} s.")
    return longest < LONGEST_TURN_SECONDS


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    sys.exit(not asyncio.run(main(parser.parse_args().rounds)))
