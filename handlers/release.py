"""`/release checkout=1.4.2 payments=2.0.1 to production`: several services together, each part a deployment of its own.

Every part goes through all the gates, with its own approvals at its own fingerprint; the gate `release` makes them start
together, in the order of what needs what. The first part that does not succeed stops the release.
"""

from __future__ import annotations

import hashlib

import msgspec

from bot.audit import ENGINE
from bot.deployments import deployment_id
from bot.errors import Refused
from bot.events import (
    AboutLane,
    ApprovalGiven,
    Cancel,
    DeploymentEnded,
    DeploymentQueued,
    GlassBroken,
    TargetAccepted,
)
from bot.events.releases import (
    AskRelease,
    CancelRelease,
    PartReady,
    PartRefused,
    RollBackRelease,
    ShowRelease,
    StopPart,
    release_subject,
)
from bot.events.rollback import RollBackDeployment
from bot.gates import blocking
from bot.lifecycle import State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing.releases import Part, Release
from handlers import authority
from handlers.deploy import place_of, wants
from handlers.lane import policy_of, refuse
from handlers.release_parts import asked_part, needs_of, open_release, parts_of, release_of, time_read
from handlers.situation import judged

router = Router()

CANT = "The release can't be: {whys}"
WAY_OUT = "`{command} plan {service} {version} {environment}` says more."
NOT_OVER = "Cancel the release first, or wait for its end: then what was done can be rolled back."
BACK_ALREADY = "Somebody has rolled it back already."
NOT_BACK = "You may not roll back any part of this release: that is for those who may deploy it."
NOTHING_DONE = "Nothing of this release was done."
WITH_RELEASE = "rolled back with its release"
STOPPED_BY = "{name} stopped it."
FAILED = "{service} {version} {state}."
PART = "{service} {version} was refused: {why}"


@router.command(AskRelease)
async def ask_release(event: AskRelease, ctx: Context) -> None:
    """All or nothing: refused with everything that is in the way of any part, or every part is asked for."""
    person = await authority.admitted(ctx, event.by)
    time_read(ctx, event, person)
    release = release_id(ctx.message)
    asked = [asked_part(event, release, service, version) for service, version in event.services]
    whys, first = [], None
    for one in asked:
        place_of(ctx, one.service, one.environment)
        _, verdicts = await judged(ctx, wants(ctx, one, person))
        if (no := blocking(verdicts)) is not None:
            whys.append(no.sentence)
            first = first or (no, one)
    if first is not None:
        no, one = first
        assert no.reason is not None, "every block has its reason code"
        out = WAY_OUT.format(
            command=ctx.settings.slack.command(),
            service=one.service,
            version=one.version_wanted,
            environment=one.environment,
        )
        raise Refused(no.reason, CANT.format(whys=" ".join(whys)), way_out=out)
    named = {service for service, _ in event.services}
    new = Release(
        id=release,
        environment=event.environment,
        owner=person.id,
        made_at=ctx.clock.now(),
        name=event.name,
        parts=tuple(
            Part(
                service=one.service,
                version=one.version_wanted,
                deployment=deployment_id(_message(release, one.service)),
                needs=needs_of(ctx, one.service, named),
            )
            for one in asked
        ),
        requester=person,
        place=event.place,
        channel=event.place.channel,
    )
    ctx.changes.save(new)
    services = [f"{service} {version}" for service, version in event.services]
    ctx.changes.audit(
        "release_requested",
        actor=person.id,
        about=release,
        services=services,
        environment=event.environment,
        name=event.name,
        command=event.text,
    )
    for one in asked:
        ctx.changes.publish(one, id=_message(release, one.service))
    ctx.changes.publish(ShowRelease(release=release))


@router.command(CancelRelease)
async def cancel_release(event: CancelRelease, ctx: Context) -> None:
    """Cancel every part that has not ended; whether he may is asked for each."""
    await authority.admitted(ctx, event.by)
    release = await open_release(ctx, event.release)
    for one in await parts_of(ctx, release):
        if one is not None and not one.state.ended:
            cancel = Cancel(by=event.by, place=event.place, text=event.text, deployment=one.id)
            ctx.changes.publish(cancel, subject=one.lane)


@router.command(RollBackRelease)
async def roll_back_release(event: RollBackRelease, ctx: Context) -> None:
    """Take back what was done, the last first: each part by a rollback of its own, with its own rights and approvals."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    release = await release_of(ctx, event.release)
    if release is None or not release.ended_at:
        raise Refused(Reason.ALREADY_DECIDED, NOT_OVER)
    if release.rolled_back_by:
        raise Refused(Reason.ALREADY_DECIDED, BACK_ALREADY)
    done = [one for one in await parts_of(ctx, release) if one is not None and one.state is State.SUCCEEDED]
    if not done:
        raise Refused(Reason.NOTHING_BEFORE, NOTHING_DONE)
    may = [
        one
        for one in done
        if await authority.belongs(ctx, person, policy_of(ctx, one).deploy, at_most=authority.DECISIVE)
    ]
    if not may:
        raise Refused(Reason.NOT_ALLOWED_TO_DEPLOY, NOT_BACK)
    for one in sorted(may, key=lambda one: one.ended_at, reverse=True):
        back = RollBackDeployment(
            by=event.by, place=event.place, text=event.text, deployment=one.id, why=WITH_RELEASE
        )
        ctx.changes.publish(back, subject=one.lane)
    ctx.changes.save(msgspec.structs.replace(release, rolled_back_by=person.id))
    ctx.changes.audit("release_rolled_back", actor=person.id, about=release.id)
    ctx.changes.publish(ShowRelease(release=release.id))


@router.on(ApprovalGiven)
async def part_approved(event: ApprovalGiven, ctx: Context) -> None:
    """The last approval of one part may be what the others wait for."""
    if event.complete:
        await _ready(ctx, event)


@router.on(TargetAccepted, GlassBroken)
async def part_ready(event: AboutLane, ctx: Context) -> None:
    """A part that nobody has to approve may be what the others wait for."""
    await _ready(ctx, event)


@router.on(PartReady)
async def go_on(event: PartReady, ctx: Context) -> None:
    """Told once the part's own change is committed: of two at once, the later one sees both."""
    release = await release_of(ctx, event.release)
    if release is not None:
        await _wake(ctx, release)


@router.on(PartRefused)
async def part_refused(event: PartRefused, ctx: Context) -> None:
    """Without one of them, none of those that have not started goes."""
    release = await release_of(ctx, event.release)
    if release is not None:
        part = next((one for one in release.parts if one.service == event.service), None)
        version = part.version if part else ""
        why = PART.format(service=event.service, version=version, why=event.sentence)
        after = await _stopped(ctx, release, why)
        if all(one is None or one.state.ended for one in await parts_of(ctx, release)):
            after = msgspec.structs.replace(after, ended_at=ctx.clock.now(), ended_by=ENGINE)
        if after != release:
            ctx.changes.save(after)
            ctx.changes.publish(ShowRelease(release=release.id))


@router.on(DeploymentEnded)
async def part_ended(event: DeploymentEnded, ctx: Context) -> None:
    """The next may go, or none may; and the release ends with its last part."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or not found.release:
        return
    release = await release_of(ctx, found.release)
    if release is None or release.ended_at:
        return
    if found.state is State.SUCCEEDED:
        await _wake(ctx, release)
        after = release
    else:
        why = FAILED.format(service=found.service, version=found.version, state=found.state.value)
        after = await _stopped(ctx, release, f"{why} {found.sentence}".strip())
    if all(one is not None and one.state.ended for one in await parts_of(ctx, release)):
        after = msgspec.structs.replace(after, ended_at=ctx.clock.now(), ended_by=ENGINE)
        ctx.changes.audit("release_ended", actor=ENGINE, about=release.id, stopped=after.stopped)
    if after != release:
        ctx.changes.save(after)
        ctx.changes.publish(ShowRelease(release=release.id))


async def _stopped(ctx: Context, release: Release, why: str) -> Release:
    """Nothing further of it starts. What has started goes on to its end."""
    if release.stopped or release.ended_at:
        return release
    ctx.changes.audit("release_stopped", actor=ENGINE, about=release.id, why=why)
    for one in await parts_of(ctx, release):
        if one is not None and not one.state.ended and not one.state.holds_lane:
            ctx.changes.publish(StopPart(deployment=one.id, sentence=why), subject=one.lane)
    return msgspec.structs.replace(release, stopped=why, stopped_at=ctx.clock.now())


@router.command(StopPart)
async def stop_part(event: StopPart, ctx: Context) -> None:
    """A part that waits is refused; one that has started meanwhile goes on."""
    found = await ctx.store.deployment(event.deployment)
    if found is not None and not found.state.holds_lane and not found.state.ended:
        refuse(ctx, found, Reason.RELEASE_STOPPED, event.sentence)


async def _ready(ctx: Context, event: AboutLane) -> None:
    found = await ctx.store.deployment(event.deployment)
    if found is not None and found.release:
        ctx.changes.publish(PartReady(release=found.release), subject=release_subject(found.release))


async def _wake(ctx: Context, release: Release) -> None:
    """Ask every part that waits again whether it may start."""
    for one in await parts_of(ctx, release):
        if one is not None and one.state is State.QUEUED:
            ctx.changes.publish(DeploymentQueued(deployment=one.id), subject=one.lane)


def release_id(message: str) -> str:
    """The id of the release that a message asks for: the same however often it is handled."""
    return "r" + hashlib.blake2s(message.encode(), digest_size=10, person=b"release").hexdigest()


def _message(release: str, service: str) -> str:
    """The id of the message that asks for a part, from which its deployment's id is known."""
    return f"release/{release}/{service}"
