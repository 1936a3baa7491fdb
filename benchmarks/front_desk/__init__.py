"""The front desk measured whole: the real shop, through the website's door."""
