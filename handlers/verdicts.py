"""What gates say, in the words of plans, answers, previews and cards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.gates import Outcome, Situation, Verdict, earliest, outcome
from bot.words import Bold, Mention, Part, When, Words, marked
from config.models import EVERYONE, is_chat_group, is_user

SIGNS = {Outcome.PASS: "✓", Outcome.WAIT: "⏳", Outcome.BLOCK: "✗"}
NAMES = {"lost_work": "what is lost"}
CLEAR = "Nothing is in the way."
HELD = "It would wait."
REFUSED = "It would be refused."
EARLIEST = " The earliest possible time is "
LIFTS = " — can be lifted by "
OPEN_END = " When that ends can't be known."
NOTHING_SAID = "nothing in the way"
INDENT = "\n      "


def summary(verdicts: tuple[Verdict, ...]) -> Words:
    """One sentence about all of them, with the earliest possible time."""
    together = outcome(verdicts)
    if together is Outcome.PASS:
        return (CLEAR,)
    first: Part = REFUSED if together is Outcome.BLOCK else HELD
    at = earliest(verdicts)
    if at:
        return (first, EARLIEST, When(at, "date_time"), ".")
    return (first, OPEN_END if together is Outcome.WAIT else "")


def line(verdict: Verdict) -> Words:
    """One gate's line: sign, name, sentence, who can lift it, when, and the way out."""
    words: list[Part] = [f"{SIGNS[verdict.outcome]} ", Bold(NAMES.get(verdict.gate, verdict.gate)), ": "]
    words += marked(verdict.sentence or NOTHING_SAID)
    if verdict.outcome is Outcome.PASS:
        return tuple(words)
    words += lifted_by(verdict.who)
    if verdict.until:
        words += [" (", When(verdict.until, "date_time"), ")"]
    for one in verdict.also:
        words += [INDENT, *marked(one.sentence), *lifted_by(one.who)]
    if verdict.way_out:
        words += [INDENT, *marked(verdict.way_out)]
    return tuple(words)


def lifted_by(references: Sequence[str]) -> list[Part]:
    return [LIFTS, *people(references)] if references else []


def lines(verdicts: Iterable[Verdict], *, everything: bool) -> list[Words]:
    """A line for each gate, or for those only that have something to say."""
    return [line(one) for one in verdicts if everything or one.outcome is not Outcome.PASS or one.sentence]


def people(references: Sequence[str]) -> list[Part]:
    """Who-references as people read them; ids become mentions."""
    words: list[Part] = []
    for one in references:
        words += [" or "] if words else []
        if is_user(one) or is_chat_group(one):
            words.append(Mention(one, group=is_chat_group(one)))
        else:
            words.append("anybody" if one == EVERYONE else one)
    return words


def heading(so: Situation) -> str:
    return f"{so.service} {so.version} → {so.environment}"
