"""The guide of the sandbox: what to type next, ticked when it was done. The first minute, then the rest of the deploy model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.harbour import DANA, OLU, SAM, SOFIA
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.server import SlackStandIn

Json = dict[str, Any]
DEPLOYMENTS = "C0DEPLOYS1"
FIRST_MINUTE, DEPLOY_MODEL = "Your first minute", "The deploy model"


@dataclass(frozen=True, kw_only=True)
class Step:
    """`done` looks at what was said in #deployments: in the first minute at the cards' one line, later at whole messages."""

    text: str
    user: str
    done: Callable[[list[str]], bool]
    say: str = ""


def _any(*words: str) -> Callable[[list[str]], bool]:
    return lambda said: any(all(word in one for word in words) for one in said)


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


MODEL = (
    Step(
        text="Ask what would happen. Nothing does: every gate answers, with the commits that would go out.",
        user=DANA,
        say="/deploy plan checkout 1.5.0 production",
        done=_any("Plan, nothing happens"),
    ),
    Step(
        text="A lock. Be Sam and take payments in staging for yourself.",
        user=SAM,
        say="/lock payments staging for 30m because its database is moved",
        done=_any("payments in staging", "is locked by"),
    ),
    Step(
        text="Be Dana and deploy there: her card says who holds it up. `/deploy why payments staging` says who can lift it.",
        user=DANA,
        say="/deploy payments staging",
        done=_any("payments 2.0.1 → staging", "is locked by"),
    ),
    Step(
        text="Let it go on. The buttons of `/locks` do the same.",
        user=SAM,
        say="/unlock payments staging",
        done=_any("payments in staging", "is unlocked by"),
    ),
    Step(
        text="The queue: while the slow one runs, this waits behind it, and its card says so. `/deploy queue` shows who waits where.",
        user=DANA,
        say="/deploy reports 7.4 staging",
        done=_any("reports 7.4 → staging"),
    ),
    Step(
        text="A freeze. What is asked for there waits, and starts by itself when it is over, or when you lift it.",
        user=SAM,
        say="/freeze payments production for 10m because the bank is moved",
        done=_any("payments in production", "is frozen until"),
    ),
    Step(
        text="A schedule: in half a minute; `at 14:00` is by your own clock. `/deploy schedules` lists it.",
        user=DANA,
        say="/deploy orders staging in 30s",
        done=_any("orders 3.0.0 → staging"),
    ),
    Step(
        text="When it has succeeded, promote it: exactly what runs in staging. It bakes for ten seconds, then Sam says yes.",
        user=DANA,
        say="/promote orders",
        done=_any("orders 3.0.0 → production", "Succeeded"),
    ),
    Step(
        text="Back to what ran there before. The button *Roll back…* on a card offers the versions to choose from.",
        user=DANA,
        say="/rollback checkout staging",
        done=_any("Goes back from", "Succeeded"),
    ),
    Step(
        text="Two services on one card: payments first, because checkout needs it.",
        user=DANA,
        say="/release autumn",
        done=_any("Release autumn"),
    ),
    Step(
        text="Looked at after the run. Make the shop sick in the faults panel first, and well again before it is given up.",
        user=DANA,
        say="/deploy web production",
        done=_any("web 5.0.0 → production", "Succeeded"),
    ),
    Step(
        text="Be Sofia, who goes away: Olu approves in her place.",
        user=SOFIA,
        say="/deploy delegate checkout production to @olu for 2h because I am away",
        done=_any("approves in your place"),
    ),
    Step(
        text="This needs two of sre: approve it as Sam, with a word, and as Olu. The ledger is stricter, it wants a code as well.",
        user=DANA,
        say="/deploy checkout 1.4.3 production",
        done=_any("checkout 1.4.3 → production", "Succeeded"),
    ),
    Step(
        text="What is where. The app's Home shows what is yours, and `/deploy` alone is a form that asks the gates as you choose.",
        user=DANA,
        say="/deploy status all",
        done=_any("What is where"),
    ),
    Step(
        text="Be Olu, change the configuration file that was named at the start, and have it read again.",
        user=OLU,
        say="/deploy reload",
        done=lambda said: any(
            words in one
            for one in said
            for words in ("Nothing is different", "The configuration", "Configuration:")
        ),
    ),
)


def guide(slack: SlackStandIn) -> list[Json]:
    """The steps as the page shows them, with what is done by now. What was ticked stays so, whatever cards say later."""
    ticked = {one["text"] for one in slack.guide if one.get("done")}
    said = [one for one in slack.workspace.conversations.in_channel(DEPLOYMENTS) if not one.is_reply]
    cards = [
        one.text + _approvals(one)
        for one in said
        if one.metadata is not None and one.metadata.get("event_type") == "pilothouse_card"
    ]
    whole = ["\n".join((one.text, *_texts(one.blocks))) for one in said]
    return [
        *(_shown(step, FIRST_MINUTE, step.text in ticked or step.done(cards)) for step in STEPS),
        *(_shown(step, DEPLOY_MODEL, step.text in ticked or step.done(whole)) for step in MODEL),
    ]


def _shown(step: Step, chapter: str, done: bool) -> Json:
    return {
        "text": step.text,
        "user": step.user,
        "chapter": chapter,
        "done": done,
        **({"say": {"channel": DEPLOYMENTS, "text": step.say}} if step.say else {}),
    }


def _approvals(card: Message) -> str:
    """Sam's approval shows on the card as a mention."""
    line = next((text for text in _texts(card.blocks) if "Approved by" in text), "")
    return " Sam Sato approved" if f"<@{SAM}>" in line else ""


def _texts(blocks: list[Json]) -> list[str]:
    pieces = [
        piece
        for block in blocks
        for piece in (block.get("text"), *block.get("fields", ()), *block.get("elements", ()))
    ]
    return [one["text"] for one in pieces if isinstance(one, dict) and isinstance(one.get("text"), str)]
