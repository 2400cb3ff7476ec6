"""What is looked at after a run, and what the answers mean: frozen values and pure rules.

::

    every address, job and command side by side ─▶ all good ─▶ (bake: the addresses are looked at again and again) ─▶ good
                │ one says no, or its time is over                       │ so many bad answers in a row
                ▼                                                        ▼
               bad                                                      bad
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from bot.probing import UrlAnswer
from bot.reasons import Reason
from bot.runs import RunRef, RunTarget
from config.verifying import Check, UrlCheck
from config.versions import found_in

ANSWERED = "answered {status}"
WITHOUT_TEXT = "answered {status}, without the expected text"
NOT_IN_TIME = "{name} was not good within {within}"
SAID_NO = "{name}: {words}"
LAST_ANSWER = "{sentence}; the last answer: {words}"
UNSEEN_LEAST = 30.0
"""Seconds: what comes later than it was to by more than this shows that nobody looked meanwhile."""


class CheckKind(StrEnum):
    URL = "url"
    JOB = "job"
    COMMAND = "command"
    BAKE = "bake"


class CheckState(StrEnum):
    OPEN = "open"
    GOOD = "good"
    BAD = "bad"


class CheckNow(msgspec.Struct, frozen=True, kw_only=True):
    """One check as it is now. `last` is what was answered last, in words, `bad` how often in a row that was bad.

    `since` is when it was begun, `until` when it has to be good, both later by the time in which nobody looked; `seen_at` when
    it was last seen to be good; epoch seconds. `target` is the job to run, `ref` its run.
    """

    kind: CheckKind
    name: str
    state: CheckState = CheckState.OPEN
    since: float
    until: float
    seen_at: float = 0.0
    last: str = ""
    bad: int = 0
    target: RunTarget | None = None
    ref: RunRef | None = None


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `checks` stand in the order of the configuration, of which `plan` is a digest.

    `turn` counts: looks of an earlier turn count no more. `base` is how many checks earlier plans had, so that no job's key
    is used twice. It bakes from `baking_since` until `bake_until`, 0 while it does not. `unseen_from` and `unseen_to` are
    the last stretch in which nobody looked.
    """

    plan: str
    turn: int = 1
    base: int = 0
    began_at: float
    checks: tuple[CheckNow, ...]
    baking_since: float = 0.0
    bake_until: float = 0.0
    unseen_from: float = 0.0
    unseen_to: float = 0.0
    skipped_by: str = ""
    skipped_why: str = ""

    @property
    def open(self) -> tuple[int, ...]:
        """The checks that are not good yet, without the baking."""
        return tuple(
            n
            for n, one in enumerate(self.checks)
            if one.state is CheckState.OPEN and one.kind is not CheckKind.BAKE
        )

    @property
    def addresses(self) -> tuple[int, ...]:
        return tuple(n for n, one in enumerate(self.checks) if one.kind is CheckKind.URL)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one look found, and when. `good` is None while nothing can be said; a `final` no is not asked again.

    `ref` is the run of a job.
    """

    at: float
    good: bool | None
    words: str
    final: bool = False
    ref: RunRef | None = None


class Bad(NamedTuple):
    reason: Reason
    sentence: str


def judged(check: UrlCheck, found: UrlAnswer) -> tuple[bool, str]:
    """Whether an answer is the one that was expected, and what it was in words that quote nothing of it."""
    if found.problem:
        return False, found.problem
    if found.status != check.status:
        return False, ANSWERED.format(status=found.status)
    if check.text is not None and not found_in(check.text, found.body):
        return False, WITHOUT_TEXT.format(status=found.status)
    return True, ANSWERED.format(status=found.status)


def plan_of(checks: Sequence[Check]) -> str:
    """Equal for equal checks; secrets are hidden in it, so changing only a secret does not change it."""
    whole = "\n".join(one.model_dump_json() for one in checks)
    return hashlib.blake2s(whole.encode(), digest_size=8).hexdigest()


def begun(checks: Sequence[Check], now: float, before: Verification | None = None) -> Verification:
    """Everything open; `before` is an earlier one, of a plan that holds no more."""
    return Verification(
        plan=plan_of(checks),
        turn=before.turn + 1 if before else 1,
        base=before.base + len(before.checks) if before else 0,
        began_at=now,
        checks=tuple(_open(one, now) for one in checks),
    )


def taken_up(before: Verification, now: float) -> Verification:
    """The same, with looks of a new turn: those of the last have come to nothing, so that nothing is baked yet."""
    after = prolonged(before, before.baking_since, now) if before.bake_until else before
    return msgspec.structs.replace(after, turn=before.turn + 1)


def heard(before: Verification, n: int, answer: Answer, check: Check) -> Verification | Bad:
    """What an answer makes of it. Where nothing is open any more, whoever asks lets it bake, or is done."""
    one = before.checks[n]
    baking = bool(before.bake_until)
    if one.state is CheckState.GOOD and not (baking and one.kind is CheckKind.URL):
        return before
    bad = 0 if answer.good else one.bad + (answer.good is False)
    after = msgspec.structs.replace(
        one,
        state=CheckState.GOOD if answer.good or baking else CheckState.OPEN,
        seen_at=answer.at if answer.good else one.seen_at,
        last=answer.words,
        bad=bad,
        ref=answer.ref or one.ref,
    )
    limit = check.url.bad_looks if check.url else 1
    if answer.good is False and (answer.final or (baking and bad >= limit)):
        return Bad(Reason.VERIFICATION_FAILED, SAID_NO.format(name=one.name, words=answer.words))
    checks = (*before.checks[:n], after, *before.checks[n + 1 :])
    return msgspec.structs.replace(before, checks=checks)


def prolonged(before: Verification, since: float, until: float) -> Verification:
    """Nobody looked from `since` to `until`: that counts for nothing, neither as baked nor against what has to be good.

    Of one stretch each check tells for itself; it is counted once.
    """
    first, last = before.unseen_from, before.unseen_to
    apart = until < first or since > last
    more = until - since if apart else max(0.0, first - since) + max(0.0, until - last)
    if more <= 0:
        return before
    checks = tuple(_later(one, more) if n in before.open else one for n, one in enumerate(before.checks))
    return msgspec.structs.replace(
        before,
        checks=checks,
        bake_until=before.bake_until + more if before.bake_until else 0.0,
        unseen_from=since if apart else min(first, since),
        unseen_to=until if apart else max(last, until),
    )


def marked_bad(before: Verification, n: int, words: str) -> Verification:
    """With the check that said no."""
    one = msgspec.structs.replace(before.checks[n], state=CheckState.BAD, last=words)
    return msgspec.structs.replace(before, checks=(*before.checks[:n], one, *before.checks[n + 1 :]))


def overdue(before: Verification, now: float) -> int | None:
    """The first check whose time is over."""
    return next((n for n in before.open if before.checks[n].until <= now), None)


def baking(before: Verification, checks: Sequence[Check], now: float) -> Verification | None:
    """Everything is good: it begins to bake. None when it does already, or is not to."""
    bake = next((one.bake for one in checks if one.bake is not None), None)
    if bake is None or before.bake_until:
        return None
    return msgspec.structs.replace(before, baking_since=now, bake_until=now + bake)


def baked(before: Verification) -> bool:
    """Whether every address was good when the time was over."""
    return all(
        before.checks[n].seen_at >= before.bake_until and not before.checks[n].bad for n in before.addresses
    )


def ended_well(before: Verification) -> Verification:
    checks = tuple(msgspec.structs.replace(one, state=CheckState.GOOD) for one in before.checks)
    return msgspec.structs.replace(before, checks=checks)


def unseen(last: float, due: float, now: float) -> bool:
    """Whether nobody looked since the `last` look, for the one that was `due` comes now: a server that was down has not looked."""
    return bool(last) and now - max(last, due) > UNSEEN_LEAST


def kind_of(check: Check) -> CheckKind:
    if check.url is not None:
        return CheckKind.URL
    if check.job is not None:
        return CheckKind.JOB
    return CheckKind.BAKE if check.command is None else CheckKind.COMMAND


def name_of(check: Check) -> str:
    """What people read. Of an address only host and path: what follows may say more than it should."""
    if check.name:
        return check.name
    if check.url is not None:
        parts = urlsplit(check.url.address.partition("{")[0])
        return f"{parts.hostname}{parts.path}".rstrip("/")
    if check.job is not None:
        return f"job {check.job.job}"
    return f"command {check.command.run[0].rpartition('/')[2]}" if check.command else "bake"


def _later(one: CheckNow, seconds: float) -> CheckNow:
    return msgspec.structs.replace(one, since=one.since + seconds, until=one.until + seconds)


def _open(check: Check, now: float) -> CheckNow:
    timed = check.url or check.job or check.command
    within = timed.within if timed is not None else 0.0
    return CheckNow(kind=kind_of(check), name=name_of(check), since=now, until=now + within)
