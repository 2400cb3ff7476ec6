"""The stand-in against the recordings: the same request in the same situation gets the same kind of answer."""

from __future__ import annotations

import pytest

from bot.sandbox.jenkins.records import Build
from tests.jenkins.judge import judge
from tests.jenkins.world import World, world

AT_ONCE = [
    *("01-anonymous-api", "01-anonymous-job", "01-anonymous-post-build", "01-anonymous-unknown-job"),
    *(
        "01-anonymous-whoami",
        "02-bearer-auth",
        "02-malformed-auth",
        "02-no-overall-read",
        "02-no-overall-read-job",
    ),
    *("02-password-api", "02-token-api-tree", "02-token-api", "02-token-whoami", "02-unknown-user"),
    *("02-wrong-password", "02-wrong-password-post-build", "02-wrong-token"),
    *("03-crumb-anonymous", "03-crumb-password", "03-crumb-token"),
    *("03-password-post-crumb-no-cookie", "03-password-post-no-crumb", "03-password-post-wrong-crumb-cookie"),
    *("03-token-post-foreign-origin", "03-token-post-no-crumb", "03-token-post-wrong-crumb"),
    *(
        "04-bad-tree",
        "04-build-unknown",
        "04-case",
        "04-job-deploy-parameters",
        "04-job-deploy",
        "04-job-disabled",
    ),
    *(
        "04-job-html",
        "04-job-no-trailing-slash",
        "04-job-secret-param",
        "04-job-unknown",
        "04-lastbuild-none",
    ),
    *("04-unknown-post", "04-unknown-tree-field", "04-viewer-post", "04-viewer-post-build"),
    *(
        "10-deploy-trigger",
        "20-build-get",
        "20-build-on-parameterized-delay0",
        "20-build-on-parameterized-json",
    ),
    *(
        "20-build-on-parameterized",
        "20-build-plain-nobody",
        "20-build-plain",
        "20-build-put",
        "20-bwp-bad-bool",
    ),
    *("20-bwp-bad-choice", "20-bwp-delay-bad", "20-bwp-delay", "20-bwp-empty-body", "20-bwp-get"),
    *("20-bwp-multipart-file", "20-bwp-on-plain", "20-bwp-query-and-body", "20-bwp-query", "20-bwp-repeated"),
    *(
        "20-bwp-secret-noFile",
        "20-bwp-unicode",
        "20-bwp-unknown-param",
        "20-disabled-build",
        "20-disabled-bwp",
    ),
    *("30-failure-lastsuccessful", "31-stop-unknown", "32-queue-cancel-unknown", "32-queue-item-unknown"),
    *("32-queue-item-anonymous", "35-folder-api", "35-folder-as-job-build", "35-folder-job"),
    *("35-folder-nested-trigger", "35-folder-short-path", "35-folder-trigger", "35-folder-recursive-tree"),
    *("37-multi-branch-build", "37-multi-scan", "40-pipe-job", "40-pipe-trigger"),
    *(
        "44-pipe-wfapi-unknown",
        "60-restart-queue",
        "80-outsider-api",
        "80-outsider-job",
        "80-outsider-trigger",
    ),
    *("82-decl-params-first-build", "82-decl-params-first-bwp"),
]


@pytest.mark.parametrize("name", AT_ONCE)
async def test_on_a_fresh_jenkins(name):
    async with world() as here:
        await judge(here, name)


async def running(here: World, job: str, **values: str | bool) -> Build:
    """A build of the job, past the quiet period."""
    state = here.server.engine.jobs[job]
    defaults = {
        p.name: p.choices[0] if p.choices else p.default for p in state.parameters if p.kind != "File"
    }
    item, _ = here.server.engine.submit(state, {**defaults, **values}, "ci-bot", None)
    await here.settled()
    await here.later(5)
    assert item.build is not None
    return item.build


PROGRESSIVE = ("10-deploy-progressive-0", "10-deploy-progressive-nonew", "10-deploy-progressive-beyond")
PROGRESSIVE_DONE = (
    *("10-deploy-progressive-full", "10-deploy-progressive-last", "10-deploy-progressive-at-end"),
    *("10-deploy-progressive-beyond-done", "10-deploy-progressive-negative", "10-deploy-progressive-nostart"),
    *("10-deploy-progressive-notnumber", "10-deploy-progressive-post"),
)


async def test_the_life_of_a_freestyle_build():
    async with world() as here:
        await judge(here, "10-deploy-trigger")
        await judge(here, "10-deploy-queue-quiet", queue=1)
        await judge(here, "10-deploy-queue-all")
        await judge(here, "10-deploy-inqueue-job")
        await judge(here, "10-deploy-trigger-identical")
        await here.settled()
        await here.later(6)
        await judge(here, "10-deploy-queue-left", queue=1)
        await judge(here, "10-deploy-building")
        await judge(here, "10-deploy-building-tree")
        for name in PROGRESSIVE:
            await judge(here, name)
        await here.later(7)
        await judge(here, "10-deploy-done")
        await judge(here, "10-deploy-queue-left-done", queue=1)
        await judge(here, "10-deploy-allbuilds")
        await judge(here, "10-deploy-done-by-permalink")
        await judge(here, "10-deploy-job-after")
        await judge(here, "10-deploy-consoletext")
        for name in PROGRESSIVE_DONE:
            await judge(here, name)
        await judge(here, "10-deploy-stop-when-done")
        await judge(here, "44-freestyle-wfapi")


async def test_starts_without_values_are_folded_into_one():
    async with world() as here:
        await judge(here, "20-bwp-empty-body")
        await judge(here, "20-bwp-nobody")
        await judge(here, "20-bwp-json-body")
        assert [start.folded for start in here.server.engine.starts] == [False, True, True]


async def test_plain_starts_are_folded_with_their_causes():
    async with world() as here:
        await judge(here, "81-plain-trigger-1")
        await judge(here, "81-plain-trigger-2")
        await judge(here, "81-plain-trigger-other-user")
        await judge(here, "81-plain-queue-causes", queue=1)


async def test_parameters_are_dropped_and_hidden_as_jenkins_does():
    async with world() as here:
        await judge(here, "20-bwp-unknown-param")
        await here.settled()
        await here.later(7)
        await judge(here, "20-unknown-param-build", number=1)
        await judge(here, "20-bwp-multipart-file")
        await here.settled()
        await here.later(7)
        await judge(here, "20-secret-build")
        await running(here, "deploy", VERSION="bool", DRY_RUN=False)
        await here.later(7)
        await judge(here, "20-deploy-builds")
        await judge(here, "20-bwp-unicode")
        await here.settled()
        await here.later(7)
        await judge(here, "20-quickparams-builds")


async def test_a_failure_and_an_unstable_end():
    async with world() as here:
        await running(here, "fails-params", WHY="dummy")
        await here.later(2)
        await judge(here, "30-failure-done")
        await judge(here, "30-failure-job")


async def test_stopping_a_build():
    async with world() as here:
        await running(here, "slow-params", SECONDS_TO_RUN="500")
        await judge(here, "31-stop-viewer")
        await judge(here, "31-stop-get")
        await judge(here, "31-stop")
        await judge(here, "31-stop-right-after")
        await here.settled()
        await here.later(1)
        await judge(here, "31-aborted-done")
        await judge(here, "31-aborted-progressive")
        await judge(here, "31-stop-again")


async def test_waiting_and_cancelling_in_the_queue():
    async with world() as here:
        engine = here.server.engine
        state = engine.jobs["slow-params"]
        for value in ("400", "401", "402"):
            engine.submit(state, {"SECONDS_TO_RUN": value}, "ci-bot", None)
        await here.settled()
        await here.later(5)
        # The recorded job had been aborted before.
        await running(here, "slow")
        name, _ = engine.submit(engine.jobs["quick-params"], {"NAME": "waiting"}, "ci-bot", None)
        label, _ = engine.submit(engine.jobs["no-such-node"], {"NAME": "x"}, "ci-bot", None)
        await here.settled()
        await here.later(5)
        await judge(here, "33-queue-no-such-label", queue=label.id)
        await judge(here, "32-queue-cancel-viewer", queue=2)
        await judge(here, "32-queue-cancel", queue=2)
        await judge(here, "32-queue-cancel-again", queue=2)
        await judge(here, "32-queue-cancel-by-item-url", queue=3)
        assert engine.why(name)[1] == "Waiting for next available executor"


async def test_a_job_that_was_aborted_before_blocks_its_next_build():
    async with world() as here:
        build = await running(here, "slow-params", SECONDS_TO_RUN="399")
        here.server.engine.stop(build, "ci-bot")
        await here.settled()
        await here.later(1)
        await running(here, "slow-params", SECONDS_TO_RUN="400")
        state = here.server.engine.jobs["slow-params"]
        for value in ("401", "402"):
            here.server.engine.submit(state, {"SECONDS_TO_RUN": value}, "ci-bot", None)
        await here.settled()
        await here.later(5)
        await judge(here, "32-queue-blocked", queue=3)
        await judge(here, "32-queue-cancel", queue=3)
        await judge(here, "32-queue-cancelled-item", queue=3)
        await judge(here, "32-queue-cancel-by-item-url", queue=4)
        await judge(here, "32-queue-cancelled-item-2", queue=4)
        await judge(here, "32-queue-item-viewer", queue=4)


async def test_a_build_waits_for_an_executor():
    async with world() as here:
        await running(here, "quick-params", NAME="before")
        await here.later(2)
        await running(here, "slow-params")
        await running(here, "slow")
        here.server.engine.submit(
            here.server.engine.jobs["quick-params"], {"NAME": "waiting"}, "ci-bot", None
        )
        await here.settled()
        await here.later(5)
        await judge(here, "33-queue-buildable", queue=4)


async def test_quieting_down_keeps_starts_in_the_queue():
    async with world() as here:
        await running(here, "quick-params", NAME="before")
        await here.later(2)
        here.server.engine.quieting = True
        await judge(here, "34-quietdown-api")
        await judge(here, "34-quietdown-trigger")
        await here.settled()
        await here.later(5)
        await judge(here, "34-quietdown-queue", queue=2)


async def test_folders_and_branches():
    async with world() as here:
        await running(here, "team-a/deploy", VERSION="7", DRY_RUN=True)
        await running(here, "team-a/sub team/release job", VERSION="8", DRY_RUN=True)
        await running(here, "multi/feature%2Fnew-thing")
        await here.later(3)
        await judge(here, "35-folder-build")
        await judge(here, "35-folder-nested-build")
        await judge(here, "35-folder-nested-queue-left", queue=2)
        await running(here, "multi/main")
        await here.later(3)
        await judge(here, "37-multi-branch-slash")
        await judge(here, "37-multi-api")


async def paused(here: World, job: str = "pipe", **values: str) -> Build:
    build = await running(here, job, **values)
    await here.later(4)
    assert build.pending is not None
    return build


async def test_a_pipeline_that_asks_and_is_answered():
    async with world() as here:
        await judge(here, "40-pipe-trigger")
        await here.settled()
        await here.later(5)
        await judge(here, "40-pipe-queue-left", queue=1)
        await judge(here, "40-pipe-nopending")
        await here.later(4)
        await judge(here, "40-pipe-build-waiting")
        await judge(here, "40-pipe-build-waiting-actions")
        await judge(here, "40-pipe-wfapi-waiting")
        await judge(here, "40-pipe-wfapi-waiting-2")
        await judge(here, "40-pipe-pending")
        await judge(here, "40-pipe-progressive-waiting")
        await judge(here, "40-pipe-job-wfapi")
        await judge(here, "40-pipe-input-api")
        await judge(here, "40-pipe-input-page")
        await judge(here, "41-proceed-get")
        await judge(here, "41-proceed-password-nocrumb")
        await judge(here, "41-proceed-unknown-input")
        await judge(here, "41-proceed-viewer")
        await judge(here, "41-proceedempty")
        await judge(here, "41-proceedempty-again")
        await judge(here, "41-pending-right-after")
        await judge(here, "41-abort-after-proceed")
        await here.settled()
        await here.later(2)
        await judge(here, "41-proceed-when-done")
        await judge(here, "41-pipe-done")
        await judge(here, "41-pipe-wfapi-done")
        await judge(here, "41-pipe-pending-done")
        await judge(here, "41-pipe-progressive")
        await judge(here, "50-queue-left-36", queue=1)


async def test_a_pipeline_whose_question_is_rejected_or_that_is_stopped():
    async with world() as here:
        await paused(here, VERSION="3.1")
        await judge(here, "42-abort", number=1)
        await here.settled()
        await judge(here, "42-abort-done", number=1)
        await judge(here, "42-abort-wfapi", number=1)
        await paused(here, VERSION="5")
        await judge(here, "42-stop-while-input", number=2)
        await here.settled()
        await here.later(1)
        await judge(here, "42-stop-while-input-done", number=2)
        await judge(here, "42-stop-while-input-wfapi", number=2)
        await paused(here, VERSION="6")
        await judge(here, "42-wfapi-inputsubmit", number=3)
        await here.settled()
        await here.later(2)
        await judge(here, "42-wfapi-inputsubmit-done", number=3)


async def test_a_question_with_values():
    async with world() as here:
        await paused(here, "pipe-input-params")
        await judge(here, "43-input-params-pending")
        await judge(here, "43-input-params-pending-viewer", number=1)
        for name in (
            "43-input-params-abort-by-viewer",
            "43-input-params-bad-choice",
            "43-input-params-nojson",
        ):
            await judge(here, name, number=1)
        for name in (
            "43-input-params-submit-by-viewer",
            "43-input-params-unknown-name",
            "43-input-params-wrong-id",
        ):
            await judge(here, name, number=1)
        await judge(here, "43-input-params-proceedempty")
        answers = ("43-input-params-proceed", "43-input-params-wfapi-submit", "43-input-params-missing-one")
        for number, name in enumerate((*answers, "43-input-submit-form"), start=2):
            await paused(here, "pipe-input-params")
            await judge(here, name, number=number)


async def test_pipelines_that_fail_are_unstable_or_stopped():
    async with world() as here:
        await running(here, "pipe-fails")
        await running(here, "pipe-unstable")
        await running(here, "pipe-slow")
        await here.later(1)
        await judge(here, "44-pipe-fails")
        await judge(here, "44-pipe-fails-wfapi")
        await judge(here, "44-pipe-unstable-wfapi")
        await judge(here, "44-pipe-slow-wfapi")
        await judge(here, "44-pipe-slow-stop")
        await here.settled()
        await here.later(1)
        await judge(here, "44-pipe-slow-wfapi-aborted")


async def test_the_queue_forgets_an_item_after_five_minutes():
    async with world() as here:
        await running(here, "deploy")
        await here.later(10)
        here.clock.advance(300)
        await judge(here, "50-queue-left-expired", queue=1)


async def test_a_restart_as_it_was_recorded():
    async with world() as here:
        await paused(here, VERSION="r")
        freestyle = await running(here, "slow-params", SECONDS_TO_RUN="500")
        here.server.engine.submit(
            here.server.engine.jobs["deploy"],
            {"VERSION": "q", "ENVIRONMENT": "staging", "DRY_RUN": True},
            "ci-bot",
            None,
        )
        here.server._starting = True
        await judge(here, "60-restart-503", number=1)
        await judge(here, "00-startup-503")
        here.server._starting = False
        await here.server.restart(refused=0.01, starting=0.01)
        await here.settled()
        await here.later(1)
        assert freestyle.number == 1
        await judge(here, "60-restart-200", number=1)
        await judge(here, "60-restart-freestyle-was-building", number=1)
        await judge(here, "60-restart-pipeline-build", number=1)
        await judge(here, "60-restart-pipeline-0", number=1)
        await judge(here, "60-restart-proceed", number=1)
        await here.settled()
        await here.later(14)
        await judge(here, "60-restart-queued-item-2", queue=3)


async def test_under_a_context_path_json_shows_the_configured_root_and_location_the_request():
    root = "https://ci.example.test/jenkins"
    async with world(context_path="/jenkins", root_url=root) as here:
        await judge(here, "70-prefix-trigger")
        await judge(here, "70-forwarded-trigger")
        await here.settled()
        await here.later(7)
        await judge(here, "70-prefix-queue-left", queue=1)
        await judge(here, "70-prefix-build")
        await judge(here, "70-forwarded-build")
        await judge(here, "70-host-header")
        await judge(here, "70-forwarded-stop")
        await judge(here, "70-prefix-api")
        await judge(here, "70-prefix-crumb")
        await judge(here, "70-pipe-pending-prefix")
        await judge(here, "70-without-prefix")
        await judge(here, "70-without-prefix-root")


async def test_parameters_that_only_the_first_run_declares():
    async with world() as here:
        await judge(here, "82-decl-params-first-bwp")
        await judge(here, "82-decl-params-first-build")
        await here.settled()
        await here.later(7)
        await judge(here, "82-decl-params-job")
        await judge(here, "82-decl-params-second-bwp")


async def test_deleting_and_disabling():
    async with world() as here:
        await running(here, "pipe-decl-params")
        await here.later(2)
        await judge(here, "84-delete-build-bot")
        await judge(here, "84-delete-build")
        await judge(here, "84-deleted-build-get")
        await judge(here, "84-deleted-build-log")
        await judge(here, "84-disable-job")
        await judge(here, "84-disabled-pipeline-trigger")


async def test_without_the_stage_view_plugin():
    async with world(stage_view=False) as here:
        await paused(here)
        await judge(here, "86-nowfapi-describe")
        await judge(here, "86-nowfapi-pending")
        await judge(here, "86-nowfapi-build")
        await judge(here, "86-nowfapi-proceed")
        await here.settled()
        await here.later(2)
        await judge(here, "86-nowfapi-build-done")
