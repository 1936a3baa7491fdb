"""What the assistant did not understand: collected, masked, grouped, and read back once labelled by a person."""
