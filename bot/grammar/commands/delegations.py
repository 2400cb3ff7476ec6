"""`delegate to @sam until friday because …`, `delegate end`, `delegations`."""

from __future__ import annotations

from bot.events.approving import Delegate, EndDelegation, ShowDelegations
from bot.grammar.commands.said import Reader, Said, Scope, not_understood, scope_of
from bot.grammar.deployment_words import LONGEST_REASON
from bot.grammar.intents import CommandIntent
from bot.grammar.mending import Mend, dropped, put_in
from bot.grammar.misheard import SAY, mend, refused
from bot.grammar.moments import begins_moment
from bot.grammar.utterance import mentioned
from bot.reasons import Reason

ENDS = frozenset({"end", "stop", "over"})
EXAMPLE = "delegate to @sam until friday because …"

TO_WHOM = "Who is to approve in your place? Name one person by a mention."
SEVERAL = "Two people are named, and I take one of them."
UNTIL_WHEN = "Until when? A delegation has an end."
WHY = "A delegation needs a reason, which is kept."
TOO_LONG = "The reason is longer than {most} characters."


def delegate(said: Said) -> CommandIntent:
    """The scope may stand before or behind the person; the words of the time stay as typed, for they are in somebody's zone."""
    said.without_glass()
    first = said.words[0].lower() if said.words else ""
    if first in ENDS and said.vocabulary.service(first) is None:
        return _end(said)
    people = [index for index, word in enumerate(said.words) if mentioned(word)]
    if not people:
        raise refused(said.vocabulary, Reason.MISSING_WORD, TO_WHOM, EXAMPLE)
    if len(people) > 1:
        second, first = said.words[people[1]], said.words[people[0]]
        raise mend(said.vocabulary, Reason.AMBIGUOUS, SEVERAL, dropped(second), dropped(first), template=SAY)
    before, to, behind = said.words[: people[0]], said.words[people[0]], said.words[people[0] + 1 :]
    scope, rest = _scope(before, behind, said)
    if not rest:
        raise mend(said.vocabulary, Reason.MISSING_WORD, UNTIL_WHEN, put_in("until", "friday"))
    if not begins_moment(rest):
        raise not_understood(rest, scope, said.vocabulary)
    if not said.because or len(said.because) > LONGEST_REASON:
        sentence = TOO_LONG.format(most=LONGEST_REASON) if said.because else WHY
        raise mend(said.vocabulary, Reason.REASON_REQUIRED, sentence, Mend(reason=True))
    fields = {
        "to": mentioned(to),
        "until": " ".join(rest),
        "why": said.because,
        "service": scope.service,
        "environment": scope.environment,
    }
    return CommandIntent(kind=Delegate, fields=fields)


def delegations(said: Said) -> CommandIntent:
    said.without_reasons()
    return CommandIntent(kind=ShowDelegations, fields=_only_scope(said, said.words))


def _end(said: Said) -> CommandIntent:
    said.without_reasons()
    scope, rest = scope_of(said.words[1:], said)
    if rest:
        raise not_understood(rest, scope, said.vocabulary)
    # In a service's own channel, too, all of them end unless something is named.
    fields = {"service": scope.service, "environment": scope.environment} if scope.named else {}
    return CommandIntent(kind=EndDelegation, fields=fields)


def _scope(before: list[str], behind: list[str], said: Said) -> tuple[Scope, list[str]]:
    """What the words in front of the person name, else those behind him; and what is left of these."""
    scope, rest = scope_of(before, said)
    if left := said.bare(rest):
        raise not_understood(left, scope, said.vocabulary)
    if scope.named:
        return scope, behind
    skipped = behind[1:] if behind and behind[0].lower() == "for" and not begins_moment(behind) else behind
    return scope_of(skipped, said)


def _only_scope(said: Said, words: list[str]) -> dict[str, str]:
    scope, rest = scope_of(words, said)
    if rest:
        raise not_understood(rest, scope, said.vocabulary)
    return {"service": scope.service, "environment": scope.environment}


COMMANDS: dict[str, Reader] = {"delegate": delegate, "delegations": delegations}
