"""Answer the question that a run is paused on, from the card."""

from __future__ import annotations

from bot.errors import Refused
from bot.events import AnswerInput, AnswerRun
from bot.ports import Context
from bot.reasons import Reason
from bot.routing import Router
from handlers import authority
from handlers.lane import known, policy_of

router = Router()

GONE = "That question has been answered already."
PARAMETERS = "That question asks for values ({names}): answer it where the run is."
NOT_ALLOWED = "You may not answer for this deployment: that is for {who}."


@router.command(AnswerInput)
async def answer(event: AnswerInput, ctx: Context) -> None:
    """Whoever may approve there may answer; where nobody is asked for approval, whoever may deploy."""
    person = await authority.admitted(ctx, event.by)
    found = await known(ctx, event.deployment)
    question = found.input
    if found.state.ended or question is None or question.id != event.input:
        raise Refused(Reason.INPUT_GONE, GONE)
    if question.parameters:
        raise Refused(Reason.INPUT_GONE, PARAMETERS.format(names=", ".join(question.parameters)))
    policy = policy_of(ctx, found)
    references = [who for clause in policy.approve for who in clause.of] or policy.deploy
    if not await authority.belongs(ctx, person, references):
        raise Refused(Reason.NOT_ALLOWED_TO_ANSWER, NOT_ALLOWED.format(who=authority.named(references)))
    ctx.changes.audit(
        "input_answered", actor=person.id, about=found.id, question=question.message, proceed=event.proceed
    )
    ctx.changes.publish(
        AnswerRun(
            deployment=found.id, question=question, proceed=event.proceed, by=person.id, place=event.place
        )
    )
