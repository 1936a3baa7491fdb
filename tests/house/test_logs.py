from backend.logs import without_secrets


def test_what_opens_a_payment_an_order_or_a_file_is_not_logged() -> None:
    assert without_secrets("/pay/s3cret") == "/pay/…"
    assert without_secrets("/orders/s3cret/invoice") == "/orders/…/invoice"
    assert without_secrets("/api/files/s3cret") == "/api/files/…"
    assert without_secrets("/api/personal-data/copies/s3cret") == "/api/personal-data/copies/…"


def test_other_paths_are_logged_as_they_are() -> None:
    assert without_secrets("/api/products/mug") == "/api/products/mug"
