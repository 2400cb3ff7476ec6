"""What a button carries: an action of a closed list and an opaque id, never trusted state."""

from __future__ import annotations

ACTIONS = frozenset(
    {
        "deploy",
        "approve",
        "reject",
        "break_glass",
        "cancel",
        "redeploy",
        "input_proceed",
        "input_abort",
        "open_link",
        "run_now",
        "freeze_extend",
        "freeze_lift",
        "release_approve",
        "release_reject",
        "release_cancel",
        "release_back",
        "approve_change",
        "reject_change",
    }
)
"""The closed list of what a button may say it is."""


GIVE_UP = "give_up"
"""What a cancel button carries besides, when it is for giving up following a run."""


def button_value(deployment: str, detail: str = "") -> str:
    """What a button carries: the opaque id, and which question or input it belongs to."""
    return f"{deployment}:{detail}" if detail else deployment


def read_button_value(value: str) -> tuple[str, str]:
    """(deployment, detail) of a button's value; both are looked up, never trusted."""
    deployment, _, detail = value.partition(":")
    return deployment, detail
