"""The gate freeze: is it a time at which nothing starts there."""

from __future__ import annotations

from bot.deployments import Clause
from bot.gates.situation import FreezeNow, Situation
from bot.gates.verdict import Outcome, Verdict
from bot.kinds import Kind
from bot.reasons import Reason

GATE = "freeze"
FROZEN = "{what}, until {until} ({zone})"
ENDLESS = "{what}, until somebody lifts it"
BECAUSE = ": {reason}"
THEN = " Then: {what}, until {until} ({zone})."
PLANNED = "`{command}` plans it"
OVERRIDDEN = "`{command}` asks for it all the same"
LIFT = "`{command} why {service} {environment}` says who can lift it."
PASSED = "{what}; passes because of the override: {override}"
OTHER = " The override was for another freeze."
ROLLED_BACK = "{what}; a way back is never frozen"
BROKEN = "{what}; the glass is broken for it"


def freeze(so: Situation) -> Verdict:
    """Waits until the first moment at which nothing is frozen any more, or blocks when that is too far away."""
    now = [one for one in so.freezes if one.since <= so.now]
    left = [one for one in so.freezes if not passed(so, one)]
    holding = [one for one in left if one.since <= so.now]
    if not now:
        return Verdict(gate=GATE)
    if so.kind is Kind.ROLLBACK or so.goes_without or not holding:
        return Verdict(gate=GATE, sentence=_passing(so, now))
    until = opens(left, so.now)
    late = not until or until - so.now > so.policy.wait_at_most
    return Verdict(
        gate=GATE,
        outcome=Outcome.BLOCK if late else Outcome.WAIT,
        reason=Reason.FROZEN,
        sentence=_sentence(so, holding, left, until),
        who=tuple(dict.fromkeys(who for one in holding for who in one.lift)),
        until=until,
        way_out=_way_out(so, holding, until),
    )


def passed(so: Situation, one: FreezeNow) -> bool:
    """Whether the override is for this one: those whom it takes are asked, too."""
    return bool(so.override) and one.override is not None and set(one.override) <= set(so.clauses)


def overridden(so: Situation) -> tuple[FreezeNow, ...]:
    """What holds now, and is gone through by an override."""
    exempt = so.kind is Kind.ROLLBACK or so.goes_without
    return () if exempt else tuple(one for one in so.freezes if one.since <= so.now and passed(so, one))


def extra(so: Situation) -> tuple[Clause, ...]:
    """Who has to approve besides, for what holds now to be gone through."""
    if not so.override:
        return ()
    holding = [one for one in so.freezes if one.since <= so.now]
    return tuple(dict.fromkeys(clause for one in holding for clause in one.override or ()))


def opens(freezes: list[FreezeNow], at: float) -> float:
    """The first moment at which none of them holds; 0 when one has no end."""
    while holding := [one for one in freezes if one.since <= at and (not one.until or at < one.until)]:
        if not all(one.until for one in holding):
            return 0.0
        at = max(one.until for one in holding)
    return at


def _sentence(so: Situation, holding: list[FreezeNow], left: list[FreezeNow], until: float) -> str:
    one = next((each for each in holding if not each.until), None) or max(
        holding, key=lambda each: each.until
    )
    said = _until(so, FROZEN, one) if one.until else ENDLESS.format(what=one.what)
    said += (BECAUSE.format(reason=one.reason) if one.reason else "") + "."
    if until > one.until > 0:
        last = next(each for each in left if each.until == until)
        said += _until(so, THEN, last)
    return _capital(said) + (OTHER if so.override else "")


def _passing(so: Situation, now: list[FreezeNow]) -> str:
    what = _capital(now[0].what)
    if so.kind is Kind.ROLLBACK:
        return ROLLED_BACK.format(what=what)
    if so.goes_without:
        return BROKEN.format(what=what)
    return PASSED.format(what=what, override=so.override)


def _way_out(so: Situation, holding: list[FreezeNow], until: float) -> str:
    ways = []
    if until:
        ways.append(PLANNED.format(command=so.again(f"at {so.moment(until)}")))
    if all(one.override is not None for one in holding):
        ways.append(OVERRIDDEN.format(command=so.again("override because …")))
    if ways:
        return ", ".join(ways) + "."
    return LIFT.format(command=so.command, service=so.service, environment=so.environment)


def _until(so: Situation, template: str, one: FreezeNow) -> str:
    return template.format(what=one.what, until=so.moment(one.until), zone=so.timezone)


def _capital(sentence: str) -> str:
    """With a capital, unless it begins with a name."""
    first = sentence.partition(" ")[0]
    return sentence[0].upper() + sentence[1:] if first in {"outside", "frozen", "the"} else sentence
