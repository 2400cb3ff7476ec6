"""`/deploy checkout staging`: from the words to a checked deployment that is queued or asks for approval."""

from __future__ import annotations

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
)
from bot.lifecycle import Happening, State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.runs import RunTarget
from bot.templates import render
from config.models import Policy, ServiceEnvironment
from config.versions import fits
from handlers import authority, rights
from handlers.lane import come_back, known, move, touch
from handlers.lane import refuse as refuse_it
from handlers.questions import ask, possible, target_now

router = Router()

NO_SERVICE = "There is no service called {service} any more."
NO_ENVIRONMENT = "{service} has no environment called {environment} any more."
NO_VERSION = "Which version of {service}?"
NO_VERSION_OUT = "Name one: {command} {service} 1.2.3 {environment}"
BAD_VERSION = "{version} is not a version that {service} takes."
BAD_VERSION_OUT = "It has to match {pattern}."
NOT_ALLOWED = "You may not deploy {service} to {environment}: that is for {who}."
NOT_ALLOWED_OUT = "Ask one of them to type the same command."
NO_GLASS = "You may not break the glass for {service} in {environment}: that is for {who}."
NO_GLASS_OUT = "Leave `break-glass` out, and the usual approval is asked for."
NO_GLASS_NEEDED = "Nobody needs to approve {service} in {environment}: no glass to break."
NO_GLASS_NEEDED_OUT = "Leave `break-glass` out."
NOT_ENDED = "That deployment has not ended yet."
NOT_ENDED_OUT = "Cancel it first, or wait for its end."


@router.command(Deploy)
async def deploy(event: Deploy, ctx: Context) -> None:
    """Refuse at once what can be refused without asking the driver; else let the driver check the job."""
    person = await authority.admitted(ctx, event.by)
    place = _place(ctx, event)
    name, policy = ctx.settings.policy_for(event.service, event.environment)
    await _may(ctx, person, policy, event)
    version = _version(ctx, event)
    found = await ctx.store.last_good(event.subject)
    newest = await ctx.store.recent(1)
    new = Deployment(
        id=deployment_id(ctx.message),
        service=event.service,
        environment=event.environment,
        version=version,
        replaces=found.version if found else "",
        requester=person,
        place=event.place,
        channel=_channel(ctx, event, policy),
        target=target(event, place, version, person, ctx.message, newest[0].number + 1 if newest else 1),
        policy=name,
        requested_at=ctx.clock.now(),
    )
    ctx.changes.save(new)
    ctx.changes.audit(
        "requested",
        actor=person.id,
        about=new.id,
        command=event.text,
        service=new.service,
        environment=new.environment,
        version=version,
        break_glass=event.break_glass,
    )
    ctx.changes.publish(DeploymentRequested(deployment=new.id), subject=new.lane)
    ctx.changes.publish(CheckTarget(deployment=new.id, break_glass=event.break_glass))


@router.command(Redeploy)
async def redeploy(event: Redeploy, ctx: Context) -> None:
    """The same again, asked by whoever clicked: every gate is asked anew."""
    await authority.admitted(ctx, event.by)
    old = await known(ctx, event.deployment)
    if not old.state.ended:
        raise Refused(Reason.ALREADY_DECIDED, NOT_ENDED, way_out=NOT_ENDED_OUT)
    ctx.changes.publish(
        Deploy(
            by=event.by,
            place=event.place,
            text=f"(button) deploy {old.service} {old.version} {old.environment}",
            service=old.service,
            environment=old.environment,
            version_wanted=old.version,
        )
    )


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
        no = await rights.gone(ctx, found, glass=found.requester.id if event.break_glass else "")
    except (Unreachable, Rejected) as away:
        come_back(ctx, found, event, away)
        return
    if no is not None:
        refuse_it(ctx, found, no.reason, no.sentence, no.way_out)
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
        ask(ctx, found)


@router.on(TargetRefused)
async def refuse(event: TargetRefused, ctx: Context) -> None:
    """The job would not take it: the person hears why, nobody else is asked."""
    found = await ctx.store.deployment(event.deployment)
    if found is not None:
        refuse_it(ctx, found, event.reason, event.sentence, event.way_out)


def target(  # noqa: PLR0917 - each is one word of the templates
    event: Deploy, place: ServiceEnvironment, version: str, person: Person, message: str, number: int
) -> RunTarget:
    """What would run, with the parameters rendered. Raises `Refused(template_failed)`."""
    values = {
        "service": event.service,
        "environment": event.environment,
        "version": version,
        "deployment": deployment_id(message),
        "number": str(number),
        "requester": person.name,
        "requester_id": person.id,
    }
    return RunTarget(
        driver=place.driver, server=place.server, job=place.job, parameters=render(place.parameters, values)
    )


def _channel(ctx: Context, event: Deploy, policy: Policy) -> str:
    """Where the card goes: the service's channel, else where it was asked for.

    What others have to approve can't be shown in a direct message, where nobody else sees it; nor what went without them.
    """
    service = ctx.settings.services[event.service]
    if service.channel:
        return service.channel
    elsewhere = [*service.channels, ctx.settings.slack.announce_channel]
    if event.place.direct and policy.approve and elsewhere[0]:
        return elsewhere[0]
    return event.place.channel


def _place(ctx: Context, event: Deploy) -> ServiceEnvironment:
    service = ctx.settings.services.get(event.service)
    if service is None:
        raise Refused(Reason.UNKNOWN_SERVICE, NO_SERVICE.format(service=event.service))
    place = service.environments.get(event.environment)
    if place is None:
        words = NO_ENVIRONMENT.format(service=event.service, environment=event.environment)
        raise Refused(Reason.UNKNOWN_ENVIRONMENT, words)
    return place


async def _may(ctx: Context, person: Person, policy: Policy, event: Deploy) -> None:
    where = {"service": event.service, "environment": event.environment}
    if not await authority.belongs(ctx, person, policy.deploy):
        words = NOT_ALLOWED.format(who=authority.named(policy.deploy), **where)
        raise Refused(Reason.NOT_ALLOWED_TO_DEPLOY, words, way_out=NOT_ALLOWED_OUT)
    if not event.break_glass:
        return
    if not policy.approve:
        raise Refused(
            Reason.NOT_ALLOWED_TO_BREAK_GLASS, NO_GLASS_NEEDED.format(**where), way_out=NO_GLASS_NEEDED_OUT
        )
    if not await authority.belongs(ctx, person, policy.break_glass):
        words = NO_GLASS.format(who=authority.named(policy.break_glass), **where)
        raise Refused(Reason.NOT_ALLOWED_TO_BREAK_GLASS, words, way_out=NO_GLASS_OUT)


def _version(ctx: Context, event: Deploy) -> str:
    service = ctx.settings.services[event.service]
    version = event.version_wanted or service.default_version or ""
    if not version:
        command = ctx.settings.slack.command()
        raise Refused(
            Reason.MISSING_WORD,
            NO_VERSION.format(service=event.service),
            way_out=NO_VERSION_OUT.format(
                command=command, service=event.service, environment=event.environment
            ),
        )
    if not fits(service.version_pattern, version):
        raise Refused(
            Reason.VERSION_INVALID,
            BAD_VERSION.format(version=version, service=event.service),
            way_out=BAD_VERSION_OUT.format(pattern=service.version_pattern),
        )
    return version
