"""The gate version: is it a version of this service, and one that nobody has marked as bad."""

from __future__ import annotations

from bot.gates.situation import Situation
from bot.gates.verdict import Outcome, Verdict
from bot.kinds import OF_ONE_COMMIT, Kind
from bot.reasons import Reason

GATE = "version"
NO_VERSION = "Which version of {service}?"
NO_VERSION_OUT = "Name one: `{command} {service} 1.2.3 {environment}`"
BAD_FORM = "{version} is not a version that {service} takes."
BAD_FORM_OUT = "It has to match {pattern}."
MOVED = "{service} {version} is another commit now ({now}) than the one that was asked for ({asked})."
MOVED_OUT = "Ask for it once more, and the one of now is judged: `{again}`"
UNTOLD = "Which commit {service} {version} was when it ran before is not known; now it is {now}, and whether that is the same can't be told."
BACK_OUT = "A rollback is of the very commit that ran there. `{again}` asks for the one of now, like any deployment; `{command} rollback {service} {environment}` goes back to what can be had."
UNKNOWN = "Which commit {service} {version} is can't be known now: {why}"
BAD = "{service} {version} was marked as bad by {who}: {why}"
BAD_OUT = "Deploy another, or say `{command} good {service} {version}` when it is not bad after all."


def version(so: Situation) -> Verdict:
    if not so.version:
        out = NO_VERSION_OUT.format(command=so.command, service=so.service, environment=so.environment)
        return _no(Reason.MISSING_WORD, NO_VERSION.format(service=so.service), out)
    if not so.fits:
        words = BAD_FORM.format(version=so.version, service=so.service)
        return _no(Reason.VERSION_INVALID, words, BAD_FORM_OUT.format(pattern=so.pattern))
    if so.bad is not None:
        who = so.bad.owner_name or so.bad.owner
        words = BAD.format(service=so.service, version=so.version, who=who, why=so.bad.reason)
        out = BAD_OUT.format(command=so.command, service=so.service, version=so.version)
        others = so.lifters.get(so.bad.id, tuple(so.policy.lock or so.policy.deploy))
        return _no(Reason.VERSION_BAD, words, out, tuple(dict.fromkeys((so.bad.owner, *others))))
    if so.moved_to:
        return _moved(so)
    if so.commit_unknown:
        return _unknown(so)
    return Verdict(gate=GATE)


def _moved(so: Situation) -> Verdict:
    """A promotion and a rollback are of exactly one commit, which can't be had by that name any more.

    Anything else follows its name, and what was approved of it is void (`handlers/sources.py`).
    """
    template = MOVED if so.digest else UNTOLD
    words = template.format(
        service=so.service, version=so.version, now=so.moved_to[:12], asked=so.digest[:12]
    )
    if so.kind not in OF_ONE_COMMIT:
        return Verdict(gate=GATE, sentence=words)
    out = BACK_OUT if so.kind is Kind.ROLLBACK else MOVED_OUT
    again = so.again()
    way_out = out.format(again=again, command=so.command, service=so.service, environment=so.environment)
    return _no(Reason.VERSION_MOVED, words, way_out)


def _unknown(so: Situation) -> Verdict:
    """What has to be exactly what people approved, or what ran before, waits until it can be told.

    A rollback goes on, and says so: it is asked for when something burns, and what is away may be what burns.
    """
    if not (so.clauses or so.steps or so.kind in OF_ONE_COMMIT):
        return Verdict(gate=GATE)
    sentence = UNKNOWN.format(service=so.service, version=so.version, why=so.commit_unknown)
    if so.goes_without or so.kind is Kind.ROLLBACK:
        return Verdict(gate=GATE, sentence=sentence)
    return Verdict(gate=GATE, outcome=Outcome.WAIT, reason=Reason.COMMIT_UNKNOWN, sentence=sentence)


def _no(reason: Reason, sentence: str, way_out: str, who: tuple[str, ...] = ()) -> Verdict:
    return Verdict(
        gate=GATE, outcome=Outcome.BLOCK, reason=reason, sentence=sentence, way_out=way_out, who=who
    )
