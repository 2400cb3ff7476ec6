"""What is asked of people before a deployment goes on: the open question, and whether it still is the right one."""

from __future__ import annotations

from bot.approvals import changes, complete, fingerprint
from bot.audit import ENGINE
from bot.deployments import Approval, Clause, Deployment
from bot.errors import Refused
from bot.events import (
    ApprovalRequested,
    ApprovalVoided,
    CheckTarget,
    DeploymentQueued,
    ExpireApproval,
    RemindApprovers,
)
from bot.kinds import Kind
from bot.lifecycle import Happening, State
from bot.ports import Context
from bot.reasons import Reason
from bot.runs import RunTarget
from bot.templates import render
from config.models import Policy
from handlers.lane import move, place_gone, refuse, touch

GONE = "{service} can no longer be deployed to {environment}: the configuration has no such place any more."


def ask(ctx: Context, found: Deployment, *, voided: tuple[str, ...] = ()) -> None:
    """Open the question that the policy wants asked, or queue the deployment when it wants none."""
    name, policy = ctx.settings.policy_for(found.service, found.environment)
    now = ctx.clock.now()
    expires_at = max(now + policy.expires, found.not_before)
    common = {
        "policy": name,
        "voided": voided,
        "waits_for": "",
        "target": target_now(ctx, found),
        "broken": None,
        "queue_place": 0,
        "jumped_at": 0.0,
    }
    clauses = asked_of(found, policy)
    if not clauses:
        common |= {"approval": None, "waits": None}
        if found.state is State.QUEUED:
            touch(ctx, found, **common)
        else:
            move(ctx, found, Happening.CLEARED, queued_at=now, **common)
            ctx.changes.audit("queued", actor=ENGINE, about=found.id)
        ctx.changes.publish(DeploymentQueued(deployment=found.id), subject=found.lane)
        return
    request = f"{found.id}.{found.revision + 1}"
    approval = Approval(
        request=request,
        clauses=clauses,
        four_eyes=policy.four_eyes,
        fingerprint=fingerprint_now(ctx, found),
        asked_at=now,
        expires_at=expires_at,
    )
    happening = Happening.ASKED if found.state is State.REQUESTED else Happening.VOIDED
    after = move(ctx, found, happening, approval=approval, waits=Reason.APPROVAL_NEEDED, **common)
    if after is None:
        return
    ctx.changes.audit(
        "approval_requested", actor=ENGINE, about=found.id, request=request, fingerprint=approval.fingerprint
    )
    ctx.changes.publish(ApprovalRequested(deployment=found.id, request=request), subject=found.lane)
    ctx.changes.publish(
        ExpireApproval(deployment=found.id, request=request), subject=found.lane, after=expires_at - now
    )
    if policy.remind is not None and policy.remind < policy.expires:
        ctx.changes.publish(
            RemindApprovers(deployment=found.id, request=request), subject=found.lane, after=policy.remind
        )


def review(ctx: Context, found: Deployment) -> Deployment | None:
    """Is what was asked still what would run? The deployment itself when it is.

    Otherwise the approvals are void, the question is asked anew (or the deployment refused when its place is gone)
    and None is returned.
    """
    if not possible(ctx, found):
        return None
    old = found.approval.fingerprint if found.approval else _unasked(ctx, found)
    different = changes(old, fingerprint_now(ctx, found))
    if not different:
        return found
    void(ctx, found, Reason.FINGERPRINT_CHANGED, different)
    return None


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
    return fingerprint(
        service=found.service,
        environment=found.environment,
        version=found.version,
        digest=found.digest,
        not_before=found.not_before,
        target=(target := target_now(ctx, found)),
        address=_address(ctx, target),
        clauses=asked_of(found, policy),
        groups=ctx.settings.groups,
        four_eyes=policy.four_eyes,
    )


def target_now(ctx: Context, found: Deployment) -> RunTarget:
    place = ctx.settings.services[found.service].environments[found.environment]
    parameters = render(place.parameters, values_of(found))
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


def clauses_of(policy: Policy, kind: Kind, requester: str) -> tuple[Clause, ...]:
    """Who has to approve by the policy; of a rollback, those that it names for that, and nobody where the engine may run it."""
    wanted = policy.approve
    if kind is Kind.ROLLBACK:
        if requester == ENGINE and policy.auto_rollback == "run":
            return ()
        wanted = wanted if policy.rollback_approve is None else policy.rollback_approve
    return tuple(Clause(count=one.count, of=tuple(one.of)) for one in wanted)


def asked_of(found: Deployment, policy: Policy) -> tuple[Clause, ...]:
    """Who has to approve it: those the policy names, and those of whatever it passes by an override."""
    return (*clauses_of(policy, found.kind, found.requester.id), *found.extra)


def _unasked(ctx: Context, found: Deployment) -> dict[str, str]:
    """The fingerprint of a deployment that nobody had to approve: its own target, and no policy."""
    _, policy = ctx.settings.policy_for(found.service, found.environment)
    return fingerprint(
        service=found.service,
        environment=found.environment,
        version=found.version,
        digest=found.digest,
        not_before=found.not_before,
        target=found.target,
        address=_address(ctx, found.target),
        clauses=asked_of(found, policy) if found.broken else (),
        groups=ctx.settings.groups,
        four_eyes=policy.four_eyes,
    )


def _address(ctx: Context, target: RunTarget) -> str:
    """Where the target's server is, in whatever way its driver is configured; empty when it is not."""
    servers = getattr(ctx.settings.drivers.get(target.driver), "servers", {})
    return str(getattr(servers.get(target.server), "url", ""))
