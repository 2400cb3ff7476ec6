from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot import audit
from bot.deployments import Deployment, Post, RunRecord, deployment_id
from bot.errors import Conflict
from bot.journal import ABOUT, NEXT_DUE, WAITING
from bot.kinds import Kind
from bot.lifecycle import State
from bot.runs import RunRef, RunTarget
from bot.saving import save_deployment, save_post, save_run
from bot.store import AUDITED_ABOUT, ENDED_BEFORE, RAN, TOOK
from tests.engine import ANNA, HERE, Engine, engine

TARGET = RunTarget(driver="jenkins", server="main", job="deploy", parameters={"VERSION": "1"})


def deployment(name: str, **other) -> Deployment:
    return Deployment(
        **{
            "id": name,
            "service": "checkout",
            "environment": "production",
            "version": "1.2.3",
            "requester": ANNA,
            "place": HERE,
            "channel": HERE.channel,
            "target": TARGET,
            "policy": "production",
            "requested_at": 1000.0,
        }
        | other
    )


async def save(running: Engine, *news: Deployment | RunRecord | Post) -> None:
    savers = {Deployment: save_deployment, RunRecord: save_run, Post: save_post}

    def change(connection):
        for new in news:
            savers[type(new)](connection, new)

    await running.writer.submit(change)


async def ended(running: Engine, name: str, state: State = State.SUCCEEDED, **other) -> None:
    """Store a deployment that has come to its end already."""
    await save(running, deployment(name, **({"state": state, "ended_at": 2000.0} | other)))


@pytest.fixture
async def running(path):
    async with engine(path, started=False) as opened:
        yield opened


async def test_a_deployment_comes_back_whole_with_its_number_and_revision(running):
    new = deployment("a", ref=RunRef(key="k"), log_tail=("one", "two ü🚀"))
    await save(running, new, deployment("b", channel="C2"))

    assert await running.store.deployment("a") == replace(new, number=1, revision=1)
    assert (await running.store.numbered(2)).id == "b"
    assert await running.store.deployment("c") is None
    assert await running.store.numbered(3) is None
    assert [one.id for one in await running.store.recent(1)] == ["b"]


async def test_saving_raises_the_revision_and_an_old_one_is_a_conflict(running):
    await save(running, deployment("a"))
    seen = await running.store.deployment("a")
    await save(running, replace(seen, state=State.QUEUED))

    with pytest.raises(Conflict, match="deployment a is no longer at revision 1"):
        await save(running, replace(seen, state=State.CANCELLED))
    now = await running.store.deployment("a")
    assert (now.state, now.revision, now.number) == (State.QUEUED, 2, 1)


async def test_storing_a_new_deployment_twice_is_a_conflict(running):
    await save(running, deployment("a"))

    with pytest.raises(Conflict):
        await save(running, deployment("a"))
    with pytest.raises(Conflict):
        await save(running, deployment("never stored", revision=4))


@pytest.mark.parametrize("state", [State.STARTING, State.RUNNING, State.VERIFYING])
async def test_never_two_runs_at_once_in_one_lane_whatever_the_code_above_believes(running, state):
    await save(running, deployment("a", state=State.RUNNING), deployment("b"))
    second = await running.store.deployment("b")

    with pytest.raises(Conflict):
        await save(running, replace(second, state=state))
    await save(running, deployment("c", environment="staging", state=state))
    first = await running.store.deployment("a")
    await save(running, replace(first, state=State.SUCCEEDED, ended_at=2000.0))
    await save(running, replace(second, state=state))

    assert (await running.store.deployment("b")).state is state


async def test_live_are_those_that_have_not_ended_oldest_first(running):
    await save(
        running, deployment("a"), deployment("b", environment="staging", channel="C2"), deployment("c")
    )
    await ended(running, "d", State.FAILED)

    assert [one.id for one in await running.store.live()] == ["a", "b", "c"]
    assert [one.id for one in await running.store.live("lane/checkout/production")] == ["a", "c"]
    assert [one.id for one in await running.store.live(channel="C2")] == ["b"]
    assert await running.store.live("lane/checkout/production", "C2") == []


async def test_what_runs_in_a_lane_is_the_newest_that_succeeded(running):
    await ended(running, "a", ended_at=3000.0)
    await ended(running, "b", ended_at=2000.0)
    await ended(running, "c", State.FAILED, ended_at=4000.0)
    await ended(running, "d", environment="staging", ended_at=100.0)

    assert (await running.store.last_good("lane/checkout/production")).id == "a"
    assert await running.store.last_good("lane/checkout/qa") is None
    assert await running.store.ended_by_state() == {"succeeded": 3, "failed": 1}


async def test_the_usual_time_is_the_median_of_the_same_job(running):
    for number, seconds in enumerate((10.0, 500.0, 30.0, 20.0, 40.0)):
        await ended(running, f"d{number}", started_at=1000.0, ended_at=1000.0 + seconds)
    await ended(running, "never started", ended_at=5000.0)
    await ended(running, "other job", target=replace(TARGET, job="x"), started_at=1.0, ended_at=2.0)

    assert await running.store.usual_seconds("lane/checkout/production", "deploy") == 30.0
    assert await running.store.usual_seconds("lane/checkout/production", "y") == 0.0


async def test_slow_is_what_takes_longer_than_95_of_100_successes_of_which_there_are_ten(running):
    lane = "lane/checkout/production"
    for number in range(9):
        await ended(running, f"d{number}", started_at=1000.0, ended_at=1000.0 + number + 1)
    await ended(running, "failed", State.FAILED, started_at=1.0, ended_at=9999.0)
    assert await running.store.slow_seconds(lane, "deploy") == 0.0

    for number in range(9, 100):
        await ended(running, f"d{number}", started_at=1000.0, ended_at=1000.0 + number + 1)
    assert await running.store.slow_seconds(lane, "deploy") == 95.0
    assert await running.store.slow_seconds(lane, "other") == 0.0


async def test_how_long_a_run_took_does_not_count_what_was_looked_at_afterwards(running):
    await ended(running, "a", started_at=1000.0, run_ended_at=1030.0, ended_at=1900.0)
    assert await running.store.usual_seconds("lane/checkout/production", "deploy") == 30.0


async def test_what_following_a_run_remembers_is_revised_like_a_deployment(running):
    new = RunRecord(deployment="a", key="k", ref=RunRef(key="k", number="7"), tail=("x",))
    await save(running, new)
    seen = await running.store.run("a")
    await save(running, replace(seen, offset=100))

    assert seen == replace(new, revision=1)
    assert await running.store.run("a") == replace(new, revision=2, offset=100)
    for refused in (replace(seen, offset=5), new, RunRecord(deployment="b", key="k")):
        with pytest.raises(Conflict):
            await save(running, refused)


async def test_a_post_never_shows_less_than_it_did(running):
    intent = Post(key="card/a", deployment="a", channel="C1", intended_at=5.0)
    await save(running, intent)
    assert await running.store.post("card/a") == intent
    await save(running, replace(intent, ts="1.2", shown=4))
    await save(running, replace(intent, ts="1.2", shown=3))

    assert await running.store.post("card/a") == replace(intent, ts="1.2", shown=4)
    assert await running.store.post("card/b") is None


async def test_stale_cards_are_those_that_show_an_older_revision(running):
    await save(running, deployment("a"), deployment("b"), deployment("no card"))
    await save(
        running, *(Post(key=f"card/{n}", deployment=n, channel="C", shown=1, intended_at=1) for n in "ab")
    )
    assert await running.store.stale_cards() == []
    await save(running, replace(await running.store.deployment("b"), version="2"))

    assert [one.id for one in await running.store.stale_cards()] == ["b"]


async def test_audited_rows_are_read_from_either_end(running):
    def change(connection):
        for number in range(1, 6):
            audit.append(
                connection, audit.Entry(at=number, actor="U", action="asked", about=f"d{number % 2}")
            )

    await running.writer.submit(change)

    async def numbers(**how) -> list[int]:
        return [row["seq"] for row in await running.store.audited(**how)]

    assert await numbers() == [1, 2, 3, 4, 5]
    assert await numbers(limit=2) == [4, 5]
    assert await numbers(limit=2, newest=False) == [1, 2]
    assert await numbers(after=2, limit=2, newest=False) == [3, 4]
    assert await numbers(about="d0") == [2, 4]
    assert await running.store.audit_faults() == []


def test_the_id_of_a_deployment_comes_from_the_message_that_asked_for_it():
    assert deployment_id("trigger-1") == deployment_id("trigger-1")
    assert deployment_id("trigger-1") != deployment_id("trigger-2")
    assert len(deployment_id("trigger-1")) == 20


async def test_applying_the_migrations_again_changes_nothing(path, running):
    await save(running, deployment("a"))
    before = await running.reader.rows("SELECT name, sql FROM sqlite_master ORDER BY name")
    await running.writer.__aexit__()
    async with engine(path, started=False) as again:
        assert await again.reader.rows("SELECT name, sql FROM sqlite_master ORDER BY name") == before
        assert (await again.store.deployment("a")).number == 1


async def test_finding_what_is_not_done_never_walks_through_what_is(running):
    plans = {
        "waiting": (WAITING.replace("?", "5"), "messages_ready"),
        "due": (NEXT_DUE, "messages_delayed"),
        "parked": (
            "SELECT * FROM messages WHERE seq > 0 AND state = 'parked' ORDER BY seq",
            "messages_parked",
        ),
        "by id": ("SELECT * FROM messages WHERE id = 'x' OR seq = 5", "messages_id"),
        "about": (ABOUT.replace("?", "'x'"), "messages_about"),
        "audited": (
            AUDITED_ABOUT.replace(":about", "'x'").replace(":after", "0").replace(":n", "9"),
            "audit_about",
        ),
        "live": ("SELECT * FROM deployments WHERE ended_at IS NULL AND lane = 'x'", "deployments_live"),
        "took": (TOOK.replace("?", "'x'", 2).replace("?", "9"), "COVERING INDEX deployments_took"),
    }
    for sql, index in plans.values():
        plan = await running.reader.rows(f"EXPLAIN QUERY PLAN {sql}")
        assert index in str(plan), plan


# --- what forms and overviews look for ------------------------------------------------------------------------


async def test_what_runs_in_many_places_and_how_their_newest_runs_ended_are_a_query_each(running):
    await ended(running, "a", ended_at=2000.0)
    await ended(running, "b", ended_at=3000.0, version="1.3.0")
    await ended(running, "c", State.FAILED, ended_at=4000.0, version="1.4.0")
    await ended(running, "d", State.CANCELLED, ended_at=5000.0)
    await ended(running, "e", environment="staging", log_tail=("x" * 50,))
    lanes = [f"lane/checkout/{place}" for place in ("production", "staging", "nowhere")]

    assert [(one.id, one.version, one.number) for one in await running.store.newest_goods(lanes)] == [
        ("b", "1.3.0", 2),
        ("e", "1.2.3", 5),
    ]
    assert [(one.id, one.state) for one in await running.store.newest_runs(lanes)] == [
        ("c", State.FAILED),
        ("e", State.SUCCEEDED),
    ]
    assert await running.store.newest_runs([]) == []


async def test_the_versions_of_a_place_are_the_newest_first_and_each_once(running):
    for name, version in (("a", "1.0"), ("b", "1.1"), ("c", "1.0"), ("d", "1.2")):
        await ended(running, name, version=version, ended_at=2000.0 + ord(name))
    await ended(running, "e", State.FAILED, version="1.3")

    found = await running.store.versions("lane/checkout/production", 10)
    assert [version for version, _ in found] == ["1.2", "1.0", "1.1"]
    assert [version for version, _ in await running.store.versions("lane/checkout/production", 2)] == [
        "1.2",
        "1.0",
    ]


async def test_what_somebody_asked_for_last_can_be_asked_by_channel_and_service(running):
    elsewhere = replace(HERE, channel="C2")
    await save(running, deployment("a"), deployment("b", place=elsewhere, service="payments"))

    async def last(**what):
        found = await running.store.last_asked(**what)
        return found.id if found else None

    assert await last(user=ANNA.id) == "b"
    assert await last(user=ANNA.id, channel=HERE.channel) == "a"
    assert await last(channel="C2") == "b"
    assert await last(user=ANNA.id, service="checkout") == "a"
    assert await last(user="U999") is None


# --- what promotions and rollbacks look for -------------------------------------------------------------------


async def test_what_ran_somewhere_is_told_newest_first_whatever_became_of_it(running):
    await ended(running, "a", ended_at=2000.0)
    await ended(running, "b", State.FAILED, ended_at=3000.0, started_at=2900.0)
    await ended(running, "c", State.FAILED, ended_at=4000.0)
    await ended(running, "d", State.ABORTED, ended_at=5000.0, started_at=4900.0)
    await ended(running, "e", State.ABORTED, ended_at=6000.0)
    await ended(running, "f", State.LOST, ended_at=7000.0)
    await ended(running, "g", State.CANCELLED, ended_at=8000.0, started_at=7000.0)
    await ended(running, "h", environment="staging", ended_at=9000.0)

    async def ran(limit):
        return [one.id for one in await running.store.ran("checkout", "production", limit)]

    assert await ran(10) == ["f", "d", "b", "a"], "what never began did not run"
    assert await ran(2) == ["f", "d"]
    assert await running.store.ran("payments", "production", 10) == []


async def test_what_ran_is_found_by_an_index(running):
    sql = (
        f"SELECT body FROM deployments {RAN}".replace("?1", "'x'")
        .replace("?2", "'y'")
        .replace("?3", "9")
        .replace("?4", "1e9")
    )
    plan = str(await running.reader.rows(f"EXPLAIN QUERY PLAN {sql}"))

    assert plan.count("deployments_ended") == 4, plan
    assert "SCAN deployments" not in plan


async def test_the_first_that_succeeded_after_a_moment(running):
    await ended(running, "a", ended_at=2000.0)
    await ended(running, "b", State.FAILED, ended_at=3000.0)
    await ended(running, "c", ended_at=4000.0)
    await ended(running, "d", ended_at=5000.0)

    found = await running.store.good_after("lane/checkout/production", 2000.0)
    assert found is not None
    assert found.id == "c"
    assert await running.store.good_after("lane/checkout/production", 5000.0) is None


async def test_the_rollbacks_after_a_moment_that_succeeded(running):
    await ended(running, "a", ended_at=2000.0, kind=Kind.ROLLBACK)
    await ended(running, "b", ended_at=3000.0)
    await ended(running, "c", ended_at=4000.0, kind=Kind.ROLLBACK)
    await ended(running, "d", State.FAILED, ended_at=5000.0, kind=Kind.ROLLBACK)
    await ended(running, "e", ended_at=6000.0, kind=Kind.ROLLBACK, environment="staging")
    await ended(running, "f", ended_at=7000.0, kind=Kind.ROLLBACK)

    found = await running.store.rolled_back_after("lane/checkout/production", 2000.0)
    assert [one.id for one in found] == ["f", "c"]


# --- what approvals may be taken over from --------------------------------------------------------------------


async def test_the_last_of_a_version_that_ended_lately_whatever_became_of_it(running):
    await ended(running, "a", State.FAILED, ended_at=2000.0)
    await ended(running, "b", State.REJECTED, ended_at=3000.0)
    await ended(running, "c", State.FAILED, ended_at=4000.0, version="9.9.9")
    await ended(running, "d", State.FAILED, ended_at=5000.0, environment="staging")

    async def before(number=99, since=0.0):
        found = await running.store.ended_before(
            "checkout", "production", "1.2.3", number=number, since=since
        )
        return found.id if found else None

    assert await before() == "b"
    assert await before(number=2) == "a"
    assert await before(since=3500.0) is None


async def test_what_ended_before_is_found_by_an_index(running):
    sql = f"SELECT body FROM deployments {ENDED_BEFORE}".replace("?", "5")
    plan = str(await running.reader.rows(f"EXPLAIN QUERY PLAN {sql}"))

    assert "deployments_ended" in plan, plan
    assert "SCAN deployments" not in plan
