"""What is to be looked at after a run, by the configuration as it is now; and how its jobs are started and stopped."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.audit import ENGINE
from bot.deployments import Deployment
from bot.events.verification import StopCheck
from bot.ports import Context
from bot.runs import RunTarget
from bot.templates import render
from bot.verification import CheckKind, Verification, begun
from config.verifying import Check
from handlers.lane import place_gone
from handlers.questions import values_of


def checks_of(ctx: Context, found: Deployment) -> Sequence[Check]:
    """What is to be looked at, by the configuration as it is now."""
    if place_gone(ctx, found):
        return ()
    return ctx.settings.services[found.service].environments[found.environment].verify


def planned(
    ctx: Context, found: Deployment, checks: Sequence[Check], before: Verification | None = None
) -> Verification:
    """Everything open, with the jobs' parameters rendered. Raises `Refused`."""
    new = begun(checks, ctx.clock.now(), before)
    targets = [_target(ctx, found, check) for check in checks]
    named = zip(new.checks, targets, strict=True)
    new = msgspec.structs.replace(
        new, checks=tuple(msgspec.structs.replace(one, target=target) for one, target in named)
    )
    ctx.changes.audit(
        "verification_began",
        actor=ENGINE,
        about=found.id,
        checks=[one.name for one in new.checks],
        anew=before is not None,
    )
    return new


def _target(ctx: Context, found: Deployment, check: Check) -> RunTarget | None:
    if check.job is None:
        return None
    place = ctx.settings.services[found.service].environments[found.environment]
    return RunTarget(
        driver=place.driver,
        server=check.job.server or place.server,
        job=check.job.job,
        parameters=render(check.job.parameters, values_of(found)),
    )


def stop_jobs(ctx: Context, found: Deployment, before: Verification, *, but: int | None = None) -> None:
    """Nobody reads what the jobs that were started for this would say."""
    for n in before.open:
        one = before.checks[n]
        if one.kind is CheckKind.JOB and one.target is not None and n != but:
            stop = StopCheck(
                deployment=found.id,
                check=n,
                turn=before.turn,
                ref=one.ref,
                job=one.target,
                key=key_of(found, before, n),
                since=before.began_at,
            )
            ctx.changes.publish(stop)


def key_of(found: Deployment, verification: Verification, n: int) -> str:
    """The key by which the job of a check is started, once."""
    return f"{found.key}-verify-{verification.base + n + 1}"
