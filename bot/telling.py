"""What people hear of a failure: no, and why; that something of theirs was set aside; never the inside of the house."""

from __future__ import annotations

from bot.audit import TEXT_MOST
from bot.errors import Failure, Refused, Unreachable
from bot.events import Asked, MessageParked, Tell
from bot.messages import Message
from bot.reasons import OUR_FAULTS
from bot.unit import Unit, child_id
from bot.words import refusal

STUMBLED = "Something in me went wrong, so this was not done."
FAULT = "Something in me went wrong, and whoever runs this bot finds it as message {message}."
SET_ASIDE = "It is set aside for whoever runs this bot: `pilothouse journal list --state parked` shows it."
NOT_FOUND_OUT = "I could not find out who you are and what you may do: {why}"
NOTHING_DONE = "Nothing was done. Please try again in a moment."


def nobody_answered(away: Unreachable) -> Refused:
    """No, to somebody who would otherwise wait for a peer, and keep everybody behind him waiting."""
    return Refused(
        away.reason, NOT_FOUND_OUT.format(why=away.sentence), way_out=NOTHING_DONE, facts=away.facts
    )


def tell(unit: Unit, asked: Asked, one: Message, refused: Refused) -> None:
    """Who asked hears it, and the audit log, and whoever waits for what he asked for."""
    unit.audit(
        "refused",
        actor=asked.by.id,
        about=one.about,
        reason=refused.reason.value,
        command=(asked.text or one.type)[:TEXT_MOST],
        sentence=refused.sentence,
    )
    words = refusal(refused.sentence, refused.way_out)
    said = Tell(user=asked.by.id, place=asked.place, words=words, deployment=one.about)
    # A name of its own: a parked message that a human retries will count its own messages from 1.
    unit.publish(said, id=child_id(one.id, f"told/{one.seq}"))
    for count, (subject, fact) in enumerate(asked.when_refused(refused.reason, refused.sentence), 1):
        unit.publish(fact, subject=subject, id=child_id(one.id, f"refused/{one.seq}.{count}"))


def tell_of_parking(unit: Unit, one: Message, failure: Failure) -> None:
    """Who asked hears that it was not done, and the deployment that something about it will not happen by itself."""
    ours = failure.reason in OUR_FAULTS
    if isinstance(one.event, Asked):
        sentence = STUMBLED if ours else failure.sentence
        tell(unit, one.event, one, Refused(failure.reason, sentence, way_out=SET_ASIDE))
    if one.about and not isinstance(one.event, MessageParked):
        parked = MessageParked(
            deployment=one.about,
            message=one.id,
            kind=one.type,
            reason=failure.reason,
            sentence=FAULT.format(message=one.id) if ours else failure.sentence,
        )
        # A human may retry it, and it may be parked again: then that is news.
        unit.publish(parked, subject=one.subject, id=child_id(one.id, f"parked/{one.seq}"))
