"""The operator's own texts (delivery, returns, privacy …): read, checked, stored, shown, and searched for answers."""
