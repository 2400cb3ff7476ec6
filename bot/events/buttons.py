"""What a button carries: an action of a closed list and an opaque id, never trusted state."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode

ACTIONS = frozenset(
    {
        "deploy",
        "approve",
        "approve_comment",
        "approve_code",
        "break_glass_code",
        "release_approve_code",
        "authenticator_confirm",
        "authenticator_renew",
        "give_code",
        "reject",
        "break_glass",
        "cancel",
        "redeploy",
        "rollback",
        "input_proceed",
        "input_abort",
        "open_link",
        "run_now",
        "freeze_extend",
        "freeze_lift",
        "release_approve",
        "release_approve_comment",
        "release_reject",
        "release_cancel",
        "release_back",
        "release_again",
        "release_watch",
        "release_run_now",
        "approve_change",
        "approve_change_code",
        "reject_change",
        "status",
        # locks and the queue
        "extend_30m",
        "extend_1h",
        "extend_2h",
        "extend_1d",
        "release_lock",
        "release_because",
        "take_over",
        "watch_lock",
        "watch",
        "locks_earlier",
        "locks_later",
        "jump",
        "jump_allow",
        "jump_deny",
        # after the run
        "skip_verification",
        "soak_watch",
        "soak_good",
        "soak_wrong",
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


MOST_PAGES = 10_000


def overview_value(*, service: str, environment: str, mine: bool, like: str, at_page: int) -> str:
    """What a button of the overview carries: which part of it to show, a view and no state."""
    given = {"s": service, "e": environment, "m": "1" if mine else "", "l": like, "p": str(at_page or "")}
    return urlencode({name: value for name, value in given.items() if value}, errors="replace")


def read_overview_value(value: str) -> dict[str, Any]:
    """The same again as the fields of `ShowStatus`; whatever makes no sense is left out."""
    given = {name: values[0] for name, values in parse_qs(value, max_num_fields=10).items()}
    page = given.get("p", "0")
    return {
        "service": given.get("s", ""),
        "environment": given.get("e", ""),
        "mine": "m" in given,
        "like": given.get("l", ""),
        "at_page": min(int(page), MOST_PAGES) if page.isascii() and page.isdigit() else 0,
    }
