"""One past deployment judged under one configuration: by the handlers' own collection of facts, and the gates."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from bot.deployments import Approval, Deployment, Vote
from bot.gates import Verdict, blocking, waiting
from bot.gates.freeze import extra, named, passable
from bot.people import Person
from bot.ports import Clock, Context
from bot.reasons import Reason
from bot.replay.past import PastCalendars, PastPeople, PastSources, PastStore
from config.models import Settings, is_chat_group
from handlers import authority
from handlers.situation import Wanted, judged
from handlers.terms import Terms, reached, terms_for

NOT_DECIDING = frozenset({"queue", "release", "schedule"})
"""Gates that say when, not whether."""


class Kind(StrEnum):
    """What becomes of a deployment as soon as it is asked for, with the approvals that it was given."""

    GOES = "goes"
    ASKS = "waits for approval"
    WAITS = "waits"
    REFUSED = "is refused"


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """How it is decided: the kind, and of anything but going the reason and the sentence."""

    kind: Kind
    reason: Reason | None = None
    sentence: str = ""

    def differs(self, other: Decided) -> bool:
        """Sentences hold times and names; what is still to be approved is the one sentence that decides."""
        asks = self.kind is Kind.ASKS and self.sentence != other.sentence
        return asks or (self.kind, self.reason) != (other.kind, other.reason)


class Then(msgspec.Struct, frozen=True, kw_only=True):
    """The world when it was asked for."""

    clock: Clock
    store: PastStore
    calendars: PastCalendars


async def decided(then: Then, settings: Settings, found: Deployment, people: PastPeople) -> Decided:
    """What the gates say of it under these settings. `then.clock` stands at the moment at which it was asked for."""
    ctx = _context(then, settings, people)
    so, verdicts = await judged(ctx, Wanted.of(await _asked(ctx, found)))
    if found.override:
        # Whom an override asks, and about which freezes, is the configuration's to say as well.
        found = msgspec.structs.replace(found, extra=extra(so), passes=named(passable(so)))
        _, verdicts = await judged(ctx, Wanted.of(await _asked(ctx, found)))
    return _decided(tuple(one for one in verdicts if one.gate not in NOT_DECIDING))


def groups_known(found: Deployment, settings: Settings) -> dict[str, frozenset[str]]:
    """Who is proven to have been in which of the chat's groups: who asked was allowed to, whose vote counted belonged."""
    place = settings.services.get(found.service)
    there = place is not None and found.environment in place.environments
    deploy = settings.policy_for(found.service, found.environment)[1].deploy if there else []
    proofs = [(found.requester.id, deploy)] if len(deploy) == 1 else []
    proofs += [(vote.right, [one]) for vote in _votes(found) for one in vote.belongs]
    known: dict[str, frozenset[str]] = {}
    for person, references in proofs:
        members = [member for one in references for member in settings.groups.get(one, [one])]
        if len(members) == 1 and is_chat_group(members[0]):
            known[members[0]] = known.get(members[0], frozenset()) | {person}
    return known


def people_of(found: Deployment) -> dict[str, Person]:
    """Who asked, who voted, who broke the glass: admitted then."""
    asked = msgspec.structs.replace(found.requester, guest=False, bot=False, deactivated=False)
    people = {vote.by: Person(id=vote.by, name=vote.name, team=vote.team) for vote in _votes(found)}
    people |= {
        vote.on_behalf: Person(id=vote.on_behalf, name=vote.on_behalf_name)
        for vote in _votes(found)
        if vote.on_behalf and vote.on_behalf not in people
    }
    if found.broken is not None:
        people[found.broken.by] = Person(id=found.broken.by, name=found.broken.by, team=found.broken.team)
    return {**people, asked.id: asked}


def _not_counted(vote: Vote, found: Deployment, terms: Terms) -> bool:
    """Four eyes, nobody in the place of who asked, and a code where one is wanted."""
    own = vote.by == found.requester.id
    return (
        (own and terms.four_eyes)
        or vote.on_behalf == found.requester.id
        or (terms.step_up and not vote.coded)
    )


def _as_own(vote: Vote) -> Vote:
    """As if whose right it was had used it himself: that it was delegated then was asked at the click."""
    if not vote.on_behalf:
        return vote
    return msgspec.structs.replace(
        vote, by=vote.on_behalf, name=vote.on_behalf_name, team="", on_behalf="", delegation=""
    )


def _waited(found: Deployment) -> float:
    """Seconds from the question to the last approval: how far the ladder was climbed by then."""
    if found.approval is None:
        return 0.0
    return max((vote.at - found.approval.asked_at for vote in found.approval.votes), default=0.0)


def _votes(found: Deployment) -> tuple[Any, ...]:
    return found.approval.votes if found.approval is not None else ()


async def _asked(ctx: Context, found: Deployment) -> Deployment:
    """The deployment as it would have been asked about, with the votes that count for that."""
    service = ctx.settings.services.get(found.service)
    if service is None or found.environment not in service.environments:
        return found
    _, policy = ctx.settings.policy_for(found.service, found.environment)
    terms = terms_for(found, policy)
    if not terms.clauses:
        return msgspec.structs.replace(found, approval=None)
    clauses = reached(terms, found.extra, _waited(found))
    references = list(dict.fromkeys(one for clause in clauses for one in clause.of))
    votes = []
    for vote in _votes(found):
        if _not_counted(vote, found, terms):
            continue
        who = await ctx.people.person(vote.right)
        belongs = await authority.belongs(ctx, who, references)
        votes.append(msgspec.structs.replace(_as_own(vote), belongs=belongs))
    approval = Approval(
        request="",
        clauses=clauses,
        four_eyes=terms.four_eyes,
        fingerprint={},
        asked_at=ctx.at,
        expires_at=ctx.at + policy.expires,
        votes=tuple(votes),
        step_up=terms.step_up,
    )
    return msgspec.structs.replace(found, approval=approval)


def _decided(verdicts: tuple[Verdict, ...]) -> Decided:
    if (no := blocking(verdicts)) is not None:
        return Decided(kind=Kind.REFUSED, reason=no.reason, sentence=no.sentence)
    if (held := waiting(tuple(one for one in verdicts if one.gate != "approval"))) is not None:
        return Decided(kind=Kind.WAITS, reason=held.reason, sentence=held.sentence)
    if (asks := waiting(verdicts)) is not None:
        return Decided(kind=Kind.ASKS, reason=asks.reason, sentence=asks.sentence)
    return Decided(kind=Kind.GOES)


def _context(then: Then, settings: Settings, people: PastPeople) -> Context:
    """What somebody who only looks may use: nothing of it touches the world, or is written."""
    nothing: Any = None
    return Context(
        message="replay",
        at=then.clock.now(),
        fresh=True,
        loaded=False,
        booted_at=0.0,
        settings=settings,
        configuration=nothing,
        clock=then.clock,
        store=then.store,
        changes=nothing,
        runs={},
        probes=nothing,
        chat=nothing,
        people=people,
        calendars=then.calendars,
        sources=PastSources(),
        prune=nothing,
    )
