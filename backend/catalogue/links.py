"""What goes with a product."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Product, ProductLink
from backend.catalogue.read import find_product, products
from backend.catalogue.views import ProductView, Shopper


async def linked_products(
    session: AsyncSession, handle: str, kind: str, shopper: Shopper
) -> list[ProductView]:
    """Those for sale, in the merchant's order. Raises ProductNotFound."""
    await find_product(session, handle, shopper)
    product = select(Product.id).where(Product.handle == handle).scalar_subquery()
    linked = (
        select(Product.handle)
        .join(ProductLink, ProductLink.linked_id == Product.id)
        .where(ProductLink.product_id == product, ProductLink.kind == kind)
        .order_by(ProductLink.position)
    )
    return await products(session, (await session.scalars(linked)).all(), shopper)
