"""No form of a secret leaves through the logs, and every record is one line that says what it is about."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretBytes, SecretStr

from bot.logs import RedactedFormatter, set_up
from bot.redaction import HIDDEN, Redactor, forms_of, secrets_of
from config.models import Settings, Slack

BOT_TOKEN = "not-shaped-like-a-token-Q29tZ"
SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
JENKINS = 'p@ss/wörd "quoted"+\\slash'
SECRETS = (BOT_TOKEN, SIGNING, JENKINS)

log = logging.getLogger("tests.logs")


class Server(BaseModel):
    user: str = "ci"
    token: SecretStr
    key: SecretBytes = SecretBytes(b"bytes-are-secret-too")


class Driver(BaseModel):
    servers: dict[str, Server]


def configured() -> Settings:
    return Settings(
        slack=Slack(bot_token=SecretStr(BOT_TOKEN), signing_secret=SecretStr(SIGNING)),
        drivers={"jenkins": Driver(servers={"main": Server(token=SecretStr(JENKINS))})},
    )


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    undo = set_up(Redactor(secrets_of(configured())), level=logging.DEBUG, stream=stream)
    yield stream
    undo()


def written(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_secret_of_the_settings_is_known_however_deep_it_lies():
    assert set(secrets_of(configured())) == {*SECRETS, "bytes-are-secret-too"}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("user", ["", "u", "ci", "bot"])
def test_basic_credentials_are_hidden_wherever_the_secret_begins_in_them(secret, user):
    encoded = base64.b64encode(f"{user}:{secret}".encode()).decode()
    hidden = Redactor([secret]).text(f"sent {encoded} there")

    assert HIDDEN in hidden
    for form in forms_of(secret):
        assert form not in hidden


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "form",
    [
        str,
        repr,
        json.dumps,
        lambda secret: json.dumps(json.dumps({"token": secret})),
        lambda secret: json.dumps(secret, ensure_ascii=False),
        quote,
        quote_plus,
        lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
        lambda secret: f"https://user:{quote(secret, safe='')}@ci.example.com/job/x",
        lambda secret: f"  {secret}\n",
        lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    ],
)
def test_a_secret_is_hidden_in_each_form_it_travels_in(secret, form):
    sentence = f"before {form(secret)} after"
    hidden = Redactor(SECRETS).text(sentence)

    assert hidden != sentence
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")
    for known in forms_of(secret):
        assert known not in hidden


@pytest.mark.parametrize(
    "pasted",
    [
        "xoxb-1234567890-abcdefghij",
        "xoxe.xoxp-1-Mi0yLTEyMzQ1Njc4OTAtYWJj",
        "xapp-1-A012-345-abcdef",
        "hooks.slack.com/commands/T012/345/abcdefgh",
        "Authorization: Bearer abcdef.ghi-jkl",
        "authorization=Basic dXNlcjpwYXNzd29yZA==",
        "{'Authorization': 'token s3cr3t-of-somebody'}",
        "('Authorization', 'Basic dXNlcjpwYXNz')",
        "Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc",
        "https://somebody:hunter2@ci.example.com/",
    ],
)
def test_tokens_that_are_not_configured_are_known_by_their_form(pasted):
    hidden = Redactor().text(f"got {pasted} here")

    assert HIDDEN in hidden
    for telling in ("abcdef", "Mi0yLTEy", "dXNlcjpw", "s3cr3t", "eyJhbGci", "hunter2"):
        assert telling not in hidden


def test_what_is_no_secret_is_left_alone():
    sentence = "deployment 12 of checkout to production at https://ci.example.com:8443/job/checkout/12/"

    assert Redactor(SECRETS).text(sentence) == sentence


@given(st.text(min_size=4, max_size=40).filter(str.strip), st.text(max_size=20), st.text(max_size=20))
def test_no_secret_of_any_shape_survives(secret, before, after):
    if len(secret.strip()) < 4 or secret.strip() in HIDDEN or HIDDEN in secret:
        return
    hidden = Redactor([secret]).text(f"{before}{secret}{after}")

    assert secret not in hidden.replace(HIDDEN, "\0")


def test_a_record_is_one_json_line_with_what_it_is_about(lines):
    log.info(
        "Deployment %d went %s", 12, "well", extra={"deployment": "abc", "subject": "", "action": "ended"}
    )

    (record,) = written(lines)
    assert record["sentence"] == "Deployment 12 went well"
    assert (record["level"], record["logger"]) == ("info", "tests.logs")
    assert record["time"].endswith("+00:00")
    assert (record["deployment"], record["action"]) == ("abc", "ended")
    assert "subject" not in record


@pytest.mark.parametrize("secret", SECRETS)
def test_sentence_arguments_extras_and_traceback_say_no_secret(lines, secret):
    log.warning("as an argument: %s", secret)
    log.warning("as a repr: %r", {"token": secret})
    log.warning(
        secret, extra={"url": f"https://x:{secret}@y/", "headers": {"Cookie": secret}, "seen": [secret]}
    )
    problem = RuntimeError(f"outer {quote(secret)}")
    problem.__cause__ = ValueError(f"inner {secret}")
    log.error("it failed", stack_info=True, exc_info=problem)

    assert len(written(lines)) == 4
    assert "RuntimeError" in written(lines)[3]["exception"]
    for form in forms_of(secret):
        assert form not in lines.getvalue()


def test_libraries_that_log_whole_requests_say_no_secret_either(lines):
    encoded = base64.b64encode(f"ci:{JENKINS}".encode()).decode()
    logging.getLogger("slack_sdk.web").error(
        "Sending a request - headers: %s", {"Authorization": f"Bearer {BOT_TOKEN}"}
    )
    logging.getLogger("urllib3.connectionpool").error("Authorization: Basic %s", encoded)
    prepared = requests.Request("GET", "http://ci.example.com/", auth=("ci", "plain")).prepare()
    log.error("%s", prepared.headers)

    for form in (BOT_TOKEN, encoded, base64.b64encode(b"ci:plain").decode()):
        assert form not in lines.getvalue()
    assert lines.getvalue().count(HIDDEN) == 3


def test_chatter_of_third_parties_is_not_repeated(lines):
    for name in (
        "aiohttp.access",
        "slack_bolt.AsyncApp",
        "slack_sdk.web",
        "urllib3.connectionpool",
        "apscheduler",
    ):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("heard")

    assert [record["sentence"] for record in written(lines)] == ["heard"] * 5


def test_what_nobody_caught_is_redacted_too(lines):
    sys.excepthook(RuntimeError, RuntimeError(f"lost {BOT_TOKEN}"), None)

    def fails() -> None:
        raise RuntimeError(f"in a thread {SIGNING}")

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()

    assert [record["level"] for record in written(lines)] == ["critical", "critical"]
    assert BOT_TOKEN not in lines.getvalue()
    assert SIGNING not in lines.getvalue()


def test_text_for_people_is_one_line_whatever_people_typed():
    formatter = RedactedFormatter(Redactor(SECRETS), "text")
    record = logging.makeLogRecord(
        {"name": "bot.x", "levelname": "INFO", "msg": "typed %s", "args": (f"a\nFAKE \x1b[31m{BOT_TOKEN}",)}
    )
    record.deployment = "abc"
    line = formatter.format(record)

    assert "\n" not in line
    assert "\x1b" not in line
    assert line.endswith(f"typed a\\nFAKE \\x1b[31m{HIDDEN}  deployment=abc")


def test_a_traceback_in_text_is_indented_and_redacted():
    formatter = RedactedFormatter(Redactor(SECRETS), "text")
    problem = ValueError(SIGNING)
    record = logging.makeLogRecord({"msg": "no", "exc_info": (ValueError, problem, None)})
    first, *rest = formatter.format(record).splitlines()

    assert first.endswith("no")
    assert rest[-1] == f"    ValueError: {HIDDEN}"


def test_a_record_whose_arguments_do_not_fit_is_printed_all_the_same():
    record = logging.makeLogRecord({"msg": "%d of %s", "args": ("many",)})

    assert "%d of %s ('many',)" in RedactedFormatter(Redactor(), "json").format(record)


def test_undoing_leaves_the_process_as_it_was():
    before = (list(logging.getLogger().handlers), logging.getLogger("urllib3").level, sys.excepthook)
    set_up(Redactor(), stream=io.StringIO())()

    assert (list(logging.getLogger().handlers), logging.getLogger("urllib3").level, sys.excepthook) == before
