"""`delegate to @sam until friday because …`, `delegate end`, `delegations`."""

from __future__ import annotations

from bot.events.approving import Delegate, EndDelegation, ShowDelegations
from bot.grammar.commands.said import Reader, Said, Scope, scope_of, unknown
from bot.grammar.deployment_words import LONGEST_REASON
from bot.grammar.intents import CommandIntent
from bot.grammar.misheard import left_over, refused
from bot.grammar.moments import begins_moment
from bot.grammar.utterance import mentioned
from bot.grammar.vocabulary import shown
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
        raise refused(said.vocabulary, Reason.AMBIGUOUS, SEVERAL, EXAMPLE)
    before, to, behind = said.words[: people[0]], said.words[people[0]], said.words[people[0] + 1 :]
    scope, rest = _scope(before, behind, said)
    named = " ".join(filter(None, ("delegate", scope.service, scope.environment, "to", to)))
    if not rest:
        raise refused(said.vocabulary, Reason.MISSING_WORD, UNTIL_WHEN, f"{named} until friday because …")
    if not begins_moment(rest):
        raise left_over(rest, said.vocabulary)
    if not said.because or len(said.because) > LONGEST_REASON:
        sentence = TOO_LONG.format(most=LONGEST_REASON) if said.because else WHY
        whole = " ".join([named, *map(shown, rest), "because …"])
        raise refused(said.vocabulary, Reason.REASON_REQUIRED, sentence, whole)
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
    return CommandIntent(kind=ShowDelegations, fields=_only_scope(said, said.words, "delegations"))


def _end(said: Said) -> CommandIntent:
    said.without_reasons()
    scope, rest = scope_of(said.words[1:], said, "delegate end")
    if rest:
        raise _not_a_scope(rest, scope, said, "delegate end")
    # In a service's own channel, too, all of them end unless something is named.
    fields = {"service": scope.service, "environment": scope.environment} if scope.named else {}
    return CommandIntent(kind=EndDelegation, fields=fields)


def _scope(before: list[str], behind: list[str], said: Said) -> tuple[Scope, list[str]]:
    """What the words in front of the person name, else those behind him; and what is left of these."""
    scope, rest = scope_of(before, said, "delegate")
    if left := said.bare(rest):
        raise _not_a_scope(left, scope, said, "delegate")
    if scope.named:
        return scope, behind
    skipped = behind[1:] if behind and behind[0].lower() == "for" and not begins_moment(behind) else behind
    return scope_of(skipped, said, "delegate")


def _only_scope(said: Said, words: list[str], command: str) -> dict[str, str]:
    scope, rest = scope_of(words, said, command)
    if rest:
        raise _not_a_scope(rest, scope, said, command)
    return {"service": scope.service, "environment": scope.environment}


def _not_a_scope(rest: list[str], scope: Scope, said: Said, command: str) -> Exception:
    return left_over(rest, said.vocabulary) if scope.named else unknown(rest[0], command, said.vocabulary)


COMMANDS: dict[str, Reader] = {"delegate": delegate, "delegations": delegations}
