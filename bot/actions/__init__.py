"""Custom actions, one module per domain: each reads what was said, asks the backend once, picks an answer."""
