"""Jenkins as it stands elsewhere: other versions, plugins, proxies and names. A peer of its own, from the documentation.

https://www.jenkins.io/doc/book/using/remote-access-api/; https://github.com/jenkinsci/jenkins, `ParameterizedJobMixIn`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from bot.drivers.jenkins import JenkinsRuns
from bot.errors import Refused, Rejected, Unreachable
from bot.reasons import Reason
from bot.runs import RunPhase, RunRef, RunResult
from tests.jenkins.drivers import driving, target

KEY, QUEUE, NUMBER = "pilothouse-d1", 7, 42
STRING = "hudson.model.StringParameterDefinition"


def declared(name: str, class_: str = STRING, **more: Any) -> dict[str, Any]:
    return {"_class": class_, "name": name, "type": class_.rpartition(".")[2], **more}


class Elsewhere:
    """A Jenkins with one job, made of what Jenkins documents; a test changes what its server does otherwise.

    `posted` are the forms that start the job, `asked` the raw paths of everything.
    """

    def __init__(self, job: str = "deploy") -> None:
        self.path = "/" + "/".join(f"job/{part}" for part in job.split("/"))
        self.url = ""
        self.started: tuple[int, dict[str, str]] = (201, {"Location": f"{{url}}/queue/item/{QUEUE}/"})
        self.job: dict[str, Any] = {
            "_class": "hudson.model.FreeStyleProject",
            "fullName": job,
            "buildable": True,
            "property": [{"parameterDefinitions": [declared("PILOTHOUSE_KEY"), declared("VERSION")]}],
        }
        self.item: dict[str, Any] | None = None
        self.build: dict[str, Any] | None = None
        self.squeezed = False
        self.posted: list[dict[str, str]] = []
        self.asked: list[str] = []

    def parameters(self) -> list[dict[str, Any]]:
        return [
            {
                "_class": "hudson.model.ParametersAction",
                "parameters": [{"name": "PILOTHOUSE_KEY", "value": KEY}],
            }
        ]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = urlsplit(request.raw_path).path
        self.asked.append(path)
        if path == f"{self.path}/buildWithParameters":
            return await self._start(request)
        known: dict[str, Callable[[], dict[str, Any] | None]] = {
            f"{self.path}/api/json": self._job,
            "/queue/api/json": lambda: {"items": [self.item] if self.item else []},
            f"/queue/item/{QUEUE}/api/json": lambda: self.item,
            f"{self.path}/{NUMBER}/api/json": lambda: self.build,
            "/api/json": lambda: {"jobs": []},
        }
        found = known[path]() if path in known else None
        if found is None:
            return web.Response(status=404, text="<html>Not Found</html>", content_type="text/html")
        body = json.dumps(found).encode()
        if self.squeezed:
            headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
            return web.Response(body=gzip.compress(body), headers=headers)
        return web.Response(body=body, content_type="application/json")

    def _job(self) -> dict[str, Any]:
        return {**self.job, "builds": [self.build] if self.build else []}

    async def _start(self, request: web.Request) -> web.Response:
        self.posted.append({name: str(value) for name, value in (await request.post()).items()})
        status, headers = self.started
        if status in {201, 302, 303} and self.item is None:
            self.item = {"id": QUEUE, "why": None, "actions": self.parameters()}
        return web.Response(
            status=status, headers={name: value.format(url=self.url) for name, value in headers.items()}
        )


@asynccontextmanager
async def elsewhere(peer: Elsewhere, host: str = "127.0.0.1", tail: str = "") -> AsyncIterator[JenkinsRuns]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", peer.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, 0)
        await site.start()
        name = f"[{host}]" if ":" in host else host
        peer.url = f"http://{name}:{runner.addresses[0][1]}"
        async with driving(peer.url + tail) as runs:
            yield runs
    finally:
        await runner.cleanup()


# --- starting ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "location",
    [
        f"{{url}}/queue/item/{QUEUE}/",
        f"/queue/item/{QUEUE}/",
        f"queue/item/{QUEUE}",
        f"https://ci.public.example/queue/item/{QUEUE}/",
        f"http://internal:8080/jenkins/queue/item/{QUEUE}/",
    ],
)
@pytest.mark.parametrize("status", [201, 302, 303])
async def test_a_start_is_understood_wherever_its_place_in_the_queue_is_said_to_be(
    status: int, location: str
) -> None:
    peer = Elsewhere()
    peer.started = (status, {"Location": location})
    async with elsewhere(peer) as runs:
        ref = await runs.start(target(VERSION="1"), KEY, fresh=True)

    assert ref.queue == str(QUEUE)
    assert peer.posted == [{"VERSION": "1", "PILOTHOUSE_KEY": KEY}]
    assert ref.url.startswith(peer.url)


@pytest.mark.parametrize(
    "answer", [(201, {}), (302, {"Location": "{url}/job/deploy/"}), (303, {"Location": "."})]
)
async def test_a_start_whose_place_is_not_said_is_found_by_its_key(
    answer: tuple[int, dict[str, str]],
) -> None:
    peer = Elsewhere()
    peer.started = answer
    async with elsewhere(peer) as runs:
        assert (await runs.start(target(VERSION="1"), KEY, fresh=True)).queue == str(QUEUE)

    assert len(peer.posted) == 1


@pytest.mark.parametrize("status", [301, 307, 308])
async def test_a_redirect_to_another_address_starts_nothing_and_names_the_setting(status: int) -> None:
    peer = Elsewhere()
    peer.started = (
        status,
        {"Location": "https://ci.example.com/job/deploy/buildWithParameters?session=hidden"},
    )
    async with elsewhere(peer) as runs:
        with pytest.raises(Rejected, match=r"https://ci\.example\.com/job/deploy") as failure:
            await runs.start(target(VERSION="1"), KEY, fresh=True)

    assert "servers.ci.url" in failure.value.sentence
    assert "hidden" not in failure.value.sentence


async def test_a_redirect_to_a_login_page_is_said_to_be_one() -> None:
    class WithLogin(Elsewhere):
        async def _start(self, request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": "https://sso.example.com/login?from=x"})

    async with elsewhere(WithLogin()) as runs:
        with pytest.raises(Rejected, match=r"sso\.example\.com"):
            await runs.start(target(VERSION="1"), KEY, fresh=True)


# --- following -----------------------------------------------------------------------------------------------


async def test_a_number_that_is_known_before_its_build_can_be_read_is_not_lost() -> None:
    peer = Elsewhere()
    ref = RunRef(key=KEY, queue=str(QUEUE))
    async with elsewhere(peer) as runs:
        peer.item = {"id": QUEUE, "why": None, "executable": {"number": NUMBER}, "actions": peer.parameters()}
        early = await runs.status(target(), ref)
        peer.build = {"number": NUMBER, "building": True, "queueId": QUEUE, "actions": peer.parameters()}
        later = await runs.status(target(), early.ref)
        peer.build = None
        gone = await runs.status(target(), later.ref)

    assert (early.phase, early.ref.number) == (RunPhase.QUEUED, "")
    assert (later.phase, later.ref.number) == (RunPhase.RUNNING, str(NUMBER))
    assert (gone.phase, gone.result) == (RunPhase.FINISHED, RunResult.LOST)


@pytest.mark.parametrize(
    "item",
    [
        {"id": QUEUE, "executable": None},
        {"id": QUEUE, "executable": {}},
        {"id": QUEUE, "why": None, "buildable": False, "pending": True, "stuck": True},
        {
            "id": QUEUE,
            "why": "Waiting for next available executor",
            "task": {"name": "deploy", "color": "blue"},
        },
    ],
    ids=json.dumps,
)
async def test_an_item_that_waits_is_queued_whatever_it_says(item: dict[str, Any]) -> None:
    peer = Elsewhere()
    peer.item = item
    async with elsewhere(peer) as runs:
        status = await runs.status(target(), RunRef(key=KEY, queue=str(QUEUE)))

    assert status.phase is RunPhase.QUEUED
    assert status.waiting_for


async def test_answers_without_classes_and_squeezed_are_read() -> None:
    peer = Elsewhere()
    peer.squeezed = True
    del peer.job["_class"]
    peer.build = {
        "number": NUMBER,
        "building": False,
        "result": "SUCCESS",
        "timestamp": 1,
        "actions": [None, {}],
    }
    async with elsewhere(peer) as runs:
        await runs.check(target(VERSION="1"))
        status = await runs.status(target(), RunRef(key=KEY, number=str(NUMBER)))

    assert status.result is RunResult.SUCCESS


# --- jobs and their parameters -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        "hudson.model.FreeStyleProject",
        "org.jenkinsci.plugins.workflow.job.WorkflowJob",
        "hudson.matrix.MatrixProject",
        "hudson.maven.MavenModuleSet",
        "com.tikal.jenkins.plugins.multijob.MultiJobProject",
        "",
    ],
)
async def test_jobs_of_any_kind_can_be_deployed_with(kind: str) -> None:
    peer = Elsewhere()
    peer.job |= {"_class": kind, "activeConfigurations": [{"name": "os=linux"}], "lastBuild": None}
    del peer.job["buildable"]
    async with elsewhere(peer) as runs:
        await runs.check(target(VERSION="1"))


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("com.cloudbees.hudson.plugins.folder.Folder", "folder"),
        ("jenkins.branch.OrganizationFolder", "folder"),
        ("org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject", "multibranch"),
    ],
)
async def test_what_only_holds_jobs_is_refused_with_one_of_them(kind: str, word: str) -> None:
    peer = Elsewhere()
    peer.job = {"_class": kind, "jobs": [{"name": "main"}]}
    async with elsewhere(peer) as runs:
        with pytest.raises(Refused, match=word) as refusal:
            await runs.check(target())

    assert "deploy/main" in refusal.value.way_out


@pytest.mark.parametrize(
    "definition",
    [
        declared("VERSION", "hudson.model.RunParameterDefinition", projectName="build"),
        declared("VERSION", "com.cloudbees.plugins.credentials.CredentialsParameterDefinition"),
        declared(
            "VERSION",
            "net.uaznia.lukanus.hudson.plugins.gitparameter.GitParameterDefinition",
            allValueItems={},
        ),
        declared(
            "VERSION",
            "com.cwctravel.hudson.plugins.extended__choice__parameter.ExtendedChoiceParameterDefinition",
        ),
        declared("VERSION", "org.biouno.unochoice.ChoiceParameter", choices={"a": "a"}),
        declared("VERSION", "org.biouno.unochoice.CascadeChoiceParameter", choices=["a", "b"]),
        declared("VERSION", "hudson.model.ChoiceParameterDefinition", choices=None),
        declared("VERSION", "hudson.model.ChoiceParameterDefinition", choices=[]),
        {"name": "VERSION"},
    ],
    ids=json.dumps,
)
async def test_parameters_that_only_their_plugin_can_judge_are_left_to_it(definition: dict[str, Any]) -> None:
    peer = Elsewhere()
    peer.job["property"] = [{}, None, {"parameterDefinitions": [declared("PILOTHOUSE_KEY"), definition]}]
    async with elsewhere(peer) as runs:
        await runs.check(target(VERSION="1.2.3"))
        assert any("VERSION" in line for line in await runs.examine(target(VERSION="1.2.3")))


async def test_a_choice_of_jenkins_own_is_held_to_its_list() -> None:
    peer = Elsewhere()
    choice = declared("VERSION", "hudson.model.ChoiceParameterDefinition", choices=["1.2.3", "1.2.4"])
    peer.job["property"] = [{"parameterDefinitions": [declared("PILOTHOUSE_KEY"), choice]}]
    async with elsewhere(peer) as runs:
        with pytest.raises(Refused) as refusal:
            await runs.check(target(VERSION="1.2.5"))

    assert refusal.value.reason is Reason.PARAMETER_OUTSIDE_CHOICES


@pytest.mark.parametrize(
    ("kind", "carries"),
    [
        ("hudson.model.StringParameterDefinition", True),
        ("hudson.model.TextParameterDefinition", True),
        ("com.wangyin.parameter.WHideParameterDefinition", True),
        ("hudson.plugins.validating_string_parameter.ValidatingStringParameterDefinition", True),
        ("com.gem.persistentparameter.PersistentStringParameterDefinition", True),
        ("hudson.model.PasswordParameterDefinition", False),
        ("hudson.model.BooleanParameterDefinition", False),
        ("hudson.model.ChoiceParameterDefinition", False),
    ],
)
async def test_the_key_travels_in_anything_that_is_a_string(kind: str, carries: bool) -> None:
    peer = Elsewhere()
    peer.job["property"] = [{"parameterDefinitions": [declared("PILOTHOUSE_KEY", kind)]}]
    async with elsewhere(peer) as runs:
        if carries:
            await runs.check(target())
        else:
            with pytest.raises(Refused, match="PILOTHOUSE_KEY"):
                await runs.check(target())


# --- names and addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "encoded"),
    [
        ("release job", "release%20job"),
        ("100% sure", "100%25%20sure"),
        ("Auslieferung für Köln", "Auslieferung%20f%C3%BCr%20K%C3%B6ln"),
        ("a+b&c=d;e", "a%2Bb%26c%3Dd%3Be"),
        ("team/release job", "team/release%20job"),
        ("multi/feature%2Fnew", "multi/feature%252Fnew"),
        ("(old) [x]~!*'", "%28old%29%20%5Bx%5D~%21%2A%27"),
    ],
)
async def test_a_job_of_any_name_is_asked_for_by_that_name(job: str, encoded: str) -> None:
    peer = Elsewhere(encoded)
    async with elsewhere(peer) as runs:
        await runs.check(target(job, VERSION="1"))
        await runs.start(target(job, VERSION="1"), KEY, fresh=True)

    assert all(path.startswith("/job/") for path in peer.asked)


@pytest.mark.parametrize("tail", ["", "/", "//"])
async def test_slashes_at_the_end_of_the_address_do_not_matter(tail: str) -> None:
    peer = Elsewhere()
    async with elsewhere(peer, tail=tail) as runs:
        await runs.check(target(VERSION="1"))

    assert peer.asked == ["/job/deploy/api/json"]


async def test_an_address_of_ipv6_is_an_address() -> None:
    try:
        async with elsewhere(Elsewhere(), host="::1") as runs:
            await runs.check(target(VERSION="1"))
    except OSError as problem:
        pytest.skip(f"this machine has no ::1: {problem}")


async def test_values_of_any_text_arrive_as_they_are() -> None:
    peer = Elsewhere()
    text = "ünï ☃ 👍 a+b&c=d %20 \"q\" 'q'\nline two\ttab\\"
    async with elsewhere(peer) as runs:
        await runs.start(target(VERSION=text), KEY, fresh=True)

    assert peer.posted[0]["VERSION"].replace("\r\n", "\n") == text


async def test_a_page_where_data_was_asked_for_is_not_waited_for() -> None:
    class Portal(Elsewhere):
        async def answer(self, request: web.Request) -> web.StreamResponse:
            return web.Response(text="<html><form>Log in</form></html>", content_type="text/html")

    async with elsewhere(Portal()) as runs:
        with pytest.raises(Rejected, match="login or maintenance page"):
            await runs.check(target(VERSION="1"))
        with pytest.raises((Rejected, Unreachable)):
            await runs.start(target(VERSION="1"), KEY, fresh=True)
