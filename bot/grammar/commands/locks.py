"""`lock …`, `unlock …`, `locks …`; `bad …` and `good …` for versions.

- `lock <scope> [only <versions>] [warning] [for 2h | until <time>] [take over] because <reason>`
- `unlock <scope> | mine [because <reason>]`, `locks [<scope>] [page <number>]`
- `bad <service> <version> because <reason>`, `good <service> <version>`
"""

from __future__ import annotations

import re
from typing import Any

from bot.errors import Refused
from bot.events.locks import LockPlace, MarkVersion, ShowLocks, UnlockMine, UnlockPlace
from bot.grammar.commands.said import Reader, Said, Scope, not_understood, scope_of, unknown
from bot.grammar.deployment_words import not_too_long
from bot.grammar.intents import CommandIntent
from bot.grammar.mending import Mend, Misheard, dropped, put_in
from bot.grammar.misheard import SAY, left_over, mend, refused
from bot.grammar.moments import begins_moment
from bot.grammar.targets import service_of
from bot.grammar.utterance import ONLY
from bot.grammar.vocabulary import Vocabulary, enumerated, shown
from bot.reasons import Reason
from config.words import FILLERS, PLACEHOLDER, POLITE

WARNING, MINE, PAGE = frozenset({"warning", "warn"}), frozenset({"mine", "my"}), "page"
TAKES_OVER = frozenset({"takeover", "take-over"})
LASTS = frozenset({"for", "until", "till"})
PATTERN = re.compile(r"[A-Za-z0-9*][A-Za-z0-9._+:@/*-]{0,127}")
MOST_PAGES = 9999

LOCK_WHAT = "Lock what? A service, an environment, both, or everything. I know {services}."
UNLOCK_WHAT = "Unlock what? A service, an environment, both, or everything."
WHICH_VERSIONS = "Only which versions?"
NO_PATTERN = "“{word}” names no versions: `1.4.x` and `1.4.*` do, and a version as it is."
LET_THROUGH = "A lock is on a place, not on a version; `only` lets “{word}” through."
TWO_TIMES = "Two times are said: “{first}” and “{second}”."
WHY = "A lock needs a reason: whoever stands before it reads it."
WHY_TAKE = "Taking a lock over needs a reason, which its owner is told."
WHY_BAD = "Why is it bad? Whoever wants to deploy it reads that."
WHICH_VERSION = "Which version of {service}?"
BAD_VERSION = "“{word}” is not a version of {service}: it must match {pattern}."
NO_PAGE = "“{word}” is no page."


def lock(said: Said) -> CommandIntent:
    said.without_glass()
    scope, rest = scope_of(said.words, said)
    if not scope.named:
        raise _which(said, rest, "lock", LOCK_WHAT)
    options = _options(said, scope, rest)
    why = reason_of(said)
    if why == "" or (why is None and options["take_over"]):
        sentence = WHY_TAKE if options["take_over"] else WHY
        raise mend(said.vocabulary, Reason.REASON_REQUIRED, sentence, Mend(reason=True))
    fields = {"service": scope.service, "environment": scope.environment, "why": why or "", **options}
    return CommandIntent(kind=LockPlace, fields=fields)


def unlock(said: Said) -> CommandIntent:
    said.without_glass()
    words = [word.lower() for word in said.words if word.lower() not in POLITE]
    if len(words) == 1 and words[0] in MINE:
        said.without_reasons()
        return CommandIntent(kind=UnlockMine)
    scope, rest = scope_of(said.words, said)
    if not scope.named:
        raise _which(said, rest, "unlock", UNLOCK_WHAT)
    if left := said.bare(rest):
        raise not_understood(left, scope, said.vocabulary)
    fields = {
        "service": scope.service,
        "environment": scope.environment,
        "why": reason_of(said) or "",
    }
    return CommandIntent(kind=UnlockPlace, fields=fields)


def locks(said: Said) -> CommandIntent:
    said.without_reasons()
    scope, rest = scope_of(said.words, said)
    page, rest = _page(said, said.bare(rest))
    if rest:
        raise not_understood(rest, scope, said.vocabulary)
    fields = {"service": scope.service, "environment": scope.environment, "at_page": page}
    return CommandIntent(kind=ShowLocks, fields=fields)


def bad(said: Said) -> CommandIntent:
    said.without_glass()
    service, version = _version(said)
    why = reason_of(said)
    if not why:
        raise mend(said.vocabulary, Reason.REASON_REQUIRED, WHY_BAD, Mend(reason=True))
    return CommandIntent(kind=MarkVersion, fields={"service": service, "version_marked": version, "why": why})


def good(said: Said) -> CommandIntent:
    said.without_glass()
    service, version = _version(said)
    fields = {"service": service, "version_marked": version, "why": reason_of(said) or "", "good": True}
    return CommandIntent(kind=MarkVersion, fields=fields)


def reason_of(said: Said) -> str | None:
    """The reason given; None when none was said, "" when nothing followed. Raises `Refused` when it is too long."""
    return said.because and not_too_long(said.because, said.vocabulary)


def _options(said: Said, scope: Scope, words: list[str]) -> dict[str, Any]:
    """What is said behind the scope, in any order."""
    found: dict[str, Any] = {"only": "", "warning": False, "take_over": False, "when": ""}
    index = 0
    while index < len(words):
        word = words[index].lower()
        used = 1
        if word == ONLY:
            found["only"] = _pattern(said, words[index + 1 : index + 2])
            used = 2
        elif word in WARNING:
            found["warning"] = True
        elif word in TAKES_OVER or [one.lower() for one in words[index : index + 2]] == ["take", "over"]:
            found["take_over"] = True
            used = 1 if word in TAKES_OVER else 2
        elif word in LASTS or begins_moment(words[index:]):
            used = _time_ends(words, index) - index
            when = " ".join(words[index : index + used])
            if found["when"]:
                raise _two_times(found["when"], when, said.vocabulary)
            found["when"] = when
        elif word not in FILLERS:
            raise _left(words[index:], scope, said.vocabulary)
        index += used
    return found


def _two_times(first: str, second: str, known: Vocabulary) -> Misheard:
    sentence = TWO_TIMES.format(first=shown(first), second=shown(second))
    ways = (dropped(*second.split()), dropped(*first.split()))
    return mend(known, Reason.AMBIGUOUS, sentence, *ways, template=SAY)


def _left(rest: list[str], scope: Scope, known: Vocabulary) -> Refused:
    """A version by itself locks nothing: the lock lets only it through, which is to be said."""
    word = rest[0]
    if any(map(str.isdigit, word)) and PATTERN.fullmatch(word):
        only = Mend(wrong=(word,), right=(ONLY, word), moved=True)
        return mend(known, Reason.UNKNOWN_COMMAND, LET_THROUGH.format(word=shown(word)), only)
    return not_understood(rest, scope, known)


def _time_ends(words: list[str], begin: int) -> int:
    """Where the words that may belong to a time end: at the next word that means something else here."""
    for index in range(begin + 1, len(words)):
        if words[index].lower() in {ONLY, "take", *WARNING, *TAKES_OVER, *LASTS}:
            return index
    return len(words)


def _pattern(said: Said, words: list[str]) -> str:
    if not words:
        raise refused(said.vocabulary, Reason.MISSING_WORD, WHICH_VERSIONS)
    if not PATTERN.fullmatch(words[0]):
        sentence = NO_PATTERN.format(word=shown(words[0]))
        raise refused(said.vocabulary, Reason.VERSION_INVALID, sentence)
    return words[0]


def _page(said: Said, words: list[str]) -> tuple[int, list[str]]:
    if not words or words[0].lower() != PAGE:
        return 1, words
    number = words[1] if len(words) > 1 else ""
    if not (number.isascii() and number.isdecimal() and 0 < int(number[:9]) <= MOST_PAGES):
        ways = [Mend(wrong=(PAGE, number), right=(PAGE, "2")), Mend(wrong=(PAGE,), right=(PAGE, "2"))]
        sentence = NO_PAGE.format(word=shown(number))
        raise mend(said.vocabulary, Reason.UNKNOWN_COMMAND, sentence, *ways)
    return int(number[:9]), words[2:]


def _which(said: Said, rest: list[str], command: str, template: str) -> Refused:
    """Nothing that could be locked was named: what was meant, or what there is."""
    known = said.vocabulary
    first = next(iter(said.bare(rest)), "")
    if (
        first
        and first.lower() not in {*LASTS, ONLY, "take", *WARNING, *TAKES_OVER}
        and not begins_moment(rest)
    ):
        return unknown(first, known)
    service = known.here or next(iter(known.settings.services), "")
    last = (known.environments(service) if service else [])[-1:]
    sentence = template.format(services=enumerated(known.settings.services))
    ways = (
        [Mend(wrong=(command,), right=(command, service, *last), reason=command == "lock")] if service else []
    )
    return mend(known, Reason.MISSING_WORD, sentence, *ways)


def _version(said: Said) -> tuple[str, str]:
    known = said.vocabulary
    service, rest = service_of(said.bare(), known)
    if not rest:
        sentence = WHICH_VERSION.format(service=service)
        raise mend(known, Reason.MISSING_WORD, sentence, put_in(PLACEHOLDER))
    if len(rest) > 1:
        raise left_over(rest[1:], known)
    if not known.fits(service, rest[0]):
        pattern = known.settings.services[service].version_pattern
        sentence = BAD_VERSION.format(word=shown(rest[0]), service=service, pattern=pattern)
        raise refused(known, Reason.VERSION_INVALID, sentence)
    return service, rest[0]


COMMANDS: dict[str, Reader] = {"lock": lock, "unlock": unlock, "locks": locks, "bad": bad, "good": good}
