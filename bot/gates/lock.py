"""The gate lock: has somebody locked the place, or all but some versions of it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from bot.audit import ENGINE
from bot.gates.situation import Situation
from bot.gates.verdict import Obstacle, Outcome, Verdict
from bot.kinds import Kind
from bot.reasons import Reason
from bot.standing import Lock

GATE = "lock"
LOCKED = "{scope} is locked by {who}{until}: {why}"
ONLY = "{scope} takes only {only}{until}, says {who}: {why}"
WARNED = "{who} warns about {scope}{until}: {why}"
UNTIL = " until {until} ({zone})"
YOURS = "{scope} is locked by you{until}: {why}; you may"
HIS_OWN = "{scope} is locked by {who}{until}: {why}; it does not hold up {who}"
AFTER_A_FAILURE = "{scope} is locked by {who}{until}: {why}; a way back may go all the same"
TAKEN = "{scope} takes {only}{until}, says {who}: {why}"
OUT = "`{command} unlock {scope}{because}` lifts {it}, for {who}"
THAT_OF = "the lock of {scope}"
WATCH = "`{command} watch {service} {environment}` tells you when it is free."
BECAUSE = " because …"


def lock(so: Situation) -> Verdict:
    standing = [one for one in so.locks if one.stands(so.now) and one.covers(so.service, so.environment)]
    hard = [one for one in standing if not one.warning and holds(one, so)]
    if hard:
        return _held(so, hard)
    return Verdict(gate=GATE, sentence="; ".join(_remark(so, one) for one in standing))


def holds(one: Lock, so: Situation) -> bool:
    """Whether it is in the way: a person's lock not of its owner, one on a version of no version that it lets through.

    What failed locks the place against anything but the way back.
    """
    if one.only:
        return not matches(one.only, so.version)
    if one.owner == ENGINE and so.kind is Kind.ROLLBACK:
        return False
    return one.owner != so.actor


def matches(only: str, version: str) -> bool:
    """Whether a version is one of `1.4.*`; `1.4.x` says the same. Nothing else in it is special."""
    pattern = re.sub(r"(?<=\.)[xX](?=\.|$)", "*", only).replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(version, pattern)


def _held(so: Situation, hard: list[Lock]) -> Verdict:
    """Each that holds is named, with who lifts that one; those that last longest first, and what only warns last."""
    hard = sorted(hard, key=lambda one: (bool(one.until), -one.until))
    ends = [one.until for one in hard]
    others = [one for one in so.locks if one.stands(so.now) and one.covers(so.service, so.environment)]
    # Without an end somebody may lift it at any moment; whoever named an end meant it.
    late = any(one.until - so.now > so.policy.wait_at_most for one in hard)
    return Verdict(
        gate=GATE,
        outcome=Outcome.BLOCK if late else Outcome.WAIT,
        reason=Reason.LOCKED,
        sentence=_hold(so, hard[0]),
        who=_who(so, hard[0]),
        until=max(ends) if all(ends) else 0.0,
        way_out=_way_out(so, hard),
        also=(
            *(Obstacle(sentence=_hold(so, one), who=_who(so, one)) for one in hard[1:]),
            *(Obstacle(sentence=_remark(so, one), holds=False) for one in others if one not in hard),
        ),
    )


def _hold(so: Situation, one: Lock) -> str:
    return _said(so, one, ONLY if one.only else LOCKED)


def _remark(so: Situation, one: Lock) -> str:
    """What stands there and holds nobody up, or not this one."""
    if one.warning:
        return _said(so, one, WARNED)
    if one.only:
        return _said(so, one, TAKEN)
    if one.owner == ENGINE:
        return _said(so, one, AFTER_A_FAILURE)
    return _said(so, one, YOURS if so.reader == one.owner else HIS_OWN)


def _who(so: Situation, one: Lock) -> tuple[str, ...]:
    """Its owner, and those who may lift another's there."""
    owner = () if one.owner == ENGINE else (one.owner,)
    return tuple(dict.fromkeys((*owner, *lifters(so, one))))


def _way_out(so: Situation, hard: list[Lock]) -> str:
    ways = []
    for one in hard:
        ours = one.owner == ENGINE
        owner = [] if ours else [one.owner_name or one.owner]
        scope = " ".join(filter(None, (one.service, one.environment))) or "everything"
        ways.append(
            OUT.format(
                command=so.command,
                scope=scope,
                because="" if ours else BECAUSE,
                it="it" if len(hard) == 1 else THAT_OF.format(scope=one.scope),
                who=" or ".join([*owner, *lifters(so, one)]) or "nobody",
            )
        )
    ways.append(WATCH.format(command=so.command, service=so.service, environment=so.environment))
    return "; ".join(ways)


def lifters(so: Situation, one: Lock) -> tuple[str, ...]:
    """Who may lift another's lock: whoever may lock everything that it covers."""
    return so.lifters.get(one.id, tuple(so.policy.lock or so.policy.deploy))


def _said(so: Situation, one: Lock, template: str) -> str:
    until = UNTIL.format(until=so.moment(one.until), zone=so.timezone) if one.until else ""
    who = one.owner_name or one.owner
    return template.format(scope=one.scope, who=who, until=until, why=one.reason, only=one.only)
