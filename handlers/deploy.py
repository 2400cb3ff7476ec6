"""`/deploy checkout staging`: from the words to a checked deployment that is queued or asks for approval."""

from __future__ import annotations

from typing import Any

import msgspec

from bot.audit import ENGINE
from bot.deployments import Broken, Deployment, deployment_id
from bot.errors import Refused, Rejected, Unreachable
from bot.events import (
    CheckTarget,
    Deploy,
    DeploymentQueued,
    DeploymentRequested,
    GlassBroken,
    Redeploy,
    TargetAccepted,
    TargetRefused,
    lane,
)
from bot.events.planning import ShowPlan
from bot.events.rollback import RollBack
from bot.gates import Situation, blocking
from bot.gates.freeze import extra, named, passable
from bot.lifecycle import Happening, State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.runs import RunTarget
from bot.templates import render
from config.models import Policy, ServiceEnvironment
from handlers import authority
from handlers.carry_over import carried
from handlers.going_out import kept
from handlers.lane import come_back, known, move, touch
from handlers.lane import refuse as refuse_it
from handlers.passing import named_now
from handlers.planned import moment_of
from handlers.questions import ask, possible, target_now
from handlers.release_parts import release_of
from handlers.situation import Wanted, judged

router = Router()

NO_SERVICE = "There is no service called {service} any more."
NO_ENVIRONMENT = "{service} has no environment called {environment} any more."
NOT_ENDED = "That deployment has not ended yet."
NOT_ENDED_OUT = "Cancel it first, or wait for its end."


@router.command(Deploy)
async def deploy(event: Deploy, ctx: Context) -> None:
    await request(ctx, event, await authority.admitted(ctx, event.by))


async def request(ctx: Context, event: Deploy, person: Person) -> Deployment:
    """The one way to a deployment: refuse at once what can be, else store it and let the driver check the job.

    Promotions, rollbacks and parts of releases come here, too. Handled in the lane. Raises `Refused`.
    """
    place = place_of(ctx, event.service, event.environment)
    name, policy = ctx.settings.policy_for(event.service, event.environment)
    so, verdicts = await judged(ctx, wants(ctx, event, person))
    if (no := blocking(verdicts)) is not None:
        assert no.reason is not None, "every block has its reason code"
        raise Refused(no.reason, no.said, way_out=no.way_out)
    found = await ctx.store.last_good(lane(event.service, event.environment))
    newest = await ctx.store.recent(1)
    new = Deployment(
        id=deployment_id(ctx.message),
        service=event.service,
        environment=event.environment,
        version=so.version,
        replaces=found.version if found else "",
        kind=event.kind,
        digest=so.digest,
        override=event.override,
        passes=named(passable(so)),
        removing=event.removing,
        takes_away=so.takes_away if event.removing else None,
        outgoing=kept(so.outgoing),
        extra=extra(so),
        not_before=so.not_before,
        release=event.release,
        promotes=event.promotes,
        rolls_back=event.rolls_back,
        requester=person,
        place=event.place,
        channel=await _channel(ctx, event, policy),
        target=target(event, place, so, person, ctx.message, newest[0].number + 1 if newest else 1),
        policy=name,
        requested_at=ctx.clock.now(),
    )
    ctx.changes.save(new)
    _audit(ctx, event, new)
    ctx.changes.publish(DeploymentRequested(deployment=new.id), subject=new.lane)
    ctx.changes.publish(CheckTarget(deployment=new.id, break_glass=event.break_glass))
    return new


def _audit(ctx: Context, event: Deploy, new: Deployment) -> None:
    about = event.promotes or event.rolls_back
    ctx.changes.audit(
        "requested",
        actor=new.requester.id,
        about=new.id,
        command=event.text,
        service=new.service,
        environment=new.environment,
        version=new.version,
        break_glass=event.break_glass,
        kind=event.kind.value,
        override=event.override,
        not_before=new.not_before,
        **({"earlier": about.deployment} if about else {}),
    )


@router.command(Redeploy)
async def redeploy(event: Redeploy, ctx: Context) -> None:
    """The same again, asked by whoever clicked: every gate is asked anew."""
    await authority.admitted(ctx, event.by)
    old = await known(ctx, event.deployment)
    if not old.state.ended:
        raise Refused(Reason.ALREADY_DECIDED, NOT_ENDED, way_out=NOT_ENDED_OUT)
    same: dict[str, Any] = {
        "by": event.by,
        "place": event.place,
        "service": old.service,
        "environment": old.environment,
        "version_wanted": old.version,
    }
    words = f"{old.service} {old.version} {old.environment}"
    if old.rolls_back is not None:
        text = f"(button) rollback {old.service} {old.environment} to {old.version}"
        ctx.changes.publish(RollBack(**same, text=text, digest=old.digest, why=old.rolls_back.why))
    elif old.promotes is not None:
        again = Deploy(**same, text=f"(button) promote {words}", kind=old.kind, digest=old.digest)
        ctx.changes.publish(msgspec.structs.replace(again, promotes=old.promotes))
    else:
        ctx.changes.publish(Deploy(**same, text=f"(button) deploy {words}"))


@router.on(TargetAccepted)
async def go_on(event: TargetAccepted, ctx: Context) -> None:
    """The job would take it: ask for approval, or queue."""
    found = await ctx.store.deployment(event.deployment)
    if found is None:
        return
    if found.state is State.AWAITING_APPROVAL and found.waits is not Reason.APPROVAL_NEEDED:
        touch(ctx, found, waits=Reason.APPROVAL_NEEDED, waits_for="")
    if found.state is not State.REQUESTED or not possible(ctx, found):
        return
    try:
        if not event.break_glass:
            found = await named_now(ctx, found)
        _, verdicts = await judged(ctx, Wanted.of(found, glass=event.break_glass))
    except (Unreachable, Rejected) as away:
        come_back(ctx, found, event, away)
        return
    if (no := blocking(verdicts)) is not None:
        assert no.reason is not None, "every block has its reason code"
        refuse_it(ctx, found, no.reason, no.said, no.way_out)
        return
    if event.break_glass:
        after = move(
            ctx,
            found,
            Happening.CLEARED,
            broken=Broken(
                by=found.requester.id, at=ctx.clock.now(), why=event.break_glass, team=found.requester.team
            ),
            target=target_now(ctx, found),
            queued_at=ctx.clock.now(),
            waits=None,
            waits_for="",
        )
        assert after is not None
        ctx.changes.audit("glass_broken", actor=found.requester.id, about=found.id, why=event.break_glass)
        ctx.changes.audit("queued", actor=ENGINE, about=found.id)
        ctx.changes.publish(
            GlassBroken(deployment=found.id, by=found.requester.id, why=event.break_glass), subject=found.lane
        )
        ctx.changes.publish(DeploymentQueued(deployment=found.id), subject=found.lane)
    else:
        await _ask(ctx, found, event)


async def _ask(ctx: Context, found: Deployment, event: TargetAccepted) -> None:
    """Ask for approval, with what counts from before."""
    try:
        before = await carried(ctx, found)
    except (Unreachable, Rejected) as away:
        come_back(ctx, found, event, away)
        return
    ask(ctx, found, carried=before.votes, likeness=before.likeness)


@router.on(TargetRefused)
async def refuse(event: TargetRefused, ctx: Context) -> None:
    """The job would not take it: the person hears why, nobody else is asked."""
    found = await ctx.store.deployment(event.deployment)
    if found is not None:
        refuse_it(ctx, found, event.reason, event.sentence, event.way_out)


def target(  # noqa: PLR0917 - each is one word of the templates
    event: Deploy, place: ServiceEnvironment, so: Situation, person: Person, message: str, number: int
) -> RunTarget:
    """What would run, with the parameters rendered. Raises `Refused(template_failed)`."""
    values = {
        "service": event.service,
        "environment": event.environment,
        "version": so.version,
        "digest": so.digest,
        "deployment": deployment_id(message),
        "number": str(number),
        "requester": person.name,
        "requester_id": person.id,
    }
    return RunTarget(
        driver=place.driver, server=place.server, job=place.job, parameters=render(place.parameters, values)
    )


async def _channel(ctx: Context, event: Deploy, policy: Policy) -> str:
    """Where the card goes: that of its release, the service's channel, else where it was asked for.

    What others have to approve can't be shown in a direct message, where nobody else sees it; nor what went without them.
    """
    release = await release_of(ctx, event.release) if event.release else None
    if release is not None:
        return release.channel
    service = ctx.settings.services[event.service]
    if service.channel:
        return service.channel
    elsewhere = [*service.channels, ctx.settings.slack.announce_channel]
    if event.place.direct and policy.approve and elsewhere[0]:
        return elsewhere[0]
    return event.place.channel


def place_of(ctx: Context, service: str, environment: str) -> ServiceEnvironment:
    """Where that is configured. Raises `Refused` for a place that the configuration does not have any more."""
    found = ctx.settings.services.get(service)
    if found is None:
        raise Refused(Reason.UNKNOWN_SERVICE, NO_SERVICE.format(service=service))
    place = found.environments.get(environment)
    if place is None:
        words = NO_ENVIRONMENT.format(service=service, environment=environment)
        raise Refused(Reason.UNKNOWN_ENVIRONMENT, words)
    return place


def wants(ctx: Context, event: Deploy | ShowPlan, person: Person, *, said: str = "") -> Wanted:
    """What the command asks for; the usual version when it names none. `said` is the command of which it is a part."""
    service = ctx.settings.services[event.service]
    words = (ctx.settings.slack.command(), event.service, event.version_wanted, event.environment)
    before = " ".join(filter(None, words))
    return Wanted(
        person=person,
        service=event.service,
        environment=event.environment,
        version=event.version_wanted or service.default_version or "",
        digest=event.digest,
        kind=event.kind,
        glass=event.break_glass,
        override=event.override,
        removing=event.removing,
        not_before=moment_of(ctx, event.when, person, before, glass=event.break_glass),
        rolls_back=event.rolls_back,
        said=said,
    )
