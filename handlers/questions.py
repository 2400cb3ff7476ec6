"""What is asked of people before a deployment goes on: the open question, and whether it still is the right one."""

from __future__ import annotations

from typing import Any

import msgspec

from bot.approvals import changes, complete, fingerprint
from bot.audit import ENGINE
from bot.deployments import Approval, Deployment, Vote
from bot.errors import Refused
from bot.events import (
    ApprovalRequested,
    ApprovalVoided,
    CheckTarget,
    DeploymentQueued,
    ExpireApproval,
    RemindApprovers,
)
from bot.events.approving import ClimbLadder
from bot.lifecycle import Happening, State
from bot.ports import Context
from bot.reasons import Reason
from bot.runs import RunTarget
from bot.templates import render
from config.models import Policy
from handlers.lane import move, place_gone, refuse, touch
from handlers.terms import Terms, terms_for

GONE = "{service} can no longer be deployed to {environment}: the configuration has no such place any more."


def ask(
    ctx: Context,
    found: Deployment,
    *,
    voided: tuple[str, ...] = (),
    carried: tuple[Vote, ...] = (),
    likeness: str = "",
) -> None:
    """Open the question that the policy wants asked, or queue the deployment when it wants none.

    `carried` are the approvals that count from before; `likeness` says what this question may pass its own on to.
    """
    name, policy = ctx.settings.policy_for(found.service, found.environment)
    common = {
        "policy": name,
        "voided": voided,
        "waits_for": "",
        "target": target_now(ctx, found),
        "broken": None,
        "queue_place": 0,
        "jumped_at": 0.0,
    }
    approval = _question(ctx, found, policy)
    if approval is None:
        _ask_nobody(ctx, found, common)
        return
    approval = msgspec.structs.replace(approval, votes=carried, likeness=likeness)
    happening = Happening.ASKED if found.state is State.REQUESTED else Happening.VOIDED
    after = move(ctx, found, happening, approval=approval, waits=Reason.APPROVAL_NEEDED, **common)
    if after is None:
        return
    ctx.changes.audit(
        "approval_requested",
        actor=ENGINE,
        about=found.id,
        request=approval.request,
        fingerprint=approval.fingerprint,
    )
    if complete(approval):
        completed(ctx, after)
    else:
        _await(ctx, after, approval, policy)


def _question(ctx: Context, found: Deployment, policy: Policy) -> Approval | None:
    """What is to be asked now, by the policy; None when nobody has to be."""
    terms, now = terms_for(found, policy), ctx.clock.now()
    if not terms.clauses:
        return None
    return Approval(
        request=f"{found.id}.{found.revision + 1}",
        clauses=terms.clauses,
        four_eyes=terms.four_eyes,
        fingerprint=fingerprint_now(ctx, found),
        asked_at=now,
        expires_at=max(now + policy.expires, found.not_before),
        ladder=terms.ladder,
        step_up=terms.step_up,
    )


def _ask_nobody(ctx: Context, found: Deployment, common: dict[str, Any]) -> None:
    common |= {"approval": None, "waits": None}
    if found.state is State.QUEUED:
        touch(ctx, found, **common)
    else:
        move(ctx, found, Happening.CLEARED, queued_at=ctx.clock.now(), **common)
        ctx.changes.audit("queued", actor=ENGINE, about=found.id)
    ctx.changes.publish(DeploymentQueued(deployment=found.id), subject=found.lane)


def completed(ctx: Context, found: Deployment) -> None:
    """Everybody who has to has approved: it goes on."""
    approval = found.approval
    assert approval is not None, "only what was asked is approved"
    ctx.changes.audit(
        "approval_complete",
        actor=ENGINE,
        about=found.id,
        request=approval.request,
        by=[one.by for one in approval.votes],
        fingerprint=approval.fingerprint,
    )
    let_go(ctx, found)


def let_go(ctx: Context, found: Deployment, **changed: object) -> None:
    """Nothing but its turn keeps it from starting."""
    now = ctx.clock.now()
    common = {"queued_at": now, "waits": None, "waits_for": "", "voided": ()}
    if move(ctx, found, Happening.APPROVED, **common, **changed) is not None:
        ctx.changes.audit("queued", actor=ENGINE, about=found.id)
        ctx.changes.publish(DeploymentQueued(deployment=found.id), subject=found.lane)


def _await(ctx: Context, found: Deployment, approval: Approval, policy: Policy) -> None:
    """Tell those who have to approve, and come back when it is time to remind them, to tell others, and to give up."""
    request, wait = approval.request, approval.expires_at - approval.asked_at
    ctx.changes.publish(ApprovalRequested(deployment=found.id, request=request), subject=found.lane)
    ctx.changes.publish(ExpireApproval(deployment=found.id, request=request), subject=found.lane, after=wait)
    if policy.reminder is not None and policy.reminder < policy.expires:
        ctx.changes.publish(
            RemindApprovers(deployment=found.id, request=request), subject=found.lane, after=policy.reminder
        )
    for number, rung in enumerate(approval.ladder):
        climb = ClimbLadder(deployment=found.id, request=request, rung=number)
        ctx.changes.publish(climb, subject=found.lane, after=rung.after)


def review(ctx: Context, found: Deployment) -> Deployment | None:
    """Is what was asked still what would run? The deployment itself when it is.

    Otherwise the approvals are void, the question is asked anew (or the deployment refused when its place is gone)
    and None is returned.
    """
    if not possible(ctx, found):
        return None
    different = differences(ctx, found)
    if not different:
        return found
    void(ctx, found, Reason.FINGERPRINT_CHANGED, different)
    return None


def differences(ctx: Context, found: Deployment) -> tuple[str, ...]:
    """What would run now that was not asked, a sentence each. Raises `Refused` when its parameters can't be rendered."""
    old = found.approval.fingerprint if found.approval else _unasked(ctx, found)
    return changes(old, fingerprint_now(ctx, found))


def void(ctx: Context, found: Deployment, reason: Reason, different: tuple[str, ...]) -> None:
    """What people said holds no more, for what is `different`: ask anew."""
    ctx.changes.audit(
        "approval_voided", actor=ENGINE, about=found.id, reason=reason.value, changes=list(different)
    )
    if found.approval is not None:
        ctx.changes.publish(
            ApprovalVoided(deployment=found.id, request=found.approval.request, changes=different),
            subject=found.lane,
        )
    ask(ctx, found, voided=different)
    # What is asked now was never held against the job.
    ctx.changes.publish(CheckTarget(deployment=found.id))


def possible(ctx: Context, found: Deployment) -> bool:
    """Whether its place is still configured and its parameters can be rendered; if not, the deployment is refused."""
    if place_gone(ctx, found):
        sentence = GONE.format(service=found.service, environment=found.environment)
        refuse(ctx, found, Reason.POLICY_GONE, sentence)
        return False
    try:
        target_now(ctx, found)
    except Refused as no:
        refuse(ctx, found, no.reason, no.sentence, no.way_out)
        return False
    return True


def approved(found: Deployment) -> bool:
    """Whether it may start, as far as people are concerned."""
    return found.broken is not None or found.approval is None or complete(found.approval)


def fingerprint_now(ctx: Context, found: Deployment) -> dict[str, str]:
    """What would run if people said yes now, by the configuration as it is now."""
    _, policy = ctx.settings.policy_for(found.service, found.environment)
    return fingerprint_of(ctx, found, target_now(ctx, found), terms_for(found, policy))


def fingerprint_of(ctx: Context, found: Deployment, target: RunTarget, terms: Terms) -> dict[str, str]:
    """What would run at this target, on these terms."""
    return fingerprint(
        service=found.service,
        environment=found.environment,
        version=found.version,
        digest=found.digest,
        not_before=found.not_before,
        passes=found.passes,
        takes_away=found.takes_away,
        target=target,
        address=_address(ctx, target),
        clauses=terms.clauses,
        groups=ctx.settings.groups,
        four_eyes=terms.four_eyes,
        ladder=terms.ladder,
        step_up=terms.step_up,
    )


def target_now(ctx: Context, found: Deployment) -> RunTarget:
    return target_with(ctx, found, number=str(found.number), deployment=found.id)


def target_with(ctx: Context, found: Deployment, *, number: str, deployment: str) -> RunTarget:
    """What would run, if the deployment had this number and this id. Raises `Refused(template_failed)`."""
    place = ctx.settings.services[found.service].environments[found.environment]
    values = {**values_of(found), "number": number, "deployment": deployment}
    parameters = render(place.parameters, values)
    return RunTarget(driver=place.driver, server=place.server, job=place.job, parameters=parameters)


def values_of(found: Deployment) -> dict[str, str]:
    """What templates may name, for this deployment."""
    return {
        "service": found.service,
        "environment": found.environment,
        "version": found.version,
        "deployment": found.id,
        "number": str(found.number),
        "requester": found.requester.name,
        "requester_id": found.requester.id,
        "digest": found.digest,
    }


def _unasked(ctx: Context, found: Deployment) -> dict[str, str]:
    """The fingerprint of a deployment that nobody had to approve: its own target, and no policy."""
    _, policy = ctx.settings.policy_for(found.service, found.environment)
    # By words, without a question, the glass is broken only where no code is asked for.
    uncoded = msgspec.structs.replace(terms_for(found, policy), step_up=False)
    terms = uncoded if found.broken else Terms(clauses=(), four_eyes=policy.four_eyes)
    return fingerprint_of(ctx, found, found.target, terms)


def _address(ctx: Context, target: RunTarget) -> str:
    """Where the target's server is, in whatever way its driver is configured; empty when it is not."""
    servers = getattr(ctx.settings.drivers.get(target.driver), "servers", {})
    return str(getattr(servers.get(target.server), "url", ""))
