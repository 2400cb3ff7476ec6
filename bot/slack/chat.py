"""Says things in Slack: cards, notes and private answers, each in its turn. Implements `bot.ports.Chat`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from bot.errors import Unreachable
from bot.pages import Dialog, OpenDialog, Page
from bot.people import Place, Posted
from bot.ports import Clock
from bot.reasons import Reason
from bot.slack.cards import draw, draw_note, draw_words
from bot.slack.client import SlackClient
from bot.slack.identity import Identity, who_am_i
from bot.slack.pages import draw_page
from bot.slack.patience import Patience
from bot.slack.rates import POST, UPDATE, Priority, Turn
from bot.slack.refusals import SlackRejected
from bot.slack.response_urls import ResponseUrls
from bot.slack.search import CARD, NOTE, CannotLook, Search, metadata
from bot.slack.shaper import Shaper
from bot.slack.views import Views
from bot.words import Button, CardView, Note, Words

NO_TIME = "Slack did not say when the message was posted (ts); look at slack.api_url."
TAKES_OVER = "An earlier card for this may stand above, where I can't look. This one takes over."

TOO_EARLY = "Slack may still be busy with a post from before; it is looked for again in a moment."

UNFURL_NOTHING = {"unfurl_links": False, "unfurl_media": False}
# Where the bot is no member, or the thread is gone, it can still speak to the person directly.
NOT_THERE = frozenset(
    {"not_in_channel", "user_not_in_channel", "channel_not_found", "is_archived", "thread_not_found"}
)
REMEMBERED_PERMALINKS = 1000
REMEMBERED_TAKEOVERS = 1000

log = logging.getLogger(__name__)


class SlackChat:
    """Implements `bot.ports.Chat` for one workspace. Posting is by key: the key travels as message metadata.

    A token or a scope that is missing is `Unreachable`: what is to be said is kept until somebody has mended that.

    `arrives_within` is how many seconds a post may take to be seen after whoever sent it has died or given up: before
    that, not finding it proves nothing, as with a start at Jenkins.
    """

    def __init__(
        self,
        client: SlackClient,
        shaper: Shaper,
        clock: Clock,
        me: Identity,
        *,
        arrives_within: float = 0.0,
    ) -> None:
        self._clock = clock
        self._born = clock.now()
        self._arrives_within = arrives_within
        self._client = client
        self._shaper = shaper
        self._search = Search(client, shaper, me)
        self._urls = ResponseUrls(clock)
        self._patience = Patience(clock)
        self._took_over: dict[str, None] = {}
        self._permalinks: dict[Posted, str] = {}
        self.views = Views(client, shaper)

    async def post_card(self, channel: str, key: str, view: CardView, *, look_first: bool) -> Posted:
        """Without the right to look, a new card is posted that says that it takes over from an earlier one."""
        if look_first:
            try:
                with self._patience.over("conversations.history"):
                    found = await self._search.card(channel, key)
            except CannotLook as why:
                log.warning("cannot look for an earlier card in %s, posting another: %s", channel, why)
                self._takes_over(key)
            else:
                if found:
                    return found
                self._let_the_past_arrive()
        return await self._post(
            channel, **self._drawn(key, view), metadata=metadata(CARD, key), **UNFURL_NOTHING
        )

    async def update_card(
        self,
        posted: Posted,
        key: str,
        draw: Callable[[], Awaitable[CardView]],
        *,
        final: bool,
        again: bool = False,
    ) -> CardView:
        drawn: list[CardView] = []

        async def message() -> dict[str, Any]:
            drawn.append(await draw())
            return {**self._drawn(key, drawn[-1]), "metadata": metadata(CARD, key)}

        await self._edit(posted, message, final=final, again=again)
        return drawn[-1]

    async def update_note(
        self,
        posted: Posted,
        key: str,
        draw: Callable[[], Awaitable[Note]],
        *,
        final: bool,
        again: bool = False,
    ) -> None:
        async def message() -> dict[str, Any]:
            return {**draw_note(await draw()), "metadata": metadata(NOTE, key)}

        await self._edit(posted, message, final=final, again=again)

    async def _edit(
        self, posted: Posted, message: Callable[[], Awaitable[dict[str, Any]]], *, final: bool, again: bool
    ) -> None:
        """In its turn, as it is then."""
        if again:
            self._let_the_past_arrive()

        async def edit() -> None:
            await self._client.call(UPDATE, channel=posted.channel, ts=posted.ts, **await message())

        turn = Turn(UPDATE, posted.channel, posted.ts, Priority.FINAL if final else Priority.LIVE)
        with self._later_when_in_doubt(), self._patience.over(UPDATE):
            await self._shaper.run(turn, edit)

    async def post_note(self, posted: Posted, key: str, note: Note, *, look_first: bool) -> Posted:
        if look_first:
            look = self._search.note(posted, key)
            if found := await self._earlier("conversations.replies", look, posted.channel):
                return found
        return await self._post(
            posted.channel,
            **draw_note(note),
            thread_ts=posted.ts,
            reply_broadcast=True if note.broadcast else None,
            metadata=metadata(NOTE, key),
            **UNFURL_NOTHING,
        )

    async def announce(
        self, channel: str, key: str, words: Words, *, buttons: Sequence[Button] = (), look_first: bool
    ) -> Posted:
        if look_first:
            look = self._search.announcement(channel, key)
            if found := await self._earlier("conversations.history", look, channel):
                return found
        said = draw_words(words, buttons)
        return await self._post(channel, **said, metadata=metadata(NOTE, key), **UNFURL_NOTHING)

    async def tell(self, user: str, place: Place, words: Words, *, buttons: Sequence[Button] = ()) -> None:
        """By the response_url while it lasts, else an ephemeral message; in a direct message an ordinary one.

        A response_url knows no threads, so in a thread it is not used.
        """
        await self._privately(user, place, draw_words(words, buttons))

    async def _privately(self, user: str, place: Place, message: Mapping[str, Any]) -> None:
        url = "" if place.thread else place.response_url
        if url and self._urls.use(url):
            if await self._respond(url, message):
                return
            self._urls.forget(url)
        say = self._in_direct_message if place.direct else self._ephemeral
        try:
            await say(user, place, message)
        except SlackRejected as refusal:
            if refusal.code not in NOT_THERE:
                raise
            # A user's id stands for the direct message with him.
            await self._post(user, **message, **UNFURL_NOTHING)

    async def show(self, user: str, place: Place, page: Page, *, replaces: bool = False) -> None:
        """As `tell`, with what can be clicked; `replaces` when it takes the place of what was clicked on."""
        message = draw_page(page)
        if replaces and place.response_url and self._urls.use(place.response_url):
            if await self._respond(place.response_url, message, replaces=True):
                return
            self._urls.forget(place.response_url)
        await self._privately(user, place, message)

    async def open_dialog(self, trigger: str, dialog: Dialog) -> OpenDialog | None:
        return await self.views.open(trigger, dialog)

    async def update_dialog(self, view: OpenDialog, dialog: Dialog) -> bool:
        return await self.views.update(view, dialog)

    async def publish_home(self, user: str, page: Page) -> None:
        await self.views.publish(user, page)

    async def permalink(self, posted: Posted) -> str:
        """Remembered, because a card that links to another is drawn often and the address never changes."""
        if posted in self._permalinks:
            return self._permalinks[posted]
        turn = Turn("chat.getPermalink")
        answer = await self._shaper.run(
            turn, lambda: self._client.call(turn.method, channel=posted.channel, message_ts=posted.ts)
        )
        found = str(answer.get("permalink", ""))
        while len(self._permalinks) >= REMEMBERED_PERMALINKS:
            del self._permalinks[next(iter(self._permalinks))]
        self._permalinks[posted] = found
        return found

    async def ping(self) -> None:
        await who_am_i(self._client)
        self._patience.check()

    async def close(self) -> None:
        await self._shaper.close()

    async def _respond(self, url: str, message: Mapping[str, Any], *, replaces: bool = False) -> bool:
        """False when it has to be said another way, as when the address does not answer."""
        answer = {**message, "response_type": "ephemeral", "replace_original": replaces}
        try:
            return await self._client.respond(url, answer)
        except Unreachable as problem:
            log.warning("a private answer goes another way: %s", problem)
            return False

    async def _in_direct_message(self, _user: str, place: Place, message: Mapping[str, Any]) -> None:
        await self._post(place.channel, **message, thread_ts=place.thread or None, **UNFURL_NOTHING)

    async def _ephemeral(self, user: str, place: Place, message: Mapping[str, Any]) -> None:
        asked = {"channel": place.channel, "user": user, "thread_ts": place.thread or None, **message}
        turn = Turn("chat.postEphemeral", place.channel)
        with self._patience.over(turn.method):
            await self._shaper.run(turn, lambda: self._client.call(turn.method, **asked))

    async def _post(self, channel: str, **message: Any) -> Posted:
        """A channel that is not known by its name is looked up: not everything that speaks Slack's side takes names."""
        try:
            return await self._post_to(channel, **message)
        except SlackRejected as refusal:
            if refusal.code != "channel_not_found" or not channel.startswith("#"):
                raise
            try:
                with self._patience.over("conversations.list"):
                    found = await self._search.channel(channel)
            except CannotLook:
                raise refusal from None
        return await self._post_to(found, **message)

    async def _post_to(self, channel: str, **message: Any) -> Posted:
        with self._later_when_in_doubt(), self._patience.over(POST):
            answer = await self._shaper.run(
                Turn(POST, channel), lambda: self._client.call(POST, channel=channel, **message)
            )
        ts, place = answer.get("ts"), answer.get("channel") or channel
        if not (ts and isinstance(ts, str) and isinstance(place, str)):
            wait = self._arrives_within or None
            raise Unreachable(Reason.ANSWER_UNREADABLE, NO_TIME, retry_after=wait, maybe_done=True)
        return Posted(channel=place, ts=ts)

    async def _earlier(
        self, method: str, look: Coroutine[Any, Any, Posted | None], channel: str
    ) -> Posted | None:
        """What was posted under the key before; where nobody may look, it is said again."""
        try:
            with self._patience.over(method):
                found = await look
        except CannotLook as why:
            log.warning("cannot look for an earlier post in %s, saying it again: %s", channel, why)
            return None
        if found is None:
            self._let_the_past_arrive()
        return found

    def _let_the_past_arrive(self) -> None:
        """A process that died may have a call under way.

        In the first moments, not finding a post proves nothing, and an older edit could overtake ours.
        """
        left = self._born + self._arrives_within - self._clock.now()
        if left > 0:
            raise Unreachable(Reason.PEER_SLOW, TOO_EARLY, retry_after=left)

    @contextmanager
    def _later_when_in_doubt(self) -> Iterator[None]:
        """What was given up on may still arrive: until then, neither a look nor another edit is of use."""
        try:
            yield
        except Unreachable as lost:
            if lost.maybe_done and lost.retry_after is None:
                lost.retry_after = self._arrives_within or None
            raise

    def _takes_over(self, key: str) -> None:
        self._took_over[key] = None
        while len(self._took_over) > REMEMBERED_TAKEOVERS:
            del self._took_over[next(iter(self._took_over))]

    def _drawn(self, key: str, view: CardView) -> dict[str, Any]:
        if key in self._took_over:
            view = msgspec.structs.replace(view, context=((TAKES_OVER,), *view.context))
        return draw(view)
