"""*Run it now* on the card of a release whose time passed while the server was down: it goes for every part that waits for that."""

from __future__ import annotations

from collections.abc import Iterable

from bot.deployments import Deployment
from bot.errors import Refused
from bot.events import RunNow, button_value
from bot.events.releases import RunReleaseNow
from bot.lifecycle import State
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.standing.releases import Release
from bot.words import Button
from handlers import authority
from handlers.planned import check_may_start
from handlers.release_parts import open_release, parts_of

router = Router()

NOT_MISSED = "No part of this release waits for that any more."


@router.command(RunReleaseNow)
async def run_release_now(event: RunReleaseNow, ctx: Context) -> None:
    """All of them or none: whoever may not start one of them starts nothing. Each is then asked about as by itself."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    release = await open_release(ctx, event.release)
    waiting = missed(await parts_of(ctx, release))
    if not waiting:
        raise Refused(Reason.ALREADY_DECIDED, NOT_MISSED)
    for one in waiting:
        await check_may_start(ctx, person, one)
    for one in waiting:
        now = RunNow(by=event.by, place=event.place, text=event.text, deployment=one.id)
        ctx.changes.publish(now, subject=one.lane)


def missed(live: Iterable[Deployment | None]) -> list[Deployment]:
    """The parts of which somebody has to say whether they still should go."""
    return [one for one in live if one and one.state is State.QUEUED and one.waits is Reason.PLAN_MISSED]


def run_now_button(release: Release, live: Iterable[Deployment | None]) -> list[Button]:
    if release.ended_at or release.stopped or not missed(live):
        return []
    value = button_value(release.id)
    return [Button(action="release_run_now", label="Run it now", value=value, style="primary")]
