"""What Slack has to have for us: a token that works, scopes, channels, user groups, people, a clock like ours."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.doctor.check import Check, Level, fault, ok, warning
from bot.errors import Failure
from bot.slack.client import SlackClient
from bot.slack.identity import who_am_i
from bot.slack.refusals import SlackRejected
from config.manifest import SCOPES
from config.models import Settings, is_chat_group, is_user

NO_ANSWER_WAY_OUT = "Look at slack.api_url, and whether this machine may reach it."
KNOWS_US = "Slack knows the bot as @{name} in {team} ({id})."
OTHER_TEAM = "The token belongs to {team}, which slack.workspaces does not name."
OTHER_TEAM_WAY_OUT = "Add {team} to slack.workspaces, or leave the list empty."
ALL_SCOPES = "The token has every scope it needs."
SCOPES_UNSAID = "Slack did not say which scopes the token has; a missing one shows below, or when it is used."
SCOPE_MISSING = "The token lacks {scope}, to {purpose}."
SCOPE_WAY_OUT = (
    "Add it under OAuth & Permissions, or paste `pilothouse manifest` again, and reinstall the app."
)
SOCKET_GOOD = "Slack gives the app-level token a socket."
SOCKET_WAY_OUT = (
    "Make one under Basic Information > App-Level Tokens with connections:write, and switch Socket Mode on."
)
SKEW = "This machine's clock is {seconds:.0f} s off Slack's."
SKEW_WAY_OUT = "Set it by NTP: Slack's requests are refused when the clocks differ by five minutes."
CLOCK_GOOD = "This machine's clock agrees with Slack's."
MEMBER = "The bot is a member."
NOT_MEMBER = "The bot is not a member."
INVITE = "Invite it there: /invite @{app}"
ARCHIVED = "The channel is archived."
ARCHIVED_WAY_OUT = "Unarchive it, or name another one."
NO_CHANNEL = "There is no such channel, or it is private and the bot is not in it."
NO_GROUP = "There is no such user group."
GROUP_OFF = "The user group is disabled."
GROUP_EMPTY = "The user group has no members: nobody can do what it is for."
GROUP_GOOD = "@{handle}, {count} members."
GROUP_WAY_OUT = "Look at it in Slack under People > User groups, or take it out of the configuration."
NO_PERSON = "Slack knows nobody with that id."
GONE_PERSON = "{name} is deactivated."
PERSON_WAY_OUT = "Take the id out of the configuration."
PERSON_GOOD = "{name}"

NOT_NEEDED = frozenset({"channels:history", "groups:history", "im:history", "im:read"})
"""Scopes without which the bot works, with a second card after a crash, or without direct messages."""
SKEW_WARNING, SKEW_FAULT = 30.0, 240.0
PAGES_MOST = 50


class Workspace:
    """`async for found in Workspace(settings, session, client).checks()`. `client` has the bot token."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, client: SlackClient) -> None:
        self._settings = settings
        self._session = session
        self._client = client

    async def checks(self) -> AsyncIterator[Check]:
        try:
            me = await who_am_i(self._client)
        except Failure as problem:
            yield fault(
                "slack", problem.sentence, "" if isinstance(problem, SlackRejected) else NO_ANSWER_WAY_OUT
            )
            return
        yield ok("slack", KNOWS_US.format(name=me.name, team=me.team_name or "its workspace", id=me.team))
        served = self._settings.slack.workspaces
        if served and me.team not in served:
            yield warning("slack", OTHER_TEAM.format(team=me.team), OTHER_TEAM_WAY_OUT.format(team=me.team))
        headers = await self._headers()
        for found in [*_clock(headers), *_scopes(headers)]:
            yield found
        if self._settings.slack.transport == "socket":
            yield await self._socket()
        for examined in (self._channels(), self._groups(), self._people()):
            async for found in examined:
                yield found

    async def _headers(self) -> Mapping[str, str]:
        """The headers of an answer of `auth.test`: the token's scopes and Slack's clock. Empty when it fails now."""
        slack = self._settings.slack
        url = f"{slack.api_url.rstrip('/')}/auth.test"
        bearer = {"Authorization": f"Bearer {slack.bot_token.get_secret_value()}"}
        try:
            async with self._session.post(
                url, headers=bearer, allow_redirects=False, proxy=self._client.web.proxy
            ) as answer:
                return dict(answer.headers)
        except (aiohttp.ClientError, TimeoutError):
            return {}

    async def _socket(self) -> Check:
        slack = self._settings.slack
        token = slack.app_token.get_secret_value() if slack.app_token else ""
        client = SlackClient(self._session, token=token, api_url=slack.api_url, timeout=slack.request_timeout)
        try:
            await client.call("apps.connections.open")
        except Failure as problem:
            return fault("socket", problem.sentence, SOCKET_WAY_OUT)
        return ok("socket", SOCKET_GOOD)

    # --- channels --------------------------------------------------------------------------------------------

    async def _channels(self) -> AsyncIterator[Check]:
        """Where cards and announcements go the bot has to be; where a command is only typed it need not."""
        needed = _needed_channels(self._settings)
        names: dict[str, dict[str, Any]] = {}
        if any(channel.startswith("#") for channel in needed):
            try:
                names = await self._by_name()
            except Failure as problem:
                yield fault("channels", problem.sentence)
                return
        for channel, why in needed.items():
            try:
                found = names.get(channel) if channel.startswith("#") else await self._channel(channel)
            except Failure as problem:
                yield _as_found(why, channel, problem)
                continue
            yield self._membership(channel, why, found)

    def _membership(self, channel: str, why: Level, found: Mapping[str, Any] | None) -> Check:
        app = self._settings.slack.app_name
        what = f"channel {channel}"
        if found is None:
            return Check(level=why, what=what, sentence=NO_CHANNEL, way_out=INVITE.format(app=app))
        if found.get("is_archived"):
            return Check(level=why, what=what, sentence=ARCHIVED, way_out=ARCHIVED_WAY_OUT)
        if not found.get("is_member"):
            return Check(level=why, what=what, sentence=NOT_MEMBER, way_out=INVITE.format(app=app))
        return ok(what, MEMBER)

    async def _channel(self, channel: str) -> dict[str, Any] | None:
        try:
            answer = await self._client.call("conversations.info", channel=channel)
        except SlackRejected as problem:
            if problem.code == "channel_not_found":
                return None
            raise
        return dict(answer["channel"])

    async def _by_name(self) -> dict[str, dict[str, Any]]:
        """Every channel that the bot can see, by `#name`."""
        found: dict[str, dict[str, Any]] = {}
        cursor = ""
        for _ in range(PAGES_MOST):
            answer = await self._client.call(
                "conversations.list",
                types="public_channel,private_channel",
                limit=200,
                cursor=cursor or None,
            )
            found |= {f"#{channel['name']}": channel for channel in answer.get("channels", [])}
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                break
        return found

    # --- people ----------------------------------------------------------------------------------------------

    async def _groups(self) -> AsyncIterator[Check]:
        wanted = sorted(filter(is_chat_group, _named(self._settings)))
        if not wanted:
            return
        try:
            answer = await self._client.call("usergroups.list", include_disabled=True, include_users=True)
        except Failure as problem:
            yield fault("user groups", problem.sentence, SCOPE_WAY_OUT)
            return
        known = {group["id"]: group for group in answer.get("usergroups", [])}
        for group in wanted:
            yield _group(f"group {group}", known.get(group))

    async def _people(self) -> AsyncIterator[Check]:
        slack = self._settings.slack
        for user in sorted(filter(is_user, {*_named(self._settings), *slack.allow_guests})):
            what = f"person {user}"
            try:
                said = (await self._client.call("users.info", user=user))["user"]
            except SlackRejected as problem:
                unknown = problem.code in {"user_not_found", "user_not_visible"}
                yield fault(
                    what, NO_PERSON if unknown else problem.sentence, PERSON_WAY_OUT if unknown else ""
                )
            except Failure as problem:
                yield warning(what, problem.sentence)
            else:
                name = said.get("real_name") or said.get("name", user)
                gone = bool(said.get("deleted"))
                yield (
                    warning(what, GONE_PERSON.format(name=name), PERSON_WAY_OUT)
                    if gone
                    else ok(what, PERSON_GOOD.format(name=name))
                )


def _clock(headers: Mapping[str, str]) -> Iterable[Check]:
    date = next((value for name, value in headers.items() if name.lower() == "date"), None)
    if date is None:
        return
    try:
        skew = abs(time.time() - parsedate_to_datetime(date).timestamp())
    except ValueError:
        return
    if skew < SKEW_WARNING:
        yield ok("clock", CLOCK_GOOD)
    else:
        level = Level.FAULT if skew > SKEW_FAULT else Level.WARNING
        yield Check(level=level, what="clock", sentence=SKEW.format(seconds=skew), way_out=SKEW_WAY_OUT)


def _scopes(headers: Mapping[str, str]) -> Iterable[Check]:
    """https://docs.slack.dev/authentication/installing-with-oauth: the header `x-oauth-scopes` of every answer."""
    said = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    if said is None:
        yield warning("scopes", SCOPES_UNSAID)
        return
    has = {scope.strip() for scope in said.split(",")}
    for scope in [scope for scope in SCOPES if scope not in has]:
        level = Level.WARNING if scope in NOT_NEEDED else Level.FAULT
        sentence = SCOPE_MISSING.format(scope=scope, purpose=SCOPES[scope])
        yield Check(level=level, what="scopes", sentence=sentence, way_out=SCOPE_WAY_OUT)
    if has >= set(SCOPES):
        yield ok("scopes", ALL_SCOPES)


def _group(what: str, found: Mapping[str, Any] | None) -> Check:
    if found is None:
        return fault(what, NO_GROUP, GROUP_WAY_OUT)
    if found.get("date_delete"):
        return fault(what, GROUP_OFF, GROUP_WAY_OUT)
    count = len(found.get("users") or []) or int(found.get("user_count") or 0)
    if not count:
        return warning(what, GROUP_EMPTY, GROUP_WAY_OUT)
    return ok(what, GROUP_GOOD.format(handle=found.get("handle", ""), count=count))


def _as_found(level: Level, channel: str, problem: Failure) -> Check:
    return Check(level=level, what=f"channel {channel}", sentence=problem.sentence)


def _needed_channels(settings: Settings) -> dict[str, Level]:
    """Each configured channel, with what it is when the bot is not in it."""
    found = {channel: Level.WARNING for service in settings.services.values() for channel in service.channels}
    of_cards = [one.channel for one in settings.services.values()]
    of_cards += [one.channel for one in settings.releases.values()]
    for channel in (settings.slack.announce_channel, *of_cards):
        if channel is not None:
            found[channel] = Level.FAULT
    return found


def _named(settings: Settings) -> set[str]:
    """Everybody whom the configuration names, in groups and policies."""
    named = {member for members in settings.groups.values() for member in members}
    for policy in settings.policies.values():
        named |= {*policy.deploy, *policy.break_glass, *policy.cancel}
        named |= {who for clause in policy.approve for who in clause.of}
    return named
