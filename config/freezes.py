"""When nothing starts: weekly windows, freezes once or again and again, calendars that others keep.

Times are what a wall in `timezone` shows and are kept as they are written; `bot.calendars` knows when that is.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from dateutil.rrule import rrulestr
from pydantic import AfterValidator, Field, SecretStr, WithJsonSchema, model_validator

from config.clauses import Clause
from config.durations import Duration
from config.nearness import nearest
from config.section import Section

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

CLOCK_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
DAYS_PATTERN = r"^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$"
WALL_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9]$"
WALL_FORM = "%Y-%m-%d %H:%M"
REPEATS = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_FREQUENCY = re.compile(r"FREQ=([A-Z]+)")
LONGEST_RULE = 300

BAD_CLOCK = 'write a time of day as "09:00", "16:30" or "24:00"'
BAD_DAYS = 'write days as "mon" or "mon-fri"'
BAD_WALL = 'write a time as "2026-12-20 18:00"'
BAD_ZONE = '"{name}" is no time zone'
BAD_REPEAT = 'write how it repeats as iCalendar does, "FREQ=WEEKLY;BYDAY=FR"'
TOO_OFTEN = "repeats once a day at most"
WITH_START = "holds the rule only: `from` says when it begins"
ONE_PLACE = "is read from one place: either `file` or `address`"
BAD_ADDRESS = "must be an address that begins with http:// or https://"


def _clock(text: str) -> str:
    return _checked(text, CLOCK_PATTERN, BAD_CLOCK)


def _days(text: str) -> str:
    return _checked(text.lower(), DAYS_PATTERN, BAD_DAYS)


def _wall(text: str) -> str:
    try:
        datetime.strptime(_checked(text, WALL_PATTERN, BAD_WALL), WALL_FORM)  # noqa: DTZ007 - a wall knows no zone
    except ValueError:
        raise ValueError(BAD_WALL) from None
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(name: str) -> str:
    if name not in _zones():
        meant = nearest(name, _zones())
        raise ValueError(BAD_ZONE.format(name=name) + (f' - did you mean "{meant}"?' if meant else ""))
    return name


def _rule(text: str) -> str:
    rule = text.upper().removeprefix("RRULE:")
    found = _FREQUENCY.search(rule)
    if found is None or len(rule) > LONGEST_RULE:
        raise ValueError(BAD_REPEAT)
    if found[1] not in REPEATS:
        raise ValueError(TOO_OFTEN)
    if "DTSTART" in rule or "\n" in rule:
        raise ValueError(WITH_START)
    try:
        rrulestr(rule, dtstart=datetime(2000, 1, 1))  # noqa: DTZ001 - a wall knows no zone
    except (ValueError, TypeError) as error:
        raise ValueError(f"{BAD_REPEAT}: {error}") from error
    return rule


def _address(secret: SecretStr) -> SecretStr:
    if not re.match(r"https?://[^\s/]", secret.get_secret_value()):
        raise ValueError(BAD_ADDRESS)
    return secret


def _checked(text: str, pattern: str, sentence: str) -> str:
    if not re.match(pattern, text):
        raise ValueError(sentence)
    return text


ClockTime = Annotated[
    str, AfterValidator(_clock), WithJsonSchema({"type": "string", "pattern": CLOCK_PATTERN})
]
Days = Annotated[str, AfterValidator(_days), WithJsonSchema({"type": "string", "pattern": DAYS_PATTERN})]
WallTime = Annotated[str, AfterValidator(_wall), WithJsonSchema({"type": "string", "pattern": WALL_PATTERN})]
Zone = Annotated[str, AfterValidator(_zone)]
Rule = Annotated[str, AfterValidator(_rule)]
Address = Annotated[SecretStr, AfterValidator(_address)]


class Window(Section, serialize_by_alias=True):
    """A time of the week in which things may start."""

    days: list[Days] = Field(
        default_factory=lambda: ["mon-sun"],
        min_length=1,
        description="On which days it opens: mon, tue-thu, ….",
    )
    opens: ClockTime = Field(alias="from", description="When it opens.")
    closes: ClockTime = Field(
        alias="to", description="When it closes; before it opens, or at the same time: on the day after."
    )
    timezone: Zone = Field(description="On whose clocks (IANA, such as Europe/Madrid).")

    def __str__(self) -> str:
        """In a few words, for a sentence about a difference."""
        return f"{', '.join(self.days)} {self.opens} to {self.closes} {self.timezone}"


class Scoped(Section, serialize_by_alias=True):
    """Where a freeze holds, and what it takes to go all the same."""

    environments: list[str] = Field(
        default_factory=list, description="Environments in which it holds; empty: every one with a policy."
    )
    services: list[str] = Field(
        default_factory=list, description="Services for which it holds; empty: every one."
    )
    override: list[Clause] | None = Field(
        default=None,
        min_length=1,
        description="Who must approve as well for going in spite of it; null: as the policy says.",
    )


class PlannedFreeze(Scoped):
    """A time in which nothing starts, once or again and again."""

    reason: str = Field(default="", max_length=300, description="Why, in words for people.")
    begins: WallTime = Field(alias="from", description="When it begins, the first time if it repeats.")
    ends: WallTime = Field(alias="to", description="When it ends, the first time if it repeats.")
    timezone: Zone = Field(description="On whose clocks (IANA, such as Europe/Madrid).")
    repeat: Rule | None = Field(
        default=None,
        description="How it repeats: a rule of iCalendar (RFC 5545), once a day at most, such as FREQ=WEEKLY;BYDAY=FR.",
    )


class CalendarSource(Scoped):
    """A calendar that somebody keeps elsewhere; while one of its events lasts, nothing starts."""

    file: str | None = Field(
        default=None, min_length=1, description="An iCalendar file; relative to the working directory."
    )
    address: Address | None = Field(
        default=None,
        description="Where it is fetched from, http:// or https://; a secret, since it often holds a key.",
    )
    matching: str = Field(
        default="",
        max_length=100,
        description="Only events with this in their title count, in any case; empty: all.",
    )
    timezone: Zone = Field(
        default="UTC",
        description="On whose clocks days and times without a zone are (IANA, such as Europe/Madrid).",
    )
    refresh: Duration = Field(default=15 * 60.0, ge=10, description="How often it is read again.")
    good_for: Duration = Field(
        default=7 * 86_400.0,
        gt=0,
        description="How long the last good reading counts while it can't be read.",
    )
    unavailable: Literal["freeze", "ignore"] = Field(
        default="freeze", description="What holds while there is no good reading: a freeze, or nothing."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.file is None) == (self.address is None):
            raise ValueError(ONE_PLACE)
        return self
