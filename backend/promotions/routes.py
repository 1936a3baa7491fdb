"""What is on offer. Coupons are of the cart."""

from backend.edge import Call, Operations
from backend.promotions import service as promotions
from backend.promotions.service import PromotionView

operations = Operations("promotions")


@operations.get("/api/promotions", answer=list[PromotionView], access="public")
async def list_promotions(call: Call) -> list[PromotionView]:
    """The promotions that run now for everybody, and the coupons that may be told."""
    return await promotions.public_promotions(call.session, call.language)
