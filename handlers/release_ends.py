"""How a release stops and ends: by the first part that is refused or does not succeed, and with its last one."""

from __future__ import annotations

import msgspec

from bot.audit import ENGINE
from bot.events import DeploymentEnded
from bot.events.releases import CloseRelease, PartRefused, ShowRelease, StopPart
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing.releases import Release
from handlers.lane import refuse
from handlers.release_parts import parts_of, release_of, stopped_by, wake_parts

router = Router()

PART = "{service} {version} was refused: {why}"


@router.on(PartRefused)
async def part_refused(event: PartRefused, ctx: Context) -> None:
    """Without one of them, none of those that have not started goes."""
    release = await release_of(ctx, event.release)
    if release is None or release.ended_at:
        return
    part = next(one for one in release.parts if one.service == event.service)
    why = PART.format(service=part.service, version=part.version, why=event.sentence)
    parts = tuple(msgspec.structs.replace(one, refused=True) if one is part else one for one in release.parts)
    ctx.changes.save(msgspec.structs.replace(await _stopped(ctx, release, why), parts=parts))
    ctx.changes.publish(ShowRelease(release=release.id))
    # Looked at afterwards: the last of the others may be ending in this very moment.
    ctx.changes.publish(CloseRelease(release=release.id))


@router.command(CloseRelease)
async def close_release(event: CloseRelease, ctx: Context) -> None:
    release = await release_of(ctx, event.release)
    if release is not None and not release.ended_at:
        await _changed(ctx, release, release)


@router.on(DeploymentEnded)
async def part_ended(event: DeploymentEnded, ctx: Context) -> None:
    """The next may go, or none may; and the release ends with its last part."""
    found = await ctx.store.deployment(event.deployment)
    if found is None or not found.release:
        return
    release = await release_of(ctx, found.release)
    if release is None or release.ended_at:
        return
    after = release
    # Of two that end in the same moment either may be heard of first, and the last one closes the release.
    if why := stopped_by(await parts_of(ctx, release)):
        after = await _stopped(ctx, release, why)
    else:
        await wake_parts(ctx, release)
    await _changed(ctx, release, after)


async def _changed(ctx: Context, release: Release, after: Release) -> None:
    """Store what has become of it, and its end once every part has ended or was refused."""
    live = await parts_of(ctx, release)
    if all(
        part.refused or (one is not None and one.state.ended)
        for part, one in zip(after.parts, live, strict=True)
    ):
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
