"""Freezes in words and buttons: for announcements, answers and lists."""

from __future__ import annotations

from bot.audit import ENGINE
from bot.events.buttons import button_value
from bot.standing import Freeze
from bot.words import Bold, Button, Confirm, Mention, Part, When, Words

UNTIL_LIFTED = "until somebody lifts it"
INCIDENT = "Incident: "
FROZEN, FROZEN_LONGER, WAS_FROZEN = " is frozen ", " is frozen longer, ", " was frozen by "
MEANWHILE = " Deployments wait or are refused; rollbacks go on."
LIFTED, OVER = "Lifted by ", "Over since "
SURE = Confirm(title="Lift the freeze?", text="What waits is asked again at once.", yes="Lift it")


def declared(found: Freeze, *, longer: bool = False) -> Words:
    """What is frozen, until when, by whom, and why."""
    words: list[Part] = [INCIDENT] if found.incident else []
    words += [Bold(found.scope), FROZEN_LONGER if longer else FROZEN, *until_words(found), ", by "]
    return (*words, Mention(found.owner), ": ", found.reason, ".", MEANWHILE)


def ended(found: Freeze) -> Words:
    """The same when it is over: what it was, and how it came to its end."""
    was: Words = (Bold(found.scope), WAS_FROZEN, Mention(found.owner), ": ", found.reason, ".\n")
    if found.ended_by in {"", ENGINE}:
        return (*was, OVER, When(found.until or found.ended_at, "date_time"), ".")
    return (*was, LIFTED, Mention(found.ended_by), ", ", When(found.ended_at, "date_time"), ".")


def until_words(one: Freeze) -> Words:
    return ("until ", When(one.until, "date_time")) if one.until else (UNTIL_LIFTED,)


def words_of(one: Freeze) -> str:
    """Its scope as it is typed."""
    return " ".join(filter(None, (one.service, one.environment))) or "everything"


def buttons(found: Freeze) -> tuple[Button, ...]:
    """To let it end later, and to lift it."""
    longer = (
        [("1h", "1 hour longer"), ("4h", "4 hours longer"), ("1d", "1 day longer")] if found.until else []
    )
    extend = [
        Button(action="freeze_extend", label=label, value=button_value(found.id, detail))
        for detail, label in longer
    ]
    lift = Button(action="freeze_lift", label="Lift it", value=found.id, style="danger", confirm=SURE)
    return (*extend, lift)
