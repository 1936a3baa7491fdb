"""Tables of rates: Adobe's as they are, our own, and which of their lines holds."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.shop.delivery import Consignment, DeliveryMethod, Quote, Rate
from backend.shop.tables import BadTable, rates_of
from backend.shop.zones import Destination, Places, Zone

ADOBE = """country,region,zip,order_subtotal,price
US,*,*,0,15
US,*,*,50,10
US,*,*,100,5
US,AK,*,0,20
US,AK,*,50,15
US,AK,*,100,10
US,HI,*,0,20
US,HI,*,50,15
US,HI,*,100,10
"""


def by_table(folder: Path, text: str) -> DeliveryMethod:
    file = folder / "rates.csv"
    file.write_text(text)
    return DeliveryMethod("table", {"en": "By table"}, (2, 4), rates=rates_of(file, "USD"))


def asked(method: DeliveryMethod, goods: int, to: Destination | None, grams: int = 0) -> Quote | None:
    return method.quote(Consignment(goods, "USD", grams, to), {})


@pytest.mark.parametrize(
    ("goods", "region", "price"),
    [
        (0, "MI", 1500),
        (4999, "MI", 1500),
        (5000, "MI", 1000),
        (10000, "MI", 500),
        (4999, "AK", 2000),
        (5000, "AK", 1500),
        (99999, "HI", 1000),
    ],
)
def test_a_table_of_adobe_gives_its_prices(tmp_path: Path, goods: int, region: str, price: int) -> None:
    method = by_table(tmp_path, ADOBE)
    assert asked(method, goods, Destination("US", region, "99501")) == Quote(price)
    assert asked(method, goods, Destination("FR", "", "75011")) is None


def test_without_a_destination_the_lowest_price_is_one_of_several(tmp_path: Path) -> None:
    assert asked(by_table(tmp_path, ADOBE), 5000, None) == Quote(1000, is_lowest=True)


def test_a_table_by_weight_counts_its_kilograms(tmp_path: Path) -> None:
    table = "Country,Region/State,Zip/Postal Code,Weight (and above),Shipping Price\nUSA,*,*,0,5\nUSA,*,*,2.5,9.50\n"
    method = by_table(tmp_path, table)
    assert asked(method, 0, Destination("US"), grams=2499) == Quote(500)
    assert asked(method, 0, Destination("US"), grams=2500) == Quote(950)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("US,*,*,0,cheap", "line 11: 'cheap' is no number"),
        ("US,*,*,0,9.999", "line 11: '9.999' is no amount of USD"),
        ("US,*,*,0,-1", "line 11: '-1' is no amount of USD"),
        ("Mars,*,*,0,1", "line 11: 'Mars' is no code of a country"),
        ("US,Alaska,*,0,1", "line 11: 'Alaska' is no code of a region"),
        ("US,AK,*,100,1", "line 11: the same place and bound as in line 7"),
    ],
)
def test_a_mistake_in_a_table_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(BadTable, match=told):
        by_table(tmp_path, ADOBE + line + "\n")


@pytest.mark.parametrize(
    ("wanted", "postcode", "is_named"),
    [
        ("97*", "97400", True),
        ("97*", "75011", False),
        ("20000-20999", "20 999", True),
        ("20000-20999", "21000", False),
        ("90210", "90210-1234", True),
        ("SW1*", "sw1a 1aa", True),
        ("1000-001", "1000-001", True),
        ("1000-001", "1000-002", False),
    ],
)
def test_a_postcode_is_named_exactly_by_its_beginning_or_by_a_range(
    wanted: str, postcode: str, is_named: bool
) -> None:
    places = Places(countries=["FR"], postcodes=[wanted])
    assert (places.fit(Destination("FR", "", postcode)) is not None) is is_named
    assert places.fit(Destination("BE", "", postcode)) is None


def test_a_postcode_is_more_exact_than_a_region_and_that_than_a_country() -> None:
    everywhere, country = Zone(), Zone(countries=["FR"])
    region, near = Zone(regions=["FR-69"]), Zone(countries=["FR"], postcodes=["69*"])
    exact = Zone(countries=["FR"], postcodes=["69003"])
    for count in range(1, 6):
        zones = [everywhere, country, region, near, exact][:count]
        rates = [Rate(price={"USD": 100 * at}, to=zone) for at, zone in enumerate(zones)]
        method = DeliveryMethod("m", {"en": "M"}, (1, 1), rates=rates)
        assert asked(method, 0, Destination("FR", "69", "69003")) == Quote(100 * (count - 1))


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=6),
    st.integers(0, 20000),
    st.integers(0, 500),
    st.booleans(),
)
def test_what_is_missing_for_free_delivery_is_exactly_what_makes_it_free(
    bounds: list[int], goods: int, price: int, is_by_rate: bool
) -> None:
    free_from = max(bounds)
    paid = [Rate(price={"EUR": price + at}, from_subtotal={"EUR": each}) for at, each in enumerate(bounds)]
    free = [Rate(price={"EUR": 0}, from_subtotal={"EUR": free_from})] if is_by_rate else []
    method = DeliveryMethod(
        "m", {"en": "M"}, (1, 1), rates=[*paid, *free], free_from={} if is_by_rate else {"EUR": free_from}
    )
    bound = method.free_from_of(Consignment(goods, "EUR", 0, Destination("FR")), {})
    assert bound is not None
    enough = method.quote(Consignment(max(goods, bound), "EUR", 0, Destination("FR")), {})
    assert enough == Quote(0)
