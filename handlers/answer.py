"""Answer the question that a run is paused on, from the card."""

from __future__ import annotations

from bot.errors import Refused
from bot.events import AnswerFailed, AnswerInput, AnswerRun, PostNote
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from bot.words import Note
from handlers import authority
from handlers.deciding import may_decide
from handlers.held import hold
from handlers.lane import known, policy_of

router = Router()

GONE = "That question has been answered already."
PARAMETERS = "That question asks for values ({names}): answer it where the run is."
NOT_ALLOWED = "You may not answer for this deployment: that is for {who}."
OWN = "You asked for this deployment, so you can't answer its question."
OWN_OUT = "Somebody else of {who} has to."
TAKES_CODE = "Letting the run go on takes a code of your authenticator app there."
WITH_CODE = "Let it go on with a code…"
NO_ANSWER = "The question could not be answered. "


@router.command(AnswerInput)
async def answer(event: AnswerInput, ctx: Context) -> None:
    """Whoever may approve there may answer; where nobody is asked for approval, whoever may deploy.

    Where codes are asked for, letting it go on takes one, as approving does; stopping it takes none.
    """
    person = await authority.admitted(ctx, event.by, at_most=authority.DECISIVE)
    found = await known(ctx, event.deployment)
    question = found.input
    if found.state.ended or question is None or question.id != event.input:
        raise Refused(Reason.INPUT_GONE, GONE)
    if question.parameters:
        raise Refused(Reason.INPUT_GONE, PARAMETERS.format(names=", ".join(question.parameters)))
    policy = policy_of(ctx, found)
    # The run's own question is the last gate.
    await may_decide(
        ctx,
        person,
        found,
        policy,
        reason=Reason.NOT_ALLOWED_TO_ANSWER,
        sentence=NOT_ALLOWED,
        own=OWN,
        own_out=OWN_OUT,
    )
    if event.proceed and policy.step_up is not None and not event.coded:
        await hold(ctx, event, person, sentence=TAKES_CODE, label=WITH_CODE, subject=found.lane)
        return
    ctx.changes.audit(
        "input_answer_asked",
        actor=person.id,
        about=found.id,
        question=question.message,
        proceed=event.proceed,
        coded=event.coded,
    )
    ctx.changes.publish(
        AnswerRun(
            deployment=found.id, question=question, proceed=event.proceed, by=person.id, place=event.place
        )
    )


@router.on(AnswerFailed)
async def answer_failed(event: AnswerFailed, ctx: Context) -> None:
    """The run still waits on its question: everybody who can do something about it reads why."""
    ctx.changes.audit(
        "input_answer_failed",
        actor=event.by,
        about=event.deployment,
        reason=event.reason.value,
        question=event.question.message,
        sentence=event.sentence,
    )
    note = Note(text=(NO_ANSWER, event.sentence))
    ctx.changes.publish(
        PostNote(deployment=event.deployment, name=f"answer-{event.question.id}-{int(ctx.at)}", note=note)
    )
