"""The second factor: is the code that of the person's authenticator? Each counts once, and who guesses is locked out."""

from __future__ import annotations

import math
from enum import Enum

import msgspec

from bot.errors import Refused
from bot.events import Tell
from bot.people import Person, directly
from bot.ports import Context
from bot.reasons import Reason
from bot.sealing import AUTHENTICATOR, CODE, BrokenSeal, unseal
from bot.standing.authenticators import Authenticator, CodeRecord
from bot.standing.base import standing_id
from bot.totp import step_of
from bot.words import Mention, When
from handlers.announcing import announce

FAILURES_MOST = 5
LOCKED_AT_FIRST, LONGER_EACH_TIME, LOCKED_AT_MOST = 15 * 60.0, 4, 86_400.0
"""Seconds in which no code is looked at, after so many wrong ones in a row; the next time it is longer, until a right one came."""
MINUTES_MOST = 60

NEEDED = "This takes a code of your authenticator app."
NOT_ENROLLED = "This takes a code of an authenticator app, and you have none enrolled."
NOT_ENROLLED_OUT = "`{command} totp enrol` sends you what you need in a direct message."
OTHER_KEY = "What I keep of your authenticator can't be read any more: it was sealed with another key."
OTHER_KEY_OUT = "An administrator says `{command} totp reset @you because …`; then enrol anew."
LOCKED = "Too many wrong codes: yours are not looked at for another {time}."
WRONG = "That code is not right, or was used already. {left} before yours are not looked at for a while."
WRONG_OUT = "Wait for the next one in your app, and try again."
LOCKED_NOW = "That was the {count}th wrong code in a row: yours are not looked at for {time} now."
LOCKED_OUT = "If that was not you, somebody else has your Slack: tell whoever runs this bot."
ANNOUNCED = ": too many wrong codes of his authenticator in a row. None is looked at until "
ANNOUNCED_OUT = ". If that was not he himself, somebody else has his Slack."
TOLD = "Too many wrong codes of your authenticator were given in your name in a row: none is looked at until "
OFF = "There is no key for authenticators in the configuration, so none can be used."
OFF_OUT = "Whoever runs this bot sets `step_up.key`."


class Found(Enum):
    """What a code was."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    """Wrong, and the last one for a while."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a code: `record` has to be stored in any case, `after`, the authenticator, when it was right.

    `sentence` and `way_out` say it when it was wrong.
    """

    found: Found
    after: Authenticator
    record: CodeRecord
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


async def can_give(ctx: Context, user: str) -> bool:
    """Whether he has an authenticator whose codes can be looked at: not one that was sealed with another key."""
    found = await authenticator_of(ctx, user)
    if found is None or not found.secret or ctx.settings.step_up is None:
        return False
    try:
        unseal(ctx.settings.step_up.key, AUTHENTICATOR, found.owner, found.secret)
    except BrokenSeal:
        return False
    return True


def not_enrolled(ctx: Context) -> Refused:
    out = NOT_ENROLLED_OUT.format(command=ctx.settings.slack.command())
    return Refused(Reason.CODE_NOT_ENROLLED, NOT_ENROLLED, way_out=out)


async def checked(ctx: Context, person: Person, by: Person, code: str) -> Judged:
    """Look at the code that somebody has sent, sealed for the id under which he sent it, `by`.

    Raises `Refused` when there is none, or none is looked at now.

    The caller stores what became of it (`note`), and does nothing more unless the code was right.
    """
    found = await authenticator_of(ctx, person.id)
    if found is None or not found.secret:
        raise not_enrolled(ctx)
    if not code:
        raise Refused(Reason.CODE_NEEDED, NEEDED)
    return judged(ctx, found, await record_of(ctx, found.owner), found.secret, by, code)


async def record_of(ctx: Context, user: str) -> CodeRecord:
    """What is kept of somebody's codes; a new one where nothing is."""
    found = await ctx.store.standing(CodeRecord, slot=user)
    if found:
        return found[0]
    return CodeRecord(id=standing_id(f"codes of {user}"), owner=user, made_at=ctx.clock.now())


def not_locked(ctx: Context, record: CodeRecord) -> None:
    """Raises `Refused` while no code of his is looked at."""
    left = record.locked_until - ctx.clock.now()
    if left > 0:
        raise Refused(Reason.CODE_LOCKED, LOCKED.format(time=_lasting(left)))


def judged(  # noqa: PLR0917 - whose code of what, and who sent it
    ctx: Context,
    one: Authenticator,
    record: CodeRecord,
    secret: str,
    by: Person,
    code: str,
    *,
    first: bool = False,
) -> Judged:
    """Is it a code of this sealed secret? It is looked at as of when it was sent, however late that is handled.

    The `first` code of a secret shows that this was seen, and nothing else: it makes no further lock-out shorter.
    Raises `Refused` while codes are not looked at.
    """
    not_locked(ctx, record)
    bare, plain = _opened(ctx, one.owner, secret, by, code)
    step = step_of(bare, plain, at=ctx.at, after=one.last) if plain else None
    if step is None:
        return _wrong(ctx, one, record)
    lockouts = record.lockouts if first else 0
    return Judged(
        found=Found.RIGHT,
        after=msgspec.structs.replace(one, last=step),
        record=msgspec.structs.replace(record, failures=0, lockouts=lockouts, locked_until=0.0),
    )


def _wrong(ctx: Context, one: Authenticator, record: CodeRecord) -> Judged:
    failures = record.failures + 1
    if failures < FAILURES_MOST:
        left = FAILURES_MOST - failures
        tries = "One more try" if left == 1 else f"{left} more tries"
        kept = msgspec.structs.replace(record, failures=failures)
        words = WRONG.format(left=tries)
        return Judged(found=Found.WRONG, after=one, record=kept, sentence=words, way_out=WRONG_OUT)
    lasts = min(LOCKED_AT_FIRST * LONGER_EACH_TIME**record.lockouts, LOCKED_AT_MOST)
    kept = msgspec.structs.replace(
        record, failures=0, lockouts=record.lockouts + 1, locked_until=ctx.clock.now() + lasts
    )
    words = LOCKED_NOW.format(count=failures, time=_lasting(lasts))
    return Judged(found=Found.LOCKED, after=one, record=kept, sentence=words, way_out=LOCKED_OUT)


def note(ctx: Context, one: Judged, *, about: str = "") -> None:
    """Store what is kept of his codes; a lock-out is audited, announced, and told to him where only he himself reads it."""
    # Also when it was right, so that of many at once each knows of those before it.
    ctx.changes.save(one.record)
    if one.found is not Found.LOCKED:
        return
    owner, until = one.record.owner, one.record.locked_until
    ctx.changes.audit(
        "code_locked",
        actor=owner,
        about=about,
        reason=one.reason.value,
        until=until,
        lockouts=one.record.lockouts,
    )
    announce(ctx, f"locked-{owner}", (Mention(owner), ANNOUNCED, When(until, "date_time"), ANNOUNCED_OUT))
    told = (TOLD, When(until, "date_time"), ". ", LOCKED_OUT)
    ctx.changes.publish(Tell(user=owner, place=directly(owner), words=told))


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


def _lasting(seconds: float) -> str:
    """In words, rounded up: `15 minutes`, `4 hours`."""
    minutes = max(1, math.ceil(seconds / 60))
    count, unit = (minutes, "minute") if minutes < MINUTES_MOST else (math.ceil(minutes / 60), "hour")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
