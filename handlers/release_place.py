"""Where the card of a release goes: where those who approve its parts see it, never only in a direct message."""

from __future__ import annotations

from bot.errors import Refused
from bot.events import Tell
from bot.events.releases import OfServices
from bot.ports import Context
from bot.reasons import Reason
from bot.standing.releases import Release
from bot.words import Channel, Part

CHECKED = "Every part is being checked; then the card of this release is "
HERE = "here."
IN = "in "
NOWHERE = "The card of a release is for all who approve its parts, and no channel is configured where they would see it."
NOWHERE_OUT = "Say the same in a channel."


def channel_of(ctx: Context, event: OfServices) -> str:
    """The channel of the release in the configuration, else that which all its services share, else where it was asked for.

    From a direct message it goes to where such things are announced, else to a channel of one of its services. Raises `Refused`
    where there is none.
    """
    services = [ctx.settings.services[service] for service, _ in event.services]
    manifest = ctx.settings.releases.get(event.name)
    if manifest is not None and manifest.channel:
        return manifest.channel
    shared = {one.channel for one in services}
    if len(shared) == 1 and (channel := shared.pop()):
        return channel
    if not event.place.direct:
        return event.place.channel
    theirs = [channel for one in services for channel in (one.channel, *one.channels)]
    for one in (ctx.settings.slack.announce_channel, *theirs):
        if one:
            return one
    raise Refused(Reason.NO_CHANNEL, NOWHERE, way_out=NOWHERE_OUT)


def named(channel: str) -> Part:
    """The channel as people read it: the configuration has an id or a name of it."""
    return channel if channel.startswith("#") else Channel(channel)


def tell_where(ctx: Context, release: Release) -> None:
    """Who asked hears at once that it was taken, and where its card comes when all its parts are there."""
    place = release.place
    there: tuple[Part, ...] = (HERE,)
    if release.channel != place.channel or place.thread:
        there = (IN, named(release.channel), ".")
    ctx.changes.publish(Tell(user=release.requester.id, place=place, words=(CHECKED, *there)))
