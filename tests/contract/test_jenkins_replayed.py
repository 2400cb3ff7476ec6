"""The driver against recorded answers of a real Jenkins, byte for byte over real HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from bot.errors import Failure, Refused, Rejected, Unreachable
from bot.reasons import Reason
from bot.runs import RunInput, RunPhase, RunRef, RunResult, RunStatus, StageState
from tests.jenkins.drivers import DECLARED, driving, target
from tests.jenkins.recordings import recording
from tests.jenkins.replay import Script, replaying

KEYED = RunRef(key="")
QUEUED = RunRef(key="", queue="11", url="")
NUMBERED = RunRef(key="", number="1")


async def status(
    script: Script, ref: RunRef, job: str = "deploy", prefix: str = "", **settings: Any
) -> RunStatus:
    async with replaying(script, prefix) as replay, driving(replay.url, **settings) as runs:
        return await runs.status(target(job), ref)


# -- waiting ------------------------------------------------------------------------------------------------------

WAITING = {
    "10-deploy-queue-quiet": "in the quiet period",
    "81-plain-queue-causes": "in the quiet period",
    "32-queue-blocked": "the same job is building (#2)",
    "33-queue-buildable": "waiting for an executor",
    "33-queue-no-such-label": "no node has the label no-such-label",
    "34-quietdown-queue": "Jenkins is about to shut down",
}


@pytest.mark.parametrize(("name", "words"), WAITING.items())
async def test_a_queue_item_says_in_plain_and_steady_words_why_it_waits(name, words):
    seen = await status({"GET /queue/item/11/api/json": name}, QUEUED)
    assert (seen.phase, seen.waiting_for, seen.ref.number) == (RunPhase.QUEUED, words, "")


@pytest.mark.parametrize(
    "name", ["32-queue-cancelled-item", "32-queue-cancelled-item-2", "32-queue-item-viewer"]
)
async def test_a_cancelled_queue_item_is_an_aborted_run(name):
    seen = await status({"GET /queue/item/11/api/json": name}, QUEUED)
    assert (seen.phase, seen.result) == (RunPhase.FINISHED, RunResult.ABORTED)


LEFT = [
    ("10-deploy-queue-left", "deploy", "1", "10-deploy-building", RunPhase.RUNNING),
    ("10-deploy-queue-left-done", "deploy", "1", "10-deploy-done", RunPhase.FINISHED),
    ("60-restart-queued-item", "slow-params", "4", "10-deploy-done", RunPhase.FINISHED),
    ("60-restart-queued-item-2", "deploy", None, "10-deploy-done", RunPhase.FINISHED),
    ("50-queue-left-36", "deploy", "1", "10-deploy-done", RunPhase.FINISHED),
    (
        "35-folder-nested-queue-left",
        "team-a/sub team/release job",
        "1",
        "35-folder-nested-build",
        RunPhase.FINISHED,
    ),
]


@pytest.mark.parametrize(("item", "job", "number", "build", "phase"), LEFT)
async def test_an_item_that_left_the_queue_leads_to_its_build_on_our_own_url(item, job, number, build, phase):
    number = number or str(recording(item).json["executable"]["number"])
    path = "/".join(f"job/{part}" for part in job.replace(" ", "%20").split("/"))
    script = {"GET /queue/item/11/api/json": item, f"GET /{path}/{number}/api/json": build}
    async with replaying(script) as replay, driving(replay.url) as runs:
        seen = await runs.status(target(job), QUEUED)
        assert (seen.phase, seen.ref.number) == (phase, number)
        assert seen.ref.url == f"{replay.url}/{path}/{number}/"


@pytest.mark.parametrize("item", ["70-prefix-queue", "70-prefix-queue-left"])
async def test_under_a_context_path_the_root_url_in_answers_is_never_followed(item):
    script = {
        "GET /jenkins/queue/item/4/api/json": item,
        "GET /jenkins/job/quick-params/1/api/json": "70-prefix-build",
    }
    async with replaying(script, "/jenkins") as replay, driving(replay.url) as runs:
        seen = await runs.status(target("quick-params"), RunRef(key="", queue="4"))
        assert seen.ref.url == f"{replay.url}/job/quick-params/1/"
        assert seen.result is RunResult.SUCCESS


async def test_an_item_that_the_queue_forgot_is_found_by_its_queue_id():
    script = {
        "GET /queue/item/18/api/json": "50-queue-left-expired",
        "GET /queue/api/json": "60-restart-queue",
        "GET /job/quick-params/api/json": "20-quickparams-builds",
        "GET /job/quick-params/10/api/json": "10-deploy-done",
    }
    seen = await status(script, RunRef(key="", queue="18"), "quick-params")
    assert (seen.ref.number, seen.phase) == ("10", RunPhase.FINISHED)


@pytest.mark.parametrize("forgotten", ["50-queue-left-expired", "32-queue-item-unknown"])
async def test_a_run_that_neither_queue_nor_builds_know_is_missing(forgotten):
    script = {
        "GET /queue/item/999/api/json": forgotten,
        "GET /queue/api/json": "60-restart-queue",
        "GET /job/deploy/api/json": "20-deploy-builds",
    }
    seen = await status(script, RunRef(key="nobody", queue="999"))
    assert seen.phase is RunPhase.MISSING


async def test_a_run_known_by_key_alone_is_found_in_the_queue():
    script = {
        "GET /queue/api/json": "10-deploy-queue-all",
        "GET /queue/item/11/api/json": "10-deploy-queue-quiet",
    }
    seen = await status(script, RunRef(key="2.0.1"), key_parameter="VERSION")
    assert (seen.ref.queue, seen.phase) == ("11", RunPhase.QUEUED)


async def test_a_run_known_by_key_alone_is_found_among_the_last_builds():
    script = {
        "GET /queue/api/json": "60-restart-queue",
        "GET /job/deploy/api/json": "20-deploy-builds",
        "GET /job/deploy/2/api/json": "31-stop-right-after",
    }
    numbers = {
        b["actions"][0]["parameters"][0]["value"]: b["number"]
        for b in recording("20-deploy-builds").json["builds"]
    }
    script[f"GET /job/deploy/{numbers['bool']}/api/json"] = "31-stop-right-after"
    seen = await status(script, RunRef(key="bool"), key_parameter="VERSION")
    assert seen.ref.number == str(numbers["bool"])


# -- running and ended --------------------------------------------------------------------------------------------

BUILDS = {
    "10-deploy-building": (RunPhase.RUNNING, None),
    "10-deploy-building-tree": (RunPhase.RUNNING, None),
    "10-deploy-done": (RunPhase.FINISHED, RunResult.SUCCESS),
    "20-secret-build": (RunPhase.FINISHED, RunResult.SUCCESS),
    "20-unknown-param-build": (RunPhase.FINISHED, RunResult.SUCCESS),
    "30-failure-done": (RunPhase.FINISHED, RunResult.FAILURE),
    "31-aborted-done": (RunPhase.FINISHED, RunResult.ABORTED),
    "31-stop-right-after": (RunPhase.RUNNING, None),
    "35-folder-build": (RunPhase.FINISHED, RunResult.SUCCESS),
    "36-tests-build": (RunPhase.FINISHED, RunResult.UNSTABLE),
    "60-restart-freestyle-was-building": (RunPhase.FINISHED, RunResult.ABORTED),
    "04-build-unknown": (RunPhase.FINISHED, RunResult.LOST),
    "84-deleted-build-get": (RunPhase.FINISHED, RunResult.LOST),
}


@pytest.mark.parametrize(("name", "expected"), BUILDS.items())
async def test_a_build_is_told_as_it_stands(name, expected):
    # A build that is not there is lost only while its job can be read.
    script = {"GET /job/deploy/1/api/json": name, "GET /job/deploy/api/json": "20-deploy-builds"}
    seen = await status(script, NUMBERED)
    assert (seen.phase, seen.result) == expected


async def test_a_build_of_a_job_that_can_t_be_read_any_more_is_not_lost():
    script = {
        "GET /job/deploy/1/api/json": "84-deleted-build-get",
        "GET /job/deploy/api/json": "80-outsider-job",
    }
    with pytest.raises(Rejected) as caught:
        await status(script, NUMBERED)
    assert caught.value.reason is Reason.JOB_MISSING


async def test_times_are_told_in_seconds():
    seen = await status({"GET /job/deploy/1/api/json": "10-deploy-done"}, NUMBERED)
    assert (seen.started_at, seen.duration, seen.expected_seconds) == (1795403509.336, 6.285, 6.285)


async def test_a_first_build_has_no_expected_time():
    seen = await status({"GET /job/deploy/1/api/json": "10-deploy-building"}, NUMBERED)
    assert seen.expected_seconds == 0


async def test_a_build_under_our_number_with_another_key_is_not_ours():
    script = {"GET /job/deploy/1/api/json": "10-deploy-done"}
    seen = await status(script, RunRef(key="another", number="1"), key_parameter="VERSION")
    assert seen.result is RunResult.LOST


S, W, A, F, U, R = (
    StageState.SUCCESS,
    StageState.PAUSED,
    StageState.ABORTED,
    StageState.FAILED,
    StageState.UNSTABLE,
    StageState.RUNNING,
)
PIPELINES = [
    ("40-pipe-build-waiting", "40-pipe-wfapi-early", RunPhase.RUNNING, None, []),
    ("60-restart-200", "44-pipe-slow-wfapi", RunPhase.RUNNING, None, [R]),
    ("41-pipe-done", "41-pipe-wfapi-done", RunPhase.FINISHED, RunResult.SUCCESS, [S, S, S, S]),
    ("42-wfapi-inputsubmit-done", "41-pipe-wfapi-done", RunPhase.FINISHED, RunResult.SUCCESS, [S, S, S, S]),
    ("42-abort-done", "42-abort-wfapi", RunPhase.FINISHED, RunResult.ABORTED, [S, S, A, A]),
    (
        "42-stop-while-input-done",
        "42-stop-while-input-wfapi",
        RunPhase.FINISHED,
        RunResult.ABORTED,
        [S, S, A, A],
    ),
    ("44-pipe-fails", "44-pipe-fails-wfapi", RunPhase.FINISHED, RunResult.FAILURE, [S, F]),
    ("42-stop-while-input-done", "44-pipe-slow-wfapi-aborted", RunPhase.FINISHED, RunResult.ABORTED, [A]),
    ("42-wfapi-inputsubmit-done", "44-pipe-unstable-wfapi", RunPhase.FINISHED, RunResult.SUCCESS, [U]),
]


@pytest.mark.parametrize(("build", "view", "phase", "result", "stages"), PIPELINES)
async def test_a_pipeline_is_told_with_its_stages(build, view, phase, result, stages):
    script = {"GET /job/pipe/1/api/json": build, "GET /job/pipe/1/wfapi/describe": view}
    seen = await status(script, NUMBERED, "pipe")
    assert (seen.phase, seen.result, [stage.state for stage in seen.stages]) == (phase, result, stages)


async def test_a_failed_stage_says_why():
    script = {
        "GET /job/pipe/1/api/json": "44-pipe-fails",
        "GET /job/pipe/1/wfapi/describe": "44-pipe-fails-wfapi",
    }
    seen = await status(script, NUMBERED, "pipe")
    assert seen.stages[1].error == "script returned exit code 7"
    assert seen.stages[1].seconds == 1.083


PAUSED = [
    ("40-pipe-build-waiting", "40-pipe-wfapi-waiting"),
    ("40-pipe-build-waiting-actions", "40-pipe-wfapi-waiting-2"),
    ("60-restart-pipeline-build", "60-restart-pipeline-0"),
]


@pytest.mark.parametrize(("build", "view"), PAUSED)
async def test_a_pipeline_that_asks_is_paused_with_its_question(build, view):
    script = {
        "GET /queue/item/39/api/json": "40-pipe-queue-left",
        "GET /job/pipe/1/api/json": build,
        "GET /job/pipe/1/wfapi/describe": view,
        "GET /job/pipe/1/wfapi/pendingInputActions": "40-pipe-pending",
    }
    seen = await status(script, RunRef(key="", queue="39"), "pipe")
    assert seen.phase is RunPhase.PAUSED
    assert seen.input == RunInput(
        id="Approve-deploy", message="Deploy 3.1 to production?", proceed="Deploy it"
    )


@pytest.mark.parametrize("pending", ["40-pipe-nopending", "41-pending-right-after", "41-pipe-pending-done"])
async def test_a_question_answered_between_two_looks_is_no_longer_shown(pending):
    script = {
        "GET /job/pipe/1/api/json": "40-pipe-build-waiting",
        "GET /job/pipe/1/wfapi/describe": "40-pipe-wfapi-waiting",
        "GET /job/pipe/1/wfapi/pendingInputActions": pending,
    }
    seen = await status(script, NUMBERED, "pipe")
    assert (seen.phase, seen.input) == (RunPhase.RUNNING, None)


@pytest.mark.parametrize("pending", ["43-input-params-pending", "43-input-params-pending-viewer"])
async def test_a_question_names_the_values_it_wants(pending):
    script = {
        "GET /job/pipe/1/api/json": "40-pipe-build-waiting",
        "GET /job/pipe/1/wfapi/describe": "40-pipe-wfapi-waiting",
        "GET /job/pipe/1/wfapi/pendingInputActions": pending,
    }
    seen = await status(script, NUMBERED, "pipe")
    assert seen.input is not None
    assert seen.input.parameters == ("TARGET", "MODE", "FORCE")


@pytest.mark.parametrize("missing", ["86-nowfapi-describe", "44-freestyle-wfapi"])
async def test_without_the_stage_view_plugin_a_question_is_hinted_at_and_the_plugin_not_asked_again(missing):
    script = {"GET /job/pipe/1/api/json": "86-nowfapi-build", "GET /job/pipe/1/wfapi/describe": missing}
    async with replaying(script) as replay, driving(replay.url) as runs:
        for _ in range(3):
            seen = await runs.status(target("pipe"), NUMBERED)
            assert (seen.phase, seen.input, seen.stages) == (RunPhase.PAUSED, None, ())
        assert sum("wfapi" in one.line for one in replay.asked) == 1


async def test_without_the_stage_view_plugin_an_ended_run_is_ended():
    script = {
        "GET /job/pipe/1/api/json": "86-nowfapi-build-done",
        "GET /job/pipe/1/wfapi/describe": "86-nowfapi-describe",
    }
    seen = await status(script, NUMBERED, "pipe")
    assert seen.result is RunResult.SUCCESS


# -- starting -----------------------------------------------------------------------------------------------------

STARTED = [
    ("10-deploy-trigger", "deploy", "11"),
    ("20-bwp-bad-bool", "deploy", "19"),
    ("20-bwp-delay", "deploy", "20"),
    ("20-bwp-empty-body", "quick-params", "16"),
    ("20-bwp-unknown-param", "quick-params", "17"),
    ("03-token-post-no-crumb", "quick-params", "8"),
    ("03-token-post-foreign-origin", "quick-params", "10"),
    ("34-quietdown-trigger", "quick-params", "32"),
    ("35-folder-trigger", "team-a/deploy", "33"),
    ("35-folder-nested-trigger", "team-a/sub team/release job", "34"),
    ("40-pipe-trigger", "pipe", "39"),
    ("82-decl-params-second-bwp", "pipe-decl-params", "78"),
    ("70-prefix-trigger", "quick-params", "4"),
    ("70-forwarded-trigger", "quick-params", "5"),
]


@pytest.mark.parametrize(("name", "job", "queue"), STARTED)
async def test_a_start_gives_the_queue_id_whatever_host_the_location_names(name, job, queue):
    path = recording(name).path.partition("?")[0]
    prefix = "/jenkins" if path.startswith("/jenkins") else ""
    async with replaying({f"POST {path}": name}, prefix) as replay, driving(replay.url) as runs:
        ref = await runs.start(target(job, **DECLARED), "key-1", fresh=True)
        assert (ref.key, ref.queue, ref.number) == ("key-1", queue, "")
        assert ref.url == f"{replay.url}{path.removeprefix(prefix).removesuffix('buildWithParameters')}"


async def test_parameters_and_key_travel_in_the_body_and_not_in_the_url():
    words = dict(recording("20-bwp-unicode").form or [])
    script = {"POST /job/quick-params/buildWithParameters": "20-bwp-unicode"}
    async with replaying(script) as replay, driving(replay.url) as runs:
        await runs.start(target("quick-params", **words), "key-1", fresh=True)
        assert replay.asked[0].line == "POST /job/quick-params/buildWithParameters HTTP/1.1"
        assert replay.asked[0].body == urlencode({**words, "PILOTHOUSE_KEY": "key-1"})
        assert dict(parse_qsl(replay.asked[0].body))["NAME"] == words["NAME"]
        assert replay.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"


FOLDED = ["10-deploy-trigger-identical", "20-bwp-nobody", "20-bwp-json-body"]


@pytest.mark.parametrize("name", FOLDED)
async def test_a_start_folded_into_our_own_waiting_item_is_ours(name):
    queue = "11" if name.startswith("10") else "16"
    script = {
        "POST /job/deploy/buildWithParameters": name,
        f"GET /queue/item/{queue}/api/json": "10-deploy-queue-quiet",
    }
    async with replaying(script) as replay, driving(replay.url, key_parameter="VERSION") as runs:
        ref = await runs.start(target(ENVIRONMENT="production"), "2.0.1", fresh=True)
        assert ref.queue == queue


async def test_a_start_folded_into_somebody_elses_item_is_not_ours():
    script = {
        "POST /job/deploy/buildWithParameters": "10-deploy-trigger-identical",
        "GET /queue/item/11/api/json": "10-deploy-queue-quiet",
    }
    async with replaying(script) as replay, driving(replay.url) as runs:
        with pytest.raises(Rejected) as caught:
            await runs.start(target(**DECLARED), "key-1", fresh=True)
    assert caught.value.reason is Reason.KEY_NOT_DECLARED
    assert "PILOTHOUSE_KEY" in caught.value.sentence


async def test_a_second_start_by_the_same_key_posts_nothing():
    script = {"GET /queue/api/json": "10-deploy-queue-all"}
    async with replaying(script) as replay, driving(replay.url, key_parameter="VERSION") as runs:
        ref = await runs.start(target(), "2.0.1", fresh=False)
        assert ref.queue == "11"
        assert replay.bodies() == []


async def test_an_accepted_start_that_names_no_queue_item_is_looked_for():
    script = {
        "POST /job/deploy/buildWithParameters": "20-build-on-parameterized-json",
        "GET /queue/api/json": "10-deploy-queue-all",
    }
    async with replaying(script) as replay, driving(replay.url, key_parameter="VERSION") as runs:
        assert (await runs.start(target(), "2.0.1", fresh=True)).queue == "11"


NOT_STARTED = [
    ("20-disabled-bwp", Rejected, Reason.JOB_DISABLED, "disabled"),
    ("20-disabled-build", Rejected, Reason.JOB_DISABLED, "disabled"),
    ("84-disabled-pipeline-trigger", Rejected, Reason.JOB_DISABLED, "disabled"),
    ("04-viewer-post", Rejected, Reason.PERMISSION_MISSING, "Job/Build"),
    ("04-viewer-post-build", Rejected, Reason.PERMISSION_MISSING, "Job/Build"),
    ("04-unknown-post", Rejected, Reason.JOB_MISSING, "Job/Read"),
    ("80-outsider-trigger", Rejected, Reason.JOB_MISSING, "Job/Read"),
    ("35-folder-as-job-build", Rejected, Reason.JOB_MISSING, "deploy"),
    ("01-anonymous-post-build", Rejected, Reason.CREDENTIALS_WRONG, "crumb"),
    ("03-password-post-no-crumb", Rejected, Reason.CREDENTIALS_WRONG, "API token"),
    ("03-password-post-crumb-no-cookie", Rejected, Reason.CREDENTIALS_WRONG, "API token"),
    ("03-password-post-wrong-crumb-cookie", Rejected, Reason.CREDENTIALS_WRONG, "API token"),
    ("20-build-on-parameterized", Rejected, Reason.PARAMETER_INVALID, "Nothing is submitted"),
    ("20-build-on-parameterized-delay0", Rejected, Reason.PARAMETER_INVALID, "form submission"),
    ("20-bwp-get", Rejected, Reason.ANSWER_UNREADABLE, "405"),
]


async def test_a_start_that_is_led_elsewhere_is_looked_for_before_it_is_given_up():
    script = {
        "POST /job/deploy/buildWithParameters": "37-multi-scan",
        "GET /queue/api/json": "60-restart-queue",
        "GET /job/deploy/api/json": "20-quickparams-builds",
    }
    async with replaying(script) as replay, driving(replay.url) as runs:
        with pytest.raises(Rejected, match="elsewhere") as caught:
            await runs.start(target(**DECLARED), "key-1", fresh=True)
    assert caught.value.reason is Reason.ANSWER_UNREADABLE


@pytest.mark.parametrize(("name", "kind", "reason", "words"), NOT_STARTED)
async def test_a_start_that_jenkins_refuses_says_why(name, kind, reason, words):
    async with (
        replaying({"POST /job/deploy/buildWithParameters": name}) as replay,
        driving(replay.url) as runs,
    ):
        with pytest.raises(kind) as caught:
            await runs.start(target(**DECLARED), "key-1", fresh=True)
    assert caught.value.reason is reason
    assert words in caught.value.sentence


BARE = [
    ("20-bwp-bad-choice", {"ENVIRONMENT": "mars"}, Reason.PARAMETER_OUTSIDE_CHOICES, "mars"),
    ("20-bwp-on-plain", {}, Reason.KEY_NOT_DECLARED, "PILOTHOUSE_KEY"),
    ("82-decl-params-first-bwp", {"WHO": "you"}, Reason.PARAMETER_UNKNOWN, "WHO"),
]


@pytest.mark.parametrize(("name", "given", "reason", "words"), BARE)
async def test_a_bare_500_is_explained_by_looking_at_the_job(name, given, reason, words):
    script = {
        "POST /job/deploy/buildWithParameters": name,
        "GET /job/deploy/api/json": "04-job-deploy-parameters",
    }
    async with replaying(script) as replay, driving(replay.url) as runs:
        with pytest.raises(Rejected) as caught:
            await runs.start(target(**given), "key-1", fresh=True)
    assert caught.value.reason is reason
    assert words in caught.value.sentence


@pytest.mark.parametrize("name", ["20-bwp-delay-bad", "20-bwp-repeated", "20-bwp-query-and-body"])
async def test_a_bare_500_that_the_job_does_not_explain_may_have_started_it(name):
    script = {
        "POST /job/deploy/buildWithParameters": name,
        "GET /job/deploy/api/json": ["04-job-deploy-parameters", "20-deploy-builds"],
        "GET /queue/api/json": "60-restart-queue",
    }
    async with replaying(script) as replay, driving(replay.url, key_parameter="VERSION") as runs:
        with pytest.raises(Unreachable) as caught:
            await runs.start(target(), "key-1", fresh=True)
    assert (caught.value.reason, caught.value.maybe_done) == (Reason.PEER_BROKEN, True)


# -- checking -----------------------------------------------------------------------------------------------------

FITS = [
    ("04-job-deploy-parameters", "deploy"),
    ("04-job-deploy", "deploy"),
    ("04-case", "Deploy"),
    ("10-deploy-job-after", "deploy"),
    ("40-pipe-job", "pipe"),
]


@pytest.mark.parametrize(("name", "job"), FITS)
async def test_a_target_that_fits_its_job_passes(name, job):
    script = {f"GET /job/{job}/api/json": name}
    async with replaying(script) as replay, driving(replay.url, key_parameter="VERSION") as runs:
        await runs.check(target(job, ENVIRONMENT="production"))


REFUSED = [
    (
        "04-job-deploy",
        {},
        Reason.KEY_NOT_DECLARED,
        "PILOTHOUSE_KEY",
        "Add a string parameter named PILOTHOUSE_KEY",
    ),
    ("04-job-deploy", {"VERSOIN": "1"}, Reason.PARAMETER_UNKNOWN, "Did you mean “VERSION”?", "ENVIRONMENT"),
    (
        "04-job-deploy",
        {"ENVIRONMENT": "prodution"},
        Reason.PARAMETER_OUTSIDE_CHOICES,
        "“production”",
        "staging, production",
    ),
    ("04-job-deploy", {"DRY_RUN": "maybe"}, Reason.PARAMETER_INVALID, "boolean", "true, false"),
    ("04-job-deploy", {"PILOTHOUSE_KEY": "x"}, Reason.PARAMETER_INVALID, "ours", "key_parameter"),
    ("04-job-secret-param", {"upload.txt": "x"}, Reason.PARAMETER_INVALID, "file", "string"),
    ("04-job-disabled", {}, Reason.JOB_DISABLED, "disabled", "Enable"),
    ("35-folder-api", {}, Reason.JOB_MISSING, "a folder", "deploy/deploy"),
    ("37-multi-api", {}, Reason.JOB_MISSING, "multibranch", "deploy/feature%2Fnew-thing"),
    ("82-decl-params-job", {"WHO": "a"}, Reason.KEY_NOT_DECLARED, "PILOTHOUSE_KEY", "string parameter"),
    ("37-multi-branch-slash", {}, Reason.KEY_NOT_DECLARED, "PILOTHOUSE_KEY", "string parameter"),
    ("35-folder-job", {}, Reason.KEY_NOT_DECLARED, "PILOTHOUSE_KEY", "string parameter"),
]


@pytest.mark.parametrize(("name", "given", "reason", "sentence", "way"), REFUSED)
async def test_a_target_that_does_not_fit_is_refused_with_a_way_out(name, given, reason, sentence, way):
    async with replaying({"GET /job/deploy/api/json": name}) as replay, driving(replay.url) as runs:
        with pytest.raises(Refused) as caught:
            await runs.check(target(**given))
    assert caught.value.reason is reason
    assert sentence in caught.value.sentence
    assert way in caught.value.way_out


@pytest.mark.parametrize("name", ["04-job-unknown", "80-outsider-job", "35-folder-short-path"])
async def test_a_missing_job_is_refused_with_what_was_perhaps_meant(name):
    script = {"GET /job/deplyo/api/json": name, "GET /api/json": "02-token-api-tree"}
    async with replaying(script) as replay, driving(replay.url) as runs:
        with pytest.raises(Refused) as caught:
            await runs.check(target("deplyo"))
    assert caught.value.reason is Reason.JOB_MISSING
    assert "Did you mean “deploy”?" in caught.value.sentence
    assert "Job/Read" in caught.value.sentence


async def test_a_user_who_sees_nothing_gets_no_suggestion():
    script = {"GET /job/deploy/api/json": "80-outsider-job", "GET /api/json": "80-outsider-api"}
    async with replaying(script) as replay, driving(replay.url) as runs:
        with pytest.raises(Refused) as caught:
            await runs.check(target())
    assert "Did you mean" not in caught.value.sentence


async def test_branches_with_a_slash_are_encoded_twice():
    script = {"GET /job/multi/job/feature%252Fnew-thing/api/json": "37-multi-branch-slash"}
    async with replaying(script) as replay, driving(replay.url) as runs:
        with pytest.raises(Refused):
            await runs.check(target("multi/feature%2Fnew-thing"))
        assert replay.asked[0].line.startswith("GET /job/multi/job/feature%252Fnew-thing/api/json?tree=")


# -- the log ------------------------------------------------------------------------------------------------------

LOG = "/job/deploy/1/logText/progressiveText"
BEGINNING = "Started by user ci-bot\nStarted by user ci-bot\nRunning as SYSTEM\n"


async def log(name: str, offset: int, job: str = "deploy", more: Script | None = None) -> Any:
    script = {f"GET /job/{job}/1/logText/progressiveText?start={offset}": name, **(more or {})}
    async with replaying(script) as replay, driving(replay.url) as runs:
        return await runs.log(target(job), NUMBERED, offset)


async def test_a_log_is_read_piece_by_piece_without_notes_and_ends():
    pieces = [
        await log("10-deploy-progressive-0", 0),
        await log("10-deploy-progressive-1", 793),
        await log("10-deploy-progressive-nonew", 817),
        await log("10-deploy-progressive-last", 817),
        await log("10-deploy-progressive-at-end", 881),
    ]
    assert [piece.offset for piece in pieces] == [793, 817, 817, 881, 881]
    assert [piece.more for piece in pieces] == [True, True, True, False, False]
    assert "".join(piece.text for piece in pieces) == recording("10-deploy-consoletext").text


@pytest.mark.parametrize(
    ("name", "console"),
    [
        ("10-deploy-progressive-full", "10-deploy-consoletext"),
        ("10-deploy-progressive-nostart", "10-deploy-consoletext"),
        ("10-deploy-progressive-post", "10-deploy-consoletext"),
        ("31-aborted-progressive", "31-aborted-console"),
        ("41-pipe-progressive", "41-pipe-console"),
    ],
)
async def test_a_whole_log_reads_as_jenkins_own_plain_text(name, console):
    whole = await log(name, 0)
    assert whole.text == recording(console).text
    assert not whole.more


async def test_a_pipeline_that_waits_has_more_to_say():
    chunk = await log("40-pipe-progressive-waiting", 0)
    assert (chunk.more, chunk.offset) == (True, 6764)
    assert chunk.text.endswith("Deploy 3.1 to production?\nDeploy it or Abort\n")
    assert "\x1b" not in chunk.text


@pytest.mark.parametrize(
    ("name", "size", "more"),
    [("10-deploy-progressive-beyond", 817, True), ("10-deploy-progressive-beyond-done", 881, False)],
)
async def test_beyond_the_end_the_log_that_jenkins_serves_again_is_not_told_twice(name, size, more):
    chunk = await log(name, 999999)
    assert (chunk.text, chunk.offset, chunk.more) == ("", size, more)


async def test_a_line_without_its_end_is_not_lost():
    """Its bytes count in the size but are not served: the offset stays before it."""
    nothing = b"HTTP/1.1 200 OK\r\nX-Text-Size: 450\r\nX-More-Data: true\r\nContent-Length: 0\r\n\r\n"
    held_from = 450 - len("partial line without newline")
    more = {f"GET /job/big-log/1/logText/progressiveText?start={held_from}": nothing}
    chunk = await log("85-log-partial-line", 0, "big-log", more)
    assert (chunk.offset, chunk.more) == (held_from, True)


async def test_in_the_middle_of_a_character_the_log_goes_on():
    chunk = await log("10-deploy-progressive-midchar", 851)
    assert chunk.text.endswith(" żółć\nFinished: SUCCESS\n")
    assert chunk.offset == 881


async def test_of_a_big_log_the_tail_is_read_and_what_is_left_out_is_said():
    tail = 2689428 - 256 * 1024
    script = {f"GET /job/big-log/1/logText/progressiveText?start={tail}": "85-log-big"}
    chunk = await log("85-log-big", 0, "big-log", script)
    assert chunk.text.startswith("[… 2370 kB of log left out …]\n")
    assert (chunk.offset, chunk.more) == (2689428, False)


async def test_colours_and_lone_carriage_returns_do_not_reach_people():
    chunk = await log("85-log-big", 2689428 - 1000, "big-log")
    assert "\nred text\ncarriage\nreturn\n" in chunk.text


async def test_the_log_of_a_deleted_build_is_over():
    chunk = await log("84-deleted-build-log", 7)
    assert (chunk.text, chunk.offset, chunk.more) == ("", 7, False)


async def test_a_log_that_fails_says_so():
    with pytest.raises(Unreachable) as caught:
        await log("10-deploy-progressive-notnumber", 0)
    assert caught.value.reason is Reason.PEER_BROKEN


# -- cancelling and answering -------------------------------------------------------------------------------------

STOPPED = [
    ("31-stop", "slow-params"),
    ("31-stop-again", "slow-params"),
    ("10-deploy-stop-when-done", "deploy"),
    ("42-stop-while-input", "pipe"),
    ("44-pipe-slow-stop", "pipe-slow"),
    ("31-stop-unknown", "slow-params"),
    ("70-forwarded-stop", "quick-params"),
]


@pytest.mark.parametrize(("name", "job"), STOPPED)
async def test_stopping_twice_or_after_the_end_is_no_error(name, job):
    script = {f"POST /job/{job}/1/stop": name, f"GET /job/{job}/api/json": "20-deploy-builds"}
    async with replaying(script) as replay, driving(replay.url) as runs:
        await runs.cancel(target(job), NUMBERED)
        assert len(replay.bodies()) == 1


async def test_stopping_without_the_right_names_the_permission():
    async with (
        replaying({"POST /job/deploy/1/stop": "31-stop-viewer"}) as replay,
        driving(replay.url) as runs,
    ):
        with pytest.raises(Rejected) as caught:
            await runs.cancel(target(), NUMBERED)
    assert caught.value.reason is Reason.PERMISSION_MISSING
    assert "Job/Cancel" in caught.value.sentence


CANCELLED = [
    ("32-queue-cancel", ["32-queue-blocked"]),
    ("32-queue-cancel-by-item-url", ["32-queue-blocked"]),
    ("32-queue-cancel-again", ["32-queue-blocked", "32-queue-cancelled-item"]),
    ("32-queue-cancel-unknown", ["32-queue-blocked", "32-queue-item-unknown"]),
]


@pytest.mark.parametrize(("name", "item"), CANCELLED)
async def test_cancelling_in_the_queue_twice_is_no_error(name, item):
    script = {"GET /queue/item/27/api/json": item, "POST /queue/cancelItem?id=27": name}
    async with replaying(script) as replay, driving(replay.url) as runs:
        await runs.cancel(target("slow-params"), RunRef(key="", queue="27"))
        assert replay.asked[1].line.startswith("POST /queue/cancelItem?id=27 ")


async def test_cancelling_in_the_queue_without_the_right_names_the_permission():
    script = {
        "GET /queue/item/11/api/json": "32-queue-blocked",
        "POST /queue/cancelItem": "32-queue-cancel-viewer",
    }
    async with replaying(script) as replay, driving(replay.url) as runs:
        with pytest.raises(Rejected) as caught:
            await runs.cancel(target("slow-params"), QUEUED)
    assert caught.value.reason is Reason.PERMISSION_MISSING
    assert "Job/Cancel" in caught.value.sentence


async def test_an_item_that_left_the_queue_is_stopped_as_a_build():
    script = {"GET /queue/item/11/api/json": "10-deploy-queue-left", "POST /job/deploy/1/stop": "31-stop"}
    async with replaying(script) as replay, driving(replay.url) as runs:
        await runs.cancel(target(), QUEUED)
        assert len(replay.asked) == 2


async def test_an_item_that_leaves_the_queue_between_our_look_and_our_word_is_stopped_as_a_build():
    script = {
        "GET /queue/item/27/api/json": ["32-queue-blocked", "10-deploy-queue-left"],
        "POST /queue/cancelItem?id=27": "32-queue-cancel-again",
        "POST /job/deploy/1/stop": "31-stop",
    }
    async with replaying(script) as replay, driving(replay.url) as runs:
        await runs.cancel(target(), RunRef(key="", queue="27"))
        assert replay.asked[-1].line.startswith("POST /job/deploy/1/stop ")


async def test_an_item_known_by_key_alone_is_cancelled_in_the_queue():
    script = {
        "GET /queue/api/json": "10-deploy-queue-all",
        "GET /queue/item/11/api/json": "10-deploy-queue-quiet",
        "POST /queue/cancelItem?id=11": "32-queue-cancel",
    }
    async with replaying(script) as replay, driving(replay.url, key_parameter="VERSION") as runs:
        await runs.cancel(target(), RunRef(key="2.0.1"))
        assert replay.asked[-1].line.startswith("POST /queue/cancelItem?id=11 ")


async def test_an_item_that_can_neither_be_cancelled_nor_found_gone_is_a_fault_of_jenkins():
    script = {
        "GET /queue/item/27/api/json": "32-queue-blocked",
        "POST /queue/cancelItem?id=27": "32-queue-cancel-again",
    }
    async with replaying(script) as replay, driving(replay.url) as runs:
        with pytest.raises(Unreachable) as caught:
            await runs.cancel(target(), RunRef(key="", queue="27"))
    assert caught.value.reason is Reason.PEER_BROKEN


PENDING = "GET /job/pipe/1/wfapi/pendingInputActions"
QUESTION = RunInput(id="Approve-deploy", message="Deploy?")
ANSWERED = [
    ("proceedEmpty", "41-proceedempty", True),
    ("proceedEmpty", "60-restart-proceed", True),
    ("proceedEmpty", "41-proceedempty-again", False),
    ("proceedEmpty", "41-proceed-when-done", False),
    ("proceedEmpty", "41-proceed-unknown-input", False),
    ("abort", "42-abort", True),
    ("abort", "41-abort-after-proceed", False),
]


@pytest.mark.parametrize(("verb", "name", "first"), ANSWERED)
async def test_an_answer_says_whether_it_was_the_first(verb, name, first):
    script = {f"POST /job/pipe/1/input/Approve-deploy/{verb}": name, PENDING: "40-pipe-pending"}
    async with replaying(script) as replay, driving(replay.url) as runs:
        assert await runs.answer(target("pipe"), NUMBERED, QUESTION, proceed=verb != "abort") is first


async def test_without_the_plugin_a_question_can_still_be_answered():
    script = {
        "POST /job/pipe/1/input/Approve-deploy/proceedEmpty": "86-nowfapi-proceed",
        PENDING: "86-nowfapi-pending",
    }
    async with replaying(script) as replay, driving(replay.url) as runs:
        assert await runs.answer(target("pipe"), NUMBERED, QUESTION, proceed=True)


async def test_a_question_that_is_no_longer_pending_is_not_answered():
    async with replaying({PENDING: "41-pipe-pending-done"}) as replay, driving(replay.url) as runs:
        assert await runs.answer(target("pipe"), NUMBERED, QUESTION, proceed=True) is False
        assert replay.bodies() == []


async def test_a_question_that_wants_values_is_not_proceeded_with_none():
    question = RunInput(id="Choose", message="Which target?")
    async with replaying({PENDING: "43-input-params-pending"}) as replay, driving(replay.url) as runs:
        with pytest.raises(Rejected) as caught:
            await runs.answer(target("pipe"), NUMBERED, question, proceed=True)
        assert replay.bodies() == []
    assert caught.value.reason is Reason.INPUT_NEEDED
    assert "TARGET, MODE, FORCE" in caught.value.sentence


FORBIDDEN = [
    ("proceedEmpty", "41-proceed-viewer", Reason.PERMISSION_MISSING, "Job/Build"),
    ("abort", "43-input-params-abort-by-viewer", Reason.PERMISSION_MISSING, "ci-bot,ci-admin"),
    ("proceedEmpty", "41-proceed-password-nocrumb", Reason.CREDENTIALS_WRONG, "API token"),
    ("proceedEmpty", "41-proceed-get", Reason.ANSWER_UNREADABLE, "405"),
]


@pytest.mark.parametrize(("verb", "name", "reason", "words"), FORBIDDEN)
async def test_an_answer_without_the_right_says_what_jenkins_says(verb, name, reason, words):
    script = {f"POST /job/pipe/1/input/Approve-deploy/{verb}": name, PENDING: "40-pipe-pending"}
    async with replaying(script) as replay, driving(replay.url) as runs:
        with pytest.raises(Rejected) as caught:
            await runs.answer(target("pipe"), NUMBERED, QUESTION, proceed=verb != "abort")
    assert caught.value.reason is reason
    assert words in caught.value.sentence


# -- is it there --------------------------------------------------------------------------------------------------

WHO = "GET /whoAmI/api/json"
ROOT = "GET /api/json"


@pytest.mark.parametrize("root", ["02-token-api", "04-unknown-tree-field", "02-password-api"])
async def test_a_good_server_answers_a_ping(root):
    async with replaying({WHO: "02-token-whoami", ROOT: root}) as replay, driving(replay.url) as runs:
        await runs.ping("ci")


async def test_a_good_server_under_a_context_path_answers_a_ping():
    script = {"GET /jenkins/whoAmI/api/json": "02-token-whoami", "GET /jenkins/api/json": "70-prefix-api"}
    async with replaying(script, "/jenkins") as replay, driving(replay.url) as runs:
        await runs.ping("ci")


UNWELL = [
    ({WHO: "01-anonymous-whoami"}, Rejected, Reason.CREDENTIALS_WRONG, "anonymous"),
    ({WHO: "02-wrong-token"}, Rejected, Reason.CREDENTIALS_WRONG, "API token"),
    ({WHO: "02-wrong-password"}, Rejected, Reason.CREDENTIALS_WRONG, "401"),
    ({WHO: "02-unknown-user"}, Rejected, Reason.CREDENTIALS_WRONG, "user"),
    ({WHO: "02-malformed-auth"}, Rejected, Reason.CREDENTIALS_WRONG, "401"),
    ({WHO: "02-bearer-auth"}, Rejected, Reason.CREDENTIALS_WRONG, "Authorization"),
    ({WHO: "01-anonymous-api"}, Rejected, Reason.CREDENTIALS_WRONG, "anonymous"),
    (
        {WHO: "02-token-whoami", ROOT: "02-no-overall-read"},
        Rejected,
        Reason.PERMISSION_MISSING,
        "Overall/Read",
    ),
    ({WHO: "02-token-whoami", ROOT: "34-quietdown-api"}, Unreachable, Reason.PEER_RESTARTING, "shut down"),
    ({WHO: "70-without-prefix"}, Rejected, Reason.PEER_BROKEN, "context path"),
    ({WHO: "70-without-prefix-root"}, Rejected, Reason.PEER_BROKEN, "context path"),
    ({WHO: "04-job-html"}, Rejected, Reason.ANSWER_UNREADABLE, "a page"),
    ({WHO: "04-job-no-trailing-slash"}, Rejected, Reason.ANSWER_UNREADABLE, "elsewhere"),
    ({WHO: "00-startup-503"}, Unreachable, Reason.PEER_RESTARTING, "503"),
    ({WHO: ["00-startup-401", "00-startup-503"]}, Unreachable, Reason.PEER_RESTARTING, "503"),
    ({WHO: "04-bad-tree"}, Unreachable, Reason.PEER_BROKEN, "500"),
    ({WHO: b""}, Unreachable, Reason.PEER_DOWN, "broke the connection"),
]


@pytest.mark.parametrize(("script", "kind", "reason", "words"), UNWELL)
async def test_a_server_that_is_not_well_is_told_in_words_that_name_it(
    script, kind, reason, words, monkeypatch
):
    monkeypatch.setattr("bot.drivers.jenkins.client.LOOK_AGAIN", 0.01)
    async with replaying(script) as replay, driving(replay.url) as runs:
        with pytest.raises(kind) as caught:
            await runs.ping("ci")
    assert caught.value.reason is reason
    assert words in caught.value.sentence
    assert "ci" in caught.value.sentence


EVERYWHERE = [
    ("01-anonymous-job", Rejected, Reason.CREDENTIALS_WRONG),
    ("01-anonymous-unknown-job", Rejected, Reason.CREDENTIALS_WRONG),
    ("02-no-overall-read-job", Rejected, Reason.PERMISSION_MISSING),
    ("02-wrong-password-post-build", Rejected, Reason.CREDENTIALS_WRONG),
    ("32-queue-item-anonymous", Rejected, Reason.CREDENTIALS_WRONG),
    ("60-restart-503", Unreachable, Reason.PEER_RESTARTING),
]


@pytest.mark.parametrize(("name", "kind", "reason"), EVERYWHERE)
@pytest.mark.parametrize("verb", ["check", "status", "log", "cancel"])
async def test_every_call_tells_the_same_fault_in_the_same_way(name, kind, reason, verb, monkeypatch):
    monkeypatch.setattr("bot.drivers.jenkins.client.LOOK_AGAIN", 0.01)
    script = {
        f"GET /job/deploy/{path}": name for path in ("api/json", "1/api/json", "1/logText/progressiveText")
    } | {"POST /job/deploy/1/stop": name, WHO: name}
    async with replaying(script) as replay, driving(replay.url) as runs:
        calls = {
            "check": lambda: runs.check(target()),
            "status": lambda: runs.status(target(), NUMBERED),
            "log": lambda: runs.log(target(), NUMBERED, 0),
            "cancel": lambda: runs.cancel(target(), NUMBERED),
        }
        with pytest.raises(Failure) as caught:
            await calls[verb]()
    assert isinstance(caught.value, kind)
    assert caught.value.reason is reason
