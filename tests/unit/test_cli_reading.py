"""The commands that look into a database: what they say to people and to programs, and when they can't."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import sqlite3
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from bot import audit
from bot.cli.main import pilothouse as cli
from bot.deployments import Deployment
from bot.events import Deploy, Prune, ShowCard, Tell
from bot.journal import Journal, done, message, park
from bot.lifecycle import State
from bot.people import Person, Place
from bot.reader import Reader
from bot.reasons import Reason
from bot.runs import RunTarget
from bot.saving import save_deployment
from bot.writer import Writer

AT = 1_772_355_600.0
RESPONSE_URL = "https://hooks.slack.com/commands/T0/1/capability"
DANA = Person(id="U1", name="Dana")
HERE = Place(channel="C1", response_url=RESPONSE_URL)

ENDED = Deployment(
    id="abc",
    service="checkout",
    environment="staging",
    version="1.2",
    requester=DANA,
    place=HERE,
    channel="C1",
    target=RunTarget(driver="jenkins", server="main", job="deploy"),
    policy="open",
    state=State.FAILED,
    reason=Reason.RUN_FAILED,
    sentence="The stage Test failed.",
    requested_at=AT,
    ended_at=AT + 60,
)
LIVE = msgspec.structs.replace(
    ENDED,
    id="def",
    environment="production",
    state=State.QUEUED,
    reason=None,
    ended_at=0.0,
    waits_for="Waits for #1.",
)


async def _fill(path: Path) -> None:
    async with Writer(path) as writer, Reader(path) as reader:
        asked = message(
            Deploy(by=DANA, place=HERE, text="/deploy", service="checkout", environment="staging"),
            id="T1",
            at=AT,
        )
        card = message(ShowCard(deployment="abc", revision=1), id="T1/1", at=AT, cause="T1", chain="T1")
        tell = message(
            Tell(user="U1", place=HERE, words=("no\x1b[2J",), deployment="abc"), id="T1/2", at=AT, cause="T1"
        )
        later = message(Prune(scheduled=AT), id="tick/prune/1", at=AT, due=AT + 9e9)
        await Journal(writer, reader).publish(asked, card, tell, later)

        def change(connection: sqlite3.Connection) -> None:
            done(connection, asked, AT + 1)
            park(connection, tell, "channel_unreachable", "I am not a member\x1b[2J of that channel.")
            save_deployment(connection, ENDED)
            save_deployment(connection, LIVE)
            for number, reason in enumerate(("", "run_failed", "")):
                entry = audit.Entry(
                    at=AT,
                    actor="U1",
                    action="asked",
                    about="abc" if number else "",
                    reason=reason,
                    detail={"n": "=1+1"},
                )
                audit.append(connection, entry)

        await writer.submit(change)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "p.db"
    asyncio.run(_fill(path))
    return path


def run(*arguments: str | Path) -> Result:
    done = CliRunner().invoke(cli, list(map(str, arguments)))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert "Traceback" not in done.output
    return done


def test_the_journal_lists_what_waits_and_why(database: Path):
    listed = run("journal", "list", "--database", database)

    assert listed.exit_code == 0
    heading, *lines = listed.output.splitlines()
    assert heading.split() == ["NUMBER", "AT", "STATE", "TRIES", "TYPE", "SUBJECT", "WHY"]
    assert [line.split()[4] for line in lines] == ["ready", "parked", "delayed"]
    assert "channel_unreachable: I am not a member\\x1b[2J of that channel." in lines[1]
    assert "\x1b" not in listed.output


@pytest.mark.parametrize(
    ("state", "ids"),
    [
        ("waiting", ["T1/1", "T1/2", "tick/prune/1"]),
        ("parked", ["T1/2"]),
        ("delayed", ["tick/prune/1"]),
        ("done", ["T1"]),
        ("all", ["T1", "T1/1", "T1/2", "tick/prune/1"]),
    ],
)
def test_the_journal_lists_each_state(database: Path, state: str, ids: list[str]):
    listed = run("journal", "list", "--state", state, "--json", "--database", database)

    assert [row["id"] for row in json.loads(listed.output)] == ids


def test_an_empty_journal_says_so(tmp_path: Path):
    async def make() -> None:
        async with Writer(tmp_path / "p.db"):
            pass

    asyncio.run(make())
    assert (
        run("journal", "list", "--database", tmp_path / "p.db").output
        == "Nothing waits and nothing is parked.\n"
    )
    assert run("audit", "list", "--database", tmp_path / "p.db").output == "The audit log is empty.\n"
    assert run("deployments", "--database", tmp_path / "p.db").output == "There are no deployments.\n"
    assert run("journal", "tail", "--once", "--database", tmp_path / "p.db").output == ""


def test_a_message_is_shown_whole_but_for_what_its_holder_could_use(database: Path):
    shown = run("journal", "show", "T1", "--database", database)
    assert "subject:   lane/checkout/staging" in shown.output
    assert "at:        2026-03-01 09:00:00 UTC" in shown.output
    assert '"service": "checkout"' in shown.output

    by_number = run("journal", "show", "1", "--json", "--database", database)
    assert json.loads(by_number.output)["id"] == "T1"
    for said in (shown.output, by_number.output):
        assert "capability" not in said


def test_an_unknown_message_is_refused_with_the_way_out(database: Path):
    refused = run("journal", "show", "nothing", "--database", database)

    assert refused.exit_code == 2
    assert "No message has the id or number nothing. `pilothouse journal list" in refused.output


def test_tail_shows_the_newest_first_and_then_stops_when_it_is_told(database: Path):
    said = run("journal", "tail", "--once", "--lines", "2", "--database", database)
    assert [line.split()[5] for line in said.output.splitlines()] == ["Tell", "Prune"]

    said = run("journal", "tail", "--once", "--json", "--database", database)
    assert [json.loads(line)["id"] for line in said.output.splitlines()] == [
        "T1",
        "T1/1",
        "T1/2",
        "tick/prune/1",
    ]


def test_only_what_is_parked_can_be_put_back(database: Path):
    refused = run("journal", "retry", "T1/1", "--database", database)
    assert refused.exit_code == 2
    assert "T1/1 is not parked" in refused.output

    unclear = run("journal", "retry", "--database", database)
    assert unclear.exit_code == 2
    assert "--all" in unclear.output


def test_without_a_server_a_message_is_put_back_for_the_next_one(database: Path):
    done_ = run("journal", "retry", "T1/2", "--database", database)
    assert (done_.exit_code, done_.output) == (0, "T1/2 is put back; it is handled when the server runs.\n")

    row = json.loads(run("journal", "show", "T1/2", "--json", "--database", database).output)
    assert (row["state"], row["attempts"], row["reason"]) == ("ready", 0, None)
    audited = json.loads(run("audit", "list", "--about", "abc", "--json", "--database", database).output)[-1]
    assert (audited["action"], audited["reason"]) == ("message_retried", "channel_unreachable")
    assert run("audit", "verify", "--database", database).exit_code == 0


def test_a_control_file_that_makes_no_sense_is_said_to_be_so(database: Path):
    Path(f"{database}.control").write_text("{}")
    refused = run("journal", "retry", "T1/2", "--database", database)

    assert refused.exit_code == 2
    assert ".control can't be understood" in refused.output


def test_the_audit_log_is_listed_for_people_and_for_one_deployment(database: Path):
    everything = run("audit", "list", "--database", database)
    assert len(everything.output.splitlines()) == 4
    for named in ("abc", "#1", "1"):
        some = run("audit", "list", "--about", named, "--json", "--database", database)
        assert [row["seq"] for row in json.loads(some.output)] == [2, 3]


def test_the_audit_log_is_exported_with_its_hashes(database: Path, tmp_path: Path):
    lines = run("audit", "export", "--database", database).output.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["seq"] for row in rows] == [1, 2, 3]
    assert rows[1]["previous"] == rows[0]["hash"]
    assert rows[0]["detail"] == {"n": "=1+1"}

    run(
        "audit",
        "export",
        "--format",
        "csv",
        "--output",
        tmp_path / "a.csv",
        "--about",
        "#1",
        "--database",
        database,
    )
    table = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    assert [row["seq"] for row in table] == ["2", "3"]
    assert table[0]["hash"] == rows[1]["hash"]


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path):
    async def make() -> None:
        async with Writer(tmp_path / "p.db") as writer:
            entry = audit.Entry(at=AT, actor="=cmd()", action="asked")
            await writer.submit(lambda connection: audit.append(connection, entry))

    asyncio.run(make())
    said = run("audit", "export", "--format", "csv", "--database", tmp_path / "p.db").output

    assert "'=cmd()" in said
    assert ",=cmd()" not in said


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        ("UPDATE audit SET actor = 'U2' WHERE seq = 2", "row 2 was changed"),
        ("DELETE FROM audit WHERE seq = 2", "row 2 is missing"),
        ("DELETE FROM audit WHERE seq = 3", "row 3 is missing at the end"),
    ],
)
def test_a_changed_or_missing_audit_row_is_found_and_named(database: Path, tamper: str, problem: str):
    assert run("audit", "verify", "--database", database).output == (
        "The audit log is whole: 3 rows, each as it was written.\n"
    )
    connection = sqlite3.connect(database)
    for trigger in ("audit_no_update", "audit_no_delete"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(tamper)
    connection.commit()
    connection.close()
    verified = run("audit", "verify", "--database", database)
    assert verified.exit_code == 1
    assert problem in verified.stderr

    told = json.loads(run("audit", "verify", "--json", "--database", database).stdout)
    assert not told["ok"]
    assert problem in [fault["problem"] for fault in told["faults"]]


def test_deployments_are_listed_newest_first(database: Path):
    listed = run("deployments", "--database", database).output.splitlines()
    assert [line.split()[0] for line in listed] == ["NUMBER", "#2", "#1"]
    assert listed[1].endswith("Waits for #1.")
    assert listed[2].endswith("The stage Test failed.")

    live = json.loads(run("deployments", "--live", "--json", "--database", database).output)
    assert [one["id"] for one in live] == ["def"]
    assert "capability" not in json.dumps(live)
    assert json.loads(run("deployments", "--service", "other", "--json", "--database", database).output) == []


@pytest.mark.parametrize("named", ["#1", "1", "abc"])
def test_a_deployment_is_traced_by_its_number_and_by_its_id(database: Path, named: str):
    traced = run("trace", named, "--database", database)

    assert traced.exit_code == 0
    assert traced.output.startswith("#1  checkout 1.2 to staging: failed\n")
    assert "Deploy “/deploy” by Dana" in traced.output
    assert "├─ ShowCard" in traced.output
    assert "\x1b" not in traced.output


def test_a_trace_for_programs_has_everything_and_no_address_to_post_to(database: Path):
    told = json.loads(run("trace", "abc", "--json", "--database", database).output)

    assert told["deployment"]["number"] == 1
    assert [row["id"] for row in told["messages"]] == ["T1", "T1/1", "T1/2"]
    assert [row["seq"] for row in told["audit"]] == [2, 3]
    assert "capability" not in json.dumps(told)


def test_an_unknown_deployment_is_refused_with_the_way_out(database: Path):
    for named in ("#99", "nothing", "9" * 30):
        refused = run("trace", named, "--database", database)
        assert refused.exit_code == 2
        assert f"There is no deployment {named}. `pilothouse deployments` lists them." in refused.output


def test_a_backup_says_what_it_holds_and_is_not_overwritten_by_mistake(database: Path, tmp_path: Path):
    target = tmp_path / "copy.db"
    made = run("backup", target, "--database", database)
    assert made.exit_code == 0
    assert "4 messages, 2 deployments, 3 rows of audit log; checked." in made.output

    refused = run("backup", target, "--database", database)
    assert refused.exit_code == 2
    assert "To replace it, add --force." in refused.output
    forced = run("backup", target, "--force", "--json", "--database", database)
    assert json.loads(forced.output)["audit_faults"] == []


def test_a_backup_of_a_changed_audit_log_is_made_and_ends_with_one(database: Path, tmp_path: Path):
    connection = sqlite3.connect(database)
    connection.execute("DROP TRIGGER audit_no_update")
    connection.execute("UPDATE audit SET actor = 'U2' WHERE seq = 2")
    connection.commit()
    connection.close()
    made = run("backup", tmp_path / "copy.db", "--database", database)

    assert made.exit_code == 1
    assert "pilothouse audit verify" in made.stderr
    assert (tmp_path / "copy.db").exists()


def test_no_database_is_made_by_looking_for_one(tmp_path: Path):
    for command in (
        ("journal", "list"),
        ("audit", "verify"),
        ("deployments",),
        ("trace", "1"),
        ("journal", "retry", "1"),
    ):
        refused = run(*command, "--database", tmp_path / "nothing.db")
        assert refused.exit_code == 2
        assert "There is no database at" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_without_a_configuration_the_way_out_is_named(tmp_path: Path):
    refused = run("deployments", "--config", tmp_path / "nothing.yaml")

    assert refused.exit_code == 2
    assert "cannot be read" in refused.output
    assert "--database" in refused.output


def test_a_reader_that_goes_away_is_no_fault(database: Path):
    """`pilothouse journal list | head -0`."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as nobody:
        done_ = CliRunner().invoke(
            cli, ["audit", "export", "--output", f"/dev/fd/{nobody.fileno()}", "--database", str(database)]
        )

    assert not isinstance(done_.exception, BrokenPipeError)
    assert "Traceback" not in done_.output
