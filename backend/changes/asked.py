"""What customers may ask of a placed order, what a plan of it says, and the ways in which it is refused."""

from typing import Annotated, Any

import msgspec

from backend.customers.addresses import Address
from backend.errors import Conflict, Invalid, NotFound
from backend.money import Money
from backend.shop.after_sale import Remedy, Trouble

Quantity = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Sku = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class Swap(msgspec.Struct, frozen=True):
    """So many of a line become another variant of the same product."""

    sku: Sku
    new_sku: Sku
    quantity: Quantity = 1


Swaps = Annotated[list[Swap], msgspec.Meta(min_length=1, max_length=50)]


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """The whole order, with one of the shop's reasons."""

    reason: str | None = None


class ChangeAddress(msgspec.Struct, frozen=True, tag="address"):
    address: Address


class ChangeItems(msgspec.Struct, frozen=True, tag="items"):
    """`method` is the saved way to pay that a difference is taken from, or goes to where the shop allows that."""

    items: Swaps
    method: Reference | None = None


class ChangePayment(msgspec.Struct, frozen=True, tag="payment_method"):
    method: Reference


class Return(msgspec.Struct, frozen=True, tag="return"):
    """`items` are SKU and quantity; the money goes to `method`, or to where it came from."""

    items: Annotated[dict[Sku, Quantity], msgspec.Meta(min_length=1, max_length=50)]
    reason: str | None = None
    method: Reference | None = None


class Exchange(msgspec.Struct, frozen=True, tag="exchange"):
    items: Swaps
    reason: str | None = None
    method: Reference | None = None


class Claim(msgspec.Struct, frozen=True, tag="claim"):
    """`items` are SKU and how many of them came damaged, did not come or are not what was ordered. `photos` are the
    files that the shop finds in the conversation, whatever is said here."""

    items: Annotated[dict[Sku, Quantity], msgspec.Meta(min_length=1, max_length=50)]
    trouble: Trouble
    remedy: Remedy
    description: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    photos: list[str] = []


Asked = Cancel | ChangeAddress | ChangeItems | ChangePayment | Return | Exchange | Claim


class Piece(msgspec.Struct, frozen=True):
    """Some units of a line, and what they become; nothing new where they come back. `price` is of one, the savings
    and taxes of all of them, in minor units."""

    line_id: str
    variant_id: str
    sku: str
    name: str
    quantity: int
    price: int
    savings: list[dict[str, Any]]
    tax: int
    new_variant_id: str = ""
    new_sku: str | None = None
    new_name: str | None = None
    new_price: int = 0
    new_savings: list[dict[str, Any]] = []
    new_tax: int = 0

    @property
    def paid(self) -> int:
        """Without taxes that are on top."""
        return self.price * self.quantity - amount_of(self.savings)

    @property
    def to_pay(self) -> int:
        return self.new_price * self.quantity - amount_of(self.new_savings)


class Plan(msgspec.Struct, frozen=True):
    """What is going to happen. Of the `difference`, what is above zero is to be paid, what is below goes back."""

    difference: Money
    pieces: list[Piece] = []
    address: Address | None = None
    method: str | None = None
    """The saved way to pay that takes or gets the difference; without one it goes back to where it came from."""
    reason: str | None = None
    is_for_person: bool = False
    """Staff decide on a claim like this after the yes."""


def amount_of(savings: list[dict[str, Any]]) -> int:
    return sum(saving["amount"] for saving in savings)


class ChangeNotAllowed(Conflict):
    """The shop does not allow this of an order like that; `reason` says what stands in the way: `policy`, the
    order's `status`, `final`, `too_late` (it was possible `until` that day), `kind` or `same`."""

    code = "change_not_allowed"


class ReasonNeeded(Invalid):
    """The shop asks why; `reasons` are those that it takes."""

    code = "reason_needed"


class NotSameProduct(Conflict):
    """Something is only changed to another variant of the same product."""

    code = "not_same_product"


class MethodNeeded(Conflict):
    """There is a difference to pay, and no saved way to pay it was named."""

    code = "method_needed"


class MethodNotPossible(Conflict):
    """The money cannot go there: only to where it came from, or to a gift card where the shop allows that."""

    code = "method_not_possible"


class NeedsPerson(Conflict):
    """So much money is paid back by a person only."""

    code = "needs_person"


class DeliveryWouldChange(Conflict):
    """Delivery to that address costs something else, or does not go there."""

    code = "delivery_would_change"


class PhotoNeeded(Conflict):
    """The shop wants to see it first: no picture was sent in this conversation lately."""

    code = "photo_needed"


class PreviewNotFound(NotFound):
    """There is no such preview."""

    code = "preview_not_found"


class PreviewUsed(Conflict):
    """This was agreed to before; `state` says what became of it."""

    code = "preview_used"


class PreviewOutdated(Conflict):
    """Something has changed since the preview, or it was long ago: it has to be shown again."""

    code = "preview_outdated"
