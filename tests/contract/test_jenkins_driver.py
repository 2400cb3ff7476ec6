"""The driver's promises (`bot.ports.Runs`), over real HTTP against the stand-in and against peers that misbehave."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from bot.drivers.jenkins import JenkinsRuns, JenkinsServer, JenkinsSettings
from bot.errors import Failure, Refused, Rejected, Unreachable
from bot.reasons import Reason
from bot.runs import RunPhase, RunRef, RunResult, RunStatus, RunTarget
from bot.sandbox.jenkins import Ask, Faults, JenkinsStandIn, Job, Parameter, Stage
from tests.jenkins.drivers import TOKEN, driving, target
from tests.jenkins.replay import replaying
from tests.waiting import until

KEY = Parameter(name="PILOTHOUSE_KEY")
VERSION = Parameter(name="VERSION")
GATE = Ask(id="Go-on", message="Deploy $VERSION?", proceed="Deploy it")
JOBS = (
    Job(name="deploy", parameters=(VERSION, KEY), seconds=0.05),
    Job(name="slow", parameters=(VERSION, KEY), seconds=600),
    Job(name="fails", parameters=(VERSION, KEY), seconds=0.05, result="FAILURE"),
    Job(name="piped", parameters=(VERSION, KEY), stages=(Stage(name="Build", seconds=0.05),)),
    Job(
        name="gated",
        parameters=(VERSION, KEY),
        stages=(Stage(name="Ask", seconds=0, ask=GATE), Stage(name="Deploy", seconds=0.05)),
    ),
    Job(
        name="hidden",
        parameters=(Parameter(name="PILOTHOUSE_KEY", kind="Password"),),
    ),
    Job(name="never-ran", parameters=(KEY,), stages=(Stage(name="S"),), declared_by_first_run=True),
    Job(name="team/deploy", parameters=(VERSION, KEY), seconds=0.05),
)


@asynccontextmanager
async def standing(**settings: Any) -> AsyncIterator[JenkinsStandIn]:
    server = JenkinsStandIn(JOBS, (), **{"quiet_period": 0.0, **settings})
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
    assert server.routes.unknown == []


@pytest.fixture
async def jenkins() -> AsyncIterator[JenkinsStandIn]:
    async with standing() as server:
        yield server


@pytest.fixture
async def runs(jenkins: JenkinsStandIn) -> AsyncIterator[JenkinsRuns]:
    async with driving(jenkins.url) as driver:
        yield driver


async def seen(
    runs: JenkinsRuns, what: RunTarget, ref: RunRef, phase: RunPhase = RunPhase.FINISHED
) -> RunStatus:
    """The run's status once it is in this phase."""

    async def look() -> RunStatus | None:
        status = await runs.status(what, ref)
        return status if status.phase is phase else None

    found = await until(look, what=f"the run is {phase}")
    assert found is not None
    return found


# -- once per key -------------------------------------------------------------------------------------------------


async def settled(runs: JenkinsRuns) -> None:
    """As if the driver had lived longer than its grace: only then does "not found" prove something."""
    for client in runs._clients.values():
        client.born -= client.server.grace


async def test_a_start_runs_the_job_once_and_its_end_is_told(runs, jenkins):
    ref = await runs.start(target(VERSION="2.0.1"), "k1", fresh=True)
    ended = await seen(runs, target(), ref)
    assert ended.result is RunResult.SUCCESS
    assert ended.ref.url == f"{jenkins.url}/job/deploy/{ended.ref.number}/"
    assert len(jenkins.starts_with_key("k1")) == 1


async def test_however_often_it_is_started_by_one_key_it_runs_once(runs, jenkins):
    await settled(runs)
    first = await runs.start(target(), "k1", fresh=True)
    refs = [await runs.start(target(), "k1", fresh=False) for _ in range(3)]
    await seen(runs, target(), first)
    refs.append(await runs.start(target(), "k1", fresh=False))
    assert {ref.queue for ref in refs} == {first.queue}
    assert len(jenkins.builds("deploy")) == len(jenkins.starts_with_key("k1")) == 1


async def test_starts_of_one_key_that_cross_on_the_way_are_one_while_the_first_still_waits():
    async with standing(quiet_period=60.0) as jenkins, driving(jenkins.url) as runs:
        refs = await asyncio.gather(*(runs.start(target(), "k1", fresh=True) for _ in range(8)))
        assert {ref.queue for ref in refs} == {"1"}
        assert len(jenkins.starts_with_key("k1")) == 1


async def test_a_start_that_was_done_but_not_answered_is_found_and_not_done_again(runs, jenkins):
    await settled(runs)
    jenkins.set_faults(Faults(mode="drop_after", times=1, path="buildWithParameters"))
    with pytest.raises(Unreachable) as caught:
        await runs.start(target(), "k1", fresh=True)
    assert (caught.value.reason, caught.value.maybe_done) == (Reason.PEER_DOWN, True)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 2.0
    ref = await runs.start(target(), "k1", fresh=False)
    await seen(runs, target(), ref)
    assert (await runs.find(target(), "k1")) is not None
    assert len(jenkins.starts_with_key("k1")) == 1


async def test_a_start_in_doubt_is_not_said_to_be_absent_before_it_can_no_longer_arrive(jenkins):
    async with driving(jenkins.url, timeout=0.2) as runs:
        await settled(runs)
        assert await runs.find(target(), "k1") is None
        jenkins.set_faults(Faults(mode="503", times=1))
        with pytest.raises(Unreachable):
            await runs.start(target(), "k1", fresh=True)
        with pytest.raises(Unreachable) as caught:
            await runs.find(target(), "k1")
        assert caught.value.maybe_done
        assert caught.value.retry_after is not None
        assert 0.2 < caught.value.retry_after <= 0.8
        assert await runs.find(target(), "k2") is None

        async def sure() -> bool:
            try:
                return await runs.find(target(), "k1") is None
            except Unreachable:
                return False

        await until(sure)
        ref = await runs.start(target(), "k1", fresh=False)
        await seen(runs, target(), ref)
        assert len(jenkins.starts_with_key("k1")) == 1


async def test_a_start_that_was_answered_too_late_is_found_and_not_done_again(jenkins):
    async with driving(jenkins.url, timeout=0.3) as runs:
        await settled(runs)
        jenkins.set_faults(Faults(mode="slow", seconds=1, times=1, path="buildWithParameters"))
        with pytest.raises(Unreachable) as caught:
            await runs.start(target(), "k1", fresh=True)
        assert (caught.value.reason, caught.value.maybe_done) == (Reason.PEER_SLOW, True)
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > 0.3
        ref = await runs.start(target(), "k1", fresh=False)
        await seen(runs, target(), ref)
        assert len(jenkins.starts_with_key("k1")) == 1


async def test_a_refused_connection_proves_that_nothing_was_started():
    async with standing() as jenkins:
        url = jenkins.url
    async with driving(url) as runs:
        with pytest.raises(Unreachable) as caught:
            await runs.start(target(), "k1", fresh=True)
    assert (caught.value.reason, caught.value.maybe_done) == (Reason.PEER_DOWN, False)
    assert "jenkins.servers.ci.url" in caught.value.sentence


async def test_right_after_a_restart_of_ours_not_found_proves_nothing_yet(runs, jenkins):
    with pytest.raises(Unreachable) as caught:
        await runs.start(target(), "k1", fresh=False)
    assert caught.value.maybe_done
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 3.5
    assert jenkins.engine.starts == []


async def test_a_run_that_jenkins_forgot_when_it_was_killed_is_started_again_by_the_same_key():
    async with standing(quiet_period=60.0) as jenkins, driving(jenkins.url) as runs:
        await settled(runs)
        ref = await runs.start(target(), "k1", fresh=True)
        await jenkins.restart(refused=0, starting=0, lose_queue=True)
        assert (await runs.status(target(), ref)).phase is RunPhase.MISSING
        jenkins.engine.quiet_period = 0
        again = await runs.start(target(), "k1", fresh=False)
        assert (await seen(runs, target(), again)).result is RunResult.SUCCESS
        assert len(jenkins.builds("deploy")) == 1


# -- following ----------------------------------------------------------------------------------------------------


async def test_a_pipeline_asks_is_answered_once_and_ends(runs, jenkins):
    ref = await runs.start(target("gated", VERSION="7"), "k1", fresh=True)
    status = await seen(runs, target("gated"), ref, RunPhase.PAUSED)
    assert status.input is not None
    assert status.input.message == "Deploy 7?"
    answers = [await runs.answer(target("gated"), status.ref, status.input, proceed=True) for _ in range(2)]
    assert answers == [True, False]
    ended = await seen(runs, target("gated"), status.ref)
    assert [stage.name for stage in ended.stages] == ["Ask", "Deploy"]


async def test_a_rejected_question_ends_the_run_aborted(runs, jenkins):
    ref = await runs.start(target("gated"), "k1", fresh=True)
    status = await seen(runs, target("gated"), ref, RunPhase.PAUSED)
    assert await runs.answer(target("gated"), status.ref, status.input, proceed=False)
    assert (await seen(runs, target("gated"), status.ref)).result is RunResult.ABORTED


async def test_a_running_build_is_stopped_and_a_second_cancel_is_no_error(runs, jenkins):
    ref = await runs.start(target("slow"), "k1", fresh=True)
    status = await seen(runs, target("slow"), ref, RunPhase.RUNNING)
    await runs.cancel(target("slow"), status.ref)
    await runs.cancel(target("slow"), status.ref)
    assert (await seen(runs, target("slow"), status.ref)).result is RunResult.ABORTED
    await runs.cancel(target("slow"), status.ref)


async def test_a_waiting_start_is_cancelled_and_a_second_cancel_is_no_error():
    async with standing(quiet_period=60.0) as jenkins, driving(jenkins.url) as runs:
        ref = await runs.start(target(), "k1", fresh=True)
        assert (await runs.status(target(), ref)).waiting_for == "in the quiet period"
        await runs.cancel(target(), ref)
        await runs.cancel(target(), ref)
        ended = await runs.status(target(), ref)
        assert (ended.phase, ended.result) == (RunPhase.FINISHED, RunResult.ABORTED)


async def test_a_run_known_by_key_alone_can_be_cancelled(runs, jenkins):
    await runs.start(target("slow"), "k1", fresh=True)
    await seen(runs, target("slow"), RunRef(key="k1"), RunPhase.RUNNING)
    await runs.cancel(target("slow"), RunRef(key="k1"))
    assert (await seen(runs, target("slow"), RunRef(key="k1"))).result is RunResult.ABORTED


async def test_cancelling_what_nobody_knows_is_no_error(runs, jenkins):
    await runs.cancel(target(), RunRef(key="nobody"))
    assert jenkins.engine.starts == []


async def test_a_run_is_found_by_its_number_after_the_queue_forgot_it():
    async with standing(left_item_seconds=0.0) as jenkins, driving(jenkins.url) as runs:
        ref = await runs.start(target(), "k1", fresh=True)
        ended = await seen(runs, target(), ref)
        assert ended.ref.number == "1"


async def test_a_restart_ends_a_freestyle_run_aborted_and_keeps_a_question():
    async with standing() as jenkins, driving(jenkins.url) as runs:
        slow = await runs.start(target("slow"), "k1", fresh=True)
        gated = await runs.start(target("gated"), "k2", fresh=True)
        await seen(runs, target("slow"), slow, RunPhase.RUNNING)
        await seen(runs, target("gated"), gated, RunPhase.PAUSED)
        restart = asyncio.create_task(jenkins.restart(refused=0.3, starting=0.3))
        said = set()

        async def through() -> bool:
            try:
                await runs.status(target("gated"), gated)
            except Unreachable as failure:
                said.add(failure.reason)
            return restart.done()

        await until(through)
        assert said == {Reason.PEER_DOWN, Reason.PEER_RESTARTING}
        assert (await seen(runs, target("slow"), slow)).result is RunResult.ABORTED
        assert (await seen(runs, target("gated"), gated, RunPhase.PAUSED)).input is not None


async def test_the_log_of_a_run_grows_and_ends(runs, jenkins):
    ref = await runs.start(target("fails", VERSION="1"), "k1", fresh=True)
    assert (await runs.log(target("fails"), ref, 0)).more
    ended = await seen(runs, target("fails"), ref)
    chunk = await runs.log(target("fails"), ended.ref, 0)
    assert chunk.text.startswith("Started by user ci-bot\n")
    assert chunk.text.endswith("Finished: FAILURE\n")
    assert not chunk.more
    assert (await runs.log(target("fails"), ended.ref, chunk.offset)).text == ""


async def test_folders_are_found_without_regard_to_case(runs, jenkins):
    await runs.check(target("Team/Deploy", VERSION="1"))
    ref = await runs.start(target("Team/Deploy", VERSION="1"), "k1", fresh=True)
    assert (await seen(runs, target("Team/Deploy"), ref)).result is RunResult.SUCCESS


async def test_under_a_context_path_everything_works_the_same():
    below = {"context_path": "/jenkins", "root_url": "https://ci.example.test/jenkins"}
    async with standing(**below) as jenkins, driving(f"{jenkins.url}/") as runs:
        await runs.ping("ci")
        ref = await runs.start(target(), "k1", fresh=True)
        ended = await seen(runs, target(), ref)
        assert ended.ref.url == f"{jenkins.url}/job/deploy/1/"


async def test_doctor_is_told_what_a_job_declares(runs, jenkins):
    lines = await runs.examine(target(VERSION="1"))
    assert lines[1:] == ["VERSION (string)", "PILOTHOUSE_KEY (string)"]


# -- refusals -----------------------------------------------------------------------------------------------------


async def test_a_key_in_a_password_parameter_could_never_be_found(runs, jenkins):
    with pytest.raises(Refused) as caught:
        await runs.check(target("hidden"))
    assert caught.value.reason is Reason.KEY_NOT_DECLARED
    assert "PasswordParameter" in caught.value.sentence


async def test_a_pipeline_that_never_ran_is_refused_with_the_way_out(runs, jenkins):
    with pytest.raises(Refused) as caught:
        await runs.check(target("never-ran"))
    assert caught.value.reason is Reason.KEY_NOT_DECLARED
    assert "never run" in caught.value.sentence
    assert "Run it once" in caught.value.way_out


async def test_a_job_missing_in_a_folder_is_suggested_with_its_folder(runs, jenkins):
    with pytest.raises(Refused) as caught:
        await runs.check(target("team/deplyo"))
    assert "Did you mean “team/deploy”?" in caught.value.sentence


async def test_a_server_that_is_not_configured_is_named(runs, jenkins):
    with pytest.raises(Rejected) as caught:
        await runs.ping("other")
    assert "“other”" in caught.value.sentence
    assert "ci" in caught.value.sentence


# -- faults -------------------------------------------------------------------------------------------------------

FAULTS = [
    (Faults(mode="503"), Unreachable, Reason.PEER_RESTARTING),
    (Faults(mode="down"), Unreachable, Reason.PEER_DOWN),
    (Faults(mode="unauthorized"), Rejected, Reason.CREDENTIALS_WRONG),
    (Faults(mode="slow", seconds=1), Unreachable, Reason.PEER_SLOW),
]


@pytest.mark.parametrize(("fault", "kind", "reason"), FAULTS)
async def test_each_fault_has_a_reason_of_its_own_and_passes(fault, kind, reason, jenkins, monkeypatch):
    monkeypatch.setattr("bot.drivers.jenkins.client.LOOK_AGAIN", 0.01)
    async with driving(jenkins.url, timeout=0.4) as runs:
        jenkins.set_faults(fault)
        with pytest.raises(kind) as caught:
            await runs.status(target(), RunRef(key="k", number="1"))
        assert caught.value.reason is reason
        jenkins.set_faults(Faults())
        await runs.ping("ci")


async def test_a_moment_of_401_while_starting_up_is_not_believed(jenkins, monkeypatch):
    monkeypatch.setattr("bot.drivers.jenkins.client.LOOK_AGAIN", 0.01)
    async with driving(jenkins.url) as runs:
        jenkins.set_faults(Faults(mode="unauthorized", times=1))
        ref = await runs.start(target(), "k1", fresh=True)
        await seen(runs, target(), ref)
        assert len(jenkins.starts_with_key("k1")) == 1


async def test_a_503_may_have_started_it(runs, jenkins):
    jenkins.set_faults(Faults(mode="503", times=1))
    with pytest.raises(Unreachable) as caught:
        await runs.start(target(), "k1", fresh=True)
    assert caught.value.maybe_done


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ("ci-outsider", Reason.JOB_MISSING),
        ("ci-viewer", Reason.PERMISSION_MISSING),
        ("ci-nobody", Reason.PERMISSION_MISSING),
    ],
)
async def test_a_user_without_rights_is_told_which(user, reason, jenkins):
    token = jenkins.user(user).token
    async with driving(jenkins.url, user=user, token=SecretStr(token)) as runs:
        with pytest.raises(Rejected) as caught:
            await runs.start(target(), "k1", fresh=True)
    assert caught.value.reason is reason
    assert user in caught.value.sentence


async def test_no_secret_is_in_what_the_driver_says(jenkins, monkeypatch, caplog):
    monkeypatch.setattr("bot.drivers.jenkins.client.LOOK_AGAIN", 0.01)
    secret = "11feedfeedfeedfeedfeedfeedfeedfeed"
    said = []
    with caplog.at_level("DEBUG"):
        async with driving(jenkins.url, token=SecretStr(secret), timeout=0.3) as runs:
            for fault in (*(fault for fault, _, _ in FAULTS), Faults(mode="drop_after"), Faults()):
                jenkins.set_faults(fault)
                with pytest.raises(Failure) as caught:
                    await runs.ping("ci")
                cause: BaseException | None = caught.value
                while cause:
                    said.append(f"{cause!s} {cause!r}")
                    cause = cause.__cause__ or cause.__context__
            said.append(repr(runs._clients["ci"].server))
    assert len(said) > 6
    assert secret not in "\n".join(said)
    assert secret not in caplog.text


async def test_every_exchange_is_counted_with_its_outcome(jenkins):
    counted = []
    server = JenkinsServer(url=jenkins.url, user="ci-bot", token=SecretStr(TOKEN), timeout=0.3)
    runs = JenkinsRuns(
        JenkinsSettings(servers={"ci": server}), observe=lambda *what: counted.append(what[:2])
    )
    await runs.ping("ci")
    jenkins.set_faults(Faults(mode="down"))
    with pytest.raises(Unreachable):
        await runs.ping("ci")
    await runs.close()
    assert counted == [("ci", "200"), ("ci", "200"), ("ci", "peer_down")]


async def test_a_slow_jenkins_does_not_block_the_loop_and_is_asked_by_few_at_a_time(jenkins):
    jenkins.set_faults(Faults(mode="slow", seconds=0.2))
    async with driving(jenkins.url, parallel=2) as runs:
        began = time.monotonic()
        asks = [asyncio.create_task(runs.status(target(), RunRef(key="k", number="1"))) for _ in range(4)]
        ticks = 0
        while not all(ask.done() for ask in asks):
            await asyncio.sleep(0.005)
            ticks += 1
        assert time.monotonic() - began >= 0.39
        assert ticks > 20
        assert [ask.result().result for ask in asks] == [RunResult.LOST] * 4


async def test_the_environments_proxy_is_not_used_for_this_machine(jenkins, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with driving(jenkins.url) as runs:
        await runs.ping("ci")


# -- peers that are not Jenkins, or no longer quite ---------------------------------------------------------------


def raw(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    size = f"Content-Length: {len(body) if length is None else length}"
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, size, "Connection: close", "", ""]).encode() + body


JSON = "Content-Type: application/json"
ODD = [
    (raw("200 OK", b'{"name": "ci-bot", "anon', JSON), Unreachable, Reason.ANSWER_UNREADABLE),
    (raw("200 OK", b'{"name": "ci-bot"', JSON, length=500), Unreachable, Reason.PEER_DOWN),
    (raw("200 OK", b"<html>Sign in</html>", "Content-Type: text/html"), Rejected, Reason.ANSWER_UNREADABLE),
    (raw("200 OK", b"[]", JSON), Unreachable, Reason.ANSWER_UNREADABLE),
    (
        raw("302 Found", b"", "Location: https://sso.example.test/x?session=1"),
        Rejected,
        Reason.ANSWER_UNREADABLE,
    ),
    (raw("502 Bad Gateway"), Unreachable, Reason.PEER_DOWN),
    (raw("504 Gateway Timeout"), Unreachable, Reason.PEER_DOWN),
    (raw("429 Too Many Requests", b"", "Retry-After: 7"), Unreachable, Reason.RATE_LIMITED),
    (raw("403 Forbidden", b"blocked"), Rejected, Reason.PERMISSION_MISSING),
    (raw("418 I'm a teapot"), Rejected, Reason.ANSWER_UNREADABLE),
    (b"220 smtp.example.test ready\r\n", Unreachable, Reason.PEER_DOWN),
]


@pytest.mark.parametrize(("answer", "kind", "reason"), ODD)
async def test_an_odd_answer_is_a_failure_with_a_name(answer, kind, reason):
    async with replaying({"GET /whoAmI/api/json": answer}) as replay, driving(replay.url) as runs:
        with pytest.raises(kind) as caught:
            await runs.ping("ci")
    assert caught.value.reason is reason
    assert "session=1" not in caught.value.sentence


async def test_a_rate_limit_says_how_long_to_wait():
    answer = raw("429 Too Many Requests", b"", "Retry-After: 7")
    async with replaying({"GET /whoAmI/api/json": answer}) as replay, driving(replay.url) as runs:
        with pytest.raises(Unreachable) as caught:
            await runs.ping("ci")
    assert caught.value.retry_after == 7


async def test_credentials_do_not_follow_a_redirect(jenkins):
    async with replaying({}) as elsewhere:
        answer = raw("303 See Other", b"", f"Location: {elsewhere.url}/queue/item/4/")
        script = {
            "POST /job/deploy/buildWithParameters": answer,
            "GET /queue/item/4/api/json": raw("404 Not Found"),
        }
        async with replaying(script) as replay, driving(replay.url) as runs:
            with pytest.raises(Rejected):
                await runs.start(target(), "k1", fresh=True)
        assert elsewhere.asked == []


async def test_a_compressed_answer_is_read():
    who = gzip.compress(b'{"anonymous": false, "name": "ci-bot"}')
    script = {
        "GET /whoAmI/api/json": raw("200 OK", who, JSON, "Content-Encoding: gzip"),
        "GET /api/json": raw("200 OK", b"{}", JSON),
    }
    async with replaying(script) as replay, driving(replay.url) as runs:
        await runs.ping("ci")


async def test_a_peer_that_drips_is_given_up_in_time():
    given_up = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            writer.close()
            given_up.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, driving(f"http://127.0.0.1:{port}", timeout=0.3) as runs:
        async with asyncio.timeout(20):
            with pytest.raises(Unreachable) as caught:
                await runs.ping("ci")
        assert caught.value.reason is Reason.PEER_SLOW
        await asyncio.wait_for(given_up.wait(), 5)


@pytest.fixture
def signed_by_nobody(tmp_path):
    """A certificate for 127.0.0.1 that is its own authority."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    made = tmp_path / "made.pem"
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    how = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    subprocess.run(
        [openssl, "req", *how, *subject, "-keyout", made, "-out", tmp_path / "cert.pem"],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", made)
    return context, tmp_path / "cert.pem"


async def test_an_unknown_authority_is_named_with_the_setting_and_accepted_when_set(signed_by_nobody):
    context, authority = signed_by_nobody
    script = {
        "GET /whoAmI/api/json": raw("200 OK", b'{"anonymous": false, "name": "ci-bot"}', JSON),
        "GET /api/json": raw("200 OK", b"{}", JSON),
    }
    async with replaying(script, context=context) as replay:
        async with driving(replay.url) as runs:
            with pytest.raises(Rejected) as caught:
                await runs.ping("ci")
        assert caught.value.reason is Reason.PEER_BROKEN
        assert "ca_bundle" in caught.value.sentence
        async with driving(replay.url, ca_bundle=authority) as runs:
            await runs.ping("ci")


async def test_https_where_http_is_spoken_is_named(jenkins):
    async with driving(jenkins.url.replace("http://", "https://")) as runs:
        with pytest.raises(Rejected) as caught:
            await runs.ping("ci")
    assert "does not speak TLS" in caught.value.sentence


async def test_a_name_that_nobody_knows_is_down_and_nothing_was_started():
    async with driving("http://jenkins.invalid") as runs:
        with pytest.raises(Unreachable) as caught:
            await runs.start(target(), "k1", fresh=True)
    assert (caught.value.reason, caught.value.maybe_done) == (Reason.PEER_DOWN, False)


async def test_after_closing_nothing_is_asked_any_more(jenkins):
    async with driving(jenkins.url) as runs:
        await runs.close()
        with pytest.raises(Unreachable):
            await runs.ping("ci")


# -- logs that are cut anywhere -----------------------------------------------------------------------------------

NOTE = "\x1b[8mha:////4AAAA=\x1b[0m"
WHOLE = f"{NOTE}[Pipeline] echo\n\x1b[31mżółć\x1b[0m done\n".encode()


@pytest.mark.parametrize("cut", range(1, len(WHOLE)))
async def test_a_log_cut_at_any_byte_reads_the_same(cut):
    """Some servers and plugins serve unfinished lines: notes, colours and characters may be cut in two."""
    path = "GET /job/deploy/1/logText/progressiveText?start="
    more = (f"X-Text-Size: {cut}", "X-More-Data: true")
    script = {f"{path}0": raw("200 OK", WHOLE[:cut], *more)}
    async with replaying(script) as replay, driving(replay.url) as runs:
        ref = RunRef(key="", number="1")
        first = await runs.log(target(), ref, 0)
        rest = raw("200 OK", WHOLE[first.offset :], f"X-Text-Size: {len(WHOLE)}")
        script[f"{path}{first.offset}"] = rest
        second = await runs.log(target(), ref, first.offset)
    assert first.more
    assert first.text + second.text == "[Pipeline] echo\nżółć done\n"
