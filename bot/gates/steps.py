"""How a version fared in an environment that it has to have been in: from what ran there, newest first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

import msgspec

from bot.deployments import Deployment
from bot.earlier import same, the_very_same
from bot.gates.situation import Step
from bot.goods import found_wrong
from bot.kinds import Kind
from bot.lifecycle import State

Same = Callable[[str, str, str, str], bool]


class _Stay(msgspec.Struct, kw_only=True):
    """The time between a success and the next one of something else, `next`; `last` is the newest success in it."""

    since: float
    last: Deployment
    next: Deployment | None

    @property
    def seconds(self) -> float:
        return self.next.ended_at - self.since if self.next else 0.0


def step(
    environment: str, ran: Sequence[Deployment], version: str, digest: str, *, by_commit: bool = False
) -> Step:
    """What is so of its newest stay there. The same deployed again is the same stay; what failed replaces nothing.

    `by_commit` says that the service has a repository: a name alone proves nothing where one side knows its commit.
    """
    is_it = the_very_same if by_commit else same
    goods = [one for one in ran if one.state is State.SUCCEEDED]
    stays = _stays(goods, version, digest, is_it)
    if not stays:
        named = next((one for one in ran if one.state is State.SUCCEEDED and one.version == version), None)
        if named is None:
            return Step(environment=environment)
        return Step(environment=environment, digest=named.digest, named=named.number)
    newest = stays[0]
    failed = (
        one.number
        for one in ran
        if one.state is State.FAILED
        and one.ended_at > newest.last.ended_at
        and same(one.version, one.digest, version, digest)
    )
    return Step(
        environment=environment,
        since=newest.since,
        until=newest.next.ended_at if newest.next else 0.0,
        stayed=max(stay.seconds for stay in stays),
        replaced_by=newest.next.version if newest.next else "",
        digest=newest.last.digest,
        failed=next(failed, 0),
        taken_back=_taken_back(takewhile(lambda one: one is not newest.last, goods), version, digest),
        wrong=newest.last.number if found_wrong(newest.last) else 0,
    )


def _stays(goods: list[Deployment], version: str, digest: str, same: Same) -> list[_Stay]:
    found: list[_Stay] = []
    later: Deployment | None = None
    going_on = False
    for one in goods:
        is_it = same(one.version, one.digest, version, digest)
        if is_it and going_on:
            found[-1].since = one.ended_at
        elif is_it:
            found.append(_Stay(since=one.ended_at, last=one, next=later))
        going_on, later = is_it, one
    return found


def _taken_back(since: Iterable[Deployment], version: str, digest: str) -> int:
    """The number of the newest rollback since then that went back from it, if only from another try to deploy it."""
    for one in since:
        away = one.rolls_back if one.kind is Kind.ROLLBACK else None
        if away is not None and same(away.version, away.digest, version, digest):
            return one.number
    return 0
