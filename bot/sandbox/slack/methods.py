"""The Web API methods the stand-in knows: their arguments, scopes and tiers.

https://docs.slack.dev/reference/methods
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """`scopes`: any one of them is enough, none means no scope is asked. `bearer` is whose token it takes: the bot's, the app's or nobody's.

    `open_arguments` is for `api.test`, which gives back whatever it gets.
    """

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()
    tier: str = "t3"
    bearer: str = "bot"
    open_arguments: bool = False

    @property
    def arguments(self) -> frozenset[str]:
        return self.required | self.optional


def _method(
    required: str = "", optional: str = "", *, scopes: str = "", tier: str = "t3", bearer: str = "bot"
) -> Method:
    return Method(
        frozenset(required.split()),
        frozenset(optional.split()),
        tuple(scopes.split()),
        tier=tier,
        bearer=bearer,
    )


_READ = "channels:read groups:read im:read mpim:read"
_HISTORY = "channels:history groups:history im:history mpim:history"
_OPEN = "channels:manage groups:write im:write mpim:write"
_CONTENT = "attachments blocks link_names markdown_text metadata parse text as_user"
_AUTHOR = "icon_emoji icon_url username"

METHODS: dict[str, Method] = {
    "api.test": Method(optional=frozenset({"error"}), tier="t4", bearer="", open_arguments=True),
    "apps.connections.open": _method(scopes="connections:write", bearer="app"),
    "auth.test": _method(tier="t5"),
    "blocks.validate": _method(optional="blocks message view"),
    "bots.info": _method(optional="bot team_id", scopes="users:read"),
    "chat.delete": _method("channel ts", "as_user", scopes="chat:write"),
    "chat.getPermalink": _method("channel message_ts", tier="t5"),
    "chat.postEphemeral": _method(
        "channel user", f"{_CONTENT} {_AUTHOR} thread_ts", scopes="chat:write", tier="t4"
    ),
    "chat.postMessage": _method(
        "channel",
        f"{_CONTENT} {_AUTHOR} mrkdwn reply_broadcast thread_ts unfurl_links unfurl_media current_draft_last_updated_ts",
        scopes="chat:write",
        tier="t5",
    ),
    "chat.update": _method(
        "channel ts", f"{_CONTENT} file_ids reply_broadcast unfurled_attachments", scopes="chat:write"
    ),
    "conversations.history": _method(
        "channel", "cursor include_all_metadata inclusive latest limit oldest", scopes=_HISTORY
    ),
    "conversations.info": _method("channel", "include_locale include_num_members", scopes=_READ),
    "conversations.join": _method("channel", scopes="channels:join"),
    "conversations.list": _method(
        optional="cursor exclude_archived limit team_id types", scopes=_READ, tier="t2"
    ),
    "conversations.members": _method("channel", "cursor limit", scopes=_READ, tier="t4"),
    "conversations.open": _method(optional="channel prevent_creation return_im users", scopes=_OPEN),
    "conversations.replies": _method(
        "channel ts", "cursor include_all_metadata inclusive latest limit oldest", scopes=_HISTORY
    ),
    "reactions.add": _method("channel name timestamp", scopes="reactions:write"),
    "team.info": _method(optional="domain team", scopes="team:read"),
    "usergroups.list": _method(
        optional="include_count include_disabled include_users team_id", scopes="usergroups:read", tier="t2"
    ),
    "usergroups.users.list": _method(
        "usergroup", "include_disabled team_id", scopes="usergroups:read", tier="t2"
    ),
    "users.info": _method("user", "include_locale", scopes="users:read", tier="t4"),
    "users.list": _method(optional="cursor include_locale limit team_id", scopes="users:read", tier="t2"),
    "users.lookupByEmail": _method("email", scopes="users:read.email"),
    "views.open": _method("view", "interactivity_pointer trigger_id", tier="t4"),
    "views.publish": _method("user_id view", "hash interactivity_pointer", tier="t4"),
    "views.push": _method("view", "interactivity_pointer trigger_id", tier="t4"),
    "views.update": _method("view", "external_id hash view_id", tier="t4"),
}
