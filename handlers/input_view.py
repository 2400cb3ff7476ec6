"""The buttons that answer the question of a run: on its card, or below the question where the card is that of a release."""

from __future__ import annotations

from bot.events import button_value
from bot.runs import RunInput
from bot.words import Button, Confirm

ABORT_SURE = Confirm(title="Answer no?", text="The run ends there.", yes="Abort the run", no="Never mind")


def input_buttons(deployment: str, question: RunInput) -> tuple[Button, ...]:
    """None for a question that asks for values: that is answered where the run is."""
    if question.parameters:
        return ()
    value = button_value(deployment, question.id)
    return (
        Button(action="input_proceed", label=question.proceed, value=value, style="primary"),
        Button(action="input_abort", label="Abort", value=value, confirm=ABORT_SURE),
    )
