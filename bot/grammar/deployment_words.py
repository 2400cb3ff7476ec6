"""The words of a deployment: `<service> [<version>] [to] <environment>`, strict about what could mean two things."""

from __future__ import annotations

from itertools import pairwise
from typing import TypedDict

from bot.grammar.intents import DeployIntent
from bot.grammar.mending import Mend, Misheard, as_version, dropped
from bot.grammar.misheard import SAY, mend, refused
from bot.grammar.moments import begins_moment
from bot.grammar.prepositions import DAY_WORDS, YESTERDAY, leads_nowhere, time_begins, unfinished
from bot.grammar.targets import is_command, one_place, service_of, target, two_versions, unknown_first
from bot.grammar.vocabulary import Vocabulary, shown
from bot.reasons import Reason
from config.words import AT, COMMAND_WORDS, FILLERS, PREPOSITIONS, SUFFIX_WORDS, VERSION

LONGEST_REASON = 1_000
LONGEST_TIME = 3

NO_VERSION = "Which version? None follows the word “version”."
REASON_REQUIRED = "Break-glass needs a reason, which is announced and kept."
REASON_TOO_LONG = "The reason is longer than {most} characters."
ONLY_WITH_BREAK_GLASS = "A reason goes with break-glass or with override only."
OVERRIDE_REASON = "An override needs a reason, which is told to those who approve it, and kept."
OVERRIDE = "override"
REMOVING = "removing"


INTRODUCES_TIME = frozenset({*AT, "in", "on", *DAY_WORDS})
TIME_LAST = "The time comes last."
COMES_FIRST = "“{word}” comes first."
LASTING = frozenset({"until", "till", "for", "from"})
NO_END = "A deployment starts at a time; “{word}” is for what lasts."


class _Slots:
    """The words of a deployment without fillers; `version` is what followed the word "version"."""

    def __init__(self, words: list[str], vocabulary: Vocabulary) -> None:
        self.version: str | None = None
        self.words: list[str] = []
        pending = iter(words)
        for word in pending:
            if word.lower() != VERSION:
                self.words += [] if word.lower() in FILLERS else [word]
                continue
            said = next(pending, None)
            if said is None:
                raise refused(vocabulary, Reason.MISSING_WORD, NO_VERSION)
            if self.version is not None:
                raise two_versions(self.version, said, vocabulary)
            self.version = said


def deployment(
    words: list[str], vocabulary: Vocabulary, reason: str | None, because: str | None = None
) -> DeployIntent:
    """The deployment that the words ask for.

    `reason` is what followed break-glass, `because` what followed that word elsewhere; `None` when that was not said.
    """
    if because is not None:
        _with_a_reason(words, vocabulary)
    words, options = options_of(words, because, vocabulary)
    slots = _Slots(words, vocabulary)
    if any(word.lower() == "because" for word in slots.words):
        raise refused(vocabulary, Reason.UNKNOWN_COMMAND, ONLY_WITH_BREAK_GLASS)
    service, rest = service_of(slots.words, vocabulary)
    nowhere = leads_nowhere(words, vocabulary)
    typed = slots.words[0] if len(rest) < len(slots.words) else ""
    one_place(service, rest, nowhere, vocabulary)
    environment, version = target(typed, service, rest, slots.version, vocabulary)
    return DeployIntent(
        service=service,
        environment=environment,
        version=version,
        break_glass=None if reason is None else glass_reason(reason, vocabulary),
        override=options["override"],
        removing=options["removing"],
        when=options["when"],
    )


def _with_a_reason(words: list[str], vocabulary: Vocabulary) -> None:
    """Raises `Refused` when a word for another command is mistyped or misplaced: a reason belongs to most of them."""
    if words and is_command(words[0], vocabulary):
        raise unknown_first(words, vocabulary)
    for before, word in pairwise(words):
        if word.lower() in COMMAND_WORDS and before.lower() != VERSION:
            first = Mend(wrong=(word,), right=(word.lower(),), moved=True)
            raise mend(vocabulary, Reason.UNKNOWN_COMMAND, COMES_FIRST.format(word=shown(word)), first)


class Options(TypedDict):
    """What can be said besides what goes where: see `DeployIntent`."""

    override: str
    removing: bool
    when: str


def options_of(words: list[str], because: str | None, vocabulary: Vocabulary) -> tuple[list[str], Options]:
    """The words without options, and the options. Raises `Refused` for a reason where none belongs, or none where one does."""
    said = [word.lower() for word in words]
    overrides, removing = OVERRIDE in said, REMOVING in said
    if because is not None and not overrides:
        raise mend(vocabulary, Reason.UNKNOWN_COMMAND, ONLY_WITH_BREAK_GLASS, Mend(unreasoned=True))
    rest = [word for word in words if word.lower() not in {OVERRIDE, REMOVING}]
    if open_ended := unfinished(rest, vocabulary):
        raise open_ended
    rest, when = _when(rest, vocabulary)
    override = _override(because or "", vocabulary) if overrides else ""
    return rest, Options(override=override, removing=removing, when=when)


def _when(words: list[str], vocabulary: Vocabulary) -> tuple[list[str], str]:
    """The words before a time at the end, and that time as typed; what it means is the zone's and the clock's business.

    A date alone may be a version: a time begins with a word for it (`at`, `in`, `tomorrow`, `mon`).
    """
    placed = bool(vocabulary.places_said(words))
    for index, word in enumerate(words):
        explicit = index > 0 and words[index - 1].lower() == VERSION
        if explicit or vocabulary.is_name(word) or not time_begins(words[index:], vocabulary, placed=placed):
            continue
        before = words[index - 1].lower() if index else ""
        if before in LASTING:
            raise mend(
                vocabulary, Reason.UNKNOWN_COMMAND, NO_END.format(word=before), dropped(words[index - 1])
            )
        begins = index - (before in PREPOSITIONS)
        behind = next((at for at in range(index + 1, len(words)) if _ends_time(words[at], vocabulary)), None)
        if behind is not None:
            raise _time_last(words[begins:behind], word, vocabulary)
        return words[:begins], " ".join(words[begins:])
    return words, ""


def _ends_time(word: str, vocabulary: Vocabulary) -> bool:
    return vocabulary.is_name(word) or word.lower() in {VERSION, "to", "into"}


def _time_last(time: list[str], word: str, vocabulary: Vocabulary) -> Misheard:
    """Something else stands behind the time; a day alone may have been meant as a version."""
    alone = len(time) == 1
    last = ("tomorrow" if word.lower() == YESTERDAY else word, "09:00") if alone else tuple(time)
    ways = [Mend(wrong=tuple(time), right=last, moved=True), *([as_version(word)] if alone else [])]
    return mend(vocabulary, Reason.UNKNOWN_COMMAND, TIME_LAST, *ways, template=SAY)


def _override(reason: str, vocabulary: Vocabulary) -> str:
    """Checked as a reason for breaking the glass is."""
    if not reason:
        raise mend(vocabulary, Reason.REASON_REQUIRED, OVERRIDE_REASON, Mend(reason=True))
    return not_too_long(reason, vocabulary)


def glass_reason(reason: str, vocabulary: Vocabulary) -> str:
    """The reason given for breaking the glass. Raises `Refused` for none, and for one too long."""
    if not reason or _is_a_time(reason.split()):
        raise mend(vocabulary, Reason.REASON_REQUIRED, REASON_REQUIRED, Mend(reason=True), template=SAY)
    return not_too_long(reason, vocabulary)


def _is_a_time(words: list[str]) -> bool:
    """Whether it is no reason but a time, or half of one: `break-glass at 14:00`."""
    says_nothing = {word.lower() for word in words} <= {*PREPOSITIONS, *FILLERS, *SUFFIX_WORDS}
    return says_nothing or (1 < len(words) <= LONGEST_TIME and begins_moment(words))


def not_too_long(reason: str, vocabulary: Vocabulary) -> str:
    """The reason. Raises `Refused` with the limit, and the command to say with a shorter one."""
    if len(reason) > LONGEST_REASON:
        sentence = REASON_TOO_LONG.format(most=LONGEST_REASON)
        raise mend(vocabulary, Reason.REASON_REQUIRED, sentence, Mend(reason=True), template=SAY)
    return reason
