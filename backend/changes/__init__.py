"""What becomes of an order once it is placed: canceled, changed, sent back or exchanged.

Previewed, agreed to, done: nothing is written without a preview that the customer has said yes to.
"""
