"""The gate freeze: is it a time at which nothing starts there."""

from __future__ import annotations

from bot.gates.situation import FreezeNow, Situation
from bot.gates.verdict import Outcome, Verdict
from bot.kinds import Kind
from bot.reasons import Reason

GATE = "freeze"
FROZEN = "{what}, until {until}"
ENDLESS = "{what}, until somebody lifts it"
BECAUSE = ": {reason}"
PLANNED = "`{command}` plans it"
OVERRIDDEN = "`{command}` asks for it all the same"
LIFT = "`{command} why {service} {environment}` says who can lift it."
PASSED = "passes because of the override: {override}"


def freeze(so: Situation) -> Verdict:
    exempt = so.kind is Kind.ROLLBACK or so.goes_without
    left = [one for one in so.freezes if not (so.override and one.override is not None)]
    if not so.freezes or exempt:
        return Verdict(gate=GATE)
    if not left:
        return Verdict(gate=GATE, sentence=PASSED.format(override=so.override))
    ends = [one.until for one in left]
    until = max(ends) if all(ends) else 0.0
    longest = next(one for one in left if one.until == until or not until)
    late = not until or until - so.now > so.policy.wait_at_most
    return Verdict(
        gate=GATE,
        outcome=Outcome.BLOCK if late else Outcome.WAIT,
        reason=Reason.FROZEN,
        sentence=_sentence(so, longest, until),
        who=tuple(dict.fromkeys(who for one in left for who in one.lift)),
        until=until,
        way_out=_way_out(so, left, until),
    )


def _sentence(so: Situation, one: FreezeNow, until: float) -> str:
    said = FROZEN.format(what=one.what, until=so.moment(until)) if until else ENDLESS.format(what=one.what)
    return said + (BECAUSE.format(reason=one.reason) if one.reason else "") + "."


def _way_out(so: Situation, left: list[FreezeNow], until: float) -> str:
    ways = []
    if until:
        ways.append(PLANNED.format(command=so.again(f"at {so.moment(until)}")))
    if all(one.override is not None for one in left):
        ways.append(OVERRIDDEN.format(command=so.again("override because …")))
    if ways:
        return ", ".join(ways) + "."
    return LIFT.format(command=so.command, service=so.service, environment=so.environment)
