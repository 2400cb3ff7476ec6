"""The gate build: was it ever built green; asked where the service says what its builds are."""

from __future__ import annotations

from bot.gates.situation import Situation
from bot.gates.verdict import Outcome, Verdict
from bot.kinds import Kind
from bot.reasons import Reason

GATE = "build"
NEVER = "{service} {version} was never built, as far as I can see."
RED = "{service} {version} was built (#{number}), and the build failed."
UNKNOWN = "Whether {service} {version} was ever built green can't be known now: {why}"
OUT_NEAREST = "Build it first, or deploy one that was built: `{command} {service} {version} {environment}`"
OUT = "Build it first, or choose one that was built in the form: `{command}`"


def build(so: Situation) -> Verdict:
    if not so.build_needed or so.kind is Kind.ROLLBACK:
        return Verdict(gate=GATE)
    if so.built is None and so.build_unknown:
        sentence = UNKNOWN.format(service=so.service, version=so.version, why=so.build_unknown)
        return Verdict(gate=GATE, outcome=Outcome.WAIT, reason=Reason.BUILD_UNKNOWN, sentence=sentence)
    if so.built is not None and so.built.green:
        return Verdict(gate=GATE, sentence=f"built green (#{so.built.number})" if so.built.number else "")
    template = NEVER if so.built is None else RED
    number = so.built.number if so.built else ""
    out = OUT_NEAREST if so.built_instead else OUT
    return Verdict(
        gate=GATE,
        outcome=Outcome.BLOCK,
        reason=Reason.NOT_BUILT,
        sentence=template.format(service=so.service, version=so.version, number=number),
        way_out=out.format(
            command=so.command, service=so.service, version=so.built_instead, environment=so.environment
        ),
    )
