"""What was sent before a crash, or given up on, may reach Slack late: nothing is posted twice or overwritten by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.errors import Unreachable
from bot.people import Posted
from bot.sandbox.slack import Fault
from bot.slack.chat import SlackChat
from bot.words import CardView, Note
from tests.clock import ShiftableClock
from tests.slack_peer import DEPLOYS, Peer, slack_peer

CARD = CardView(title="checkout", emoji="rocket", state=("running",), fallback="running")
LATE = 2.0


async def drawn() -> CardView:
    return CARD


async def said() -> Note:
    return Note(text=("done",))


def freshly_started(peer: Peer) -> SlackChat:
    """The chat of a process that has just begun."""
    return SlackChat(peer.client, peer.shaper, peer.clock, peer.me, arrives_within=LATE)


async def test_what_a_dead_process_may_have_sent_is_waited_for_before_anything_is_done_again() -> None:
    clock = ShiftableClock()
    async with slack_peer(clock=clock) as peer:
        posted = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        chat = freshly_started(peer)
        for act in (
            lambda: chat.post_card(DEPLOYS, "card/d2", CARD, look_first=True),
            lambda: chat.post_note(posted, "note/d1/end", Note(text=("done",)), look_first=True),
            lambda: chat.announce(DEPLOYS, "announce/d1", ("done",), look_first=True),
            lambda: chat.update_card(posted, "card/d1", drawn, final=True, again=True),
            lambda: chat.update_note(posted, "announce/d1", said, final=True, again=True),
        ):
            with pytest.raises(Unreachable) as early:
                await act()
            assert 0 < (early.value.retry_after or 0) <= LATE
        assert peer.methods().count("chat.update") == 0

        clock.advance(LATE)
        await chat.update_card(posted, "card/d1", drawn, final=True, again=True)
        assert (await chat.post_card(DEPLOYS, "card/d2", CARD, look_first=True)).ts != posted.ts


async def test_what_is_found_or_was_never_tried_is_not_waited_for() -> None:
    async with slack_peer() as peer:
        posted = await peer.chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        chat = freshly_started(peer)
        assert await chat.post_card(DEPLOYS, "card/d1", CARD, look_first=True) == posted
        await chat.update_card(posted, "card/d1", drawn, final=False)


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_after_a_lost_answer_the_next_try_comes_when_the_first_has_arrived(method: str) -> None:
    async with slack_peer() as peer:
        chat = freshly_started(peer)
        posted: Posted = await chat.post_card(DEPLOYS, "card/d1", CARD, look_first=False)
        peer.slack.set_faults(Fault(mode="drop_after", methods=(method,)))
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "chat.update": lambda: chat.update_card(posted, "card/d1", drawn, final=True),
            "chat.postMessage": lambda: chat.post_card(DEPLOYS, "card/d2", CARD, look_first=False),
        }
        with pytest.raises(Unreachable) as lost:
            await acts[method]()

    assert lost.value.maybe_done
    assert lost.value.retry_after == LATE
