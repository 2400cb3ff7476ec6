"""`/promote checkout`: exactly what runs in one environment goes to the next, through every gate."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from bot.deployments import Deployment
from bot.earlier import same, the_very_same
from bot.errors import Refused
from bot.events import Deploy, lane
from bot.events.planning import ShowPlan
from bot.events.promotion import Promote
from bot.goods import earlier
from bot.kinds import Kind
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from handlers import authority
from handlers.deploy import place_of

router = Router()

NO_SERVICE = "There is no service called {service} any more."
NOTHING_AFTER = "Of {service}, no environment comes after {source}: neither a policy's `after` nor its own `promote` says so."
NOTHING_BEFORE = "Of {service}, nothing comes before {target}: neither its policy's `after` nor the service's `promote` says so."
NO_ORDER = "Of {service}, no environment comes after another: neither a policy's `after` nor its own `promote` says so."
SAY_BOTH = "Say both: `{command} promote {service} from {source} to {target}`"
SAY_VERSION = "Say what is to go: `{command} {service} <version> {target}`"
NOTHING_RUNS = "Nothing of {service} runs in {source} yet that could be promoted to {target}."
NOTHING_RUNS_OUT = "First `{command} {service} {source}`."
SEVERAL = "That could mean {meanings}."
SEVERAL_OUT = "Say `{first}` or `{second}`."
MEANING = "{version} from {source} to {target}"
THERE = "{target} runs {service} {version} already, exactly as {source} does."
THERE_OUT = "`{command} {service} {version} {target}` deploys it again."


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """From one environment to another: what runs in `source` and, if anything, in `target`.

    `by_commit` says that the service has a repository: a name alone is no proof that it is the same where one commit is known.
    """

    source: str
    target: str
    runs: Deployment | None
    over: Deployment | None
    by_commit: bool

    @property
    def done(self) -> bool:
        """Whether the very same runs there already."""
        one, other = self.runs, self.over
        if one is None or other is None:
            return False
        is_it = the_very_same if self.by_commit else same
        return is_it(one.version, one.digest, other.version, other.digest)


@router.command(Promote)
async def promote(event: Promote, ctx: Context) -> None:
    """Find what is meant, and ask for it like for any deployment; two at once are decided in the lane."""
    await authority.admitted(ctx, event.by)
    way = _chosen(ctx, event, await _ways(ctx, event))
    assert way.runs is not None, "only what runs somewhere is promoted"
    kind = ShowPlan if event.plan else Deploy
    ctx.changes.publish(
        kind(
            by=event.by,
            place=event.place,
            text=event.text,
            service=event.service,
            environment=way.target,
            version_wanted=way.runs.version,
            digest=way.runs.digest,
            kind=Kind.PROMOTE,
            promotes=earlier(way.runs),
            break_glass=event.break_glass,
            override=event.override,
            removing=event.removing,
            when=event.when,
        )
    )


async def _ways(ctx: Context, event: Promote) -> list[Way]:
    """What the words can mean. Raises `Refused` where the policies know no such way."""
    pairs = _pairs(ctx, event)
    if not pairs:
        raise _no_way(ctx, event)
    service = ctx.settings.services.get(event.service)
    by_commit = service is not None and service.repository.there
    return [
        Way(
            source=source,
            target=target,
            runs=await ctx.store.last_good(lane(event.service, source)),
            over=await ctx.store.last_good(lane(event.service, target)),
            by_commit=by_commit,
        )
        for source, target in pairs
    ]


def _pairs(ctx: Context, event: Promote) -> list[tuple[str, str]]:
    """Which goes where: as said, else as the policies' `after` has it, else as the service's `promote` does."""
    for environment in filter(None, (event.source, event.target)):
        place_of(ctx, event.service, environment)
    if event.source and event.target:
        return [(event.source, event.target)]
    service = ctx.settings.services.get(event.service)
    if service is None:
        raise Refused(Reason.UNKNOWN_SERVICE, NO_SERVICE.format(service=event.service))
    by_policy = [
        (source, target)
        for target in service.environments
        for source in ctx.settings.policy_for(event.service, target)[1].after
        if source in service.environments
    ]
    return [
        (source, target)
        for source, target in by_policy or pairwise(service.promote)
        if event.source in {"", source} and event.target in {"", target}
    ]


def _no_way(ctx: Context, event: Promote) -> Refused:
    places = list(ctx.settings.services[event.service].environments)
    words = {"service": event.service, "source": event.source, "target": event.target}
    template = NOTHING_AFTER if event.source else NOTHING_BEFORE if event.target else NO_ORDER
    source = event.source or next((one for one in places if one != event.target), "")
    target = event.target or next((one for one in reversed(places) if one != source), "")
    out = SAY_BOTH if source and target and source != target else SAY_VERSION
    command = ctx.settings.slack.command()
    way_out = out.format(
        command=command, service=event.service, source=source, target=target or event.source or places[0]
    )
    return Refused(Reason.NOTHING_BEFORE, template.format(**words), way_out=way_out)


def _chosen(ctx: Context, event: Promote, ways: list[Way]) -> Way:
    """The one that is meant. Several that bring the very same to the same place are one."""
    command = ctx.settings.slack.command()
    runs = [one for one in ways if one.runs is not None]
    if not runs:
        first = ways[0]
        words = {"command": command, "service": event.service, "source": first.source, "target": first.target}
        out = NOTHING_RUNS_OUT.format(**words)
        raise Refused(Reason.NOTHING_RUNS, NOTHING_RUNS.format(**words), way_out=out)
    open_ = [one for one in runs if not one.done]
    if not open_:
        raise _there(command, event.service, runs[0])
    meant = {(one.target, one.runs.digest or one.runs.version): one for one in open_ if one.runs}
    if len(meant) > 1:
        raise _several(command, event.service, list(meant.values()))
    return open_[0]


def _there(command: str, service: str, way: Way) -> Refused:
    version = way.over.version if way.over else ""
    words = {"command": command, "service": service, "version": version}
    sentence = THERE.format(source=way.source, target=way.target, **words)
    return Refused(Reason.ALREADY_THERE, sentence, way_out=THERE_OUT.format(target=way.target, **words))


def _several(command: str, service: str, ways: list[Way]) -> Refused:
    meanings = [
        MEANING.format(version=one.runs.version if one.runs else "", source=one.source, target=one.target)
        for one in ways
    ]
    said = [f"{command} promote {service} from {one.source} to {one.target}" for one in ways]
    return Refused(
        Reason.AMBIGUOUS,
        SEVERAL.format(meanings=" or ".join(meanings)),
        way_out=SEVERAL_OUT.format(first="`, `".join(said[:-1]), second=said[-1]),
    )
