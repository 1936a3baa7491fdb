"""Codes of gift cards: read however they are typed, found in what people write, and hidden there."""

import pytest

from backend.credit.codes import SIGNS, GiftCodes, check_sign, mask_gift_codes, read_code

CODE = GiftCodes("a secret").of("a card")
SIGNS_OF_IT = CODE.replace("-", "")[2:]
END = CODE[-4:]


def test_a_code_follows_from_secret_and_key() -> None:
    assert GiftCodes("a secret").of("a card") == CODE
    others = {GiftCodes(secret).of(key) for secret in ("a", "b") for key in map(str, range(500))}
    assert len(others) == 1000
    assert all(read_code(code) for code in others)


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        CODE.replace("-", " "),
        CODE.replace("-", ""),
        CODE.replace("-", " – "),
        SIGNS_OF_IT,
        f"  {CODE}\n",
        "".join(chr(ord(sign) + 0xFEE0) for sign in CODE),  # full-width
        CODE.replace("0", "O").replace("1", "l"),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_code(typed) == SIGNS_OF_IT


def test_every_wrong_sign_is_noticed() -> None:
    wrong = [
        SIGNS_OF_IT[:at] + sign + SIGNS_OF_IT[at + 1 :]
        for at in range(20)
        for sign in SIGNS
        if sign != SIGNS_OF_IT[at]
    ]
    assert [code for code in wrong if read_code(code)] == []


def test_two_signs_in_the_wrong_order_are_noticed_but_in_one_case_of_a_hundred() -> None:
    noticed = total = 0
    for number in range(500):
        signs = GiftCodes("s").of(str(number)).replace("-", "")[2:]
        for at in range(19):
            turned = signs[:at] + signs[at + 1] + signs[at] + signs[at + 2 :]
            total += turned != signs
            noticed += turned != signs and check_sign(turned[:-1]) != turned[-1]
    assert noticed / total > 0.99


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (f"my code is {CODE}, thanks", f"my code is GC •••• {END}, thanks"),
        (f"{CODE.lower()}", f"GC •••• {END}"),
        (f"j'ai {CODE.replace('-', ' ')} voilà", f"j'ai GC •••• {END} voilà"),
        (f"GC{SIGNS_OF_IT}", f"GC •••• {END}"),
        (f"código: {CODE[3:]}!", f"código: GC •••• {END}!"),
        (f"{CODE} y {CODE}", f"GC •••• {END} y GC •••• {END}"),
        ("GC-7K3M-Q9XW-2PDF-8HJN", "GC •••• 8HJN"),
        ("GC-7K3M-Q9XW-2PDF-8HJN-4T6Z", "GC •••• 4T6Z"),
    ],
)
def test_a_code_is_hidden_where_it_is_written(typed: str, kept: str) -> None:
    assert mask_gift_codes(typed) == kept


@pytest.mark.parametrize(
    "text",
    [
        "gc this that with some more",
        "GC-MS analysis of the coffee please",
        "do you have gift cards from GC?",
        "order CP-7K3MQ9XW",
        "JD014600006228974218",
        "4242 4242 4242 4242",
        "FR76 3000 6000 0112 3456 7890 189",
        "I want 2 mugs at 20 eur and 3 of the blue ones",
        "550e8400-e29b-41d4-a716-446655440000",
        "https://example.com/gc/about",
    ],
)
def test_what_is_no_code_stays(text: str) -> None:
    assert mask_gift_codes(text) == text
