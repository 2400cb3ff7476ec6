"""The chat port over a strict Slack: cards by key, notes by key, private answers, all within the rates."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import msgspec
import pytest

from bot.errors import Unreachable
from bot.people import Place, Posted
from bot.reasons import Reason
from bot.sandbox.slack import Fault, Rates, SlackStandIn
from bot.slack.chat import TAKES_OVER
from bot.slack.patience import AGAIN_AFTER
from bot.slack.refusals import SlackRejected
from bot.words import Button, CardView, Mention, Note
from tests.clock import ShiftableClock
from tests.slack_peer import CHECKOUT, DANA, DEPLOYS, RANDOM, SAM, STELLA, Peer, slack_peer

CARD = CardView(
    title="checkout to production",
    emoji="rocket",
    state=("Waiting for approval <!channel>",),
    fallback="checkout to production waits for approval.",
    buttons=(Button(action="approve", label="Approve", value="d1", style="primary"),),
)
DONE = msgspec.structs.replace(CARD, state=("Succeeded",), fallback="It succeeded.", buttons=(), final=True)


def only_card(peer: Peer) -> dict[str, Any]:
    (message,) = peer.slack.messages(DEPLOYS)
    return message


async def drawn(view: CardView = CARD) -> CardView:
    return view


async def test_a_card_is_posted_with_its_key_and_unfurls_nothing() -> None:
    async with slack_peer() as peer:
        posted = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        (call,) = [call for call in peer.slack.calls() if call["method"] == "chat.postMessage"]

        assert posted == Posted(channel=DEPLOYS, ts=only_card(peer)["ts"])
        assert only_card(peer)["metadata"] == {
            "event_type": "pilothouse_card",
            "event_payload": {"key": "card/d1"},
        }
        assert call["args"]["unfurl_links"] is False
        assert call["args"]["unfurl_media"] is False
        assert "parse" not in call["args"]
        assert "&lt;!channel&gt;" in only_card(peer)["blocks"][1]["text"]["text"]


async def test_a_card_can_be_posted_to_a_channel_by_name() -> None:
    async with slack_peer() as peer:
        posted = await peer.chat.post_card("#deployments", "card/d1", CARD, look_first=False)
        again = await peer.chat.post_card("#deployments", "card/d1", CARD, look_first=True)

        assert posted.channel == DEPLOYS
        assert again == posted


async def test_after_a_crash_the_history_is_searched_for_the_key_before_posting_again() -> None:
    async with slack_peer() as peer:
        peer.slack.set_faults(Fault(mode="drop_after", methods=("chat.postMessage",), times=1))
        with pytest.raises(Unreachable) as problem:
            await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        assert problem.value.maybe_done
        posted = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=True)

        assert posted.ts == only_card(peer)["ts"]


async def test_what_was_never_posted_is_posted_after_looking() -> None:
    async with slack_peer() as peer:
        await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        await peer.chat.post_card(DEPLOYS, "card/d2", CARD, look_first=True)

        assert len(peer.slack.messages(DEPLOYS)) == 2


async def test_the_key_is_found_on_a_later_page() -> None:
    slack = SlackStandIn(rates=Rates(scale=math.inf))
    async with slack_peer(slack) as peer:
        posted = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        for number in range(250):
            await peer.slack.say(DANA, DEPLOYS, f"chatter {number}")
        assert await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=True) == posted


async def test_without_the_history_scope_the_second_card_takes_over_and_says_so() -> None:
    async with slack_peer() as peer:
        app = peer.slack.world.app
        app.scopes = tuple(scope for scope in app.scopes if not scope.endswith(":history"))
        await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        second = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=True)
        await peer.chat.update_card(second, "card/d1", drawn, final=False)
        first, last = peer.slack.messages(DEPLOYS)

        assert TAKES_OVER not in str(first["blocks"])
        assert last["ts"] == second.ts
        assert last["blocks"][-1]["elements"][0]["text"] == TAKES_OVER


async def test_metadata_of_somebody_elses_message_is_not_taken_for_ours() -> None:
    async with slack_peer() as peer:
        posted = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        message = peer.slack.workspace.conversations.find(DEPLOYS, posted.ts)
        assert message is not None
        message.by_app = False
        message.user = DANA
        assert (await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=True)).ts != posted.ts


async def test_a_card_is_edited_in_place_and_keeps_its_key() -> None:
    async with slack_peer() as peer:
        posted = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        shown = await peer.chat.update_card(posted, "card/d1", lambda: drawn(DONE), final=True)

        assert shown == DONE
        assert only_card(peer)["text"] == "It succeeded."
        assert [block["type"] for block in only_card(peer)["blocks"]] == ["header", "section"]
        assert only_card(peer)["metadata"]["event_payload"] == {"key": "card/d1"}


async def test_an_update_always_carries_blocks_because_text_alone_would_remove_them() -> None:
    async with slack_peer() as peer:
        posted = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        await peer.chat.update_card(posted, "card/d1", drawn, final=False)
        (call,) = [call for call in peer.slack.calls() if call["method"] == "chat.update"]

        assert call["args"]["blocks"]
        assert len(call["args"]["text"]) <= 4000


async def test_the_newest_state_wins_because_it_is_drawn_when_the_turn_comes() -> None:
    clock = ShiftableClock()
    slack = SlackStandIn(clock=clock.now, rates=Rates(scale=math.inf))
    state = {"text": "first"}

    async def draw() -> CardView:
        return msgspec.structs.replace(CARD, state=(state["text"],))

    async with slack_peer(slack, clock=clock, interval=30) as peer:
        posted = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        await peer.chat.update_card(posted, "card/d1", draw, final=False)
        waiting = asyncio.create_task(peer.chat.update_card(posted, "card/d1", draw, final=False))
        await asyncio.sleep(0)
        state["text"] = "newest"
        clock.advance(31)
        await waiting

        assert "newest" in only_card(peer)["blocks"][1]["text"]["text"]


async def test_a_hundred_live_cards_meet_no_429_and_a_final_state_overtakes_them() -> None:
    clock = ShiftableClock(frozen=True)
    slack = SlackStandIn(clock=clock.now)
    async with slack_peer(slack, clock=clock, interval=2) as peer:
        posted = []
        for number in range(12):
            task = asyncio.create_task(peer.chat.post_card(DEPLOYS, f"card/{number}", CARD, look_first=False))
            while not task.done():
                clock.advance(0.25)
                await asyncio.sleep(0.001)
            posted.append(await task)
        order: list[str] = []

        async def update(card: Posted, view: CardView, *, final: bool) -> None:
            await peer.chat.update_card(card, "k", lambda: drawn(view), final=final)
            order.append("final" if final else "live")

        tasks = [
            asyncio.create_task(update(card, CARD, final=False)) for _ in range(8) for card in posted[:-1]
        ]
        await asyncio.sleep(0.01)
        tasks.append(asyncio.create_task(update(posted[-1], DONE, final=True)))
        while not all(task.done() for task in tasks):
            clock.advance(0.5)
            await asyncio.sleep(0.001)
        await asyncio.gather(*tasks)

        assert order.index("final") < 15
        assert [refused for refused in peer.slack.refused if refused.get("error") == "ratelimited"] == []


async def test_a_429_is_waited_out_and_the_final_state_is_shown() -> None:
    async with slack_peer() as peer:
        posted = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        peer.slack.set_faults(Fault(mode="rate_limit", methods=("chat.update",), retry_after=1, times=1))
        await peer.chat.update_card(posted, "card/d1", lambda: drawn(DONE), final=True)

        assert only_card(peer)["text"] == "It succeeded."


async def test_a_deleted_card_says_so() -> None:
    async with slack_peer() as peer:
        with pytest.raises(SlackRejected, match="somebody deleted it") as refusal:
            await peer.chat.update_card(
                Posted(channel=DEPLOYS, ts="1700000000.000001"), "k", drawn, final=True
            )

    assert refusal.value.code == "message_not_found"


async def test_a_note_is_a_reply_with_the_log_as_it_is() -> None:
    note = Note(text=(Mention(id=DANA), ": it failed"), preformatted="<!here>\n`x` & *y*", broadcast=True)
    async with slack_peer() as peer:
        card = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        posted = await peer.chat.post_note(card, "note/d1/failed", note, look_first=False)
        again = await peer.chat.post_note(card, "note/d1/failed", note, look_first=True)
        _, reply = peer.slack.messages(DEPLOYS, thread_ts=card.ts)

        assert again == posted
        assert reply["broadcast"]
        assert reply["text"] == f"<@{DANA}>: it failed"
        assert reply["blocks"][1]["elements"][0]["elements"][0]["text"] == "<!here>\n`x` & *y*"


async def test_a_note_that_cannot_be_looked_for_is_posted_again() -> None:
    async with slack_peer() as peer:
        card = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        app = peer.slack.world.app
        app.scopes = tuple(scope for scope in app.scopes if not scope.endswith(":history"))
        await peer.chat.post_note(card, "n", Note(text=("hello",)), look_first=True)

        assert len(peer.slack.messages(DEPLOYS, thread_ts=card.ts)) == 2


async def test_an_announcement_is_made_once_by_its_key() -> None:
    words = ("Glass broken by ", Mention(id=DANA))
    async with slack_peer() as peer:
        first = await peer.chat.announce("#deployments", "announce/d1", words, look_first=False)
        again = await peer.chat.announce("#deployments", "announce/d1", words, look_first=True)
        other = await peer.chat.announce(DEPLOYS, "announce/d2", words, look_first=True)

        assert again == first
        assert other != first
        assert len(peer.slack.messages(DEPLOYS)) == 2


async def test_an_announcement_is_edited_in_place_and_keeps_its_key() -> None:
    button = Button(action="release_lock", label="Unlock", value="abc")

    async def over() -> Note:
        return Note(text=("It is over.",))

    async with slack_peer() as peer:
        posted = await peer.chat.announce(
            DEPLOYS, "announce/d1", ("hello",), buttons=(button,), look_first=False
        )
        await peer.chat.update_note(posted, "announce/d1", over, final=True)
        (message,) = peer.slack.messages(DEPLOYS)

        assert message["text"] == "It is over."
        assert [block["type"] for block in message["blocks"]] == ["section"]
        assert message["metadata"]["event_payload"] == {"key": "announce/d1"}
        assert await peer.chat.announce(DEPLOYS, "announce/d1", ("hello",), look_first=True) == posted


async def test_an_announcement_that_was_deleted_can_not_be_edited() -> None:
    async def over() -> Note:
        return Note(text=("It is over.",))

    async with slack_peer() as peer:
        gone = Posted(channel=DEPLOYS, ts="1700000000.000001")
        with pytest.raises(SlackRejected, match="somebody deleted it") as refusal:
            await peer.chat.update_note(gone, "announce/d1", over, final=True)

    assert refusal.value.reason is Reason.CHANNEL_UNREACHABLE


async def test_an_announcement_that_cannot_be_looked_for_is_made_again() -> None:
    async with slack_peer() as peer:
        app = peer.slack.world.app
        app.scopes = tuple(scope for scope in app.scopes if not scope.endswith(":history"))
        await peer.chat.announce(DEPLOYS, "announce/d1", ("hello",), look_first=False)
        await peer.chat.announce(DEPLOYS, "announce/d1", ("hello",), look_first=True)

        assert len(peer.slack.messages(DEPLOYS)) == 2


async def test_what_was_posted_to_a_person_is_looked_for_in_the_direct_message_with_him() -> None:
    async with slack_peer() as peer:
        first = await peer.chat.post_card(DANA, "card/d1", CARD, look_first=False)
        again = await peer.chat.post_card(DANA, "card/d1", CARD, look_first=True)

        assert first.ts == again.ts
        assert len(peer.slack.messages(again.channel, viewer=DANA)) == 1


async def test_a_channel_that_nobody_knows_by_name_is_refused_with_the_way_out() -> None:
    async with slack_peer() as peer:
        with pytest.raises(SlackRejected, match="Invite me there"):
            await peer.chat.post_card("#nowhere", "card/d1", CARD, look_first=True)


async def test_a_refusal_while_looking_is_not_hidden_and_nothing_is_posted_before_it_is_mended() -> None:
    async with slack_peer() as peer:
        peer.slack.set_faults(Fault(mode="error", error="invalid_auth", methods=("conversations.history",)))
        with pytest.raises(Unreachable, match="token") as later:
            await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=True)
        assert later.value.retry_after == AGAIN_AFTER
        assert peer.slack.messages(DEPLOYS) == []


async def test_what_can_be_mended_is_said_to_the_log_once_and_to_whoever_watches(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with slack_peer() as peer:
        peer.slack.set_faults(Fault(mode="error", error="missing_scope", methods=("chat.postMessage",)))
        for _ in range(3):
            with pytest.raises(Unreachable):
                await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        with pytest.raises(Unreachable, match="scope"):
            await peer.chat.ping()
        peer.slack.set_faults()
        await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        await peer.chat.ping()

    assert len([record for record in caplog.records if "it is kept" in record.getMessage()]) == 1


async def test_a_private_answer_is_seen_by_one_person_only() -> None:
    async with slack_peer() as peer:
        await peer.chat.tell(DANA, Place(channel=DEPLOYS), ("no, and why",))

        assert [message["text"] for message in peer.slack.messages(DEPLOYS, viewer=DANA)] == ["no, and why"]
        assert peer.slack.messages(DEPLOYS, viewer=SAM) == []


async def test_a_private_answer_stays_in_the_thread_where_the_person_spoke() -> None:
    async with slack_peer() as peer:
        card = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        await peer.chat.tell(
            DANA, Place(channel=DEPLOYS, thread=card.ts, response_url="https://x.example"), ("no",)
        )
        _, reply = peer.slack.messages(DEPLOYS, viewer=DANA, thread_ts=card.ts)

        assert (reply["text"], reply["ephemeral"]) == ("no", True)


async def test_in_a_direct_message_the_answer_is_an_ordinary_one() -> None:
    async with slack_peer() as peer:
        await peer.chat.tell(DANA, Place(channel="D0DANA0001", direct=True), ("hello",))
        (message,) = peer.slack.messages("D0DANA0001", viewer=DANA)

        assert not message["ephemeral"]


async def test_where_the_bot_is_no_member_it_answers_in_a_direct_message() -> None:
    async with slack_peer() as peer:
        await peer.chat.tell(DANA, Place(channel=RANDOM), ("invite me",))

        assert [message["text"] for message in peer.slack.messages("D0DANA0001", viewer=DANA)] == [
            "invite me"
        ]


async def test_another_refusal_of_a_private_answer_is_not_hidden() -> None:
    async with slack_peer() as peer:
        peer.slack.set_faults(Fault(mode="error", error="invalid_auth"))
        with pytest.raises(Unreachable, match="token"):
            await peer.chat.tell(DANA, Place(channel=DEPLOYS), ("no",))


async def test_a_permalink_leads_to_the_card() -> None:
    async with slack_peer() as peer:
        posted = await peer.chat.post_card(CHECKOUT, "card/d1", CARD, look_first=False)

        assert (await peer.chat.permalink(posted)).endswith(posted.ts.replace(".", ""))


async def test_ping_notices_a_slack_that_is_away() -> None:
    async with slack_peer() as peer:
        await peer.chat.ping()
        peer.slack.set_faults(Fault(mode="fail"))
        with pytest.raises(Unreachable):
            await peer.chat.ping()


async def test_nothing_of_all_this_was_refused_by_slack() -> None:
    async with slack_peer() as peer:
        card = await peer.chat.post_card(CHECKOUT, "card/d1", CARD, look_first=True)
        await peer.chat.post_note(card, "n", Note(text=("hello",), preformatted="log"), look_first=True)
        await peer.chat.tell(STELLA, Place(channel=CHECKOUT), ("hello",))

        assert peer.slack.refused == []


async def test_announcements_private_answers_and_replies_can_have_buttons() -> None:
    button = Button(action="cancel", label="Never mind", value="d1")
    async with slack_peer() as peer:
        await peer.chat.announce(DEPLOYS, "announce/d9", ("hello",), buttons=(button,), look_first=False)
        await peer.chat.tell(DANA, Place(channel=DEPLOYS), ("psst",), buttons=(button,))
        posted = await peer.chat.announce(DEPLOYS, "announce/d8", ("thread",), look_first=False)
        await peer.chat.post_note(
            posted, "note/d8", Note(text=("reply",), buttons=(button,)), look_first=False
        )

        said = [one for one in peer.slack.messages(DEPLOYS, DANA) if one["text"] != "thread"]
        assert [one["blocks"][-1]["elements"][0]["value"] for one in said] == ["d1", "d1"]
        reply = peer.slack.messages(DEPLOYS, "", posted.ts)[-1]
        assert reply["blocks"][-1]["elements"][0]["action_id"] == "cancel"
