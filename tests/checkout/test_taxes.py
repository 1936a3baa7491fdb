"""Which rate holds, and that tax is exact to the minor unit."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.shop.taxes import BadTaxTable, Taxable, Taxes, TaxRate, rates_of_adobe, spread
from backend.shop.zones import Destination

FRANCE = Destination("FR", "69", "69003")
TODAY = date(2026, 6, 1)
RATES = [
    TaxRate(countries=["FR"], rate="20"),
    TaxRate(countries=["FR"], rate="5.5", tax_class="books"),
    TaxRate(regions=["FR-974"], rate="8.5"),
    TaxRate(countries=["GB"], rate="20"),
    TaxRate(countries=["ES"], rate="18", last_day=date(2026, 5, 31)),
    TaxRate(countries=["ES"], rate="21", first_day=date(2026, 6, 1)),
    TaxRate(regions=["US-MI"], rate="8.25"),
]
TAXES = Taxes(home=FRANCE, included={"EUR": True, "USD": False}, rates=RATES)


@pytest.mark.parametrize(
    ("amounts", "to", "currency", "tax"),
    [
        ([2390] * 10, "GB", "GBP", 3983),  # ten at 23.90 with 20 % in them
        ([17925], "GB", "GBP", 2988),  # the same with a quarter off: 29.875, rounded half up
        ([1396 * 9], "FR", "EUR", 2094),  # 13.96 nine times is rounded as a line, not nine times
        ([34900], "FR", "EUR", 5817),
        ([5900], "US", "USD", 0),
        ([0], "FR", "EUR", 0),
        ([1], "FR", "EUR", 0),
    ],
)
def test_included_tax_is_that_of_the_sum(amounts: list[int], to: str, currency: str, tax: int) -> None:
    found = TAXES.taxes([Taxable(amount) for amount in amounts], Destination(to), TODAY, currency)
    assert sum(found) == tax
    assert max(found) - min(found) <= 1 if len(set(amounts)) == 1 else True


def test_tax_that_is_not_included_comes_on_top() -> None:
    michigan = Destination("US", "MI", "48201")
    assert TAXES.taxes([Taxable(1999), Taxable(1999), Taxable(590)], michigan, TODAY, "USD") == [165, 165, 49]
    assert TAXES.taxes([Taxable(1999)], Destination("US", "OH", "43004"), TODAY, "USD") == [0]


@pytest.mark.parametrize(
    ("tax_class", "to", "on", "percent"),
    [
        ("standard", FRANCE, TODAY, "20"),
        ("books", FRANCE, TODAY, "5.5"),
        ("books", Destination("ES"), TODAY, "21"),
        ("standard", Destination("FR", "974", "97400"), TODAY, "8.5"),
        ("standard", Destination("ES"), date(2026, 5, 31), "18"),
        ("standard", Destination("ES"), date(2026, 6, 1), "21"),
        ("standard", Destination("JP"), TODAY, "0"),
    ],
)
def test_the_most_exact_rate_of_the_day_holds(
    tax_class: str, to: Destination, on: date, percent: str
) -> None:
    assert TAXES.rate(tax_class, to, on) == Fraction(percent) / 100


def test_a_table_of_adobe_is_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "tax_rate.csv"
    file.write_text(
        "code,tax_country_id,tax_region_name,tax_postcode,rate\nUS-MI-*-Rate 1,US,Michigan,*,8.2500\n"
    )
    (rate,) = rates_of_adobe(file)
    assert (rate.regions, rate.rate) == (["US-MI"], "8.25")
    file.write_text("code,tax_country_id,tax_region_name,tax_postcode,rate\nx,US,Atlantis,*,8\n")
    with pytest.raises(BadTaxTable, match="line 2: US has no region 'Atlantis'"):
        list(rates_of_adobe(file))


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000_00), st.sampled_from(["standard", "books", "other"])), max_size=12
    ),
    st.sampled_from(["FR", "ES", "US", "JP"]),
    st.sampled_from(["EUR", "USD"]),
)
def test_lines_sum_to_the_tax_and_none_is_a_minor_unit_off(
    lines: list[tuple[int, str]], country: str, currency: str
) -> None:
    to = Destination(country, "MI" if country == "US" else "")
    taxables = [Taxable(amount, tax_class) for amount, tax_class in lines]
    found = TAXES.taxes(taxables, to, TODAY, currency)
    exact = []
    for line in taxables:
        rate = TAXES.rate(line.tax_class, to, TODAY)
        exact.append(line.amount * rate / (1 + rate if TAXES.is_included(currency) else 1))
    assert all(abs(tax - share) < 1 for tax, share in zip(found, exact, strict=True))
    assert all(0 <= tax <= line.amount for tax, line in zip(found, taxables, strict=True))
    rates = {TAXES.rate(line.tax_class, to, TODAY) for line in taxables}
    assert abs(sum(found) - sum(exact)) <= Fraction(len(rates), 2)


@given(st.lists(st.fractions(min_value=0, max_value=10**9), max_size=20))
def test_what_is_spread_sums_to_the_rounded_whole(exact: list[Fraction]) -> None:
    assert sum(spread(exact)) == int((sum(exact, Fraction(0)) + Fraction(1, 2)) // 1)
