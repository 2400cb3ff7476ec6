"""Everything that gates look at, collected once: pure data, whoever asks."""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from bot import wall_clock
from bot.deployments import Approval, Broken, Clause
from bot.earlier import Earlier, GoingBack
from bot.kinds import Kind
from bot.outgoing import Outgoing, TakenAway
from bot.reasons import Reason
from bot.standing import BadVersion, Lock
from config.models import Policy


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the build of a version."""

    green: bool
    number: str = ""
    url: str = ""
    at: float = 0.0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """An environment that a version has to have been in before, and how it fared there.

    It ran there from `since` (0: never) to `until` (0: still), when `replaced_by` took its place; `stayed` are the seconds of
    its longest stay that is over. `failed` is the number of a run of the very same that failed there since, `taken_back` that
    of the rollback that went back from it. `wrong` is the number of its newest success when somebody who watched it said that
    something is wrong with it. `digest` is what went there under that name; `named` is the number of the newest that did, where
    none is known to be the very same.
    """

    environment: str
    since: float = 0.0
    until: float = 0.0
    stayed: float = 0.0
    replaced_by: str = ""
    digest: str = ""
    named: int = 0
    failed: int = 0
    taken_back: int = 0
    wrong: int = 0


class FreezeNow(msgspec.Struct, frozen=True, kw_only=True):
    """A freeze in force, or a time outside of every window; or, `since` a later moment, what follows on one of those.

    `id` is another one each time that the same comes again. `until` is its end, 0 when it has none. `what` says it in words. `override` are the clauses that have to approve as well, for going all the same; None means
    that nobody can. `lift` are those who may end it.
    """

    id: str
    what: str
    reason: str = ""
    since: float = 0.0
    until: float = 0.0
    override: tuple[Clause, ...] | None = None
    lift: tuple[str, ...] = ()


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment that comes first. `free_at` is when it is expected to have ended, 0 when unknown.

    `asks` for a rollback by the engine that people are still asked about.
    """

    number: int
    version: str
    running: bool
    free_at: float = 0.0
    asks: bool = False


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """The very same that is on its way there already. `doing` says how far it is, in words."""

    number: int
    version: str
    doing: str
    rollback: bool = False
    runs: bool = False


class NotGood(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the very same there that was not good. `how` says what became of it, in words."""

    number: int
    how: str


class PartNow(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a release: why that has `stopped`, which other parts are not ready to start, and behind which of them it comes."""

    stopped: str = ""
    unready: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What is so about one version of one service on its way to one environment, at the moment `now`.

    `clock` is the time it really is: a planned deployment is judged at the time it is planned for, `not_before`. `missed` says
    that this time passed while nobody was there.

    `lifters` are, by the id of a lock or of what marks a version as bad, those who may lift it besides its owner; where one is not
    among them, those who may lock the place.

    `said` is the command of which this is a part, "" where it is a command of its own.
    `passes` are the ids of the freezes that an `override` is for: those that its approvers are, or will be, asked about.
    `takes_away` is what it takes away as `removing` was said: what its approvers are, or will be, asked about.
    `actor` is who asks; `reader` who reads what is said of it, when that is another. `may_deploy` and `may_break_glass` are what he may; `glass` is his reason for going without
    approval. `timezone` is the reader's, for saying times. `not_admitted` is why he may not speak here at all. `no_place` says that the configuration has no such place any more.
    `moved_to` is the commit that the version is now, when that is another than `digest`. `commit_unknown` says why it can't be told
    which commit it is now, `build_unknown` why nothing can be said of its build. `steps` are what the policy's `after` asks for. `back` is what a rollback goes back from, `there` what ran
    there last; `first` says that nothing has ever succeeded there. `not_good` is the newest run there of the very
    same, when that failed, was found wrong or was rolled back. `going` is the very same that is on its way already. `ahead` are those that come first, in order. `votes_gone` are approvals
    that count no more, a sentence each.
    """

    now: float
    clock: float = 0.0
    not_before: float = 0.0
    missed: bool = False
    command: str = "/deploy"
    said: str = ""
    service: str
    environment: str
    version: str
    digest: str = ""
    kind: Kind = Kind.DEPLOY
    actor: str
    actor_name: str = ""
    reader: str = ""
    timezone: str = "UTC"
    policy: Policy

    no_place: bool = False
    not_admitted: str = ""
    not_admitted_as: Reason = Reason.STRANGER
    may_deploy: bool = True
    may_break_glass: bool = True
    glass: str = ""
    override: str = ""
    passes: frozenset[str] = frozenset()
    removing: bool = False
    takes_away: TakenAway | None = None

    fits: bool = True
    pattern: str = ""
    bad: BadVersion | None = None
    moved_to: str = ""
    commit_unknown: str = ""
    build_needed: bool = False
    built: Built | None = None
    build_unknown: str = ""
    built_instead: str = ""
    """The nearest version that was built green, where this one was not; "" for none."""
    steps: tuple[Step, ...] = ()
    back: GoingBack | None = None
    there: Earlier | None = None
    going: Going | None = None
    first: bool = False
    not_good: NotGood | None = None
    freezes: tuple[FreezeNow, ...] = ()
    locks: tuple[Lock, ...] = ()
    lifters: dict[str, tuple[str, ...]] = {}
    outgoing: Outgoing | None = None
    ahead: tuple[Ahead, ...] = ()
    clauses: tuple[Clause, ...] = ()
    approval: Approval | None = None
    broken: Broken | None = None
    votes_gone: tuple[str, ...] = ()
    release: PartNow | None = None

    @property
    def goes_without(self) -> bool:
        """Whether the glass is, or would be, broken."""
        return self.broken is not None or bool(self.glass)

    @property
    def where(self) -> str:
        return f"{self.service} in {self.environment}"

    def again(self, more: str = "") -> str:
        """The command that asks for this, or for all of which it is a part, with more words behind it."""
        alone = " ".join(filter(None, (self.command, self.service, self.version, self.environment)))
        return " ".join(filter(None, (self.said or alone, more)))

    def moment(self, at: float) -> str:
        """A time as who asks types and reads it: `2026-11-30 09:00`, in his own time zone.

        The first whole minute that is not before it, so that what is planned for then finds it over.
        """
        return zoned(math.ceil(at / 60) * 60, self.timezone)


def zoned(at: float, timezone: str) -> str:
    """A time as people of that zone type and read it; with its offset in the hour that comes twice in autumn."""
    there = zone(timezone)
    wall = wall_clock.on_the_wall(at, there)
    if len(wall_clock.instants(wall, there)) == 1:
        return wall.strftime("%Y-%m-%d %H:%M")
    return datetime.fromtimestamp(at, there).isoformat(" ", "minutes")


def zone(name: str) -> ZoneInfo:
    """The time zone of that name; UTC for one that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
