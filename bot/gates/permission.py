"""The gate permission: may who asks deploy there, and go without approval."""

from __future__ import annotations

from bot.gates.situation import Situation
from bot.gates.verdict import Outcome, Verdict
from bot.reasons import Reason

GATE = "permission"
NO_PLACE = (
    "{service} can no longer be deployed to {environment}: the configuration has no such place any more."
)
GONE = "{name} may no longer use this bot: {why}"
NOT_ALLOWED = "{name} may not deploy {service} to {environment}: that is for {who}."
NOT_ALLOWED_OUT = "One of them has to ask for it."
NO_GLASS = "{name} may not break the glass for {service} in {environment}: that is for {who}."
NO_GLASS_OUT = "Leave `break-glass` out, and the usual approval is asked for."
NO_GLASS_NEEDED = "Nobody needs to approve {service} in {environment}: no glass to break."
NO_GLASS_NEEDED_OUT = "Leave `break-glass` out."
GLASS_CODE = "Breaking the glass for {service} in {environment} takes a code, which is never typed as words."
GLASS_CODE_OUT = "Say `{again}`, and break the glass on its card."


def permission(so: Situation) -> Verdict:
    where = {"service": so.service, "environment": so.environment, "name": so.actor_name or so.actor}
    if so.no_place:
        return _no(Reason.POLICY_GONE, NO_PLACE.format(**where))
    if so.not_admitted:
        return _no(so.not_admitted_as, GONE.format(why=so.not_admitted, **where))
    deploy, glass = tuple(so.policy.deploy), tuple(so.policy.break_glass)
    if not so.may_deploy:
        words = NOT_ALLOWED.format(who=named(deploy), **where)
        return _no(Reason.NOT_ALLOWED_TO_DEPLOY, words, NOT_ALLOWED_OUT, deploy)
    if so.glass and not so.clauses and so.broken is None:
        words = NO_GLASS_NEEDED.format(**where)
        return _no(Reason.NOT_ALLOWED_TO_BREAK_GLASS, words, NO_GLASS_NEEDED_OUT)
    if so.goes_without and not so.may_break_glass:
        words = NO_GLASS.format(who=named(glass), **where)
        return _no(Reason.NOT_ALLOWED_TO_BREAK_GLASS, words, NO_GLASS_OUT, glass)
    if so.glass and so.policy.step_up and so.broken is None:
        return _no(
            Reason.CODE_NEEDED, GLASS_CODE.format(**where), GLASS_CODE_OUT.format(again=so.again()), glass
        )
    return Verdict(gate=GATE)


def named(references: tuple[str, ...]) -> str:
    """Who, as people know them: `sre or owners`."""
    return " or ".join(references) or "nobody"


def _no(reason: Reason, sentence: str, way_out: str = "", who: tuple[str, ...] = ()) -> Verdict:
    return Verdict(
        gate=GATE, outcome=Outcome.BLOCK, reason=reason, sentence=sentence, way_out=way_out, who=who
    )
