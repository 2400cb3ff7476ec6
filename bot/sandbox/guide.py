"""The guided first minute: what to type next, ticked when it was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.harbour import DANA, SAM, SOFIA
from bot.sandbox.slack.server import SlackStandIn

Json = dict[str, Any]
DEPLOYMENTS = "C0DEPLOYS1"


@dataclass(frozen=True, kw_only=True)
class Step:
    """`done` looks at the texts of the cards in #deployments."""

    text: str
    user: str
    done: Callable[[list[str]], bool]
    say: str = ""


def _any(*words: str) -> Callable[[list[str]], bool]:
    return lambda cards: any(all(word in card for word in words) for card in cards)


STEPS = (
    Step(
        text="You are Dana, a developer. Deploy checkout to staging, and watch the card: it is edited in place.",
        user=DANA,
        say="/deploy checkout staging",
        done=_any("checkout", "to staging"),
    ),
    Step(
        text="Now production. Nothing runs yet: two SREs have to say yes first.",
        user=DANA,
        say="/deploy checkout production",
        done=_any("checkout", "to production"),
    ),
    Step(
        text="Switch to Sam, an SRE, and click Approve on the card. Dana can't: four eyes.",
        user=SAM,
        done=_any("Sam Sato approved"),
    ),
    Step(
        text="Switch to Sofia, the other SRE, and click Approve too. Then it runs.",
        user=SOFIA,
        done=_any("Succeeded", "checkout", "to production"),
    ),
    Step(
        text="Something that fails: its card says where, and the log is in the thread.",
        user=DANA,
        say="/deploy search staging",
        done=_any("Failed", "search"),
    ),
    Step(
        text="A slow one, to cancel with the button. Or break Jenkins in the faults panel, and see what the card says.",
        user=DANA,
        say="/deploy reports staging",
        done=_any("reports"),
    ),
    Step(
        text="What is going out: its card says which commits come, by whom. Then try the branch hotfix-rounding, and 1.5.0 again.",
        user=DANA,
        say="/deploy checkout 1.5.0 staging",
        done=_any("checkout 1.5.0", "to staging"),
    ),
)


def guide(slack: SlackStandIn) -> list[Json]:
    """The steps as the page shows them, with what is done by now."""
    cards = [
        one["text"] + _approvals(one)
        for one in slack.messages(DEPLOYMENTS)
        if (one.get("metadata") or {}).get("event_type") == "pilothouse_card"
    ]
    return [
        {
            "text": step.text,
            "user": step.user,
            "done": step.done(cards),
            **({"say": {"channel": DEPLOYMENTS, "text": step.say}} if step.say else {}),
        }
        for step in STEPS
    ]


def _approvals(card: Json) -> str:
    """Sam's approval shows on the card as a mention."""
    line = next((text for text in _texts(card["blocks"]) if "Approved by" in text), "")
    return " Sam Sato approved" if f"<@{SAM}>" in line else ""


def _texts(blocks: list[Json]) -> list[str]:
    pieces = [
        piece
        for block in blocks
        for piece in (block.get("text"), *block.get("fields", ()), *block.get("elements", ()))
    ]
    return [one["text"] for one in pieces if isinstance(one, dict) and isinstance(one.get("text"), str)]
