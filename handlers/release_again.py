"""The same release once more: after one that did not succeed, by its button; and of two that ask for the same at once one wins."""

from __future__ import annotations

from bot.errors import Refused
from bot.events.releases import AskRelease, OfServices, ReleaseAgain
from bot.grammar.saying import release_said
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing.releases import Release
from handlers import authority
from handlers.release_parts import parts_of, release_of

router = Router()

NOT_ENDED = "That release has not ended yet."
NOT_ENDED_OUT = "Cancel it first, or wait for its end."
SAID = "(button) {command}"
GOING = "The very same release is on its way to {environment} already, asked by {name}."
PART_GOING = (
    "{services} is on its way to {environment} already, as a part of another release, asked by {name}."
)
GOING_OUT = "Its card says what it waits for."


@router.command(ReleaseAgain)
async def release_again(event: ReleaseAgain, ctx: Context) -> None:
    """The same parts in the same versions, asked for by whoever clicked: every gate is asked anew."""
    await authority.admitted(ctx, event.by)
    old = await release_of(ctx, event.release)
    if old is None or not old.ended_at:
        raise Refused(Reason.ALREADY_DECIDED, NOT_ENDED, way_out=NOT_ENDED_OUT)
    services = tuple((part.service, part.version) for part in old.parts)
    command = release_said(ctx.settings, services, old.environment, name=old.name)
    again = AskRelease(
        by=event.by,
        place=event.place,
        text=SAID.format(command=command),
        environment=old.environment,
        services=services,
        name=old.name,
    )
    ctx.changes.publish(again)


async def check_not_going(ctx: Context, event: OfServices, not_before: float) -> None:
    """Raises `Refused` when a release is open that brings any of this, for the same time.

    The gates see only parts that are deployments already; whoever asks a moment later would pass them.
    """
    asked = dict(event.services)
    for release in await ctx.store.standing(Release, environment=event.environment):
        if release.stopped or _later(ctx, release.not_before) != _later(ctx, not_before):
            continue
        both = [
            part.service
            for part, one in zip(release.parts, await parts_of(ctx, release), strict=True)
            if asked.get(part.service) == part.version
            and not part.refused
            and (one is None or not one.state.ended)
        ]
        if not both:
            continue
        words = {"environment": event.environment, "name": release.requester.name}
        if len(both) == len(release.parts) == len(asked):
            raise Refused(Reason.ALREADY_GOING, GOING.format(**words), way_out=GOING_OUT)
        services = ", ".join(f"{service} {asked[service]}" for service in both)
        sentence = PART_GOING.format(services=services, **words)
        raise Refused(Reason.ALREADY_GOING, sentence, way_out=GOING_OUT)


def _later(ctx: Context, at: float) -> float:
    """One that is planned for later is the same only as one for that moment."""
    return at if at > ctx.clock.now() else 0.0
