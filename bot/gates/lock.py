"""The gate lock: has somebody locked the place, or all but some versions of it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from bot.audit import ENGINE
from bot.gates.situation import Situation
from bot.gates.verdict import Outcome, Verdict
from bot.kinds import Kind
from bot.reasons import Reason
from bot.standing import Lock

GATE = "lock"
LOCKED = "{scope} is locked by {who}{until}: {why}"
ONLY = "{scope} takes only {only}{until}, says {who}: {why}"
WARNED = "{who} warns about {scope}{until}: {why}"
UNTIL = " until {until} ({zone})"
OUT = "`{command} unlock {scope}{because}` lifts it, for {who}; `{command} watch {service} {environment}` tells you when it is free."
BECAUSE = " because …"


def lock(so: Situation) -> Verdict:
    standing = [one for one in so.locks if one.stands(so.now) and one.covers(so.service, so.environment)]
    hard = [one for one in standing if not one.warning and holds(one, so)]
    if hard:
        return _held(so, hard)
    warnings = [_said(so, one, WARNED) for one in standing if one.warning and one.owner != so.actor]
    return Verdict(gate=GATE, sentence="\n".join(warnings))


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
    ends = [one.until for one in hard]
    until = max(ends) if all(ends) else 0.0
    longest = next(one for one in hard if one.until == until or not one.until)
    owners = [one.owner for one in hard if one.owner != ENGINE]
    who = tuple(dict.fromkeys([*owners, *(who for one in hard for who in lifters(so, one))]))
    ours = longest.owner == ENGINE
    owner = [] if ours else [longest.owner_name or longest.owner]
    out = OUT.format(
        command=so.command,
        scope=" ".join(filter(None, (longest.service, longest.environment))) or "everything",
        because="" if ours else BECAUSE,
        service=so.service,
        environment=so.environment,
        who=" or ".join([*owner, *lifters(so, longest)]) or "nobody",
    )
    return Verdict(
        gate=GATE,
        outcome=Outcome.BLOCK if until and until - so.now > so.policy.wait_at_most else Outcome.WAIT,
        reason=Reason.LOCKED,
        sentence=_said(so, longest, ONLY if longest.only else LOCKED),
        who=who,
        until=until,
        way_out=out,
    )


def lifters(so: Situation, one: Lock) -> tuple[str, ...]:
    """Who may lift another's lock: whoever may lock everything that it covers."""
    return so.lifters.get(one.id, tuple(so.policy.lock or so.policy.deploy))


def _said(so: Situation, one: Lock, template: str) -> str:
    until = UNTIL.format(until=so.moment(one.until), zone=so.timezone) if one.until else ""
    who = one.owner_name or one.owner
    return template.format(scope=one.scope, who=who, until=until, why=one.reason, only=one.only)
