"""What is suggested for words that are not understood: the whole command, nothing but mended, and it works when it is said."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import settings as within
from hypothesis import strategies as st

from bot.errors import Refused
from bot.events.configuration import Reload
from bot.events.planning import AskWhy, ShowPlan
from bot.events.releases import PlanRelease
from bot.events.surface import OfferDeployForm
from bot.grammar.commands import COMMANDS
from bot.grammar.intents import CommandIntent, HelpIntent, Intent, StatusIntent
from bot.reasons import Reason
from config.models import Service
from config.releases import ReleaseManifest
from config.words import PREPOSITIONS
from tests.unit.test_grammar import EMPTY, SETTINGS, refused, understood

QUESTIONS = {"status", "help", "plan", "why", "queue", "locks", "freezes", "schedules", "delegations"}

SAID = (
    "checkout staging",
    "checkout 1.4.2 to production",
    "checkout 1.4.2 production removing at 14:00",
    "checkout version 1.4.2 to production tomorrow 09:00 override because we must",
    "checkout production break-glass because it burns",
    "payments v7 qa",
    "plan checkout staging",
    "plan payments v7 to live",
    "plan promote checkout from staging to production",
    "plan rollback checkout production to 1.4.1",
    "why checkout production",
    "why payments live",
    "status checkout production",
    "cancel checkout production",
    "promote checkout from staging to production",
    "promote checkout to production removing",
    "rollback checkout production to 1.4.1 bad because it burns",
    "rollback payments live lock",
    "freeze checkout production until tomorrow 09:00 because of the fair",
    "freeze production for 2h because of the fair",
    "unfreeze checkout production because it is over",
    "freezes production",
    "lock checkout production until tomorrow 9am because we test",
    "lock checkout only 1.4.x for 2h warning because we test",
    "lock checkout production take over because we test",
    "unlock checkout production because we are done",
    "locks checkout production",
    "bad checkout 1.4.2 because it burns",
    "good checkout 1.4.2 because it is mended",
    "queue checkout production",
    "watch checkout production",
    "unwatch checkout production",
    "leave checkout production",
    "jump #12 because customers can't pay",
    "delegate checkout production to <@U0SAM> until friday because I am away",
    "delegations checkout",
    "schedules checkout production",
    "release checkout=1.4.2 payments=v7 to staging",
    "release checkout=1.4.2 to production at 14:00",
    "release checkout=1.4.2 payments=v7 staging removing override because we must",
    "plan release checkout=1.4.2 payments=v7 to staging",
    "plan release checkout=1.4.2 production tomorrow 09:00",
)


def suggested(no: Refused) -> list[str]:
    return re.findall(r"`/deploy ([^`]*)`", no.way_out)


def filled(text: str) -> str:
    """With what a person puts in place of the dots; whether it is a version or a reason, it fits."""
    return (
        text.replace("to …", "to v1")
        .replace("…", "v1")
        .replace("@U0SAM", "<@U0SAM>")
        .replace("@sam", "<@U0SAM>")
    )


def acts(intent: Intent) -> bool:
    """Whether anything happens."""
    if isinstance(intent, StatusIntent | HelpIntent):
        return False
    if isinstance(intent, CommandIntent):
        questions = {ShowPlan, PlanRelease, AskWhy, OfferDeployForm, Reload}
        return (
            intent.kind not in questions
            and not intent.fields.get("plan")
            and not intent.kind.__name__.startswith("Show")
        )
    return True


@pytest.mark.parametrize("text", SAID)
def test_what_the_words_are_taken_from_is_understood(text: str) -> None:
    assert acts(understood(text)) is (text.split(maxsplit=1)[0] not in QUESTIONS)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("plan chekout production", ["plan checkout production"]),
        ("plan checkout", ["plan checkout staging"]),
        ("plan checkout at 14:00", ["plan checkout staging at 14:00"]),
        ("plan chekout prodction", ["plan checkout production"]),
        ("plan rollback chekout prodction", ["plan rollback checkout production"]),
        ("checkout plan", ["plan checkout staging"]),
        ("chekout prodution at 14:00 removing", ["checkout production at 14:00 removing"]),
        ("chekout prod break-glass because it burns", ["checkout prod break-glass because it burns"]),
        ("checkout prodution override because we `must`", ["checkout production override because we 'must'"]),
        ("why chekout production", ["why checkout production"]),
        ("why checkout 2.1.0 staging", ["plan checkout 2.1.0 staging", "why checkout staging"]),
        ("lock chekout production because x", ["lock checkout production because x"]),
        ("lok checkout staging because x", ["lock checkout staging because x"]),
        ("checkout lock production because x", ["lock checkout production because x"]),
        ("lock checkout 7.3 staging because x", ["lock checkout staging only 7.3 because x"]),
        ("lock checkout for 2h until monday because x", ["lock checkout for 2h because x", "lock checkout until monday because x"]),
        ("rollback chekout production to 1.4.1 bad", ["rollback checkout production to 1.4.1 bad"]),
        ("rollback checkout production at 14:00", ["rollback checkout production"]),
        ("freeze prodution until tomorrow because x", ["freeze production until tomorrow because x"]),
        ("freeze checkout until", ["freeze checkout until tomorrow 09:00 because …"]),
        ("promote checkout to prodution", ["promote checkout to production"]),
        ("promote checkout staging production", ["promote checkout from staging to production"]),
        ("checkout 1.4.2 1.4.3 production", ["checkout 1.4.2 production", "checkout 1.4.3 production"]),
        ("checkout rolback production", ["rollback checkout production", "checkout version rolback to production"]),
        ("delegate to <@U0SAM> and <@U0ANN> until friday because x", ["help"]),
        ("delegate to <@U0SAM> <@U0ANN> until friday because x", ["delegate to @U0SAM until friday because x", "delegate to @U0ANN until friday because x"]),
        (f"chekout production break-glass because {'x' * 900}", ["checkout production break-glass because …"]),
        (f"checkout production break-glass because {'x' * 1001}", ["checkout production break-glass because …"]),
        (f"lock checkout because {'x' * 1001}", ["lock checkout because …"]),
    ],
)  # fmt: skip
def test_a_suggestion_is_the_whole_command_with_nothing_but_mended(text: str, whole: list[str]) -> None:
    assert suggested(refused(text)) == whole


PARTS = "checkout=1.4.2 payments=v7"


@pytest.mark.parametrize("word", ["", "plan "])
@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("release chekout=1.4.2 payments=v7 to staging at 14:00", [f"release {PARTS} to staging at 14:00"]),
        ("release chekout=1.4.2 payment=v7 to stagin", [f"release {PARTS} to staging"]),
        (f"release {PARTS}", [f"release {PARTS} to staging"]),
        (f"release {PARTS} at 14:00", [f"release {PARTS} to staging at 14:00"]),
        ("release checkout=1.4.2", ["release checkout=1.4.2 to staging", "release checkout=1.4.2 to production"]),
        (f"release {PARTS} to", [f"release {PARTS} to staging"]),
        ("release checkout= payments=v7 to staging at 14:00", ["release checkout=… payments=v7 to staging at 14:00"]),
        ("release checkout payments=v7 to staging", ["release checkout=… payments=v7 to staging"]),
        ("release checkout 1.4.2 payments v7 to staging", [f"release {PARTS} to staging"]),
        ("release checkout = 1.4.2 payments =v7 to staging", [f"release {PARTS} to staging"]),
        ("release checkout:1.4.2 payments@v7 staging tomorrow 09:00", [f"release {PARTS} staging tomorrow 09:00"]),
        (f"release checkout=1.4.1 {PARTS} to staging", ["release checkout=1.4.1 payments=v7 to staging", f"release {PARTS} to staging"]),
        ("release checkout=1.4.2 to staging production", ["release checkout=1.4.2 to staging", "release checkout=1.4.2 to production"]),
        ("release checkout=1.4.2 payments=7 to staging", ["release checkout=1.4.2 payments=… to staging"]),
        (f"release {PARTS} to staging tommorow", [f"release {PARTS} to staging tomorrow 09:00"]),
        (f"release {PARTS} to staging now", [f"release {PARTS} to staging"]),
        (f"release {PARTS} to staging at", [f"release {PARTS} to staging at 14:00", f"release {PARTS} to staging tomorrow 09:00"]),
        (f"release {PARTS} to staging overide because we must", ["help"]),
        (f"release {PARTS} to staging override", [f"release {PARTS} to staging override because …"]),
        (f"release {PARTS} to staging break-glass because x", [f"release {PARTS} to staging"]),
        ("release to staging", ["release checkout=… payments=… to staging"]),
        ("release to live", ["release payments=… to live"]),
        (f"relase {PARTS} to staging at 14:00", [f"release {PARTS} to staging at 14:00"]),
    ],
)  # fmt: skip
def test_what_is_suggested_for_a_release_keeps_its_parts_place_and_time_and_the_plan_of_one_stays_a_plan(
    word: str, text: str, whole: list[str]
) -> None:
    said = [one if one == "help" else f"{word}{one}" for one in whole]
    assert suggested(refused(f"{word}{text}")) == said
    for one in said:
        assert acts(understood(filled(one))) is (not word and one != "help")


def test_the_name_of_a_release_that_is_mistyped_is_known_again() -> None:
    autumn = ReleaseManifest(environment="staging", services={"checkout": "1.4.2"})
    settings = SETTINGS.model_copy(update={"releases": {"autumn": autumn}})
    no = refused("plan release autum at 14:00", None, settings)
    assert suggested(no) == ["plan release autumn at 14:00"]
    assert suggested(refused("release plan autumn", None, settings)) == ["plan release autumn"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("promote checkout to mars", "checkout has no environment “mars”. It can go to staging, production."),
        (
            "lock checkout mars because x",
            "checkout has no environment “mars”. It can go to staging, production.",
        ),
        ("why checkout mars", "checkout has no environment “mars”. It can go to staging, production."),
        ("checkout to mars", "checkout has no environment “mars”. It can go to staging, production."),
    ],
)
def test_an_environment_that_there_is_not_is_said_with_those_that_there_are(text: str, sentence: str) -> None:
    no = refused(text)
    assert (no.reason, no.sentence) == (Reason.UNKNOWN_ENVIRONMENT, sentence)
    assert suggested(no) == ["help"]


# --- prepositions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "asked", "whole"),
    [
        ("checkout production at", "When?", ["checkout production at 14:00", "checkout production tomorrow 09:00"]),
        ("checkout 1.4.2 production at", "When?", ["checkout 1.4.2 production at 14:00", "checkout 1.4.2 production tomorrow 09:00"]),
        ("checkout production at the", "When?", ["checkout production at 14:00", "checkout production tomorrow 09:00"]),
        ("checkout production override at because x", "When?", ["checkout production override at 14:00 because x", "checkout production override tomorrow 09:00 because x"]),
        ("checkout production at removing", "When?", ["checkout production at 14:00 removing", "checkout production removing tomorrow 09:00"]),
        ("checkout staging in", "When?", ["checkout staging in 2h"]),
        ("checkout production on", "When?", ["checkout production on mon 09:00"]),
        ("checkout 3.0.0 staging to", "To which version?", ["checkout 3.0.0 staging"]),
        ("checkout to", "Where to?", ["checkout to staging", "checkout to production"]),
        ("rollback checkout staging to", "To which version?", ["rollback checkout staging to …"]),
        ("rollback checkout staging to bad because x", "To which version?", ["rollback checkout staging to … bad because x"]),
        ("rollback checkout production at", "When?", ["rollback checkout production"]),
        ("promote checkout from staging to", "Where to?", ["promote checkout from staging to production"]),
        ("plan checkout production at", "When?", ["plan checkout production at 14:00", "plan checkout production tomorrow 09:00"]),
        ("lock checkout until because x", "When?", ["lock checkout until tomorrow 09:00 because x"]),
        ("lock checkout for because x", "For how long?", ["lock checkout for 2h because x"]),
        ("unlock checkout in", "Where?", ["unlock checkout in staging", "unlock checkout in production"]),
    ],
)  # fmt: skip
def test_nothing_behind_a_preposition_is_asked_for(text: str, asked: str, whole: list[str]) -> None:
    no = refused(text)
    assert no.reason is Reason.MISSING_WORD
    assert re.fullmatch(rf"{re.escape(asked)} Nothing follows “\w+”\.", no.sentence)
    if "removing" not in text:
        assert suggested(no) == whole


@pytest.mark.parametrize("when", ["at noonish", "at 14:0", "at lunch", "at night", "in lunch", "by lunch", "on moonday", "yesterday", "in -2h", "2 hours ago", "at yesterday", "tonight"])  # fmt: skip
@pytest.mark.parametrize("words", ["checkout production", "checkout 1.4.2 production", "plan checkout production", "promote checkout to production"])  # fmt: skip
def test_what_stands_where_a_time_does_is_read_as_one_and_never_as_a_version(words: str, when: str) -> None:
    found = understood(f"{words} {when}")
    fields = (
        found.fields
        if isinstance(found, CommandIntent)
        else {"when": found.when, "version_wanted": found.version}
    )  # type: ignore[union-attr]  # a deployment's
    assert fields["when"] == when
    assert fields.get("version_wanted") in {None, "", "1.4.2"}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("checkout production tommorow", ["checkout production tomorrow 09:00", "checkout production version tommorow"]),
        ("checkout 1.4.2 production tommorow 14:00", ["checkout 1.4.2 production tomorrow 14:00"]),
        ("checkout production later", ["checkout production at 14:00", "checkout production version later"]),
        ("checkout tonite production", ["checkout production at 14:00", "checkout version tonite to production"]),
        ("checkout sat production", ["checkout production sat 09:00", "checkout version sat to production"]),
        ("checkout yesterday production", ["checkout production tomorrow 09:00", "checkout version yesterday to production"]),
        ("checkout 14:00 production", ["checkout production at 14:00", "checkout version 14:00 to production"]),
        ("checkout at 14:00 production", ["checkout production at 14:00"]),
        ("checkout production 2h", ["checkout production in 2h", "checkout production version 2h"]),
        ("checkout production now", ["checkout production", "checkout production version now"]),
        ("checkout production and", ["checkout production version and"]),
        ("checkout production to mars", ["checkout production to version mars"]),
    ],
)  # fmt: skip
def test_a_version_that_looks_like_a_time_or_a_word_of_the_command_is_asked_about(
    text: str, whole: list[str]
) -> None:
    assert suggested(refused(text)) == whole


@pytest.mark.parametrize(
    "version", ["1.4.2", "main", "nightly", "2026-12-01", "feature/x", "a1b2c3d", "latest", "hotfix"]
)
def test_a_version_that_looks_like_nothing_else_is_one(version: str) -> None:
    assert understood(f"checkout {version} production").version == version  # type: ignore[union-attr]


@pytest.mark.parametrize("said", ["at", "to the", "at 14:00", "in 2h", "tomorrow 9am", "to removing"])
def test_a_time_is_no_reason_for_breaking_the_glass(said: str) -> None:
    no = refused(f"checkout production break-glass {said}")
    assert (no.reason, suggested(no)) == (
        Reason.REASON_REQUIRED,
        ["checkout production break-glass because …"],
    )


# --- properties ----------------------------------------------------------------------------------------------

fuzz = within(max_examples=600, derandomize=True, deadline=None, database=None)


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str]:
    """A command and the same with one or two of its words wrong, missing, doubled or out of place."""
    text = draw(st.sampled_from(SAID))
    before, because, reason = text.partition(" because ")
    words = before.split()
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(words) - 1))
        word = words[at]
        letter = draw(st.integers(0, max(0, len(word) - 2)))
        changed = draw(
            st.sampled_from(
                [
                    word[:letter] + word[letter + 1 :],
                    word[:letter] + word[letter : letter + 2][::-1] + word[letter + 2 :],
                    word[:letter] + word[letter] + word[letter:],
                    "",
                    f"{word} {word}",
                    f"{word} mars",
                    f"{word} {draw(st.sampled_from(PREPOSITIONS))}",
                ]
            )
        )
        words = [*words[:at], *changed.split(), *words[at + 1 :]] or ["x"]
    return text, " ".join(words) + because + reason


@pytest.mark.parametrize(
    "text",
    [*SAID, *sorted(COMMANDS), "cancel", "promote from staging", "rollback production"],
)
def test_where_there_is_no_service_nothing_but_help_is_suggested(text: str) -> None:
    nowhere = EMPTY.model_copy(update={"services": {"checkout": Service()}})
    for settings in (EMPTY, nowhere):
        try:
            understood(text, None, settings)
        except Refused as no:
            for whole in suggested(no):
                understood(filled(whole), None, settings)


@fuzz
@given(misspelt(), st.sampled_from([None, "checkout"]))
def test_every_suggestion_is_understood_and_is_never_more_than_was_asked(
    said: tuple[str, str], here: str | None
) -> None:
    meant, text = said
    try:
        understood(text, here)
    except Refused as no:
        for whole in suggested(no):
            found = understood(filled(whole), here)
            first = text.split()[0].lower()
            if first in COMMANDS and whole != "help":
                assert whole.split()[0] in {
                    first,
                    *({"plan"} if first == "why" else {"checkout", "payments"} if first == "promote" else ()),
                }
            if meant.split()[0] in QUESTIONS and first == meant.split()[0]:
                assert not acts(found), (text, whole)


@fuzz
@given(
    st.sampled_from([text for text in SAID if "break-glass" not in text]),
    st.sampled_from(PREPOSITIONS),
    st.sampled_from(
        ["", " the", " please", " removing", " override because x", " because x", " break-glass because x"]
    ),
    st.sampled_from([None, "checkout"]),
)
@example("checkout production", "at", "", None)
def test_no_command_that_ends_with_a_preposition_does_anything(
    said: str, word: str, end: str, here: str | None
) -> None:
    if said.split(maxsplit=1)[0] in {*COMMANDS, "status", "cancel"} - {"promote"} and end not in {
        "",
        " the",
        " please",
    }:
        end = " because x"  # The others are words of a deployment and a promotion.
    text = f"{said.partition(' because ')[0]} {word}{end}"
    if word == "till":
        text = text.replace("till", "within")  # An alias of a service here.
    try:
        found = understood(text, here)
    except Refused as no:
        for whole in suggested(no):
            understood(filled(whole), here)
    else:
        assert not acts(found), text
