"""Who the bot is in its workspace, asked once at the start: without an answer nothing is served."""

from __future__ import annotations

import msgspec

from bot.reasons import Reason
from bot.slack.client import SlackClient
from bot.slack.refusals import SlackRejected

NOT_A_BOT = "slack.bot_token belongs to a person. Use the Bot User OAuth Token, xoxb-…, of the app."


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What `auth.test` says of the token: ids of the workspace, the bot and its user; `url` is the workspace's."""

    team: str
    team_name: str
    bot: str
    user: str
    name: str
    url: str
    enterprise: str = ""


async def who_am_i(client: SlackClient) -> Identity:
    """Raises `SlackRejected` (wrong token, not a bot) or `Unreachable`, in words for whoever starts the server.

    https://docs.slack.dev/reference/methods/auth.test
    """
    answer = await client.call("auth.test")
    if not answer.get("bot_id"):
        raise SlackRejected(Reason.CREDENTIALS_WRONG, NOT_A_BOT, code="not_a_bot")
    return Identity(
        team=str(answer["team_id"]),
        team_name=str(answer.get("team", "")),
        bot=str(answer["bot_id"]),
        user=str(answer["user_id"]),
        name=str(answer.get("user", "")),
        url=str(answer.get("url", "")),
        enterprise=str(answer.get("enterprise_id") or ""),
    )
