"""The tables, as migrations of sqlite-utils: applied in order at start, each once, never edited afterwards.

Invariants are indexes, with the reason above them.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("pilothouse")


@migrations()
def m0001_journal(db: Database) -> None:
    db.table("messages").create(
        {
            # the order of handling within a subject; a delayed message gets a new one when it becomes ready
            "seq": int,
            "id": str,
            "type": str,
            "version": int,
            "subject": str,
            "about": str,
            "cause": str,
            "chain": str,
            "body": str,
            "at": float,
            # epoch seconds before which it is not handled; 0 = at once
            "due": float,
            # ready, delayed, done, parked
            "state": str,
            "attempts": int,
            "reason": str,
            "sentence": str,
            "done_at": float,
        },
        pk="seq",
        not_null={"id", "type", "version", "subject", "about", "body", "at", "due", "state", "attempts"},
        strict=True,
    )
    # A redelivery is one row.
    db.execute("CREATE UNIQUE INDEX messages_id ON messages(id)")
    # Only what is not done is ever searched: starting with a million done messages costs what an empty table costs.
    db.execute("CREATE INDEX messages_ready ON messages(seq) WHERE state = 'ready'")
    db.execute("CREATE INDEX messages_delayed ON messages(due) WHERE state = 'delayed'")
    db.execute("CREATE INDEX messages_parked ON messages(seq) WHERE state = 'parked'")
    # `pilothouse trace <deployment>` and nothing else; most messages of a load test are about nothing.
    db.execute("CREATE INDEX messages_about ON messages(about) WHERE about <> ''")


@migrations()
def m0002_store(db: Database) -> None:
    db.table("deployments").create(
        {
            "id": str,
            "number": int,
            "lane": str,
            "service": str,
            "environment": str,
            "channel": str,
            "state": str,
            "version": str,
            # 1 while it holds its lane (starting, running, verifying), else NULL
            "holds": int,
            "revision": int,
            "requested_at": float,
            "started_at": float,
            "ended_at": float,
            "body": str,
        },
        pk="id",
        not_null={"number", "lane", "state", "version", "revision", "requested_at", "body"},
        strict=True,
    )
    db.execute("CREATE UNIQUE INDEX deployments_number ON deployments(number)")
    # Never two runs at once in one service × environment, whatever the code above believes.
    db.execute("CREATE UNIQUE INDEX deployments_one_per_lane ON deployments(lane, holds) WHERE holds = 1")
    db.execute("CREATE INDEX deployments_live ON deployments(lane, number) WHERE ended_at IS NULL")
    db.execute("CREATE INDEX deployments_history ON deployments(lane, ended_at) WHERE state = 'succeeded'")
    # The run belongs to the messages of run/<deployment>, the card and its notes to those of card/<deployment>.
    db.table("runs").create(
        {"deployment": str, "key": str, "body": str, "revision": int},
        pk="deployment",
        not_null={"key", "body", "revision"},
        strict=True,
    )
    # A key is used for one deployment only.
    db.execute("CREATE UNIQUE INDEX runs_key ON runs(key)")
    db.table("posts").create(
        {
            "key": str,
            "deployment": str,
            "channel": str,
            "ts": str,
            # the revision of the deployment that the message shows
            "shown": int,
            "intended_at": float,
        },
        pk="key",
        not_null={"deployment", "channel", "ts", "shown", "intended_at"},
        strict=True,
    )
    db.execute("CREATE INDEX posts_deployment ON posts(deployment)")


@migrations()
def m0003_audit(db: Database) -> None:
    db.table("audit").create(
        {
            "seq": int,
            "at": float,
            "actor": str,
            "action": str,
            "about": str,
            "reason": str,
            "detail": str,
            "previous": str,
            "hash": str,
        },
        pk="seq",
        not_null={"at", "actor", "action", "about", "reason", "detail", "previous", "hash"},
        strict=True,
    )
    db.execute("CREATE INDEX audit_about ON audit(about) WHERE about <> ''")
    # The chain alone can't tell that its last rows were cut off: their number and last hash stand here as well.
    db.table("audit_head").create(
        {"one": int, "count": int, "hash": str}, pk="one", not_null={"count", "hash"}, strict=True
    )
    db.execute("INSERT INTO audit_head(one, count, hash) VALUES (1, 0, '')")
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )


@migrations()
def m0004_clocks(db: Database) -> None:
    db.table("schedules").create(
        {"id": str, "next_at": float, "trigger": str}, pk="id", not_null={"next_at", "trigger"}, strict=True
    )


@migrations()
def m0005_counts(db: Database) -> None:
    # /metrics counts what has ended at every scrape: from this index alone, without reading a deployment.
    db.execute(
        "CREATE INDEX deployments_ended ON deployments(service, environment, state, ended_at) WHERE ended_at IS NOT NULL"
    )


@migrations()
def m0006_standing(db: Database) -> None:
    db.table("standing").create(
        {
            "id": str,
            "kind": str,
            "service": str,
            "environment": str,
            "owner": str,
            # epoch seconds at which it runs out by itself; 0 = never
            "until": float,
            # 1 until it is lifted or noted as over, else NULL
            "live": int,
            # what can stand only once at a time among those of its kind; NULL when any number can
            "slot": str,
            "revision": int,
            "body": str,
        },
        pk="id",
        not_null={"kind", "service", "environment", "owner", "until", "revision", "body"},
        strict=True,
    )
    # Of two at once, one wins, whatever the code above believes.
    db.execute("CREATE UNIQUE INDEX standing_slot ON standing(kind, slot) WHERE live = 1")
    # What covers a place is four look-ups, however much stands elsewhere.
    db.execute("CREATE INDEX standing_place ON standing(kind, service, environment) WHERE live = 1")
    db.execute("CREATE INDEX standing_owner ON standing(kind, owner) WHERE live = 1")
    # Counts every change, so that who decided by what stood can find out at his commit that it still does.
    db.table("standing_count").create({"one": int, "count": int}, pk="one", not_null={"count"}, strict=True)
    db.execute("INSERT INTO standing_count(one, count) VALUES (1, 0)")
    # "Where did this version go?" is asked by every promotion.
    db.execute(
        "CREATE INDEX deployments_versions ON deployments(lane, version, ended_at) WHERE state = 'succeeded'"
    )


@migrations()
def m0007_overview(db: Database) -> None:
    # How the newest run of a lane ended: what was refused, rejected or cancelled before it ran says nothing of that.
    db.execute(
        "CREATE INDEX deployments_runs ON deployments(lane, ended_at) "
        "WHERE state IN ('succeeded', 'failed', 'aborted', 'lost')"
    )
    # A row for each person who ever opened his home: small, and looked up by who did so last.
    db.table("homes").create(
        {"user": str, "team": str, "opened_at": float, "shown": str},
        pk="user",
        not_null={"team", "opened_at", "shown"},
        strict=True,
    )
    db.execute("CREATE INDEX homes_opened ON homes(opened_at)")


@migrations()
def m0008_took(db: Database) -> None:
    # How long the run itself took, without what was looked at afterwards, of which job: medians and percentiles are read
    # at every start, from the index alone.
    db.execute("ALTER TABLE deployments ADD COLUMN job TEXT")
    db.execute("ALTER TABLE deployments ADD COLUMN took REAL")
    db.execute(
        "UPDATE deployments SET job = json_extract(body, '$.target.job'), took = ended_at - started_at "
        "WHERE state = 'succeeded' AND started_at > 0"
    )
    db.execute(
        "CREATE INDEX deployments_took ON deployments(lane, job, ended_at, took, state) WHERE state = 'succeeded' AND took > 0"
    )
