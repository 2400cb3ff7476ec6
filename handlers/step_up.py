"""The second factor: is the code that of the person's authenticator? Each counts once, and who guesses is locked out."""

from __future__ import annotations

import math
from enum import Enum

import msgspec

from bot.errors import Refused
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.sealing import AUTHENTICATOR, CODE, BrokenSeal, unseal
from bot.standing.authenticators import Authenticator
from bot.totp import step_of

FAILURES_MOST = 5
LOCKED_FOR = 15 * 60.0
"""Seconds in which no code is looked at, after so many wrong ones in a row."""

NEEDED = "This takes a code of your authenticator app."
NOT_ENROLLED = "This takes a code of an authenticator app, and you have none enrolled."
NOT_ENROLLED_OUT = "`{command} totp enrol` sends you what you need in a direct message."
OTHER_KEY = "What I keep of your authenticator can't be read any more: it was sealed with another key."
OTHER_KEY_OUT = "An administrator says `{command} totp reset @you because …`; then enrol anew."
LOCKED = "Too many wrong codes: yours are not looked at for another {minutes}."
WRONG = "That code is not right, or was used already. {left} before yours are not looked at for a while."
WRONG_OUT = "Wait for the next one in your app, and try again."
LOCKED_NOW = "That was the {count}th wrong code in a row: yours are not looked at for {minutes} now."
LOCKED_OUT = "If that was not you, somebody else has your Slack: tell whoever runs this bot."
OFF = "There is no key for authenticators in the configuration, so none can be used."
OFF_OUT = "Whoever runs this bot sets `step_up.key`."


class Found(Enum):
    """What a code was."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    """Wrong, and the last one for a while."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an authenticator by a code; it has to be stored. `sentence` and `way_out` say it when it was wrong."""

    found: Found
    after: Authenticator
    sentence: str = ""
    way_out: str = ""

    @property
    def reason(self) -> Reason:
        return Reason.CODE_LOCKED if self.found is Found.LOCKED else Reason.CODE_WRONG


async def authenticator_of(ctx: Context, user: str) -> Authenticator | None:
    """The one that stands for somebody, confirmed or not."""
    found = await ctx.store.standing(Authenticator, slot=user)
    return found[0] if found else None


async def enrolled(ctx: Context, user: str) -> bool:
    """Whether he has an authenticator whose codes count."""
    found = await authenticator_of(ctx, user)
    return found is not None and bool(found.secret)


def not_enrolled(ctx: Context) -> Refused:
    out = NOT_ENROLLED_OUT.format(command=ctx.settings.slack.command())
    return Refused(Reason.CODE_NOT_ENROLLED, NOT_ENROLLED, way_out=out)


async def checked(ctx: Context, person: Person, by: Person, code: str) -> Judged:
    """Look at the code that somebody has sent, sealed for the id under which he sent it, `by`.

    Raises `Refused` when there is none, or none is looked at now.

    The caller stores `after`, and does nothing more unless the code was right.
    """
    found = await authenticator_of(ctx, person.id)
    if found is None or not found.secret:
        raise not_enrolled(ctx)
    if not code:
        raise Refused(Reason.CODE_NEEDED, NEEDED)
    return judged(ctx, found, found.secret, by, code)


def judged(ctx: Context, one: Authenticator, secret: str, by: Person, code: str) -> Judged:
    """Is it a code of this sealed secret? It is looked at as of when it was sent, however late that is handled.

    Raises `Refused` while codes are not looked at.
    """
    now = ctx.clock.now()
    if one.locked_until > now:
        raise Refused(Reason.CODE_LOCKED, LOCKED.format(minutes=_minutes(one.locked_until - now)))
    bare, plain = _opened(ctx, one.owner, secret, by, code)
    step = step_of(bare, plain, at=ctx.at, after=one.last) if plain else None
    if step is not None:
        after = msgspec.structs.replace(one, last=step, failures=0, locked_until=0.0)
        return Judged(found=Found.RIGHT, after=after)
    failures = one.failures + 1
    if failures < FAILURES_MOST:
        left = FAILURES_MOST - failures
        tries = "One more try" if left == 1 else f"{left} more tries"
        after = msgspec.structs.replace(one, failures=failures)
        return Judged(found=Found.WRONG, after=after, sentence=WRONG.format(left=tries), way_out=WRONG_OUT)
    after = msgspec.structs.replace(one, failures=0, locked_until=now + LOCKED_FOR)
    sentence = LOCKED_NOW.format(count=failures, minutes=_minutes(LOCKED_FOR))
    return Judged(found=Found.LOCKED, after=after, sentence=sentence, way_out=LOCKED_OUT)


def note(ctx: Context, one: Judged, *, about: str = "") -> None:
    """Store and audit what became of it."""
    ctx.changes.save(one.after)
    if one.found is Found.LOCKED:
        until = one.after.locked_until
        ctx.changes.audit(
            "code_locked", actor=one.after.owner, about=about, reason=one.reason.value, until=until
        )


def _opened(ctx: Context, owner: str, secret: str, by: Person, code: str) -> tuple[str, str]:
    """The secret, and the code that was typed; "" for one that was not sealed for who sends it. Raises `Refused`."""
    section = ctx.settings.step_up
    if section is None:
        raise Refused(Reason.CODE_OFF, OFF, way_out=OFF_OUT)
    try:
        bare = unseal(section.key, AUTHENTICATOR, owner, secret)
    except BrokenSeal as broken:
        out = OTHER_KEY_OUT.format(command=ctx.settings.slack.command())
        raise Refused(Reason.CODE_NOT_ENROLLED, OTHER_KEY, way_out=out) from broken
    try:
        return bare, unseal(section.key, CODE, by.id, code)
    except BrokenSeal:
        return bare, ""


def _minutes(seconds: float) -> str:
    count = max(1, math.ceil(seconds / 60))
    return "1 minute" if count == 1 else f"{count} minutes"
