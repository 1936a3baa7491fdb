"""Promotions into the shop: a reader per format, one writer. A file is kept as a whole, or not at all."""

from backend.promotions.importing.parsed import ParsedCoupon, ParsedPromotion, PromotionReport
from backend.promotions.importing.storing import store_promotions
from backend.promotions.importing.written import read_promotions

__all__ = ["ParsedCoupon", "ParsedPromotion", "PromotionReport", "read_promotions", "store_promotions"]
