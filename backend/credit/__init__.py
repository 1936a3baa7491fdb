"""Gift cards and store credit: what the shop owes to whoever holds it, to be spent on orders."""
