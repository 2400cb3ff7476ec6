"""What is so now, as the readers see it. `bot.saving` writes it, as part of a message's commit."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from bot import audit
from bot.deployments import Brief, Deployment, Post, RunRecord
from bot.homes import Home
from bot.lifecycle import ENDED
from bot.reader import Reader
from bot.standing import Standing
from bot.standing.codec import from_body

S = TypeVar("S", bound=Standing)

_deployment = msgspec.json.Decoder(Deployment)
_brief = msgspec.json.Decoder(Brief)
_run = msgspec.json.Decoder(RunRecord)
HISTORY = 20
LONG_HISTORY = 200
LEAST_HISTORY = 10
ENDED_STATES = ", ".join(f"'{state.value}'" for state in sorted(ENDED))
"""In the text of a query, so that the index by state is used."""
# The plus keeps the planner from walking back through every number there ever was.
ENDED_BEFORE = (
    f"WHERE service = ? AND environment = ? AND state IN ({ENDED_STATES}) AND ended_at >= ? "
    "AND version = ? AND number < ? ORDER BY +number DESC LIMIT 1"
)
LOOKED_AT = 500
POST = ("key", "deployment", "channel", "ts", "shown", "intended_at")
POSTS = "SELECT key, deployment, channel, ts, shown, intended_at FROM posts"
HOMES = "SELECT user, team, opened_at, shown FROM homes"
RAN_TO = {
    "succeeded": "",
    "failed": "AND started_at > 0 ",
    "aborted": "AND started_at > 0 ",
    "lost": "",
}
"""What ran there to an end: one that failed or was aborted before it began did not; one that was lost may have."""
_NEWEST = "SELECT id FROM (SELECT id FROM deployments WHERE service = ?1 AND environment = ?2 AND state = '{state}' AND ended_at IS NOT NULL AND ended_at <= ?4 {only}ORDER BY ended_at DESC LIMIT ?3)"
# Of each end the newest few by the index, so that a long history costs nothing.
_EACH = " UNION ALL ".join(_NEWEST.format(state=state, only=only) for state, only in RAN_TO.items())
RAN = f"WHERE id IN ({_EACH}) ORDER BY ended_at DESC, number DESC LIMIT ?3"
TOOK = (
    "SELECT took FROM deployments WHERE lane = ? AND job = ? AND state = 'succeeded' AND took > 0 "
    "ORDER BY ended_at DESC LIMIT ?"
)
AUDITED = "SELECT * FROM audit WHERE seq > :after ORDER BY seq LIMIT :n"
# The partial index is used only when the text says that nothing empty is looked for.
AUDITED_ABOUT = AUDITED.replace("ORDER", "AND about = :about AND about <> '' ORDER")


class Store:
    """What is so now. Sees everything committed before the call."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def deployment(self, id: str) -> Deployment | None:  # noqa: A002 - the column's name
        return await self._one("WHERE id = ?", id)

    async def numbered(self, number: int) -> Deployment | None:
        return await self._one("WHERE number = ?", number)

    async def live(self, lane: str = "", channel: str = "") -> list[Deployment]:
        """Deployments that have not ended, oldest first, of a lane or a channel or everywhere."""
        # Named, because the planner would rather walk through the whole past in the order of numbers.
        where, values = "INDEXED BY deployments_live WHERE ended_at IS NULL", []
        for column, wanted in (("lane", lane), ("channel", channel)):
            if wanted:
                where += f" AND {column} = ?"
                values.append(wanted)
        return await self._many(f"{where} ORDER BY number", *values)

    async def last_good(self, lane: str) -> Deployment | None:
        """The newest deployment of a lane that succeeded: what runs there now, as far as we know."""
        return await self._one("WHERE lane = ? AND state = 'succeeded' ORDER BY ended_at DESC LIMIT 1", lane)

    async def newest_goods(self, lanes: Sequence[str]) -> list[Brief]:
        """What runs in each of these lanes now, as far as we know: the newest success; none for a lane without."""
        return await self._newest(lanes, "state = 'succeeded'")

    async def newest_runs(self, lanes: Sequence[str]) -> list[Brief]:
        """How the newest run of each of these lanes ended."""
        # The same words as in the partial index, so that it is used.
        return await self._newest(lanes, "state IN ('succeeded', 'failed', 'aborted', 'lost')")

    async def _newest(self, lanes: Sequence[str], which: str) -> list[Brief]:
        rows = await self._reader.rows(
            "SELECT d.body, d.number FROM json_each(?) AS l JOIN deployments AS d ON d.rowid = "  # noqa: S608 - only the two texts above
            f"(SELECT rowid FROM deployments WHERE lane = l.value AND {which} ORDER BY ended_at DESC LIMIT 1)",
            json.dumps(list(lanes)),
        )
        return [msgspec.structs.replace(_brief.decode(body), number=number) for body, number in rows]

    async def usual_seconds(self, lane: str, job: str) -> float:
        """How long the same job usually takes in this lane (the median of its last successes); 0 when unknown."""
        took = await self._took(lane, job, HISTORY)
        return took[len(took) // 2] if took else 0.0

    async def slow_seconds(self, lane: str, job: str) -> float:
        """How long at most 95 of 100 of its last successes in this lane took; 0 while there are fewer than ten."""
        took = await self._took(lane, job, LONG_HISTORY)
        return took[math.ceil(0.95 * len(took)) - 1] if len(took) >= LEAST_HISTORY else 0.0

    async def _took(self, lane: str, job: str, limit: int) -> list[float]:
        """Seconds that the last successes of a job in a lane took, sorted; read from an index alone."""
        rows = await self._reader.rows(
            TOOK,
            lane,
            job,
            limit,
        )
        return sorted(row[0] for row in rows)

    async def went(self, lane: str, version: str) -> Deployment | None:
        """The newest deployment of that version to a lane that succeeded."""
        return await self._one(
            "WHERE lane = ? AND version = ? AND state = 'succeeded' ORDER BY ended_at DESC LIMIT 1",
            lane,
            version,
        )

    async def ran(self, service: str, environment: str, limit: int) -> list[Deployment]:
        """The newest deployments that ran there to whatever end, newest first; what was given up before is not among them."""
        return await self._many(RAN, service, environment, limit, math.inf)

    async def good_after(self, lane: str, at: float) -> Deployment | None:
        """The first deployment of a lane that succeeded after that moment."""
        return await self._one(
            "WHERE lane = ? AND state = 'succeeded' AND ended_at > ? ORDER BY ended_at LIMIT 1", lane, at
        )

    async def rolled_back_after(self, lane: str, at: float) -> list[Deployment]:
        """The rollbacks of a lane that succeeded after that moment, newest first."""
        return await self._many(
            "WHERE lane = ? AND state = 'succeeded' AND ended_at > ? AND json_extract(body, '$.kind') = 'rollback' "
            "ORDER BY ended_at DESC",
            lane,
            at,
        )

    async def goods(self, lane: str, limit: int) -> list[Deployment]:
        """The newest deployments of a lane that succeeded, newest first."""
        return await self._many(
            "WHERE lane = ? AND state = 'succeeded' ORDER BY ended_at DESC LIMIT ?", lane, limit
        )

    async def ended_before(
        self, service: str, environment: str, version: str, *, number: int, since: float
    ) -> Deployment | None:
        """The last deployment of that version to a place before the one of that number, of those that ended `since` then."""
        return await self._one(ENDED_BEFORE, service, environment, since, version, number)

    async def standing(
        self,
        kind: type[S],
        *,
        service: str | None = None,
        environment: str | None = None,
        owner: str | None = None,
        slot: str | None = None,
    ) -> list[S]:
        """What stands of a kind and has not been ended, oldest first; what has run out meanwhile is among it.

        With `service` and `environment`, what covers that place: the wider scopes as well.
        """
        # `live = 1` stands in the text, so that the partial indexes are used.
        where, values = ["kind = ?", "live = 1"], [kind.__name__]
        for column, wanted in (("service", service), ("environment", environment)):
            if wanted is not None:
                where.append(f"{column} IN ('', ?)")
                values.append(wanted)
        for column, wanted in (("owner", owner), ("slot", slot)):
            if wanted is not None:
                where.append(f"{column} = ?")
                values.append(wanted)
        sql = f"SELECT kind, body, revision FROM standing WHERE {' AND '.join(where)} ORDER BY rowid"  # noqa: S608 - only texts of this module
        rows = await self._reader.rows(sql, *values)
        found = [from_body(*row) for row in rows]
        return [one for one in found if isinstance(one, kind)]

    async def stood(self, id: str) -> Standing | None:  # noqa: A002 - the column's name
        """One standing thing by its id, also when it has ended."""
        rows = await self._reader.rows("SELECT kind, body, revision FROM standing WHERE id = ?", id)
        return from_body(*rows[0]) if rows else None

    async def standing_count(self) -> int:
        """Grows with every change of what stands; see `bot.ports.Changes.expect`."""
        rows = await self._reader.rows("SELECT count FROM standing_count WHERE one = 1")
        return int(rows[0][0])

    async def recent(self, limit: int) -> list[Deployment]:
        return await self._many("ORDER BY number DESC LIMIT ?", limit)

    async def last_asked(self, *, user: str = "", channel: str = "", service: str = "") -> Deployment | None:
        """The newest deployment that this person asked for, in this channel, of this service; "" is anybody's and any.

        Only the newest few hundred of all are looked at: it is for filling in a form, not for deciding anything.
        """
        return await self._one(
            "WHERE number > (SELECT MAX(number) FROM deployments) - ? "
            "AND (? = '' OR json_extract(body, '$.requester.id') = ?) "
            "AND (? = '' OR json_extract(body, '$.place.channel') = ?) "
            "AND (? = '' OR service = ?) ORDER BY number DESC LIMIT 1",
            LOOKED_AT,
            *(user, user),
            *(channel, channel),
            *(service, service),
        )

    async def asked_by(self, user: str, limit: int) -> list[Deployment]:
        """The newest deployments that this person asked for, newest first, among the newest few hundred of all."""
        return await self._many(
            "WHERE number > (SELECT MAX(number) FROM deployments) - ? "
            "AND json_extract(body, '$.requester.id') = ? ORDER BY number DESC LIMIT ?",
            LOOKED_AT,
            user,
            limit,
        )

    async def home(self, user: str) -> Home | None:
        rows = await self._reader.rows(f"{HOMES} WHERE user = ?", user)
        return _home(rows[0]) if rows else None

    async def homes(self, since: float, limit: int) -> list[Home]:
        """Homes opened since then, at most so many, the one opened last first."""
        rows = await self._reader.rows(
            f"{HOMES} WHERE opened_at >= ? ORDER BY opened_at DESC LIMIT ?", since, limit
        )
        return [_home(row) for row in rows]

    async def versions(self, lane: str, limit: int) -> list[tuple[str, float]]:
        """The versions of a lane's newest `limit` successes, newest first, each once, with when it ended."""
        rows = await self._reader.rows(
            "SELECT version, ended_at FROM deployments WHERE lane = ? AND state = 'succeeded' "
            "ORDER BY ended_at DESC LIMIT ?",
            lane,
            limit,
        )
        newest: dict[str, float] = {}
        for version, at in rows:
            newest.setdefault(version, at)
        return list(newest.items())

    async def run(self, deployment: str) -> RunRecord | None:
        rows = await self._reader.rows("SELECT body, revision FROM runs WHERE deployment = ?", deployment)
        return msgspec.structs.replace(_run.decode(rows[0][0]), revision=rows[0][1]) if rows else None

    async def post(self, key: str) -> Post | None:
        rows = await self._reader.rows(f"{POSTS} WHERE key = ?", key)
        return _post(rows[0]) if rows else None

    async def posts(self, beginning: str) -> list[Post]:
        """Those whose keys begin so; it ends in a slash."""
        assert beginning.endswith("/"), "so that it is one stretch of the index"
        # "0" is what comes after "/".
        rows = await self._reader.rows(
            f"{POSTS} WHERE key > ? AND key < ? ORDER BY key", beginning, f"{beginning[:-1]}0"
        )
        return [_post(row) for row in rows]

    async def stale_cards(self) -> list[Deployment]:
        """Deployments whose card does not show their newest revision."""
        return await self._many(
            "WHERE id IN (SELECT d.id FROM deployments d JOIN posts p ON p.key = 'card/' || d.id "
            "WHERE p.shown < d.revision) ORDER BY number"
        )

    async def ended_by_state(self) -> dict[str, int]:
        rows = await self._reader.rows(
            "SELECT state, COUNT(*) FROM deployments WHERE ended_at IS NOT NULL GROUP BY state"
        )
        return dict(rows)

    async def audited(
        self, *, about: str = "", after: int = 0, limit: int = 100, newest: bool = True
    ) -> list[dict[str, Any]]:
        """Rows of the audit log, oldest first: the newest `limit` of them, or the first ones beyond `after`."""
        sql = AUDITED_ABOUT if about else AUDITED
        sql = sql.replace("ORDER BY seq", "ORDER BY seq DESC") if newest else sql
        rows = await self._reader.run(
            lambda db: list(db.query(sql, {"after": after, "about": about, "n": limit}))
        )
        return rows[::-1] if newest else rows

    async def audit_faults(self) -> list[audit.Fault]:
        return await self._reader.run(lambda db: list(audit.verify(db.conn)))

    async def _one(self, where: str, *values: Any) -> Deployment | None:
        found = await self._many(where, *values)
        return found[0] if found else None

    async def _many(self, where: str, *values: Any) -> list[Deployment]:
        sql = f"SELECT body, number, revision FROM deployments {where}"  # noqa: S608 - only texts of this module
        rows = await self._reader.rows(sql, *values)
        return [
            msgspec.structs.replace(_deployment.decode(body), number=number, revision=revision)
            for body, number, revision in rows
        ]


def _home(row: tuple[Any, ...]) -> Home:
    return Home(user=row[0], team=row[1], opened_at=row[2], shown=row[3])


def _post(row: tuple[Any, ...]) -> Post:
    return Post(**dict(zip(POST, row, strict=True)))
