"""The gate freeze: is it a time at which nothing starts there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.approvals import describe
from bot.deployments import Clause, PassedFreeze
from bot.gates.situation import FreezeNow, Situation
from bot.gates.verdict import Obstacle, Outcome, Verdict
from bot.kinds import Kind
from bot.reasons import Reason

GATE = "freeze"
FROZEN = "{what}, until {until} ({zone})"
ENDLESS = "{what}, until somebody lifts it"
FOR_EVER = "{what}, and nobody can lift that"
BECAUSE = ": {reason}"
THEN = " Then: {what}, until {until} ({zone})."
PLANNED = "`{command}` plans it"
OVERRIDDEN = "`{command}` asks for it all the same{who}"
APPROVED_BY = ", with the approval of {who}"
LIFT = "`{command} why {service} {environment}` says who can lift it."
CONFIGURED = "Only another configuration opens it."
PASSED = "{what}; passes because of the override: {override}"
OTHER = " The override was for another freeze; this one is asked about anew."
NOBODY = " Nobody can override it."
ROLLED_BACK = "{what}; a way back is never frozen"
BROKEN = "{what}; the glass is broken for it"


def freeze(so: Situation) -> Verdict:
    """Waits until the first moment at which nothing is frozen any more, or until somebody lifts what has no end.

    Blocks when that is too far away, or when nobody can lift what has no end. Each that holds is named, with who lifts that one.
    """
    now = [one for one in so.freezes if one.since <= so.now]
    left = [one for one in so.freezes if not passed(so, one)]
    holding = [one for one in left if one.since <= so.now]
    if not now:
        return Verdict(gate=GATE)
    if so.kind is Kind.ROLLBACK or so.goes_without or not holding:
        return Verdict(gate=GATE, sentence=_passing(so, now))
    until = opens(left, so.now)
    holding.sort(key=lambda one: (bool(one.until), -one.until))
    return Verdict(
        gate=GATE,
        outcome=Outcome.BLOCK if _late(so, left) else Outcome.WAIT,
        reason=Reason.FROZEN,
        sentence=_sentence(so, holding[0], left, until),
        who=holding[0].lift,
        until=until,
        way_out=_way_out(so, holding, until),
        also=tuple(Obstacle(sentence=_sentence(so, one), who=one.lift) for one in holding[1:]),
    )


def _late(so: Situation, left: list[FreezeNow]) -> bool:
    """Whether one ends too late to be waited for, or never: what people may lift at any moment is waited for.

    So is what people are asked about anew, because they may let it be gone through.
    """
    left = [one for one in left if not (so.override and one.override is not None)]
    known = [one for one in left if one.until]
    never = any(not one.until and not one.lift for one in left if one.since <= so.now)
    return never or opens(known, so.now) - so.now > so.policy.wait_at_most


def passed(so: Situation, one: FreezeNow) -> bool:
    """Whether the override is for this one: it was named to those who approve, and those whom it takes are among them."""
    if not so.override or one.override is None:
        return False
    return one.id in so.passes and set(one.override) <= set(so.clauses)


def passable(so: Situation) -> tuple[FreezeNow, ...]:
    """What holds now, and an override is for when it is asked for now."""
    if not so.override:
        return ()
    return tuple(one for one in so.freezes if one.since <= so.now and one.override is not None)


def unnamed(so: Situation) -> tuple[FreezeNow, ...]:
    """What holds now and could be gone through, had it been named to those who approve the override."""
    exempt = so.kind is Kind.ROLLBACK or so.goes_without
    return () if exempt else tuple(one for one in passable(so) if not passed(so, one))


def named(freezes: Iterable[FreezeNow]) -> tuple[PassedFreeze, ...]:
    """These as approvers are told of them. Who may lift one may move its end as well, so that none is said."""
    return tuple(
        PassedFreeze(id=one.id, what=one.what, reason=one.reason, until=0.0 if one.lift else one.until)
        for one in freezes
    )


def overridden(so: Situation) -> tuple[FreezeNow, ...]:
    """What holds now, and is gone through by an override."""
    exempt = so.kind is Kind.ROLLBACK or so.goes_without
    return () if exempt else tuple(one for one in so.freezes if one.since <= so.now and passed(so, one))


def extra(so: Situation) -> tuple[Clause, ...]:
    """Who has to approve besides, for what holds now to be gone through."""
    return deciding(passable(so))


def deciding(freezes: Iterable[FreezeNow]) -> tuple[Clause, ...]:
    """Who decides that these are gone through."""
    return tuple(dict.fromkeys(clause for one in freezes for clause in one.override or ()))


def opens(freezes: list[FreezeNow], at: float) -> float:
    """The first moment at which none of them holds; 0 when one has no end."""
    while holding := [one for one in freezes if one.since <= at and (not one.until or at < one.until)]:
        if not all(one.until for one in holding):
            return 0.0
        at = max(one.until for one in holding)
    return at


def _sentence(so: Situation, one: FreezeNow, left: Sequence[FreezeNow] = (), until: float = 0.0) -> str:
    """What holds, until when and why; with what follows on it, `until` a later moment."""
    endless = ENDLESS if one.lift else FOR_EVER
    said = _until(so, FROZEN, one) if one.until else endless.format(what=one.what)
    said += (BECAUSE.format(reason=one.reason) if one.reason else "") + "."
    if until > one.until > 0:
        last = next(each for each in left if each.until == until)
        said += _until(so, THEN, last)
    if so.override:
        said += NOBODY if one.override is None else OTHER
    return capital(said)


def _passing(so: Situation, now: list[FreezeNow]) -> str:
    what = capital(now[0].what)
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
        clauses = deciding(holding)
        who = APPROVED_BY.format(who=describe(clauses)) if clauses else ""
        ways.append(OVERRIDDEN.format(command=so.again("override because …"), who=who))
    if ways:
        return ", ".join(ways) + "."
    if not any(one.lift for one in holding):
        return CONFIGURED
    return LIFT.format(command=so.command, service=so.service, environment=so.environment)


def _until(so: Situation, template: str, one: FreezeNow) -> str:
    return template.format(what=one.what, until=so.moment(one.until), zone=so.timezone)


def capital(sentence: str) -> str:
    """With a capital, unless it begins with a name."""
    first = sentence.partition(" ")[0]
    return sentence[0].upper() + sentence[1:] if first in {"outside", "frozen", "the"} else sentence
