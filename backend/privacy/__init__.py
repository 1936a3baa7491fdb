"""What the shop knows of a person: given to them, and erased when they want it."""
