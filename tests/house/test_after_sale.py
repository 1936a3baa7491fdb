"""What may become of an order, as a shop's file says it."""

import shutil
from pathlib import Path

import pytest

from backend.config import ROOT, InvalidSetting
from backend.shop import Shop
from backend.shop.after_sale import AfterSale


def beside(folder: Path, written: str) -> Path:
    shutil.copy(ROOT / "demo" / "shop.yml", folder)
    (folder / "after_sale.yml").write_text(written)
    return folder / "shop.yml"


def test_the_demo_takes_things_back_for_30_days() -> None:
    policy = Shop.load(ROOT / "demo" / "shop.yml").after_sale
    assert policy.returns
    assert policy.returns.days == 30


def test_the_policy_of_the_retail_benchmark_is_one_such_file() -> None:
    policy = AfterSale.beside(ROOT / "benchmarks" / "retail" / "shop.yml")
    assert policy.cancel
    assert list(policy.cancel.reasons) == ["no_longer_needed", "ordered_by_mistake"]
    assert policy.change
    assert policy.change.is_final_after_items
    assert policy.returns
    assert policy.returns.days is None


def test_a_shop_without_the_file_allows_nothing(tmp_path: Path) -> None:
    shutil.copy(ROOT / "demo" / "shop.yml", tmp_path)
    assert Shop.load(tmp_path / "shop.yml").after_sale == AfterSale()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("returns: {days: 0}", "`$.returns.days`"),
        ("returns: {dayz: 3}", "`dayz`"),
        ("change: {what: [colour]}", "`$.change.what[0]`"),
        ("cancel: {until: delivered}", "`$.cancel.until`"),
        ("cancel: {reasons: {late: {en: Too late}}}", "say it in es, fr, too - at `$.cancel.reasons.late`"),
        ("cancel: [", "after_sale.yml"),
        ("claims: {damaged: {offers: []}}", "`$.claims[...].offers`"),
        ("claims: {broken: {offers: [refund]}}", "`$.claims`"),
        ("send_back: {to: {name: Shop}}", "`$.send_back.to`"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        Shop.load(beside(tmp_path, written))
    assert "after_sale.yml" in str(refused.value)
    assert said in str(refused.value)
