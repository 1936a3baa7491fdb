from backend.logs import without_secrets


def test_what_opens_a_payment_or_an_order_is_not_logged() -> None:
    assert without_secrets("/pay/s3cret") == "/pay/…"
    assert without_secrets("/orders/s3cret/invoice") == "/orders/…/invoice"


def test_other_paths_are_logged_as_they_are() -> None:
    assert without_secrets("/api/products/mug") == "/api/products/mug"
