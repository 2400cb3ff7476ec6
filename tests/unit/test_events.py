from __future__ import annotations

import msgspec
import pytest

from bot.earlier import Earlier, GoingBack
from bot.events import EVENTS, Command, Deploy, Fact, Misunderstood, RunLost, decode, encode, lane, writable
from bot.events.verification import LookAtCheck
from bot.kinds import Kind
from bot.pages import Heading, OpenDialog, Page, Say
from bot.people import Person, Place
from bot.reasons import Reason
from bot.runs import RunInput, RunPhase, RunRef, RunStatus, RunTarget, Stage, StageState
from bot.verification import Answer
from bot.words import Bold, Button, Channel, Code, Link, Mention, Note, When

ANNA = Person(id="U1", name="Anna", timezone="Europe/Berlin")
HERE = Place(channel="C1", thread="1.2")
REF = RunRef(key="k", queue="7", number="12", url="https://ci.example/12")
QUESTION = RunInput(id="Go", message="Go on?", parameters=("WHY",))
WORDS = (
    "plain <b>",
    Mention(id="U1"),
    When(at=1.5),
    Link("a", "https://a"),
    Code("x"),
    Bold("y"),
    Channel("C1"),
)
STATUS = RunStatus(
    ref=REF,
    phase=RunPhase.PAUSED,
    stages=(Stage(name="Build", state=StageState.SUCCESS, seconds=1.5),),
    input=QUESTION,
)
EARLIER = Earlier(
    deployment="d1", number=11, environment="staging", version="1.2", digest="abc", requester="U1"
)
VALUES = {
    "by": ANNA,
    "place": HERE,
    "ref": REF,
    "question": QUESTION,
    "status": STATUS,
    "note": Note(text=WORDS, preformatted="log"),
    "words": WORDS,
    "buttons": (Button(action="cancel", label="Cancel", value="d1"),),
    "page": Page(parts=(Heading("A"), Say(WORDS, button=Button(action="cancel", label="x"))), fallback="f"),
    "replaces": True,
    "reason": Reason.PEER_DOWN,
    "revision": 3,
    "count": 2,
    "look": 4,
    "missed": 2,
    "number": 12,
    "proceed": True,
    "complete": True,
    "scheduled": 1.5,
    "changes": ("a", "b"),
    "tail": ("one", "two"),
    "maybe_started": True,
    "again": True,
    "give_up": True,
    "kind": Kind.PROMOTE,
    "removing": True,
    "services": (("checkout", "1.2"),),
    "view": OpenDialog(id="V012", mark="17.a"),
    "opened": True,
    "start": True,
    "more": 2,
    "sentences": ("one", "two"),
    "needs_restart": ("server.port",),
    "channels": ("C1",),
    "approved_by": ("U1",),
    "mine": True,
    "incident": True,
    "extended": True,
    "back": True,
    "counts_until": 1.5,
    "plan": True,
    "mark_bad": True,
    "lock_place": True,
    "cancel_first": True,
    "promotes": EARLIER,
    "rolls_back": GoingBack(
        **msgspec.structs.asdict(EARLIER), why="w", mark_bad=True, automatic="run_failed"
    ),
    "coded": True,
    "rung": 1,
    "attempt": 2,
    "at_page": 3,
    "check": 1,
    "turn": 2,
    "answer": Answer(at=1.5, good=None, words="is running", ref=REF),
    "job": RunTarget(driver="jenkins", server="ci", job="smoke", parameters={"A": "b"}),
    "since": 1.5,
    "looked_at": 1.5,
    "good": False,
    "bad": True,
    "trouble": "hung",
    "next_look": LookAtCheck(deployment="d1", check=1, turn=2, ref=REF, bad=True),
}


USUAL = {bool: True, int: 3, float: 1.5}
"""By type, for fields that need no value of their own."""


def example(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """One event of a kind with something in every field."""
    given = {}
    for field in msgspec.structs.fields(kind):
        value = VALUES.get(field.name, USUAL.get(field.type, f"the {field.name}"))
        if field.type is str and not isinstance(value, str):
            value = f"the {field.name}"
        given[field.name] = value
    return kind(**given)


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_comes_back_from_json_as_it_was(name):
    event = example(EVENTS[name])

    assert decode(name, event.version, encode(event)) == event
    assert decode(name, event.version, encode(event).decode()) == event


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_is_a_command_or_a_fact_and_frozen(name):
    kind = EVENTS[name]
    event = example(kind)

    assert issubclass(kind, Command) != issubclass(kind, Fact)
    assert kind.version >= 1
    with pytest.raises(AttributeError, match=r"immutable|no attribute"):
        setattr(event, next((one.name for one in msgspec.structs.fields(kind)), "anything"), "other")


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_with_a_field_from_the_future_is_still_read(name):
    event = example(EVENTS[name])
    body = msgspec.json.decode(encode(event)) | {"from_the_future": [1, 2]}

    assert decode(name, event.version, msgspec.json.encode(body)) == event


def test_a_deployment_is_handled_in_its_lane_and_says_what_it_is_about():
    deploy = Deploy(by=ANNA, place=HERE, service="checkout", environment="production")

    assert deploy.subject == lane("checkout", "production") == "lane/checkout/production"
    assert deploy.about == ""
    assert RunLost(deployment="d1", sentence="gone").about == "d1"
    assert RunLost(deployment="d1", sentence="gone").subject == ""


@pytest.mark.parametrize(
    ("name", "version", "body", "words"),
    [
        ("Teleport", 1, "{}", "no event is called Teleport"),
        ("AboutLane", 1, '{"deployment":"d"}', "no event is called AboutLane"),
        ("RunLost", 2, "{}", r"RunLost version 2 is newer than this program knows \(1\)"),
        ("RunLost", 0, '{"deployment":"d"}', r"RunLost version 0 is no longer read: \['deployment'\]"),
        ("RunLost", 0, "[1]", "RunLost: Expected `object`, got `array`"),
        ("RunLost", 1, "", "RunLost: Input data was truncated"),
        ("RunLost", 1, '{"deployment": 1, "sentence": ""}', "RunLost: Expected `str`, got `int`"),
        ("RunLost", 1, '{"deployment": "d"}', "RunLost: Object missing required field `sentence`"),
    ],
)
def test_what_can_not_be_read_is_named_in_words(name, version, body, words):
    with pytest.raises(ValueError, match=words):
        decode(name, version, body)


def test_half_a_surrogate_pair_is_replaced_wherever_it_stands():
    event = Misunderstood(
        by=Person(id="U1", name="\ud83d"),
        place=HERE,
        text="a\udfffb",
        reason=Reason.AMBIGUOUS,
        sentence="ü🚀",
    )
    with pytest.raises(UnicodeEncodeError):
        encode(event)

    clean = writable(event)

    assert (clean.by.name, clean.text, clean.sentence) == ("?", "a?b", "ü🚀")
    assert decode("Misunderstood", 1, encode(clean)) == clean
