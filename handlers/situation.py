"""Collects what the gates look at. Everybody who judges asks here: plans, previews, cards, and the run itself."""

from __future__ import annotations

from collections.abc import Container

import msgspec

from bot.approvals import complete
from bot.audit import ENGINE
from bot.deployments import Approval, Deployment
from bot.earlier import Earlier, GoingBack
from bot.errors import Refused
from bot.events import lane
from bot.gates import Ahead, Situation, Verdict, judge
from bot.gates.freeze import extra, passable
from bot.goods import LOOKED_BACK, earlier, there
from bot.kinds import Kind
from bot.lifecycle import State
from bot.people import Person
from bot.ports import Context
from bot.standing import BadVersion, Lock
from config.models import Policy
from config.versions import fits
from handlers import authority, rights, sources
from handlers.aside import held, missed
from handlers.frozen import freezes
from handlers.going import going
from handlers.lane import policy_of
from handlers.lock_rights import lifters
from handlers.not_good import not_good_there
from handlers.release_parts import part_now, said_of
from handlers.steps_now import steps_now
from handlers.terms import terms_of
from handlers.turns import ahead_of, asks_to_go_back, holder_of


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants, before or after it became a deployment (`found`). `not_before` is when it is planned for.

    `aside` are the ids of deployments that step aside, because something else holds them. `said` is the command of which it is a
    part, "" for one of its own. `reader` is who reads the answer, in his
    own time zone, when that is not known to be who asks for it.
    """

    person: Person
    service: str
    environment: str
    version: str
    digest: str = ""
    kind: Kind = Kind.DEPLOY
    glass: str = ""
    override: str = ""
    removing: bool = False
    not_before: float = 0.0
    rolls_back: GoingBack | None = None
    said: str = ""
    found: Deployment | None = None
    aside: frozenset[str] = frozenset()
    reader: Person | None = None

    @classmethod
    def of(
        cls,
        found: Deployment,
        *,
        glass: str = "",
        aside: frozenset[str] = frozenset(),
        reader: Person | None = None,
    ) -> Wanted:
        """What a stored deployment wants; `glass` is the reason for going without approval that is not stored yet."""
        return cls(
            person=found.requester,
            service=found.service,
            environment=found.environment,
            version=found.version,
            digest=found.digest,
            kind=found.kind,
            glass=glass,
            override=found.override,
            removing=found.removing,
            not_before=found.not_before,
            rolls_back=found.rolls_back,
            found=found,
            aside=aside,
            reader=reader,
        )


async def situation(ctx: Context, wanted: Wanted) -> Situation:
    """Everything that gates look at, now. Raises `Unreachable` or `Rejected` while people can't be asked about."""
    place = ctx.settings.services.get(wanted.service)
    gone = place is None or wanted.environment not in place.environments
    policy = (
        policy_of(ctx, wanted.found)
        if wanted.found is not None
        else ctx.settings.policy_for(wanted.service, wanted.environment)[1]
    )
    so = Situation(
        now=max(ctx.clock.now(), wanted.not_before),
        clock=ctx.clock.now(),
        not_before=wanted.not_before,
        missed=missed(ctx, wanted.found, policy),
        command=ctx.settings.slack.command(),
        said=wanted.said or await said_of(ctx, wanted.found),
        service=wanted.service,
        environment=wanted.environment,
        version=wanted.version,
        digest=wanted.digest,
        kind=wanted.kind,
        actor=wanted.person.id,
        actor_name=wanted.person.name,
        reader=wanted.reader.id if wanted.reader else "",
        timezone=(wanted.reader or wanted.person).timezone,
        policy=policy,
        glass=wanted.glass,
        override=wanted.override,
        passes=frozenset(one.id for one in wanted.found.passes) if wanted.found else frozenset(),
        removing=wanted.removing,
        takes_away=wanted.found.takes_away if wanted.found else None,
        no_place=gone,
        fits=gone or place is None or fits(place.version_pattern, wanted.version),
        pattern=place.version_pattern if place else "",
        clauses=terms_of(
            policy,
            wanted.kind,
            wanted.person.id,
            wanted.found.extra if wanted.found else (),
        ).clauses,
        back=wanted.rolls_back,
    )
    so = await _people(ctx, wanted, so)
    so = await _standing(ctx, wanted, so)
    # Which commit it is comes first: the very same is looked for in the past.
    so = await sources.known(ctx, so)
    if wanted.found is None and so.outgoing is not None:
        so = msgspec.structs.replace(so, takes_away=so.outgoing.takes)
    so = await _history(ctx, wanted, so)
    return msgspec.structs.replace(so, release=await part_now(ctx, wanted.found))


async def judged(ctx: Context, wanted: Wanted) -> tuple[Situation, tuple[Verdict, ...]]:
    """The situation, and what every gate says of it."""
    so = await situation(ctx, wanted)
    return so, judge(so)


async def _people(ctx: Context, wanted: Wanted, so: Situation) -> Situation:
    """What who asked may do now, and whether those who approved still may."""
    found = wanted.found
    broken = found.broken if found else None
    try:
        person = await authority.admitted(ctx, wanted.person)
    except Refused as no:
        return msgspec.structs.replace(so, not_admitted=no.sentence, not_admitted_as=no.reason)
    breaker = person
    if broken is not None and broken.by != person.id:
        breaker = Person(id=broken.by, name=f"<@{broken.by}>", team=broken.team)
    glass = not (so.glass or broken) or await rights.may(ctx, breaker, so.policy.break_glass)
    approval = found.approval if found else None
    return msgspec.structs.replace(
        so,
        actor=person.id,
        actor_name=person.name,
        timezone=(wanted.reader or person).timezone,
        may_deploy=await _may_deploy(ctx, person, so.policy),
        may_break_glass=glass,
        broken=broken,
        approval=approval,
        votes_gone=await _votes_gone(ctx, found, approval),
    )


async def _may_deploy(ctx: Context, person: Person, policy: Policy) -> bool:
    """What the engine may, the policy says; it asks for rollbacks only."""
    if person.id == ENGINE:
        return policy.auto_rollback != "never"
    return bool(await authority.belongs(ctx, person, policy.deploy))


async def _votes_gone(ctx: Context, found: Deployment | None, approval: Approval | None) -> tuple[str, ...]:
    """Asked once they count: whoever still has to approve is asked at his own click."""
    if found is None or approval is None or found.broken is not None or not complete(approval):
        return ()
    return await rights.votes_gone(ctx, approval)


async def _standing(ctx: Context, wanted: Wanted, so: Situation) -> Situation:
    so = msgspec.structs.replace(so, freezes=await freezes(ctx, so))
    if wanted.found is None:
        # Whoever has to approve an override counts as asked, as he will be, about what holds now.
        passes = frozenset(one.id for one in passable(so))
        so = msgspec.structs.replace(so, clauses=(*so.clauses, *extra(so)), passes=passes)
    bad = await ctx.store.standing(BadVersion, service=so.service)
    locks = await ctx.store.standing(Lock, service=so.service, environment=so.environment)
    marked = next((one for one in bad if one.stands(so.now) and one.means(so.version, so.digest)), None)
    # Of many that cover the same it is asked once: in a large company a wide scope is a thousand places.
    lifted = [*locks, marked] if marked else locks
    scopes = {(one.service, one.environment) for one in lifted}
    who = {one: lifters(ctx.settings, *one) for one in scopes}
    return msgspec.structs.replace(
        so,
        locks=tuple(locks),
        lifters={one.id: who[one.service, one.environment] for one in lifted},
        bad=marked,
    )


async def _history(ctx: Context, wanted: Wanted, so: Situation) -> Situation:
    """Where the version has been, what is on its way there, and who comes first."""
    live = await ctx.store.live(lane=lane(so.service, so.environment))
    # Only those that come before it are asked about: when its turn has come there are none.
    glass = bool(so.glass)
    there_first = ahead_of(wanted.found, live, wanted.kind, glass=glass)
    before = [one for one in there_first if one.id not in wanted.aside]
    aside = wanted.aside | (await held(ctx, before)).keys()
    return msgspec.structs.replace(
        so,
        steps=await steps_now(ctx, so),
        first=await ctx.store.last_good(lane(so.service, so.environment)) is None,
        there=await _there(ctx, so, wanted.found, live),
        going=going(so, live) if wanted.found is None else None,
        not_good=await not_good_there(ctx, so.service, so.environment, so.version, so.digest),
        ahead=await ahead_now(ctx, wanted.found, live, aside, kind=wanted.kind, glass=glass),
    )


async def _there(
    ctx: Context, so: Situation, found: Deployment | None, live: list[Deployment]
) -> Earlier | None:
    """What a rollback would find there: what runs now, else what ran last."""
    if so.back is None or (found is not None and (found.state.holds_lane or found.state.ended)):
        return None
    last = holder_of(live) or there(await ctx.store.ran(so.service, so.environment, LOOKED_BACK))
    return earlier(last) if last else None


async def ahead_now(
    ctx: Context,
    found: Deployment | None,
    live: list[Deployment],
    aside: Container[str],
    *,
    kind: Kind = Kind.DEPLOY,
    glass: bool = False,
) -> tuple[Ahead, ...]:
    """Who comes before it in its lane, without those that step aside; before somebody new, of that kind, for None."""
    first = [
        one
        for one in ahead_of(found, live, kind, glass=glass)
        if one.id not in aside and not await goes_back_no_more(ctx, one, live)
    ]
    free_at, before = ctx.clock.now(), []
    takes: dict[str, float] = {}
    for one in first:
        if not one.expected_seconds and one.target.job not in takes:
            takes[one.target.job] = await ctx.store.usual_seconds(one.lane, one.target.job)
        usual = one.expected_seconds or takes[one.target.job]
        begun = one.started_at or free_at
        free_at = max(free_at, begun + usual) if usual and free_at else 0.0
        if one.state is State.VERIFYING and one.verification is not None:
            free_at = one.verification.bake_until
        asks = asks_to_go_back(one)
        running = one.state is not State.QUEUED and not asks
        free_at = 0.0 if asks else free_at
        before.append(
            Ahead(number=one.number, version=one.version, running=running, free_at=free_at, asks=asks)
        )
    return tuple(before)


async def goes_back_no_more(ctx: Context, one: Deployment, live: list[Deployment]) -> bool:
    """Whether it asks to go back from what is not there any more: nobody waits for that."""
    if one.rolls_back is None or not asks_to_go_back(one):
        return False
    last = holder_of(live) or there(await ctx.store.ran(one.service, one.environment, LOOKED_BACK))
    return last is None or last.id != one.rolls_back.deployment
