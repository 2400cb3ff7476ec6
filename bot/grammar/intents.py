"""What a person meant by his words: the grammar's answers. `None` where nothing was said."""

from __future__ import annotations

from typing import Any

import msgspec

from bot.events import Asked


class DeployIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Deploy. `version` is as typed; `None` leaves it to the service. `break_glass` is the reason given.

    `override` is the reason for passing a freeze, `removing` that taking away live commits is meant.
    `when` is when it is to start, as typed.
    """

    service: str
    environment: str
    version: str | None = None
    break_glass: str | None = None
    override: str = ""
    removing: bool = False
    when: str = ""


class StatusIntent(msgspec.Struct, frozen=True, kw_only=True):
    """What runs where; of one service or one environment when they are named, `mine`, or what has words in it."""

    service: str | None = None
    environment: str | None = None
    mine: bool = False
    like: str = ""


class CancelIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Cancel deployment `number`, or the live one of service and environment, or (nothing said) this place's only."""

    number: int | None = None
    service: str | None = None
    environment: str | None = None


class HelpIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Explain; `topic` is a key of `bot.grammar.usage.TOPICS`."""

    topic: str = ""


class CommandIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Any other command: the event that it becomes, and the event's fields besides who, where and what was typed."""

    kind: type[Asked]
    fields: dict[str, Any] = {}


Intent = CommandIntent | DeployIntent | StatusIntent | CancelIntent | HelpIntent
