"""What a rollback goes back from, and what it can go back to: chosen from what ran in a lane, newest first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.deployments import Deployment
from bot.earlier import Earlier, same
from bot.kinds import Kind
from bot.lifecycle import State
from bot.soak import Verdict

LOOKED_BACK = 50
"""How many runs of a lane are looked at."""


def there(ran: Sequence[Deployment]) -> Deployment | None:
    """What ran there last, so that a rollback goes back from it.

    What failed counts: it may have got half of the way. A rollback that did not succeed does not: what it went back from is
    still to be left.
    """
    return next(
        (one for one in ran if one.state is State.SUCCEEDED or one.kind is not Kind.ROLLBACK),
        None,
    )


def not_good(ran: Sequence[Deployment], version: str, digest: str) -> Deployment | None:
    """The newest run there of the very same, when that was not good: it failed, was found wrong, or rolled back afterwards."""
    last = next((one for one in ran if same(one.version, one.digest, version, digest)), None)
    if last is None or last.state is not State.SUCCEEDED:
        return last
    return last if found_wrong(last) or (last.taken_back and last.taken_back.at) else None


def found_wrong(one: Deployment) -> bool:
    """Whether somebody who watched it said that something is wrong with it."""
    return one.soak is not None and one.soak.verdict is Verdict.WRONG


def goods(
    ran: Sequence[Deployment],
    away: Earlier | Deployment,
    *,
    bad: Iterable[tuple[str, str]] = (),
    told_digest: bool = False,
) -> list[Deployment]:
    """What can be gone back to, the newest first: succeeded, something else than what is left, and not left before.

    What somebody found wrong is among them, for whoever names it; nobody else is to choose it.

    Neither is what was marked as bad, by `(version, digest)`; nor what somebody has rolled back from since it was there. Where
    the job is not told the digest, a name stands for one thing only.
    """
    marked = list(bad)
    left = [(away.version, away.digest)]
    found: list[Deployment] = []
    for one in ran:
        if one.state is not State.SUCCEEDED:
            continue
        if one.rolls_back is not None:
            left.append((one.rolls_back.version, one.rolls_back.digest))
        seen = [(other.version, other.digest) for other in found]
        if not _among(one, [*left, *seen, *marked], told_digest=told_digest):
            found.append(one)
    return found


def left(one: Deployment, rollbacks: Iterable[Deployment], *, told_digest: bool) -> bool:
    """Whether one of these rollbacks, which came after it, went back from the very same."""
    away = [back.rolls_back for back in rollbacks if back.rolls_back is not None]
    return _among(one, [(was.version, was.digest) for was in away], told_digest=told_digest)


def _among(one: Deployment, others: list[tuple[str, str]], *, told_digest: bool) -> bool:
    return any(
        same(one.version, one.digest, version, digest) or (not told_digest and one.version == version)
        for version, digest in others
    )


def earlier(one: Deployment) -> Earlier:
    """As a later deployment remembers it."""
    return Earlier(
        deployment=one.id,
        number=one.number,
        environment=one.environment,
        version=one.version,
        digest=one.digest,
        requester=one.requester.id,
    )
