"""All tables: importing this module fills `Base.metadata`, which the migrations are compared with."""

from backend import idempotency, jobs, mail, webhooks
from backend.cart import models as cart
from backend.catalogue import models as catalogue
from backend.changes import models as changes
from backend.checkout import models as checkout
from backend.conversations import models as conversations
from backend.credit import models as credit
from backend.customers import models as customers
from backend.db import Base
from backend.inventory import models as inventory
from backend.loyalty import models as loyalty
from backend.orders import invoicing
from backend.orders import models as orders
from backend.payments import models as payments
from backend.policies import models as policies
from backend.privacy import models as privacy
from backend.promotions import models as promotions
from backend.satisfaction import models as satisfaction
from backend.shipping import models as shipping
from backend.wishlist import models as wishlist

__all__ = [
    "Base",
    "cart",
    "catalogue",
    "changes",
    "checkout",
    "conversations",
    "credit",
    "customers",
    "idempotency",
    "inventory",
    "invoicing",
    "jobs",
    "loyalty",
    "mail",
    "orders",
    "payments",
    "policies",
    "privacy",
    "promotions",
    "satisfaction",
    "shipping",
    "webhooks",
    "wishlist",
]
