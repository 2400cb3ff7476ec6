"""What can be chosen in the menus of dialogs, while somebody types: asked outside of the bus, since nothing is decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.choices import Kind
from bot.events import lane
from bot.pages import Group, Option, Typed
from bot.ports import Records, Sources
from config.models import Settings
from config.versions import fits

SERVICES, USUAL, AS_TYPED, PAST = "Services", "Usual", "As typed", "Deployed before"
LABELS: dict[Kind, str] = {"builds": "Builds", "tags": "Tags", "branches": "Branches"}
MOST: dict[Kind, int] = {"builds": 40, "tags": 25, "branches": 15}
"""Of each kind, so that all of them are seen in the hundred that Slack takes."""
MOST_PAST = 15
MOST_SERVICES = 100
PAST_LOOKED_AT = 300
"""Newest successes of each lane among which versions of the past are looked for."""


@dataclass(frozen=True, kw_only=True)
class Choosing:
    """What choices are made from. `sources` is None where no service has any."""

    settings: Settings
    store: Records
    sources: Sources | None = None

    async def __call__(self, typed: Typed) -> list[Group]:
        """The options of a field, in groups; none for a field or a service that is not known."""
        choose = FIELDS.get(typed.field)
        return await choose(self, typed) if choose else []


async def services(known: Choosing, typed: Typed) -> list[Group]:
    """Services whose name, alias or description holds what was typed; names that begin with it first."""
    wanted = typed.text.strip().lower()
    found = [
        (not name.startswith(wanted), name, service.description)
        for name, service in known.settings.services.items()
        if any(wanted in word.lower() for word in (name, *service.aliases, service.description))
    ]
    options = tuple(Option(name, name, says) for _, name, says in sorted(found)[:MOST_SERVICES])
    return [Group(label=SERVICES, options=options)]


async def versions(known: Choosing, typed: Typed) -> list[Group]:
    """Builds, tags, branches and what was deployed before; and what was typed itself, if it can be a version."""
    service = known.settings.services.get(typed.of)
    if service is None:
        return []
    wanted = typed.text.strip()
    groups = [Group(label=USUAL, options=_usual(service.default_version or "", wanted))]
    for kind, label in LABELS.items():
        found = await known.sources.versions(typed.of, kind, wanted, MOST[kind]) if known.sources else []
        options = tuple(Option(one.version, one.version, one.detail) for one in found)
        groups.append(Group(label=label, options=options))
    groups.append(Group(label=PAST, options=await past(known, typed.of, wanted)))
    if wanted and fits(service.version_pattern, wanted):
        # Last, so that Enter never takes what was never built while something that was is offered; and only when nothing is the same.
        listed = {option.value for group in groups for option in group.options}
        if wanted not in listed:
            groups.append(Group(label=AS_TYPED, options=(Option(wanted, wanted),)))
    return [group for group in groups if group.options]


async def past(known: Choosing, service: str, wanted: str) -> tuple[Option, ...]:
    """Versions that were deployed before, the newest first."""
    newest: dict[str, tuple[float, str]] = {}
    for environment in known.settings.services[service].environments:
        for version, at in await known.store.versions(lane(service, environment), PAST_LOOKED_AT):
            if wanted.lower() in version.lower():
                newest[version] = max(newest.get(version, (0.0, "")), (at, environment))
    latest = sorted(newest, key=lambda version: newest[version], reverse=True)
    return tuple(Option(one, one, _when(*newest[one])) for one in latest[:MOST_PAST])


def _usual(version: str, wanted: str) -> tuple[Option, ...]:
    return (Option(version, version),) if version and wanted.lower() in version.lower() else ()


def _when(at: float, environment: str) -> str:
    """Menus take plain text only, so there is no way to say it in the reader's own time zone."""
    return f"{environment}, {datetime.fromtimestamp(at, UTC):%d %b %H:%M} UTC"


FIELDS: dict[str, Callable[[Choosing, Typed], Awaitable[list[Group]]]] = {
    "service": services,
    "version": versions,
}
"""By the name of the field, in whichever dialog it stands; what it hangs on says which service."""
