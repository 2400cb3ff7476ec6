"""The parts of a release, as they are stored, and what is asked about them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from bot.deployments import Deployment
from bot.errors import Refused
from bot.events import Deploy, DeploymentQueued
from bot.events.releases import OfServices, PlanRelease
from bot.gates.situation import PartNow
from bot.grammar.saying import overriding, release_said
from bot.grammar.starts import start_of
from bot.kinds import Kind
from bot.lifecycle import State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.standing.releases import Release

OVER = "This release has ended."
UNREADY = frozenset({State.REQUESTED, State.AWAITING_APPROVAL})
FAILED = "{service} {version} {state}."


async def release_of(ctx: Context, id: str) -> Release | None:  # noqa: A002 - the word for it
    """The release of that id, also when it has ended."""
    found = await ctx.store.stood(id)
    return found if isinstance(found, Release) else None


async def open_release(ctx: Context, id: str) -> Release:  # noqa: A002 - the word for it
    """The release while it has not ended. Raises `Refused`."""
    release = await release_of(ctx, id)
    if release is None or release.ended_at:
        raise Refused(Reason.ALREADY_ENDED, OVER)
    return release


async def parts_of(ctx: Context, release: Release) -> list[Deployment | None]:
    """The deployment of each part, in order; None while it is not there yet, or was refused before it became one."""
    return [await ctx.store.deployment(part.deployment) for part in release.parts]


async def wake_parts(ctx: Context, release: Release) -> None:
    """Ask every part that waits again whether it may start."""
    for one in await parts_of(ctx, release):
        if one is not None and one.state is State.QUEUED:
            ctx.changes.publish(DeploymentQueued(deployment=one.id), subject=one.lane)


def stopped_by(live: Iterable[Deployment | None]) -> str:
    """Why nothing further of it starts: the first part that ended, and did not succeed; "" while there is none."""
    fallen = [one for one in live if one is not None and one.state.ended and one.state is not State.SUCCEEDED]
    if not fallen:
        return ""
    first = min(fallen, key=lambda one: one.ended_at)
    why = FAILED.format(service=first.service, version=first.version, state=first.state.value)
    return f"{why} {first.sentence}".strip()


async def part_now(ctx: Context, found: Deployment | None) -> PartNow | None:
    """What the gate looks at; None for what belongs to no release."""
    release = await release_of(ctx, found.release) if found is not None and found.release else None
    if release is None or found is None:
        return None
    live = dict(zip([part.service for part in release.parts], await parts_of(ctx, release), strict=True))
    mine = next((part for part in release.parts if part.deployment == found.id), None)
    needs = mine.needs if mine else ()
    return PartNow(
        # Noted a moment after it ended; nothing starts in that moment.
        stopped=release.stopped or stopped_by(live.values()),
        unready=tuple(
            service
            for service, one in live.items()
            if service != found.service and (one is None or one.state in UNREADY)
        ),
        behind=tuple(
            service
            for service in needs
            if (one := live.get(service)) is None or one.state is not State.SUCCEEDED
        ),
    )


def questions(live: Iterable[Deployment]) -> str:
    """Names every open question of these at once: equal exactly while all of them are the same."""
    open_now = sorted(
        one.approval.request
        for one in live
        if one.state is State.AWAITING_APPROVAL and one.approval is not None
    )
    return hashlib.blake2s("\n".join(open_now).encode(), digest_size=8).hexdigest() if open_now else ""


def needs_of(ctx: Context, service: str, among: set[str]) -> tuple[str, ...]:
    """Which of these have to be there before, also by way of services that are not part of it."""
    found: set[str] = set()
    left = list(ctx.settings.services[service].needs)
    while left:
        one = left.pop()
        if one not in found and one in ctx.settings.services:
            found.add(one)
            left += ctx.settings.services[one].needs
    return tuple(sorted(found & among))


def said(ctx: Context, event: OfServices) -> str:
    """The command that asks for all of it, or for the plan of that, without its time and its reason for passing a freeze."""
    plan = isinstance(event, PlanRelease)
    return release_said(
        ctx.settings,
        event.services,
        event.environment,
        name=event.name,
        plan=plan,
        removing=event.removing,
    )


async def said_of(ctx: Context, found: Deployment | None) -> str:
    """The same for the release of which a deployment is a part; "" for what is part of none."""
    release = await release_of(ctx, found.release) if found is not None and found.release else None
    if release is None or found is None:
        return ""
    services = [(part.service, part.version) for part in release.parts]
    return release_said(
        ctx.settings, services, release.environment, name=release.name, removing=found.removing
    )


def time_read(ctx: Context, event: OfServices, person: Person) -> float:
    """When all of it is to start, in epoch seconds; 0 for now.

    Raises `Refused` with the whole release, or its plan, to say instead.
    """
    return start_of(
        event.when,
        now=ctx.at,
        timezone=person.timezone,
        before=said(ctx, event),
        after=overriding(event.override),
    )


def asked_part(event: OfServices, release: str, service: str, version: str) -> Deploy:
    """What is asked for with one part of a release."""
    # What is said of a part is said on the release's card; there is no address of Slack's to answer at later.
    place = msgspec.structs.replace(event.place, response_url="")
    return Deploy(
        by=event.by,
        place=place,
        text=event.text,
        service=service,
        environment=event.environment,
        version_wanted=version,
        kind=Kind.RELEASE,
        override=event.override,
        removing=event.removing,
        when=event.when,
        release=release,
    )
