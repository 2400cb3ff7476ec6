"""`/release checkout=1.4.2 payments=2.0.1 to production`: several services together, each part a deployment of its own.

Every part goes through all the gates, with its own approvals at its own fingerprint; the gate `release` makes them start
together, in the order of what needs what. The first part that does not succeed stops the release.
"""

from __future__ import annotations

import hashlib

import msgspec

from bot.deployments import deployment_id
from bot.errors import Refused
from bot.events import (
    AboutLane,
    ApprovalGiven,
    Cancel,
    GlassBroken,
    TargetAccepted,
)
from bot.events.releases import (
    AskRelease,
    CancelRelease,
    PartReady,
    RollBackRelease,
    ShowRelease,
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
from handlers.lane import policy_of
from handlers.release_parts import (
    OVER,
    asked_part,
    needs_of,
    open_release,
    parts_of,
    release_of,
    time_read,
    wake_parts,
)
from handlers.situation import judged

router = Router()

CANT = "The release can't be: {whys}"
WAY_OUT = "`{command} plan {service} {version} {environment}` says more."
NOT_OVER = "Cancel the release first, or wait for its end: then what was done can be rolled back."
BACK_ALREADY = "Somebody has rolled it back already."
NOT_BACK = "You may not roll back any part of this release: that is for those who may deploy it."
NOTHING_DONE = "Nothing of this release was done."
WITH_RELEASE = "rolled back with its release"
ONE_MOMENT = 0.5
"""Seconds, until a release that was just asked for has its first part."""


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
    """Cancel every part that has not ended; whether he may is asked for each, so one of them has to be there."""
    await authority.admitted(ctx, event.by)
    release = await open_release(ctx, event.release)
    live = await parts_of(ctx, release)
    left = [one for one in live if one is not None and not one.state.ended]
    coming = [part for part, one in zip(release.parts, live, strict=True) if one is None and not part.refused]
    if not left and not coming:
        raise Refused(Reason.ALREADY_ENDED, OVER)
    if not left:
        ctx.changes.publish(event, after=ONE_MOMENT)
    for one in left:
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
        await wake_parts(ctx, release)


async def _ready(ctx: Context, event: AboutLane) -> None:
    found = await ctx.store.deployment(event.deployment)
    if found is not None and found.release:
        ctx.changes.publish(PartReady(release=found.release), subject=release_subject(found.release))


def release_id(message: str) -> str:
    """The id of the release that a message asks for: the same however often it is handled."""
    return "r" + hashlib.blake2s(message.encode(), digest_size=10, person=b"release").hexdigest()


def _message(release: str, service: str) -> str:
    """The id of the message that asks for a part, from which its deployment's id is known."""
    return f"release/{release}/{service}"
