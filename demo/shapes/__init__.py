"""What the demo shop's pictures are drawn with: one function per kind of thing, by where it is used."""

from shapes import desk, garden, home, kitchen, play, table, travel, wear
from shapes.canvas import KINDS, Picture

__all__ = ["KINDS", "Picture", "desk", "garden", "home", "kitchen", "play", "table", "travel", "wear"]
