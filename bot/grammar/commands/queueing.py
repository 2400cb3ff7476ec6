"""`queue`, `leave`, `watch`, `unwatch`, `jump`: what people do about who is before them."""

from __future__ import annotations

import re

from bot.errors import Refused
from bot.events.queueing import AskJump, LeaveQueue, ShowQueue, UnwatchPlace, WatchPlace
from bot.grammar.commands.locks import reason_of
from bot.grammar.commands.said import Reader, Said, missing_service, not_understood, scope_of
from bot.grammar.intents import CommandIntent
from bot.grammar.mending import Mend, put_in
from bot.grammar.misheard import left_over, mend, refused
from bot.grammar.vocabulary import enumerated, shown
from bot.reasons import Reason

WHICH = "{command} which service? I know {services}."
WHERE = "{service} where? It can be in {environments}."
WHICH_NUMBER = "Which deployment is to go first?"
NOT_A_NUMBER = "“{word}” is no number of a deployment."
WHY_FIRST = "Why should it go first? Those who decide it, and those who are overtaken, read that."

EXAMPLES = {"leave": "leave #12", "jump": "jump #12 because …"}
_NUMBER = re.compile(r"#?0*([1-9][0-9]{0,11})")


def queue(said: Said) -> CommandIntent:
    said.without_reasons()
    scope, rest = scope_of(said.words, said)
    if left := said.bare(rest):
        raise not_understood(left, scope, said.vocabulary)
    return CommandIntent(kind=ShowQueue, fields={"service": scope.service, "environment": scope.environment})


def watch(said: Said) -> CommandIntent:
    return CommandIntent(kind=WatchPlace, fields=_place(said, "watch"))


def unwatch(said: Said) -> CommandIntent:
    return CommandIntent(kind=UnwatchPlace, fields=_place(said, "unwatch"))


def leave(said: Said) -> CommandIntent:
    said.without_reasons()
    words = said.bare()
    if words and (words[0].startswith("#") or words[0].isdecimal()):
        return CommandIntent(kind=LeaveQueue, fields={"number": _number(said, words, "leave")})
    scope, rest = scope_of(said.words, said)
    if left := said.bare(rest):
        raise not_understood(left, scope, said.vocabulary)
    return CommandIntent(kind=LeaveQueue, fields={"service": scope.service, "environment": scope.environment})


def jump(said: Said) -> CommandIntent:
    said.without_glass()
    number = _number(said, said.bare(), "jump")
    why = reason_of(said)
    if not why:
        raise mend(said.vocabulary, Reason.REASON_REQUIRED, WHY_FIRST, Mend(reason=True))
    return CommandIntent(kind=AskJump, fields={"number": number, "why": why})


def _number(said: Said, words: list[str], command: str) -> int:
    if not words:
        raise refused(said.vocabulary, Reason.MISSING_WORD, WHICH_NUMBER, EXAMPLES[command])
    found = _NUMBER.fullmatch(words[0])
    if found is None:
        sentence = NOT_A_NUMBER.format(word=shown(words[0]))
        raise refused(said.vocabulary, Reason.UNKNOWN_DEPLOYMENT, sentence, EXAMPLES[command])
    if len(words) > 1:
        raise left_over(words[1:], said.vocabulary)
    return int(found[1])


def _place(said: Said, command: str) -> dict[str, str]:
    """One service in one environment: nothing wider can be free."""
    said.without_reasons()
    known = said.vocabulary
    scope, rest = scope_of(said.words, said)
    if left := said.bare(rest):
        raise not_understood(left, scope, known)
    if not scope.service:
        raise _which_service(said, command, scope.environment)
    if not scope.environment:
        environments = known.environments(scope.service)
        sentence = WHERE.format(service=scope.service, environments=enumerated(environments))
        raise mend(known, Reason.MISSING_WORD, sentence, *map(put_in, environments[-1:]))
    return {"service": scope.service, "environment": scope.environment}


def _which_service(said: Said, command: str, environment: str) -> Refused:
    known = said.vocabulary
    sentence = WHICH.format(command=command.capitalize(), services=enumerated(known.settings.services))
    return mend(known, Reason.MISSING_WORD, sentence, *missing_service(said, command, environment))


COMMANDS: dict[str, Reader] = {
    "queue": queue,
    "watch": watch,
    "unwatch": unwatch,
    "leave": leave,
    "jump": jump,
}
