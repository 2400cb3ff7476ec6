"""From what a person types to what Slack keeps: names become mentions, `& < >` are escaped, links are wrapped.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re

from bot.sandbox.slack.world import World

_ENTITY = r"<(?:@[UW]\w+|#C\w+|!subteam\^S\w+|!(?:here|channel|everyone))(?:\|[^<>]*)?>"
_PIECES = re.compile(rf"({_ENTITY})|(https?://[^\s<>|]+)|(?<![\w@#])([@#])([\w.\-]+)")
_EVERYBODY = {"here", "channel", "everyone"}


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_kept(world: World, typed: str, *, named: bool = False) -> str:
    """`@dana` to `<@U…>`, `#checkout` to `<#C…|checkout>`, `@sre` to `<!subteam^S…>`, a URL to `<URL>`.

    `named` writes people as `<@U…|dana>`, which is how a slash command with `should_escape` gets them.
    """
    out, at = [], 0
    for found in _PIECES.finditer(typed):
        out.append(escaped(typed[at : found.start()]))
        entity, link, sign, name = found.groups()
        if entity:
            out.append(entity)
        elif link:
            out.append(f"<{escaped(link)}>")
        else:
            out.append(_mention(world, sign, name, named=named))
        at = found.end()
    out.append(escaped(typed[at:]))
    return "".join(out)


def _mention(world: World, sign: str, name: str, *, named: bool) -> str:
    """The mention, or the word as it was when nobody is called so. A full stop at the end is not of the name."""
    bare = name.rstrip(".-")
    rest = name[len(bare) :]
    if sign == "#":
        for channel in world.channels:
            if channel.name and channel.name == bare:
                return f"<#{channel.id}|{channel.name}>{rest}"
    elif bare in _EVERYBODY:
        return f"<!{bare}>{rest}"
    else:
        for person in world.people:
            if person.name == bare:
                return f"<@{person.id}{'|' + person.name if named else ''}>{rest}"
        for group in world.groups:
            if group.handle == bare:
                return f"<!subteam^{group.id}|@{group.handle}>{rest}"
    return sign + name
