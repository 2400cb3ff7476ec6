"""The gate order: has the very same been where it has to have been before, and for long enough."""

from __future__ import annotations

from bot.gates.situation import Situation, Step
from bot.gates.verdict import Outcome, Verdict
from bot.kinds import Kind
from bot.reasons import Reason

GATE = "order"
NEVER = "{service} {version} has not run in {environment} yet."
NEVER_OUT = "First `{command} {service} {version} {environment}`."
OTHER = "{service} {version} is another one now ({now}) than what ran in {environment} ({then})."
OTHER_OUT = "`{command} promote {service}` takes exactly what runs in {environment}."
BAKES = "{service} {version} has to run in {environment} until {until} before it goes on."


def order(so: Situation) -> Verdict:
    if so.kind is Kind.ROLLBACK or so.goes_without:
        return Verdict(gate=GATE)
    found = [one for step in so.steps if (one := _step(so, step)) is not None]
    blocked = next((one for one in found if one.outcome is Outcome.BLOCK), None)
    return blocked or max(found, key=lambda one: one.until, default=Verdict(gate=GATE))


def _step(so: Situation, step: Step) -> Verdict | None:
    words = {"service": so.service, "version": so.version, "environment": step.environment}
    if not step.since:
        out = NEVER_OUT.format(command=so.command, **words)
        return _no(Reason.ORDER, NEVER.format(**words), out)
    if step.digest and so.digest and step.digest != so.digest:
        sentence = OTHER.format(now=so.digest[:12], then=step.digest[:12], **words)
        return _no(Reason.ORDER, sentence, OTHER_OUT.format(command=so.command, **words))
    baked = step.since + so.policy.bake
    if baked <= so.now:
        return None
    return Verdict(
        gate=GATE,
        # What bakes longer than anybody waits in the queue is refused.
        outcome=Outcome.BLOCK if baked - so.now > so.policy.wait_at_most else Outcome.WAIT,
        reason=Reason.BAKING,
        sentence=BAKES.format(until=so.moment(baked), **words),
        until=baked,
        way_out=f"`{so.again('at ' + so.moment(baked))}` plans it.",
    )


def _no(reason: Reason, sentence: str, way_out: str) -> Verdict:
    return Verdict(gate=GATE, outcome=Outcome.BLOCK, reason=reason, sentence=sentence, way_out=way_out)
