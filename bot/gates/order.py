"""The gate order: has the very same been where it has to have been before, and for long enough; and is a rollback still one."""

from __future__ import annotations

from bot.earlier import same
from bot.gates.situation import NotGood, Situation, Step
from bot.gates.verdict import Outcome, Verdict
from bot.kinds import Kind
from bot.reasons import Reason
from config.durations import written

GATE = "order"
NEVER = "{service} {version} has not run in {environment} yet."
FIRST_OUT = "First `{command} {service} {version} {environment}`."
AGAIN_OUT = "`{command} {service} {version} {environment}` deploys it there again."
OTHER = "{service} {version} is another one now ({now}) than what ran in {environment} ({then})."
OTHER_OUT = (
    "`{command} promote {service} from {environment} to {target}` takes exactly what runs in {environment}."
)
UNTOLD = "Whether {service} {version} is what ran in {environment} under that name (#{number}) can't be told: {why}."
THEN = "nobody knew its commit then"
NOW = "the repository knows no such name now"
UNTOLD_OUT = "`{command} {service} {version} {environment}` deploys it there, and then it is known."
UNTOLD_NOW_OUT = "`{command} promote {service} from {environment} to {target}` takes exactly what runs in {environment}, while that is it."
FAILED = "{service} {version} has failed in {environment} since (#{number})."
TAKEN_BACK = "{service} {version} was rolled back in {environment} (#{number})."
WRONG = "Something is wrong with {service} {version} in {environment}, said who watched it (#{number})."
BAKES = "{service} {version} has to run in {environment} until {until} before it goes on."
TOO_SHORT = "{service} {version} ran in {environment} for {stayed} only, and has to for {bake}: {other} took its place."
THERE = "There is nothing to roll back any more: {environment} runs {service} {version} (#{number})."
MOVED_ON = "#{number} ({version}) was to be rolled back, and since then #{there} ({now}) ran there."
MOVED_ON_OUT = "`{command} rollback {service} {environment}` goes back from that."
NOT_GOOD = "{version} ran in {environment} before (#{number}) and {how}"
NAMES_ALONE = "the same name; whether it is the same commit can't be told"


def order(so: Situation) -> Verdict:
    if so.kind is Kind.ROLLBACK:
        return _rollback(so)
    if so.goes_without:
        return Verdict(gate=GATE)
    found = [one for step in so.steps if (one := _step(so, step)) is not None]
    blocked = next((one for one in found if one.outcome is Outcome.BLOCK), None)
    last = max(found, key=lambda one: one.until, default=None)
    return blocked or last or Verdict(gate=GATE, sentence=_remark(so))


def _rollback(so: Situation) -> Verdict:
    """Exempt from order; but it goes back from what was there when it was asked for, and from nothing that came later."""
    back, there = so.back, so.there
    if back is None or there is None or there.deployment == back.deployment:
        return Verdict(gate=GATE, sentence=_before(so))
    if same(there.version, there.digest, so.version, so.digest):
        words = {"service": so.service, "version": there.version, "environment": so.environment}
        sentence = THERE.format(number=there.number, **words)
        return _no(Reason.ALREADY_THERE, sentence, AGAIN_OUT.format(command=so.command, **words))
    sentence = MOVED_ON.format(
        number=back.number, version=back.version, there=there.number, now=there.version
    )
    out = MOVED_ON_OUT.format(command=so.command, service=so.service, environment=so.environment)
    return _no(Reason.MOVED_ON, sentence, out)


def _step(so: Situation, step: Step) -> Verdict | None:
    words = {"service": so.service, "version": so.version, "environment": step.environment}
    again = AGAIN_OUT.format(command=so.command, **words)
    if not step.since and step.named:
        return _other(so, step, words)
    if not step.since:
        return _no(Reason.ORDER, NEVER.format(**words), FIRST_OUT.format(command=so.command, **words))
    if step.failed:
        return _no(Reason.ORDER, FAILED.format(number=step.failed, **words), again)
    if step.taken_back:
        return _no(Reason.ORDER, TAKEN_BACK.format(number=step.taken_back, **words), again)
    if step.wrong:
        return _no(Reason.ORDER, WRONG.format(number=step.wrong, **words), again)
    return _baking(so, step, words, again)


def _other(so: Situation, step: Step, words: dict[str, str]) -> Verdict | None:
    """Something ran there under that name, and is not known to be the very same."""
    target = {"command": so.command, "target": so.environment, **words}
    if step.digest and so.digest:
        sentence = OTHER.format(now=so.digest[:12], then=step.digest[:12], **words)
        return _no(Reason.ORDER, sentence, OTHER_OUT.format(**target))
    if step.digest and so.commit_unknown:
        # The gate version waits until it can be told.
        return None
    why, out = (NOW, UNTOLD_NOW_OUT) if step.digest else (THEN, UNTOLD_OUT)
    return _no(Reason.ORDER, UNTOLD.format(number=step.named, why=why, **words), out.format(**target))


def _baking(so: Situation, step: Step, words: dict[str, str], again: str) -> Verdict | None:
    """Any one stay of that length is enough."""
    bake, until = so.policy.bake, step.since + so.policy.bake
    if step.stayed >= bake or (not step.until and until <= so.now):
        return None
    if step.until:
        stayed, other = written(round(step.stayed)), step.replaced_by
        sentence = TOO_SHORT.format(stayed=stayed, bake=written(bake), other=other, **words)
        return _no(Reason.BAKING, sentence, again)
    return Verdict(
        gate=GATE,
        # What bakes longer than anybody waits in the queue is refused.
        outcome=Outcome.BLOCK if until - so.now > so.policy.wait_at_most else Outcome.WAIT,
        reason=Reason.BAKING,
        sentence=BAKES.format(until=so.moment(until), **words),
        until=until,
        way_out=f"`{so.again('at ' + so.moment(until))}` plans it.",
    )


def _remark(so: Situation) -> str:
    """Where only one side knows its commit, the names are all there is to go by; and what became of the very same there."""
    alone = any(bool(step.digest) != bool(so.digest) for step in so.steps)
    return "; ".join(filter(None, (NAMES_ALONE if alone else "", _before(so))))


def _before(so: Situation) -> str:
    return was_not_good(so.version, so.environment, so.not_good) if so.not_good else ""


def was_not_good(version: str, environment: str, before: NotGood) -> str:
    return NOT_GOOD.format(version=version, environment=environment, number=before.number, how=before.how)


def _no(reason: Reason, sentence: str, way_out: str) -> Verdict:
    return Verdict(gate=GATE, outcome=Outcome.BLOCK, reason=reason, sentence=sentence, way_out=way_out)
