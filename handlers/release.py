"""`/release checkout=1.4.2 payments=2.0.1 to production`: several services together, each part a deployment of its own.

Every part goes through all the gates, with its own approvals at its own fingerprint; the gate `release` makes them start
together, in the order of what needs what. The first part that does not succeed stops the release.
"""

from __future__ import annotations

import hashlib

from bot.deployments import deployment_id
from bot.errors import Refused
from bot.events import (
    AboutLane,
    ApprovalGiven,
    Cancel,
    Deploy,
    GlassBroken,
    TargetAccepted,
)
from bot.events.releases import (
    AskRelease,
    CancelRelease,
    PartReady,
    release_subject,
)
from bot.gates import blocking
from bot.grammar.saying import overriding, release_said
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing.releases import Part, Release
from handlers import authority
from handlers.deploy import place_of, wants
from handlers.release_again import check_not_going
from handlers.release_parts import (
    OVER,
    asked_part,
    needs_of,
    open_release,
    parts_of,
    release_of,
    said,
    time_read,
    wake_parts,
)
from handlers.release_place import channel_of, tell_where
from handlers.situation import judged

router = Router()

CANT = "The release can't be: {whys}"
WAY_OUT = "`{command}` says more."
ONE_MOMENT = 0.5
"""Seconds, until a release that was just asked for has its first part."""


@router.command(AskRelease)
async def ask_release(event: AskRelease, ctx: Context) -> None:
    """All or nothing: refused with everything that is in the way of any part, or every part is asked for."""
    person = await authority.admitted(ctx, event.by)
    not_before = time_read(ctx, event, person)
    await check_not_going(ctx, event, not_before)
    release = release_id(ctx.message)
    asked = [asked_part(event, release, service, version) for service, version in event.services]
    await _check_gates(ctx, event, asked, person)
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
        channel=channel_of(ctx, event),
        not_before=not_before,
    )
    ctx.changes.save(new)
    _audit(ctx, event, new)
    tell_where(ctx, new)
    for one in asked:
        ctx.changes.publish(one, id=_message(release, one.service))


async def _check_gates(ctx: Context, event: AskRelease, asked: list[Deploy], person: Person) -> None:
    """Raises `Refused` with what every gate that blocks a part says, and with what to say instead."""
    blocks = []
    for one in asked:
        place_of(ctx, one.service, one.environment)
        _, verdicts = await judged(ctx, wants(ctx, one, person, said=said(ctx, event)))
        if (no := blocking(verdicts)) is not None:
            blocks.append(no)
    if not blocks:
        return
    first = blocks[0]
    assert first.reason is not None, "every block has its reason code"
    services = tuple((one.service, one.version_wanted) for one in asked)
    plan = release_said(
        ctx.settings, services, event.environment, name=event.name, plan=True, removing=event.removing
    )
    plan = " ".join(filter(None, (plan, event.when, overriding(event.override))))
    # What lets one part pass need not be enough for another.
    outs = [*([first.way_out] if len(blocks) == 1 else []), WAY_OUT.format(command=plan)]
    whys = " ".join(no.sentence for no in blocks)
    raise Refused(first.reason, CANT.format(whys=whys), way_out=" ".join(filter(None, outs)))


def _audit(ctx: Context, event: AskRelease, new: Release) -> None:
    ctx.changes.audit(
        "release_requested",
        actor=new.requester.id,
        about=new.id,
        services=[f"{service} {version}" for service, version in event.services],
        environment=event.environment,
        name=event.name,
        not_before=new.not_before,
        command=event.text,
    )


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
        cancel = Cancel(
            by=event.by, place=event.place, text=event.text, deployment=one.id, give_up=event.give_up
        )
        ctx.changes.publish(cancel, subject=one.lane)


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
