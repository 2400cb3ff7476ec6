"""Who the bot is in its workspace, asked once at the start: without an answer nothing is served."""

from __future__ import annotations

import msgspec

from bot.reasons import Reason
from bot.slack.client import SlackClient
from bot.slack.refusals import SlackRejected

NOT_A_BOT = "slack.bot_token belongs to a person. Use the Bot User OAuth Token, xoxb-…, of the app."
NOBODY = "auth.test did not say who the token belongs to ({missing} is missing); look at slack.api_url."

# Tokens of people, rotated ones too: https://docs.slack.dev/authentication/tokens
OF_PEOPLE = ("xoxp-", "xoxe.xoxp-")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What `auth.test` says of the token: ids of the workspace, the bot and its user; `url` is the workspace's.

    `bot` is empty where Slack's side names none: Slack itself always does for a bot's token, others that speak its
    side of the wire need not.
    """

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
    for needed in ("team_id", "user_id"):
        if not answer.get(needed):
            raise SlackRejected(Reason.ANSWER_UNREADABLE, NOBODY.format(missing=needed), code="nonsense")
    if not answer.get("bot_id") and (client.web.token or "").startswith(OF_PEOPLE):
        raise SlackRejected(Reason.CREDENTIALS_WRONG, NOT_A_BOT, code="not_a_bot")
    return Identity(
        team=str(answer["team_id"]),
        team_name=str(answer.get("team", "")),
        bot=str(answer.get("bot_id") or ""),
        user=str(answer["user_id"]),
        name=str(answer.get("user", "")),
        url=str(answer.get("url", "")),
        enterprise=str(answer.get("enterprise_id") or ""),
    )
