"""A broad sample of everything that is drawn for Slack: cards in every state, notes, words, dialogs; kind and hostile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from bot.deployments import Approval, Broken, Clause, Deployment, Jump, PassedFreeze, Vote
from bot.dialogs import DIALOGS
from bot.dialogs.kind import Opening
from bot.lifecycle import State
from bot.pages import (
    Buttons,
    Carried,
    Choice,
    Dialog,
    ExternalChoice,
    Heading,
    Option,
    Page,
    Rule,
    Say,
    Shown,
    Small,
    Snippet,
    TextField,
    Toggle,
)
from bot.people import Person, Place
from bot.reasons import Reason
from bot.runs import RunInput, RunRef, RunTarget, Stage, StageState
from bot.slack.cards import draw, draw_note, draw_words
from bot.slack.modals import modal
from bot.slack.pages import draw_page
from bot.standing.releases import Part, Release
from bot.words import Bold, Button, CardView, Note, Words, refusal
from handlers.card_view import Approvers, card
from handlers.release_view import Around, view
from tests.slack_peer import settings

AT = 1_700_000_000.0
HOSTILE = (
    "<!channel> & <@U0SAM00002> *bold* `code` ~~ _i_ :bomb: <https://evil.example|ok>",
    "\x00\x1b[31m\u202e\ud800\u2028\tx\r\n\n",
    "&" * 5000,
    "👩‍👩‍👧‍👦" * 2000,
    "漢" * 9000,
    " ",
    '"' * 4000,
)
SETTINGS = settings()
SHORT = 100
SENTENCE = "It is not allowed here."

Drawn = dict[str, Any]


def deployments() -> Iterator[Deployment]:
    """One in every state, bare and with everything; and one whose every text is hostile, for each hostile text."""
    for state in State:
        bare = _bare(state)
        yield bare
        yield _full(bare, "Deploy to production?")
        for text in HOSTILE:
            yield _full(msgspec.structs.replace(bare, service=text, version=text, environment=text), text)


def release_of(parts: Sequence[Deployment], *, stopped: str = "") -> CardView:
    """The card of a release of these, and of one more that was refused before it became a deployment, when it `stopped`."""
    first = parts[0]
    gone = [Part(service="gone", version="1", deployment="gone", refused=True)] if stopped else []
    release = Release(
        id="r0a1b2c3d4e5f60718293",
        environment=first.environment,
        owner=first.requester.id,
        made_at=AT,
        parts=(*(Part(service=one.service, version=one.version, deployment=one.id) for one in parts), *gone),
        requester=first.requester,
        place=first.place,
        channel=first.channel,
        stopped=stopped,
        ended_at=AT + 60 if stopped else 0.0,
        rolled_back_by=first.requester.id if stopped else "",
        rolled_back_why=stopped,
    )
    around = Around(before={first.service: SENTENCE}, back=True)
    return view(release, [*parts, *([None] if stopped else [])], AT + 90, around)


def messages() -> Iterator[tuple[str, Drawn]]:
    """`text` and `blocks` of messages, each with a name."""
    for one in deployments():
        for break_glass in (False, True):
            view = card(one, AT + 90, Approvers(break_glass=break_glass))
            yield f"card {one.state} {one.service[:20]!a}", draw(view)
        # The longest texts are drawn in one part: twenty of them take a minute, and show nothing else.
        for count in (1, 20) if len(one.service) < SHORT else (1,):
            yield f"release {count} {one.state} {one.service[:20]!a}", draw(release_of([one] * count))
    for text in (SENTENCE, "", *HOSTILE):
        words: Words = refusal(text, text)
        yield f"words {text[:20]!a}", draw_words(words)
        yield f"note {text[:20]!a}", draw_note(Note(text=words, preformatted=text * 2))
        buttons = (Button(action="cancel", label=text, value="0a1b2c3d4e5f60718293"),) * 3
        yield f"words with buttons {text[:20]!a}", draw_words(words, buttons)
        yield (
            f"note with buttons {text[:20]!a}",
            draw_note(Note(text=words, preformatted=text, buttons=buttons)),
        )

    for name, page in pages():
        yield name, draw_page(page)


def pages() -> Iterator[tuple[str, Page]]:
    """Pages with everything on them: little, too much, and hostile."""
    for many in (0, 1, 8):
        for text in (SENTENCE, "", *HOSTILE):
            button = Button(action="cancel", label=text, value="0a1b2c3d4e5f60718293", style="primary")
            each: tuple[Shown, ...] = (
                Heading(text),
                Say((text, Bold(text)), button),
                Say((text,)),
                Small((text,)),
                Rule(),
                Snippet(text),
                Buttons((button, button, Button(action="redeploy", label=text, value="x"))),
            )
            end = Buttons((Button(action="redeploy", label="Next", value="page2"),))
            yield f"page {many} {text[:20]!a}", Page(parts=(*each * many, end), fallback=text)


def forms() -> Iterator[tuple[str, Dialog]]:
    """Dialogs with every kind of field, with and without something in it."""
    place = Place(channel="C0DEPLOYS1", team="T0HARBOUR1")
    for text in (SENTENCE, "", *HOSTILE):
        options = tuple(Option(f"{number}", text, text) for number in range(150))
        for full in (False, True):
            initial = text if full else ""
            yield (
                f"form {full} {text[:20]!a}",
                Dialog(
                    kind="reject",
                    title=text,
                    submit=text if full else "",
                    close=text,
                    carried=Carried(about="d", place=place),
                    parts=(
                        Say((text,)),
                        Choice(
                            name="a",
                            label=text,
                            options=options if full else (),
                            initial="7",
                            placeholder=text,
                            hint=text,
                        ),
                        ExternalChoice(
                            name="b", label=text, of="checkout", initial=Option("1.2", text), watched=full
                        ),
                        TextField(name="c", label=text, initial=initial, multiline=full, watched=not full),
                        Toggle(name="d", label=text, says=text, initial=full, optional=True),
                    ),
                ),
            )


def views() -> Iterator[tuple[str, Drawn]]:
    """Dialogs, each with a name."""
    longest = "https://hooks.slack.example/" + "a" * 4000
    by = Person(id="U0SAM00002", name="sam", team="T0HARBOUR1")
    for kind in DIALOGS.values():
        for url in ("", "https://hooks.slack.example/x", longest):
            place = Place(
                channel="C0DEPLOYS1", team="T0HARBOUR1", thread="1700000000.000100", response_url=url
            )
            opening = Opening(by=by, carried=Carried(about="d" * 20, detail="r" * 20, place=place))
            yield kind.name, modal(kind.first(opening, SETTINGS))
    for name, form in forms():
        yield name, modal(form)


def _bare(state: State) -> Deployment:
    return Deployment(
        id="0a1b2c3d4e5f60718293",
        number=17,
        service="checkout",
        environment="production",
        version="1.4.2",
        requester=Person(id="U0DANA0001", name="dana", team="T0HARBOUR1"),
        place=Place(channel="C0DEPLOYS1", team="T0HARBOUR1"),
        channel="C0DEPLOYS1",
        target=RunTarget(driver="jenkins", server="ci", job="deploy"),
        policy="production",
        state=state,
        requested_at=AT,
        ended_at=AT + 80 if state.ended else 0.0,
    )


def _full(bare: Deployment, text: str) -> Deployment:
    vote = Vote(by="U0SAM00002", name=text, at=AT + 5, belongs=("sre",))
    clauses = (Clause(count=2, of=("sre", text)), Clause(count=1, of=("owners",)))
    approval = Approval(
        request="r1",
        clauses=clauses,
        four_eyes=True,
        fingerprint={},
        asked_at=AT,
        expires_at=AT + 1800,
        votes=(vote,) * 3,
    )
    changes: dict[str, Any] = {
        "replaces": text,
        "requester": Person(id="U0DANA0001", name=text, team="T0HARBOUR1"),
        "reason": Reason.INPUT_NEEDED,
        "sentence": text,
        "waits": Reason.INPUT_NEEDED,
        "waits_for": text,
        "started_at": AT + 10,
        "expected_seconds": 120.0,
        "approval": approval,
        "voided": (text, text),
        "locked": bare.state is State.FAILED,
        "queue_place": 3,
        "waits_until": AT + 600,
        "jump": Jump(request="r2", by="U0SAM00002", name=text, at=AT, why=text),
        "broken": Broken(by="U0SAM00002", at=AT, why=text),
        "override": text,
        "passes": (
            PassedFreeze(id="f1", what=text, reason=text),
            PassedFreeze(id="f2", what=text, until=AT + 600),
        ),
        "cancelled_by": "U0SAM00002" if bare.state.ended else "",
        "rejected_by": "U0SAM00002" if bare.state.ended else "",
        "ref": RunRef(key="k", queue="7", number="42", url="https://ci.example.com/job/a%20b/42/"),
        "stages": tuple(Stage(name=text, state=state, seconds=12, error=text) for state in StageState) * 3,
        "input": RunInput(id="Go-on", message=text, proceed=text),
        "log_tail": (text,) * 20,
    }
    return msgspec.structs.replace(bare, **changes)
