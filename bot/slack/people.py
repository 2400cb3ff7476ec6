"""Who people are, as Slack vouches for them. Implements `bot.ports.People`.

https://docs.slack.dev/reference/objects/user-object: guests are `is_restricted` (several channels) or
`is_ultra_restricted` (one); people of other organisations, met in shared channels, carry another `team_id` and
`is_stranger`; on Enterprise Grid `enterprise_user.teams` names all workspaces of a person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bot.errors import Refused
from bot.people import Person
from bot.ports import Clock
from bot.reasons import Reason
from bot.slack.client import SlackClient
from bot.slack.rates import Turn
from bot.slack.refusals import SlackRejected, held
from bot.slack.remembered import Remembered
from bot.slack.shaper import Shaper
from bot.slack.text import clean

PERSON_FRESH_FOR = 5 * 60.0
# During an outage of Slack a decision may rest on what was known this long ago, not longer.
STALE_AT_MOST = 30 * 60.0

NOBODY = "Slack knows nobody with the id {user} here."
STRANGER = "{name} belongs to another organisation."
STRANGER_WAY_OUT = (
    "Ask whoever runs this bot to name {user} or the workspace {team} under slack.allow_strangers."
)
UNKNOWN = frozenset({"user_not_found", "user_not_visible"})


class SlackPeople:
    """`workspaces` are the served ones; strangers are refused unless they are named.

    `allow_guests` holds user ids, `allow_strangers` user or workspace ids. Users are remembered for five minutes,
    groups for `groups_fresh_for` seconds.
    """

    def __init__(
        self,
        client: SlackClient,
        shaper: Shaper,
        clock: Clock,
        *,
        workspaces: Collection[str],
        allow_guests: Collection[str] = (),
        allow_strangers: Collection[str] = (),
        groups_fresh_for: float = 60.0,
    ) -> None:
        self._client = client
        self._shaper = shaper
        self._users = Remembered(clock, self._ask_user, fresh_for=PERSON_FRESH_FOR, stale_for=STALE_AT_MOST)
        self._groups = Remembered(clock, self._ask_group, fresh_for=groups_fresh_for, stale_for=STALE_AT_MOST)
        self.admit(
            workspaces=workspaces,
            allow_guests=allow_guests,
            allow_strangers=allow_strangers,
            groups_fresh_for=groups_fresh_for,
        )

    def admit(
        self,
        *,
        workspaces: Collection[str],
        allow_guests: Collection[str],
        allow_strangers: Collection[str],
        groups_fresh_for: float,
    ) -> None:
        """Whom to let speak from now on; what is remembered of people stays."""
        self._workspaces = frozenset(workspaces)
        self._allow_guests = frozenset(allow_guests)
        self._allow_strangers = frozenset(allow_strangers)
        self._groups.fresh_for = groups_fresh_for

    async def person(self, user: str, *, claimed: str = "", at_most: float = STALE_AT_MOST) -> Person:
        """Raises `Refused(stranger)` for ids Slack does not know and for strangers not named; `Unreachable`.

        A guest who is named counts as a full member: his `guest` is false. `claimed` is the workspace that the signed
        request gave; it counts only where the answer names none at all, which Slack's own never does.

        On Enterprise Grid one person may have two ids (U… and W…): the one that Slack answers with is his.
        """
        said = await self._users.get(user, at_most=at_most)
        if said is None:
            raise Refused(Reason.STRANGER, NOBODY.format(user=user))
        ids = {user, one := str(said.get("id") or user)}
        team = home(said, self._workspaces, claimed)
        if not self._workspaces & {team} and not self._allow_strangers & {*ids, team}:
            raise Refused(
                Reason.STRANGER,
                STRANGER.format(name=name(said)),
                way_out=STRANGER_WAY_OUT.format(user=user, team=team),
            )
        return Person(
            id=one,
            name=name(said),
            team=team,
            timezone=str(said.get("tz") or "UTC"),
            guest=is_guest(said) and not self._allow_guests & ids,
            bot=bool(said.get("is_bot")) or user == "USLACKBOT",
            deactivated=bool(said.get("deleted")),
        )

    async def members(self, group: str, *, at_most: float = STALE_AT_MOST) -> frozenset[str]:
        """Raises `SlackRejected` for a group that does not exist, and `Unreachable`."""
        return await self._groups.get(group, at_most=at_most)

    async def close(self) -> None:
        await self._users.close()
        await self._groups.close()

    async def _ask_user(self, user: str) -> Mapping[str, Any] | None:
        turn = Turn("users.info")
        try:
            answer = await self._shaper.run(turn, lambda: self._client.call(turn.method, user=user))
        except SlackRejected as refusal:
            if refusal.code in UNKNOWN:
                return None
            raise
        return held(turn.method, answer, "user", dict)

    async def _ask_group(self, group: str) -> frozenset[str]:
        turn = Turn("usergroups.users.list")
        answer = await self._shaper.run(turn, lambda: self._client.call(turn.method, usergroup=group))
        return frozenset(map(str, held(turn.method, answer, "users", list)))


def home(said: Mapping[str, Any], workspaces: Collection[str], claimed: str = "") -> str:
    """The workspace that makes the person one of ours, else the one he is of; a stranger stays one everywhere."""
    profile, grid = said.get("profile") or {}, said.get("enterprise_user") or {}
    team = str(said.get("team_id") or profile.get("team") or (not grid and claimed) or "unknown")
    if said.get("is_stranger"):
        return team if team not in workspaces else "unknown"
    return next((one for one in (team, *grid.get("teams", ())) if one in workspaces), team)


def is_guest(said: Mapping[str, Any]) -> bool:
    return bool(said.get("is_restricted") or said.get("is_ultra_restricted"))


def name(said: Mapping[str, Any]) -> str:
    """The name people see, on one line."""
    profile = said.get("profile") or {}
    names = (profile.get("display_name"), said.get("real_name"), profile.get("real_name"), said.get("name"))
    found = next((str(one) for one in names if one), str(said.get("id", "")))
    return clean(found, one_line=True)
