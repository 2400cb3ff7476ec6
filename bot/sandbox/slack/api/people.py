"""`users.*`, `usergroups.*`, `team.info`, `bots.info`.

https://docs.slack.dev/reference/methods#users
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sandbox.slack.api.places import known_person, page
from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.messages import SLACKBOT, Json
from bot.sandbox.slack.refusals import Refusal
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.slack.world import Group, Person


def as_slack(workspace: Workspace, person: Person) -> Json:
    """The user object.

    https://docs.slack.dev/reference/objects/user-object
    """
    team = person.team or workspace.world.team.id
    email = (
        {"email": person.email} if person.email and "users:read.email" in workspace.world.app.scopes else {}
    )
    shown: Json = {
        "id": person.id,
        "team_id": team,
        "name": person.name,
        "deleted": person.deleted,
        "real_name": person.real_name,
        "profile": {
            "real_name": person.real_name,
            "display_name": person.name,
            "title": person.title,
            "team": team,
            **email,
        },
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }
    if workspace.world.team.id != team:
        shown["is_stranger"] = True
    return shown if person.deleted else shown | _standing(workspace, person)


def _standing(workspace: Workspace, person: Person) -> Json:
    """What Slack tells only of people who have not left: time zone and rights."""
    now = datetime.fromtimestamp(workspace.clock(), ZoneInfo(person.timezone))
    offset = now.utcoffset()
    return {
        "color": person.colour.removeprefix("#"),
        "tz": person.timezone,
        "tz_label": now.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": bool(person.guest),
        "is_ultra_restricted": person.guest == "single_channel",
    }


def info(workspace: Workspace, arguments: Arguments) -> Json:
    if arguments["user"] == SLACKBOT:
        return {"user": _slackbot(workspace)}
    return {"user": as_slack(workspace, known_person(workspace, arguments["user"]))}


def list_(workspace: Workspace, arguments: Arguments) -> Json:
    """Everybody of this workspace, Slackbot too; strangers from shared channels are not on the list."""
    ours = [
        as_slack(workspace, person)
        for person in workspace.world.people
        if not workspace.world.is_stranger(person.id)
    ]
    shown, following = page([_slackbot(workspace), *ours], arguments, lambda user: str(user["id"]))
    return {"members": shown, "cache_ts": int(workspace.clock()), "response_metadata": following}


def lookup_by_email(workspace: Workspace, arguments: Arguments) -> Json:
    wanted = arguments["email"].lower()
    for person in workspace.world.people:
        if person.email.lower() == wanted and not person.deleted:
            return {"user": as_slack(workspace, person)}
    raise Refusal("users_not_found", f"nobody has the address {wanted!r}")


def groups(workspace: Workspace, arguments: Arguments) -> Json:
    shown = [
        _group(workspace, group, arguments)
        for group in workspace.world.groups
        if not group.disabled or arguments.get("include_disabled")
    ]
    return {"usergroups": shown}


def group_members(workspace: Workspace, arguments: Arguments) -> Json:
    for group in workspace.world.groups:
        if group.id == arguments["usergroup"] and (not group.disabled or arguments.get("include_disabled")):
            return {"users": list(group.users)}
    raise Refusal("no_such_subteam", f"no user group {arguments['usergroup']!r}")


def team_info(workspace: Workspace, arguments: Arguments) -> Json:
    team = workspace.world.team
    if arguments.get("team", team.id) != team.id:
        raise Refusal("team_not_found", f"the app is not in {arguments['team']}")
    url = f"https://{team.domain}.slack.com/"
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "url": url}}


def bot_info(workspace: Workspace, arguments: Arguments) -> Json:
    app = workspace.world.app
    if arguments.get("bot", app.bot_id) != app.bot_id:
        raise Refusal("bot_not_found", f"no bot {arguments['bot']!r}")
    bot = {"id": app.bot_id, "app_id": app.id, "user_id": app.bot_user, "name": app.name, "deleted": False}
    return {"bot": {**bot, "updated": 1_700_000_000, "icons": {}}}


def _group(workspace: Workspace, group: Group, arguments: Arguments) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": workspace.world.team.id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": 1_700_000_000,
        "date_update": 1_700_000_000,
        "date_delete": 1_700_000_001 if group.disabled else 0,
        "auto_type": None,
        "created_by": workspace.world.people[0].id,
    }
    shown |= {"users": list(group.users)} if arguments.get("include_users") else {}
    return shown | ({"user_count": len(group.users)} if arguments.get("include_count") else {})


def _slackbot(workspace: Workspace) -> Json:
    return as_slack(workspace, Person(id=SLACKBOT, name="slackbot", real_name="Slackbot", timezone="Etc/UTC"))
