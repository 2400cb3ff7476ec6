"""Locks in words and buttons: for announcements, lists, reminders."""

from __future__ import annotations

from bot.audit import ENGINE
from bot.events import button_value
from bot.standing import Lock
from bot.words import Bold, Button, Code, Confirm, Mention, Part, When, Words

LISTED, REMINDED = "list", "nag"
"""What a button carries behind the lock's id: where it stands, so that this can be drawn anew."""

SPANS = {"30m": 1800, "1h": 3600, "2h": 7200, "1d": 86_400}
"""How much longer a lock may be made by a click, in seconds."""

RELEASE_SURE = Confirm(
    title="Unlock?",
    text="What waits for this starts at once.",
    yes="Unlock",
    no="Keep it locked",
)


def who(lock: Lock) -> Part:
    return "Pilothouse" if lock.owner == ENGINE else Mention(lock.owner)


def described(lock: Lock) -> Words:
    """One sentence: what is locked, by whom, until when, why."""
    until: Words = (" until ", When(lock.until, "date_time")) if lock.until else ()
    sign = "⚠️" if lock.warning else "🔒"
    said: tuple[Part, ...]
    if lock.only:
        verb = " should take only " if lock.warning else " takes only "
        said = (verb, Code(lock.only), *until, ", says ", who(lock))
    elif lock.warning:
        said = (" carries a warning by ", who(lock), *until)
    else:
        said = (" is locked by ", who(lock), *until)
    return (f"{sign} ", Bold(lock.scope), *said, ": ", lock.reason)


def sentence(lock: Lock) -> str:
    """The same for a refusal, where nothing is mentioned and times are left to the commands."""
    name = lock.owner_name or lock.owner
    if lock.only:
        return f"{lock.scope} takes only {lock.only}, says {name}: {lock.reason}"
    if lock.warning:
        return f"{lock.scope} carries a warning by {name}: {lock.reason}"
    return f"{lock.scope} is locked by {name}: {lock.reason}"


def words_of(lock: Lock) -> str:
    """The scope as it is typed."""
    return " ".join(filter(None, (lock.service, lock.environment))) or "everything"


def extending(lock: Lock, shown: str) -> list[Button]:
    """Longer, or, without an end, so much longer and no more; and an end at once."""
    value = button_value(lock.id, shown)
    label = "+{span}" if lock.until else "{span} more"
    return [
        *(Button(action=f"extend_{span}", label=label.format(span=span), value=value) for span in SPANS),
        release(lock, shown),
    ]


def release(lock: Lock, shown: str = "") -> Button:
    return Button(
        action="release_lock",
        label="Unlock",
        value=button_value(lock.id, shown),
        style="danger",
        confirm=RELEASE_SURE,
    )


def of_others(lock: Lock, shown: str = "") -> list[Button]:
    """What others may do about it, for a reason."""
    if lock.owner == ENGINE:
        return [release(lock, shown)]
    value = button_value(lock.id, shown)
    return [
        Button(action="take_over", label="Take over…", value=value),
        Button(action="release_because", label="Unlock…", value=value),
    ]


def announced(lock: Lock) -> list[Button]:
    """Below an announcement, which everybody reads: the owner, those who may lift it, and those who wait."""
    found = [release(lock)] if not lock.warning else []
    found.append(Button(action="take_over", label="Take over…", value=button_value(lock.id)))
    if lock.service and lock.environment and not lock.warning:
        found.append(
            Button(action="watch_lock", label="Tell me when it is free", value=button_value(lock.id))
        )
    return found
