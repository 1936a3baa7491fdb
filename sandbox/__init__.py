"""A payment provider and a carrier to sell with before there is any account.

The first speaks Stripe's wire format, shows a hosted payment page and signs its webhooks; the second moves
parcels and shows where they are. The shop reaches both over HTTP only, as it reaches the real ones.
"""
