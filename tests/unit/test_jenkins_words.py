"""Small decisions of the Jenkins driver that need no peer: settings, paths, reasons to wait, clean text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.drivers.jenkins import JenkinsServer, JenkinsSettings
from bot.drivers.jenkins.logs import clean
from bot.drivers.jenkins.paths import job_path, queue_id
from bot.drivers.jenkins.queues import waiting_for

GOOD = {"url": "https://ci.example.test/jenkins/", "user": "bot", "token": "11secret11"}


def test_a_server_has_defaults_and_a_plain_url():
    server = JenkinsServer.model_validate(GOOD)
    assert server.url == "https://ci.example.test/jenkins"
    assert (server.timeout, server.key_parameter, server.parallel, server.search_builds) == (
        10,
        "PILOTHOUSE_KEY",
        4,
        50,
    )
    assert server.grace > server.timeout
    assert server.verify is True


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "ci.example.test"}, "http://"),
        ({"url": "ftp://ci.example.test"}, "http://"),
        ({"url": "https://me:11secret11@ci.example.test"}, "settings of their own"),
        ({"url": "https://ci.example.test/?a=1"}, "query"),
        ({"token": " "}, "API token"),
        ({"user": ""}, "at least 1 character"),
        ({"timeout": 0}, "greater than 0"),
        ({"key_parameter": "a b"}, "pattern"),
        ({"password": "x"}, "Extra inputs"),
        ({"ca_bundle": "/nowhere/ca.pem"}, "file"),
    ],
)
def test_a_wrong_setting_is_refused_without_showing_the_token(change, words):
    with pytest.raises(ValidationError) as caught:
        JenkinsServer.model_validate({**GOOD, **change})
    assert words in str(caught.value)
    assert "11secret11" not in str(caught.value)


def test_the_token_is_in_no_repr():
    settings = JenkinsSettings.model_validate({"servers": {"ci": GOOD}})
    assert "11secret11" not in repr(settings)
    assert "11secret11" not in settings.model_dump_json()


def test_settings_name_at_least_one_server():
    with pytest.raises(ValidationError):
        JenkinsSettings.model_validate({"servers": {}})


@pytest.mark.parametrize("name", JenkinsServer.model_fields)
def test_every_setting_is_on_the_page_about_jenkins(name):
    page = (Path(__file__).parents[2] / "docs" / "jenkins.md").read_text(encoding="utf-8")
    assert f"| `{name}` |" in page


@pytest.mark.parametrize(
    ("job", "path"),
    [
        ("deploy", "job/deploy"),
        ("/team/deploy/", "job/team/job/deploy"),
        ("team-a/sub team/release job", "job/team-a/job/sub%20team/job/release%20job"),
        ("multi/feature%2Fnew-thing", "job/multi/job/feature%252Fnew-thing"),
        ("zażółć?#", "job/za%C5%BC%C3%B3%C5%82%C4%87%3F%23"),
    ],
)
def test_a_job_is_found_by_its_full_name(job, path):
    assert job_path(job) == path


@pytest.mark.parametrize(
    ("location", "queue"),
    [
        ("http://127.0.0.1:18080/queue/item/11/", "11"),
        ("https://evil.example.test/jenkins/queue/item/4", "4"),
        ("/queue/item/7/", "7"),
        ("http://127.0.0.1:18080/job/quick-params/", ""),
        ("http://127.0.0.1:18080/?next=/queue/item/7/", ""),
        ("", ""),
    ],
)
def test_a_queue_id_comes_from_the_path_alone(location, queue):
    assert queue_id(location) == queue


@pytest.mark.parametrize(
    ("why", "plain"),
    [
        (None, "about to start"),
        ("Finished waiting", "about to start"),
        ("In the quiet period. Expires in 0.25 sec", "in the quiet period"),
        ("Build #12 is already in progress (ETA: 3 min 5 sec)", "the same job is building (#12)"),
        ("Waiting for next available executor on ‘linux’", "waiting for an executor on linux"),
        ("There are no nodes with the label ‘gpu’", "no node has the label gpu"),
        ("All nodes of label ‘gpu’ are offline", "all nodes with the label gpu are offline"),
        ("‘agent-1’ is offline", "agent-1 is offline"),
        ("Waiting on lock (ETA: 4 sec)", "Waiting on lock"),
    ],
)
def test_why_an_item_waits_is_plain(why, plain):
    assert waiting_for(why) == plain


@given(st.floats(min_value=0, max_value=9999, allow_nan=False))
def test_why_an_item_waits_does_not_flicker_with_its_numbers(seconds):
    assert waiting_for(f"Throttled. Expires in {seconds:.1f} sec") == "Throttled"
    assert waiting_for(f"Build #3 is already in progress (ETA: {seconds:.0f} sec)") == SAME


SAME = "the same job is building (#3)"


@given(st.binary(max_size=300))
def test_clean_text_has_no_controls_whatever_a_log_holds(raw):
    text = clean(raw)
    assert all(char in "\n\t" or (ord(char) >= 32 and ord(char) != 127) for char in text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"])))
def test_plain_text_stays_as_it_is(text):
    assert clean(text.encode()) == text
