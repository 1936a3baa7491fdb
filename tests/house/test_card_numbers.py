"""What is a card number and what only looks like one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.card_numbers import mask_card_numbers
from tests.card_numbers import WAYS, Written, with_check_digit

ISSUED = st.one_of(
    st.tuples(st.just("4"), st.just(16)),
    st.tuples(st.integers(51, 55).map(str), st.just(16)),
    st.tuples(st.integers(2221, 2720).map(str), st.just(16)),
    st.tuples(st.sampled_from(["34", "37"]), st.just(15)),
)
WORDS = st.text(string.ascii_letters + "éèñçü ,.;:!?¿'’()", max_size=40)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    start, length = draw(ISSUED)
    missing = length - len(start) - 1
    return with_check_digit(start + draw(st.text(string.digits, min_size=missing, max_size=missing)))


@given(numbers(), st.sampled_from(list(WAYS.values())), WORDS, WORDS)
def test_a_card_number_is_masked_in_any_way_of_writing(
    number: str, written: Written, before: str, behind: str
) -> None:
    masked = mask_card_numbers(f"{before} {written(number)} {behind}")
    assert masked == f"{before} •••• {number[-4:]} {behind}"


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    mask_card_numbers(text + "4242 4242 4242 4242")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Visa4242424242424242", "Visa•••• 4242"),
        ("n.º4242424242424242.", "n.º•••• 4242."),
        ("(4242) (4242) (4242) (4242)", "(•••• 4242)"),
        ("4242 42424242 4242", "•••• 4242"),
        ("42 42 42 42 42 42 42 42", "•••• 4242"),
        ("4️⃣2️⃣4️⃣2️⃣ 4242 4242 4242", "•••• 4242"),
        ("2, 4242 4242 4242 4242", "2, •••• 4242"),
        ("4242 4242 4242 4242 5555 5555 5555 4444", "•••• 4242 •••• 4444"),
        ("4242 4242 4242 4242\n5555 5555 5555 4444", "•••• 4242\n•••• 4444"),
        ("6205 5000 0000 0000 004", "•••• 0004"),
        ("my card 4222 2222 2222 2", "my card •••• 2222"),
    ],
)
def test_a_card_number_is_masked_with_whatever_stands_around_it(typed: str, kept: str) -> None:
    assert mask_card_numbers(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4242 4242 4242 4242 12/27 123", "•••• 4242 ••• •••"),
        ("4242 4242 4242 4242 1227 123", "•••• 4242 ••• •••"),
        ("4242 4242 4242 4242 12 27 123", "•••• 4242 ••• •••"),
        ("4242424242424242exp 12/2027 cvc123", "•••• 4242exp ••• cvc•••"),
        ("4242424242424242\n12.27\n123", "•••• 4242\n•••\n•••"),
        ("3782 822463 10005 1234", "•••• 0005 •••"),
        ("4242424242424242, security code 123", "•••• 4242, security code •••"),
        ("cryptogramme : 123, carte : 4242424242424242", "cryptogramme : •••, carte : •••• 4242"),
        (
            "el código de seguridad es 1 2 3 y es 4242424242424242",
            "el código de seguridad es ••• y es •••• 4242",
        ),
    ],
)
def test_expiry_and_security_code_are_masked_beside_a_card_number(typed: str, kept: str) -> None:
    assert mask_card_numbers(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "4242424242424241",
        "42424242424242424242",
        "INV4242424242424242",
        "4242424242424242X",
        "4242 4242 4242 4242 4242",
        "order CP-42424242",
        "Camille Durand, 12 rue des Lilas, 75011 Paris, 06 12 34 56 78",
        "+34 612 345 678 or +49 1512 3456789",
        "IBAN ES91 2100 0418 4502 0005 1332",
        "AT60 4242 4242 4242 4242 is my account",
        "GB92 NWBK 3600 0000 0000 08 thanks",
        "from 2026-11-25 to 2026-11-28, 12:30",
        "40.00, 41.50, 42.00 and 39.90 €",
        "4006381333931",
        "UPS 1Z999AA10123456784",
        "1Z4242424242424242",
        "FedEx 371449635398431",
        "USPS 9400 1000 0000 0000 0000 00",
        "my parcel 30569309025904",
        "colis n° 30569309025904",
        "el número de seguimiento es 30569309025904",
        "8R12345678901 6A 123 4567 8901",
        "security code 123, 12/27",
    ],
)
def test_what_is_no_card_number_stays_as_it_is(typed: str) -> None:
    assert mask_card_numbers(typed) == typed
