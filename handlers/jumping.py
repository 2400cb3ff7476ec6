"""`/deploy jump #12 because …`: it goes first in its queue when somebody who decides there says so."""

from __future__ import annotations

import msgspec

from bot.deployments import Clause, Deployment, Jump
from bot.errors import Refused
from bot.events import AboutDeployment, DeploymentQueued, PostNote
from bot.events.queueing import AllowJump, AskJump, DenyJump, JumpQueue
from bot.kinds import Kind
from bot.lifecycle import State
from bot.people import Person
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.words import Bold, Mention, Note, Words
from config.models import Policy
from handlers import authority
from handlers.aside import held
from handlers.lane import known, policy_of, touch
from handlers.notes import mentions
from handlers.turns import turn, waiting_in

router = Router()

NO_NUMBER = "There is no deployment #{number}."
NO_NUMBER_OUT = "`{command} queue` shows who waits where."
NOT_QUEUED = "#{number} does not wait in the queue: it is {state}."
OF_A_RELEASE = "#{number} is a part of a release, which has an order of its own."
FIRST_ALREADY = "#{number} is the next already; it waits for this: {why}."
MAY_NOT_ASK = "You may not ask for that: that is for who asked for the deployment, and {who}."
ASKED_ALREADY = "That was asked already, by {who}."
ASKED_OUT = "Those who decide it find the buttons on its card."
NOT_OPEN = "Nobody is asked whether it may go first any more."
OWN = "You asked for it yourself, so you can't decide it."
OWN_OUT = "Somebody else of {who} has to."
NOT_YOURS = "You may not decide who goes first there: that is for {who}."
ASKS = " asks that "
FIRST = " goes first: "
DECIDE = " The buttons are on the card."
ALLOWED = " goes first now, said "
OVERTAKEN = " was let before this by "
DENIED = " keeps its place in the queue, said "


@router.command(AskJump)
async def ask_by_number(event: AskJump, ctx: Context) -> None:
    """Find the one that is meant; its lane decides."""
    await authority.admitted(ctx, event.by)
    found = await ctx.store.numbered(event.number)
    if found is None:
        out = NO_NUMBER_OUT.format(command=ctx.settings.slack.command())
        raise Refused(Reason.UNKNOWN_DEPLOYMENT, NO_NUMBER.format(number=event.number), way_out=out)
    asked = JumpQueue(by=event.by, place=event.place, text=event.text, deployment=found.id, why=event.why)
    ctx.changes.publish(asked, subject=found.lane)


@router.command(JumpQueue)
async def ask(event: JumpQueue, ctx: Context) -> None:
    """Ask those who decide; the card shows the question, its thread mentions them."""
    person = await authority.admitted(ctx, event.by)
    found = await known(ctx, event.deployment)
    policy = policy_of(ctx, found)
    await _can_jump(ctx, found)
    if person.id != found.requester.id and not await authority.belongs(ctx, person, policy.deploy):
        words = MAY_NOT_ASK.format(who=authority.named(policy.deploy))
        raise Refused(Reason.NOT_ALLOWED_TO_DEPLOY, words)
    if open_question(found):
        assert found.jump is not None
        raise Refused(Reason.ALREADY_DECIDED, ASKED_ALREADY.format(who=found.jump.name), way_out=ASKED_OUT)
    request = f"{found.id}.jump.{found.revision + 1}"
    jump = Jump(
        request=request, by=person.id, name=person.name, at=ctx.clock.now(), why=event.why, team=person.team
    )
    touch(ctx, found, jump=jump)
    ctx.changes.audit("jump_asked", actor=person.id, about=found.id, why=event.why, request=request)
    who = mentions(ctx, (Clause(count=1, of=deciders(policy)),), but=person.id)
    said = (*who, Mention(person.id), ASKS, Bold(_what(found)), FIRST, event.why, DECIDE)
    _note(ctx, found, f"jump-{found.revision}", said)


@router.command(AllowJump)
async def allow(event: AllowJump, ctx: Context) -> None:
    """Yes: it is the next, and those it overtakes are told."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found, jump = await _open(ctx, event, event.request)
    await _may_decide(ctx, person, found, jump)
    live = await ctx.store.live(lane=found.lane)
    overtaken = [one for one in waiting_in(live) if _is_before(one, found)]
    decided = msgspec.structs.replace(jump, decided_by=person.id, allowed=True)
    touch(ctx, found, jump=decided, jumped_at=ctx.clock.now())
    numbers = [one.number for one in overtaken]
    ctx.changes.audit("jump_allowed", actor=person.id, about=found.id, why=jump.why, overtaken=numbers)
    for one in overtaken:
        said = (
            Mention(one.requester.id),
            ": ",
            Bold(_what(found)),
            OVERTAKEN,
            Mention(person.id),
            ": ",
            jump.why,
        )
        _note(ctx, one, f"overtaken-{found.number}", said)
    _note(ctx, found, f"jump-decided-{found.revision}", _decided(found, jump, ALLOWED, person))
    ctx.changes.publish(DeploymentQueued(deployment=found.id), subject=found.lane)


@router.command(DenyJump)
async def deny(event: DenyJump, ctx: Context) -> None:
    """No, or who asked takes it back."""
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found, jump = await _open(ctx, event, event.request)
    if person.id != jump.by:
        await _may_decide(ctx, person, found, jump)
    touch(ctx, found, jump=msgspec.structs.replace(jump, decided_by=person.id))
    ctx.changes.audit("jump_denied", actor=person.id, about=found.id, why=jump.why)
    _note(ctx, found, f"jump-decided-{found.revision}", _decided(found, jump, DENIED, person))


def open_question(found: Deployment) -> bool:
    """Whether somebody is asked now to let it go first."""
    return found.state is State.QUEUED and found.jump is not None and not found.jump.decided_by


def deciders(policy: Policy) -> tuple[str, ...]:
    """Those who approve there; where nobody does, those who may lock."""
    approvers = [who for clause in policy.approve for who in clause.of]
    return tuple(dict.fromkeys(approvers or policy.lock or policy.deploy))


async def _can_jump(ctx: Context, found: Deployment) -> None:
    """Raises `Refused` for what does not stand behind others in the queue."""
    if found.release:
        raise Refused(Reason.NOT_QUEUED, OF_A_RELEASE.format(number=found.number))
    if found.state is not State.QUEUED:
        state = found.state.value.replace("_", " ")
        raise Refused(Reason.NOT_QUEUED, NOT_QUEUED.format(number=found.number, state=state))
    live = await ctx.store.live(lane=found.lane)
    before = [one for one in waiting_in(live) if _is_before(one, found)]
    if not before or len(await held(ctx, before)) == len(before):
        why = found.waits_for or "its turn"
        raise Refused(Reason.NOT_QUEUED, FIRST_ALREADY.format(number=found.number, why=why))


def _is_before(one: Deployment, found: Deployment) -> bool:
    """Whether it could be overtaken: a rollback goes before everything else in any case."""
    return turn(one) < turn(found) and one.kind is not Kind.ROLLBACK and not one.jumped_at


async def _open(ctx: Context, event: AboutDeployment, request: str) -> tuple[Deployment, Jump]:
    """Raises `Refused` when that question is not open any more."""
    found = await known(ctx, event.deployment)
    if not open_question(found) or found.jump is None or found.jump.request != request:
        raise Refused(Reason.ALREADY_DECIDED, NOT_OPEN)
    return found, found.jump


async def _may_decide(ctx: Context, person: Person, found: Deployment, jump: Jump) -> None:
    """Four eyes hold here as for an approval: neither who asked for it, nor who asked that it goes first."""
    policy = policy_of(ctx, found)
    references = deciders(policy)
    who = authority.named(references)
    if policy.four_eyes and person.id in {jump.by, found.requester.id}:
        raise Refused(Reason.OWN_DEPLOYMENT, OWN, way_out=OWN_OUT.format(who=who))
    if not await authority.belongs(ctx, person, references, at_most=authority.DECISIVE):
        raise Refused(Reason.NOT_ALLOWED_TO_APPROVE, NOT_YOURS.format(who=who))


def _decided(found: Deployment, jump: Jump, template: str, person: Person) -> Words:
    return (Mention(jump.by), ": ", Bold(_what(found)), template, Mention(person.id), ".")


def _what(found: Deployment) -> str:
    return f"#{found.number} ({found.version})"


def _note(ctx: Context, found: Deployment, name: str, text: Words) -> None:
    note = PostNote(deployment=found.id, name=name, note=Note(text=text))
    ctx.changes.publish(note, id=f"note/{found.id}/{name}")
