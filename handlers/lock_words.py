"""Locks in words and buttons: for announcements, lists, reminders."""

from __future__ import annotations

from collections.abc import Iterable

from bot.audit import ENGINE
from bot.events import button_value
from bot.gates.situation import zoned
from bot.standing import Lock
from bot.words import Bold, Button, Code, Confirm, Mention, Part, When, Words

LISTED, REMINDED = "list", "nag"
"""What a button carries behind the lock's id: where it stands, so that this can be drawn anew."""

SPANS = {"30m": 1800, "1h": 3600, "2h": 7200, "1d": 86_400}
"""How much longer a lock may be made by a click, in seconds."""

ANNOUNCED_SPANS = ("1h", "1d")
"""Those of them that stand below an announcement, beside the buttons for everybody."""

UNTIL = " until {until}"
TAKEN_OVER_BY, UNLOCKED_BY, OVER_SINCE = "Taken over by ", "Unlocked by ", "Over since "

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


def short(lock: Lock) -> Words:
    """What its owner hears when it stands: he knows who he is and why, and reads the rest in the announcement."""
    until: Words = (" until ", When(lock.until, "date_time")) if lock.until else ()
    said: Words = (" takes only ", Code(lock.only)) if lock.only else (" is locked",)
    if lock.warning:
        said = (" carries your warning",)
    return ("⚠️ " if lock.warning else "🔒 ", Bold(lock.scope), *said, *until)


def instead(before: Lock, after: Lock) -> Words:
    """What it was, when it is another kind of lock now: `instead of the lock on 7.3.x`."""
    if (before.warning, before.only) == (after.warning, after.only):
        return ()
    what = "warning" if before.warning else "lock"
    return (f"instead of the {what} on ", Code(before.only)) if before.only else (f"instead of a {what}",)


def ended(lock: Lock) -> Words:
    """The announcement of a lock that is no more: what it was, and how it came to its end."""
    was: Words = (" was locked by ", who(lock))
    if lock.only:
        was = (" took only ", Code(lock.only), ", said ", who(lock))
    elif lock.warning:
        was = (" carried a warning by ", who(lock))
    said: Words = ("🔓 ", Bold(lock.scope), *was, ": ", lock.reason, "\n")
    if lock.ended_by in {"", ENGINE}:
        return (*said, OVER_SINCE, When(lock.until or lock.ended_at, "date_time"), ".")
    how = TAKEN_OVER_BY if lock.taken_over else UNLOCKED_BY
    return (*said, how, Mention(lock.ended_by), ", ", When(lock.ended_at, "date_time"), ".")


def sentence(lock: Lock, timezone: str) -> str:
    """The same for a refusal, where nothing is mentioned and times are as the reader types them."""
    name = lock.owner_name or lock.owner
    until = UNTIL.format(until=zoned(lock.until, timezone)) if lock.until else ""
    if lock.only:
        return f"{lock.scope} takes only {lock.only}{until}, says {name}: {lock.reason}"
    if lock.warning:
        return f"{lock.scope} carries a warning by {name}{until}: {lock.reason}"
    return f"{lock.scope} is locked by {name}{until}: {lock.reason}"


def words_of(lock: Lock) -> str:
    """The scope as it is typed."""
    return typed(lock.service, lock.environment)


def typed(service: str, environment: str) -> str:
    """A scope as it is typed."""
    return " ".join(filter(None, (service, environment))) or "everything"


def extending(lock: Lock, shown: str) -> list[Button]:
    """Longer, or, without an end, so much longer and no more; and an end at once."""
    return [*_longer(lock, SPANS, shown), release(lock, shown)]


def release(lock: Lock, shown: str = "") -> Button:
    return Button(
        action="release_lock",
        label="Unlock",
        value=button_value(lock.id, shown),
        style="danger",
        confirm=None if lock.warning else RELEASE_SURE,
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
    """Below an announcement, which everybody reads: the owner, those who may lift it, and those who wait.

    Whether somebody may is looked at when he clicks. What has an end can be made longer there.
    """
    found = [release(lock), *(_longer(lock, ANNOUNCED_SPANS) if lock.until else ())]
    found.append(Button(action="take_over", label="Take over…", value=button_value(lock.id)))
    if lock.service and lock.environment and not lock.warning:
        found.append(
            Button(action="watch_lock", label="Tell me when it is free", value=button_value(lock.id))
        )
    return found


def _longer(lock: Lock, spans: Iterable[str], shown: str = "") -> list[Button]:
    label = "+{span}" if lock.until else "{span} more"
    value = button_value(lock.id, shown)
    return [Button(action=f"extend_{span}", label=label.format(span=span), value=value) for span in spans]
