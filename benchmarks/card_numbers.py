"""How well card numbers are told from others: `python -m benchmarks.card_numbers` (from the root).

Prints JSON lines: planted numbers that were missed, other numbers that were masked, and what reading a message costs.
With `--through-the-door` customers say the numbers to an open shop instead, and then every file that it has written
(database, the assistant's memory, logs) is searched for them; exits with 1 when one is found.

November 2026: none of 1,000 missed in 12 ways of writing; 2.6 % of random 16-digit numbers masked; of parcel numbers
none, except, where nothing says that they are one, 0.3 % of FedEx's with 15 digits and of DPD's with 14, and 0.1 % of
USPS's with 20 in fours. Through the door: none of 1,000 in any of 22 files. 1 µs for a message with fewer than 13
digits, 50 to 80 µs for others of usual length.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import string
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import aiohttp

from backend.card_numbers import mask_card_numbers
from benchmarks.front_desk.chaos import whole_shop
from tests.card_numbers import WAYS, card_number, digits_in, with_check_digit
from tests.conversations.customer import Customer

SENTENCES = ("{}", "my card is {}", "voici ma carte : {}, merci", "¿puedes cobrar de {}?", "{} 12/27 123")
MESSAGES = (
    "bonjour, je cherche une lampe de chevet à moins de 50 €",
    "Camille Durand, 12 rue des Lilas, 75011 Paris, +33 6 12 34 56 78",
    "my card is 4242 4242 4242 4242 12/27 123",
    "x" * 1900 + " 4242 4242 4242 4242",
)


def digits(random: Random, count: int) -> str:
    return "".join(random.choices(string.digits, k=count))


def in_fours(number: str) -> str:
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))


def iban(country: str, account: str) -> str:
    numeric = "".join(str(int(sign, 36)) for sign in f"{account}{country}00")
    return in_fours(f"{country}{98 - int(numeric) % 97:02d}{account}")


OTHERS: dict[str, Callable[[Random], str]] = {
    "UPS, 1Z and 16": lambda random: f"1Z{digits(random, 16)}",
    "USPS, 22 digits": lambda random: f"9{random.randint(2, 5)}{digits(random, 20)}",
    "USPS, 22 digits in fours": lambda random: in_fours(f"9{random.randint(2, 5)}{digits(random, 20)}"),
    "USPS, 20 digits in fours": lambda random: in_fours(
        f"{random.choice(('03', '23', '70'))}{digits(random, 18)}"
    ),
    "FedEx, 12 digits": lambda random: digits(random, 12),
    "FedEx, 12 digits in fours": lambda random: in_fours(digits(random, 12)),
    "FedEx, 20 digits": lambda random: digits(random, 20),
    "FedEx, 22 digits": lambda random: digits(random, 22),
    "FedEx, 15 digits, introduced": lambda random: f"FedEx {digits(random, 15)}",
    "FedEx, 15 digits, alone": lambda random: digits(random, 15),
    "DPD, 14 digits, introduced": lambda random: f"mon colis n° {digits(random, 14)}",
    "DPD, 14 digits, alone": lambda random: digits(random, 14),
    "DHL, 10 digits": lambda random: digits(random, 10),
    "DHL, JD and 18 digits": lambda random: f"JD{digits(random, 18)}",
    "DHL, 20 digits in fours": lambda random: in_fours(f"0034{digits(random, 16)}"),
    "GLS, 11 digits": lambda random: digits(random, 11),
    "Colissimo, 13": lambda random: f"{random.choice('68')}{random.choice('RACLQ')}{digits(random, 11)}",
    "Correos, 13": lambda random: f"PQ{digits(random, 11)}",
    "Correos, 23": lambda random: f"PK43BZ0{digits(random, 14)}28",
    "La Poste, S10": lambda random: f"LB{digits(random, 9)}FR",
    "IBAN, Spain": lambda random: iban("ES", digits(random, 20)),
    "IBAN, France": lambda random: iban("FR", digits(random, 23)),
    "IBAN, Austria": lambda random: iban("AT", digits(random, 16)),
    "IBAN, Netherlands": lambda random: iban("NL", f"ABNA{digits(random, 10)}"),
    "EAN, 13 digits": lambda random: digits(random, 13),
    "phone": lambda random: (
        f"+{random.choice(('33 6', '34 6', '49 15', '44 7'))} {in_fours(digits(random, 8))}"
    ),
    "16 digits": lambda random: digits(random, 16),
    "16 digits in fours": lambda random: in_fours(digits(random, 16)),
    "16 digits with a check digit": lambda random: with_check_digit(digits(random, 15)),
}


def missed(random: Random, count: int) -> dict[str, object]:
    """A number is missed when its digits can still be read, whatever stands between them."""
    planted = []
    for place in range(count):
        number = card_number(random)
        name, written = list(WAYS.items())[place % len(WAYS)]
        masked = mask_card_numbers(random.choice(SENTENCES).format(written(number)))
        planted.append((name, sum(map(str.isdigit, masked)) > 4))
    return {"planted": count, "ways": len(WAYS), "missed": [name for name, is_missed in planted if is_missed]}


def masked_share(random: Random, write: Callable[[Random], str], count: int) -> float:
    texts = (write(random) for _ in range(count))
    return round(sum(mask_card_numbers(text) != text for text in texts) / count, 5)


def microseconds(message: str, rounds: int = 300) -> float:
    started = time.perf_counter()
    for _ in range(rounds):
        mask_card_numbers(message)
    return round((time.perf_counter() - started) / rounds * 1_000_000, 1)


async def say_all(url: str, numbers: list[str], random: Random) -> None:
    ways = list(WAYS.values())
    async with aiohttp.ClientSession() as http:
        customer = await Customer.arrive(http, url, "fr")
        for place, number in enumerate(numbers):
            if place % 50 == 49:
                customer = await Customer.arrive(http, url, "fr")
            await customer.say(random.choice(SENTENCES).format(ways[place % len(ways)](number)))


def found_in_stores(random: Random, count: int) -> dict[str, object]:
    """A word that was said beside each number must be found, or the search would prove nothing."""
    numbers = [card_number(random) for _ in range(count)]
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-cards-") as name,
        whole_shop(Path(name), 1) as (shop, _),
    ):
        asyncio.run(say_all(shop.url, numbers, random))
        written = {path: path.read_text(errors="ignore") for path in Path(name).rglob("*") if path.is_file()}
    digits = {path: digits_in(text) for path, text in written.items()}
    files_with_words = [path.name for path, text in written.items() if "voici ma carte" in text]
    found = {path.name for path, its in digits.items() for number in numbers if number in its}
    return {
        "said": count,
        "files searched": len(written),
        "hold the words beside the numbers": sorted(set(files_with_words)),
        "hold a number": sorted(found),
    }


def through_the_door() -> None:
    result = found_in_stores(Random(2026), 1_000)
    print(json.dumps(result))
    sys.exit(bool(result["hold a number"] or not result["hold the words beside the numbers"]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--through-the-door", action="store_true")
    if parser.parse_args().through_the_door:
        through_the_door()
    random = Random(2026)
    print(json.dumps(missed(random, 1_000)))
    for name, write in OTHERS.items():
        count = 100_000 if name.startswith("16") else 20_000
        print(json.dumps({"other": name, "of": count, "masked": masked_share(random, write, count)}))
    for message in MESSAGES:
        print(json.dumps({"message": message[-40:], "microseconds": microseconds(message)}))


if __name__ == "__main__":
    main()
