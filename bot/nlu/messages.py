"""The type by which Rasa checks that one component's output fits the next one's input."""

from typing import List  # noqa: UP035

from rasa.shared.nlu.training_data.message import Message

# Rasa compares annotations literally: `list[Message]` is refused.
Messages = List[Message]  # noqa: UP006
