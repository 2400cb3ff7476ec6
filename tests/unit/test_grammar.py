"""What people type, and what is understood."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.errors import Refused
from bot.events.approving import Delegate, EndDelegation
from bot.events.surface import OfferDeployForm
from bot.grammar import parse
from bot.grammar.intents import CancelIntent, CommandIntent, DeployIntent, HelpIntent, Intent, StatusIntent
from bot.grammar.saying import deployment_said
from bot.grammar.starts import said_as_time
from bot.grammar.usage import TOPICS, usage
from bot.reasons import Reason
from config.models import Service, ServiceEnvironment, Settings, Slack
from config.words import COMMAND_WORDS, LATER_COMMANDS, RESERVED


def environment(*aliases):
    return ServiceEnvironment(job="deploy", aliases=list(aliases))


SETTINGS = Settings(
    slack=Slack(bot_token=SecretStr("xoxb-1")),
    services={
        "checkout": Service(
            aliases=["till"],
            environments={"staging": environment("stage"), "production": environment("prod")},
        ),
        "payments": Service(
            version_pattern=r"v\d+",
            environments={"staging": environment(), "qa": environment(), "live": environment("prod")},
        ),
    },
)
EMPTY = Settings(slack=Slack(bot_token=SecretStr("xoxb-1")))


def deploy(environment, version=None, *, service="checkout", break_glass=None):
    return DeployIntent(service=service, environment=environment, version=version, break_glass=break_glass)


def understood(text, here=None, settings=SETTINGS):
    return parse(text, settings, service_here=here)


def refused(text, here=None, settings=SETTINGS):
    with pytest.raises(Refused) as caught:
        parse(text, settings, service_here=here)
    return caught.value


# --- deploy ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("checkout staging", deploy("staging")),
        ("checkout to staging", deploy("staging")),
        ("checkout v1.2 staging", deploy("staging", "v1.2")),
        ("checkout v1.2 to production", deploy("production", "v1.2")),
        ("checkout production v1.2", deploy("production", "v1.2")),
        ("checkout version v1.2 to production", deploy("production", "v1.2")),
        ("checkout to production version v1.2", deploy("production", "v1.2")),
        ("till prod", deploy("production")),
        ("checkout feature/Big-Thing stage", deploy("staging", "feature/Big-Thing")),
        ("checkout sha256:ab12@x staging", deploy("staging", "sha256:ab12@x")),
        ("payments v7 to prod", deploy("live", "v7", service="payments")),
        ("checkout version staging to production", deploy("production", "staging")),
        ("checkout version prodd to production", deploy("production", "prodd")),
    ],
)
def test_a_deployment_is_asked_for_in_these_words(text, intent):
    assert understood(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "deploy checkout staging",
        "/deploy checkout staging",
        "deploy deploy please checkout staging",
        "<@U012BOT> deploy checkout staging",
        "<@U012BOT|pilothouse> checkout staging",
        "@pilothouse deploy checkout staging",
        "pilothouse, deploy checkout to staging please!",
        "CHECKOUT Staging",
        "`checkout` *staging*",
        "`checkout staging`",
        "“checkout” ‘staging’.",
        "'checkout' \"staging\"?",
        "_checkout_ ~staging~",
        "checkout\u00a0staging",
        "\u200bcheckout\u2060 \ufeffstaging\u202c",
        "checkout\tstaging\r\n",
        "<http://checkout|checkout> (staging)",
        "the checkout into staging",
    ],
)
def test_markup_quotes_case_and_fillers_make_no_difference(text):
    assert understood(text) == deploy("staging")


def test_a_link_that_slack_made_of_a_version_is_read_as_it_was_typed():
    assert understood("checkout <http://v1.2.io|v1.2.io> staging") == deploy("staging", "v1.2.io")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("staging", deploy("staging")),
        ("v1.2 to prod", deploy("production", "v1.2")),
        ("payments staging", deploy("staging", service="payments")),
        ("prod break-glass because down", deploy("production", break_glass="down")),
    ],
)
def test_in_a_services_channel_the_service_may_be_left_out(text, intent):
    assert understood(text, here="checkout") == intent


def test_a_channel_of_a_service_that_is_gone_is_any_channel():
    assert refused("staging", here="gone").reason is Reason.MISSING_WORD


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("break-glass because the page is down", "the page is down"),
        ("break glass because the page is down", "the page is down"),
        ("--break-glass because the page is down", "the page is down"),
        ("—break-glass because the page is down", "the page is down"),
        ("Break-Glass: the page is down", "the page is down"),
        ("break-glass because “the page is down”", "the page is down"),
        ("breakglass because a &amp; b &lt; c", "a & b < c"),
        ("break-glass because “rushed” deploy of friday", "“rushed” deploy of friday"),
        ('break-glass because "a" broke "b"', '"a" broke "b"'),
        ('break-glass because "it burns', "it burns"),
        ("break-glass because it burns”", "it burns"),
        ("break-glass because customers can't pay", "customers can't pay"),
        ("break-glass because of the migration", "because of the migration"),
        ("break-glass because of", "of"),
        (
            "break-glass because <https://x.io/1|the page> and <#C1|ops> and <@U1|ann>",
            "the page and #ops and @ann",
        ),
        ("break-glass because break-glass was right", "break-glass was right"),
        ("break-glass because <!here> <!subteam^S1|@sre> said so", "@here @sre said so"),
    ],
)
def test_break_glass_carries_its_reason(text, reason):
    assert understood(f"checkout v1 production {text}") == deploy("production", "v1", break_glass=reason)


@pytest.mark.parametrize(
    "text", ["break-glass", "break glass because", "--break-glass because …", "break-glass because \u200b."]
)
def test_break_glass_without_a_reason_is_refused_with_the_words_to_say(text):
    failure = refused(f"checkout v1 prod {text}")
    assert failure.reason is Reason.REASON_REQUIRED
    assert failure.way_out == "Say `/deploy checkout v1 prod break-glass because …`."


def test_a_reason_has_an_end():
    failure = refused("checkout prod break-glass because " + "x" * 1_001)
    assert (failure.reason, "longer than 1000" in failure.sentence) == (Reason.REASON_REQUIRED, True)


@pytest.mark.parametrize(
    ("text", "here", "reason", "sentence", "way_out"),
    [
        ("chekout staging", None, Reason.UNKNOWN_SERVICE, "I know no service “chekout”. I know checkout, payments.", "Did you mean `/deploy checkout staging`?"),
        ("check staging", None, Reason.UNKNOWN_SERVICE, "I know no service “check”.", "Did you mean `/deploy checkout staging`?"),
        ("foo", None, Reason.UNKNOWN_SERVICE, "I know no service “foo”.", "`/deploy help` shows what I understand."),
        ("checkout stagin", None, Reason.UNKNOWN_ENVIRONMENT, "checkout has no environment “stagin”. It can go to staging, production.", "Did you mean `/deploy checkout staging`?"),
        ("checkout v1 pord", None, Reason.UNKNOWN_ENVIRONMENT, "checkout has no environment “pord”.", "Did you mean `/deploy checkout v1 prod`?"),
        ("checkout moon", None, Reason.UNKNOWN_ENVIRONMENT, "checkout has no environment “moon”.", "`/deploy help` shows what I understand."),
        ("checkout qa", None, Reason.UNKNOWN_ENVIRONMENT, "checkout has no environment “qa”.", "`/deploy help` shows what I understand."),
        ("checkout", None, Reason.MISSING_WORD, "Where to? checkout can go to staging, production.", "Say `/deploy checkout staging`."),
        ("checkout v1.2", None, Reason.MISSING_WORD, "Where to?", "Say `/deploy checkout v1.2 staging`."),
        ("checkout version", None, Reason.MISSING_WORD, "Which version?", "`/deploy help` shows what I understand."),
        ("staging", None, Reason.MISSING_WORD, "Which service? This channel belongs to none.", "Did you mean `/deploy checkout staging`?"),
        ("qa payments", None, Reason.MISSING_WORD, "Which service?", "Did you mean `/deploy payments qa`?"),
        ("break-glass because x", None, Reason.MISSING_WORD, "Which service?", "`/deploy help` shows what I understand."),
        ("break-glass because x", "checkout", Reason.MISSING_WORD, "Where to?", "Say `/deploy staging break-glass because x`."),
        ("stauts", None, Reason.UNKNOWN_COMMAND, "I know no command “stauts”.", "Did you mean `/deploy status`?"),
        ("stauts", "checkout", Reason.UNKNOWN_COMMAND, "I know no command “stauts”.", "Did you mean `/deploy status`?"),
        ("cancle checkout staging", None, Reason.UNKNOWN_COMMAND, "I know no command “cancle”.", "Did you mean `/deploy cancel checkout staging`?"),
        ("paymets", "checkout", Reason.UNKNOWN_SERVICE, "I know no service “paymets”.", "Did you mean `/deploy payments staging`?"),
        ("stagin", "checkout", Reason.UNKNOWN_ENVIRONMENT, "checkout has no environment “stagin”.", "Did you mean `/deploy staging`?"),
        ("checkout v1 v2 staging", None, Reason.AMBIGUOUS, "Two versions are named: “v1” and “v2”.", "Say `/deploy checkout v1 staging` or `/deploy checkout v2 staging`."),
        ("checkout prod because x", None, Reason.UNKNOWN_COMMAND, "A reason goes with break-glass or with override only.", "Did you mean `/deploy checkout prod`?"),
        ("checkout ..%2f prod", None, Reason.VERSION_INVALID, "“%2f” is not a version of checkout: letters, digits", "`/deploy help` shows what I understand."),
        ("payments 7 to qa", None, Reason.VERSION_INVALID, r"“7” is not a version of payments: it must match v\d+.", "`/deploy help` shows what I understand."),
        ("checkout $(id) prod", None, Reason.VERSION_INVALID, "“$(id” is not a version", "`/deploy help` shows what I understand."),
        ("checkout " + "v" * 300 + " prod", None, Reason.VERSION_INVALID, "“" + "v" * 39 + "…” is not a version", "`/deploy help` shows what I understand."),
        ("a " * 61, None, Reason.UNKNOWN_COMMAND, "I read at most 60 words as a command.", "`/deploy help` shows what I understand."),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_the_way_out(text, here, reason, sentence, way_out):
    failure = refused(text, here)
    assert failure.reason is reason
    assert failure.sentence.startswith(sentence)
    assert failure.way_out == way_out


@pytest.mark.parametrize(
    ("text", "here", "readings"),
    [
        ("checkout staging production", None, ["checkout staging", "checkout production", "checkout version staging to production"]),
        ("checkout staging to production", None, ["checkout staging", "checkout to production", "checkout version staging to production"]),
        ("checkout staging staging", None, ["checkout staging", "checkout version staging to staging"]),
        ("staging prod", "checkout", ["staging", "prod", "version staging to prod"]),
        ("checkout stagin prod", None, ["checkout staging", "checkout version stagin to prod"]),
        ("paymets staging", "checkout", ["payments staging", "version paymets to staging"]),
        ("checkout payments staging", None, ["payments staging", "checkout version payments to staging"]),
    ],
)  # fmt: skip
def test_what_could_mean_two_things_is_refused_with_every_reading(text, here, readings):
    failure = refused(text, here)
    assert failure.reason is Reason.AMBIGUOUS
    assert re.findall(r"`/deploy ([^`]*)`", failure.way_out) == readings


@pytest.mark.parametrize("text", ["checkout version v1 version v2 prod", "checkout version v1 v2 prod"])
def test_two_versions_are_one_too_many(text):
    failure = refused(text)
    assert (failure.reason, failure.sentence) == (Reason.AMBIGUOUS, "Two versions are named: “v1” and “v2”.")


def test_every_reading_that_is_offered_is_understood():
    for text in (
        "checkout staging production",
        "checkout stagin prod",
        "chekout staging",
        "checkout v1.2",
        "staging",
    ):
        for offered in re.findall(r"`/deploy ([^`]*)`", refused(text).way_out):
            assert isinstance(understood(offered), DeployIntent), offered


def test_the_way_out_names_the_command_as_it_is_named_here():
    slack = Slack(bot_token=SecretStr("xoxb-1"), commands={"deploy": "/ship"}, command_prefix="ph-")
    settings = SETTINGS.model_copy(update={"slack": slack})
    assert (
        refused("chekout staging", settings=settings).way_out == "Did you mean `/ph-ship checkout staging`?"
    )
    assert understood("/ph-ship checkout staging", settings=settings) == deploy("staging")
    assert understood("ph-ship checkout staging", settings=settings) == deploy("staging")


def test_without_services_the_answer_says_so():
    assert refused("checkout staging", settings=EMPTY).sentence == "No service is configured."
    nowhere = EMPTY.model_copy(update={"services": {"checkout": Service()}})
    assert refused("checkout staging", settings=nowhere).sentence == "checkout has no environment to go to."


@pytest.mark.parametrize("word", LATER_COMMANDS)
def test_what_is_not_a_command_yet_is_not_taken_for_a_service(word):
    failure = refused(f"{word} checkout")
    assert (failure.reason, failure.sentence) == (
        Reason.UNKNOWN_COMMAND,
        f"“{word}” is not something I can do.",
    )
    assert refused(word, here="checkout").reason is Reason.UNKNOWN_COMMAND


def test_a_service_named_like_the_app_is_still_a_service():
    settings = SETTINGS.model_copy(update={"services": {"pilothouse": SETTINGS.services["checkout"]}})
    assert understood("deploy pilothouse staging", settings=settings) == deploy(
        "staging", service="pilothouse"
    )


# --- status, cancel, help -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "here", "intent"),
    [
        ("status", None, StatusIntent()),
        ("Status?", None, StatusIntent()),
        ("status checkout", None, StatusIntent(service="checkout")),
        ("status of till prod", None, None),
        ("status till prod", None, StatusIntent(service="checkout", environment="production")),
        ("status staging", None, StatusIntent(environment="staging")),
        ("status", "checkout", StatusIntent(service="checkout")),
        ("status prod", "checkout", StatusIntent(service="checkout", environment="production")),
        ("status payments", "checkout", StatusIntent(service="payments")),
        ("status all", "checkout", StatusIntent()),
        ("status mine", "checkout", StatusIntent(mine=True)),
        ("status mine staging", None, StatusIntent(environment="staging", mine=True)),
        ("status like Pay 1.4", None, StatusIntent(like="Pay 1.4")),
        ("status till mine like v1", None, StatusIntent(service="checkout", mine=True, like="v1")),
    ],
)
def test_status_is_asked_for_in_these_words(text, here, intent):
    if intent is None:
        assert refused(text, here).reason is Reason.UNKNOWN_COMMAND
    else:
        assert understood(text, here) == intent


@pytest.mark.parametrize(
    ("text", "here", "reason", "way_out"),
    [
        ("status prod", None, Reason.AMBIGUOUS, "Say `/deploy status live` or `/deploy status production`."),
        ("status chekout", None, Reason.UNKNOWN_SERVICE, "Did you mean `/deploy status checkout`?"),
        ("status stagin", None, Reason.UNKNOWN_ENVIRONMENT, "Did you mean `/deploy status staging`?"),
        ("status xyz", None, Reason.UNKNOWN_SERVICE, "`/deploy help` shows what I understand."),
        (
            "status checkout pord",
            None,
            Reason.UNKNOWN_ENVIRONMENT,
            "Did you mean `/deploy status checkout prod`?",
        ),
        ("status paymets", "checkout", Reason.UNKNOWN_ENVIRONMENT, "Did you mean `/deploy status payments`?"),
        ("status like", None, Reason.MISSING_WORD, "Did you mean `/deploy status like pay`?"),
        ("status a b", None, Reason.UNKNOWN_COMMAND, "`/deploy help` shows what I understand."),
        ("status checkout prod now", None, Reason.UNKNOWN_COMMAND, "`/deploy help` shows what I understand."),
        (
            "status break-glass because x",
            None,
            Reason.UNKNOWN_COMMAND,
            "Did you mean `/deploy status`?",
        ),
    ],
)
def test_a_status_that_is_not_understood_is_refused(text, here, reason, way_out):
    failure = refused(text, here)
    assert (failure.reason, failure.way_out) == (reason, way_out)


@pytest.mark.parametrize(
    ("text", "here", "intent"),
    [
        ("cancel", None, CancelIntent()),
        ("cancel", "checkout", CancelIntent()),
        ("cancel #12", None, CancelIntent(number=12)),
        ("cancel 012.", None, CancelIntent(number=12)),
        ("cancel till prod", None, CancelIntent(service="checkout", environment="production")),
        ("cancel checkout to production", None, CancelIntent(service="checkout", environment="production")),
        ("cancel staging", "checkout", CancelIntent(service="checkout", environment="staging")),
    ],
)
def test_cancelling_is_asked_for_in_these_words(text, here, intent):
    assert understood(text, here) == intent


@pytest.mark.parametrize(
    ("text", "here", "reason", "way_out"),
    [
        ("cancel #0", None, Reason.UNKNOWN_DEPLOYMENT, "Did you mean `/deploy cancel #12`?"),
        ("cancel #x", None, Reason.UNKNOWN_DEPLOYMENT, "Did you mean `/deploy cancel #12`?"),
        ("cancel 9999999999999", None, Reason.UNKNOWN_DEPLOYMENT, "Did you mean `/deploy cancel #12`?"),
        ("cancel ٣", None, Reason.UNKNOWN_DEPLOYMENT, "Did you mean `/deploy cancel #12`?"),
        ("cancel 12 13", None, Reason.UNKNOWN_COMMAND, "`/deploy help` shows what I understand."),
        ("cancel checkout", None, Reason.MISSING_WORD, "Did you mean `/deploy cancel checkout staging`?"),
        ("cancel staging", None, Reason.MISSING_WORD, "Did you mean `/deploy cancel checkout staging`?"),
        (
            "cancel chekout staging",
            None,
            Reason.UNKNOWN_SERVICE,
            "Did you mean `/deploy cancel checkout staging`?",
        ),
        ("cancel xyz", None, Reason.UNKNOWN_SERVICE, "`/deploy help` shows what I understand."),
        (
            "cancel checkout pord",
            None,
            Reason.UNKNOWN_ENVIRONMENT,
            "Did you mean `/deploy cancel checkout prod`?",
        ),
        ("cancel checkout prod now", None, Reason.UNKNOWN_COMMAND, "`/deploy help` shows what I understand."),
    ],
)
def test_a_cancel_that_is_not_understood_is_refused(text, here, reason, way_out):
    failure = refused(text, here)
    assert (failure.reason, failure.way_out) == (reason, way_out)


@pytest.mark.parametrize("text", ["", "  ", "?", "help", "HELP!", "<@U1>", "--help", "\u200b"])
def test_nothing_said_is_help(text):
    assert understood(text) == HelpIntent()


@pytest.mark.parametrize("text", ["deploy", "<@U1> deploy", "/deploy", "deploy!", "please deploy"])
def test_the_command_and_nothing_else_offers_the_form(text):
    assert understood(text) == CommandIntent(kind=OfferDeployForm)


@pytest.mark.parametrize(
    ("service", "version", "environment", "said"),
    [
        ("checkout", "1.4.2", "production", "/deploy checkout 1.4.2 to production"),
        ("checkout", "", "staging", "/deploy checkout to staging"),
        ("checkout", "staging", "production", "/deploy checkout version staging to production"),
        ("checkout", "prodution", "staging", "/deploy checkout version prodution to staging"),
    ],
)
def test_a_deployment_is_said_in_the_words_that_mean_exactly_it(service, version, environment, said):
    assert deployment_said(SETTINGS, service, version, environment) == said
    found = understood(said)
    assert (found.service, found.version or "", found.environment) == (service, version, environment)


def test_a_deployment_is_said_with_its_reasons():
    said = deployment_said(SETTINGS, "checkout", "1.2", "production", override="the fix", removing=True)
    assert said == "/deploy checkout 1.2 to production removing override because the fix"
    assert (understood(said).override, understood(said).removing) == ("the fix", True)
    said = deployment_said(SETTINGS, "checkout", "1.2", "production", glass="it burns", override="x")
    assert said == "/deploy checkout 1.2 to production break-glass because it burns"
    assert understood(said).break_glass == "it burns"


def test_a_deployment_is_said_with_its_time_wherever_its_reasons_stand():
    said = deployment_said(
        SETTINGS, "checkout", "1.2", "production", override="x", removing=True, when="at 14:00"
    )
    assert said == "/deploy checkout 1.2 to production removing at 14:00 override because x"
    found = understood(said)
    assert (found.when, found.override, found.removing) == ("at 14:00", "x", True)
    said = deployment_said(SETTINGS, "checkout", "", "staging", when="at next mon 09:00")
    assert said == "/deploy checkout to staging at next mon 09:00"
    assert understood(said).when == "at next mon 09:00"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", ""),
        ("  ", ""),
        ("in 2h", "in 2h"),
        ("Tomorrow  9am", "Tomorrow 9am"),
        ("14:00", "at 14:00"),
        ("2026-12-01 14:00 Europe/Madrid", "at 2026-12-01 14:00 Europe/Madrid"),
        ("next mon 09:00", "at next mon 09:00"),
        ("“at 14:00”", "at 14:00"),
        ("at 14:00 because it burns", "at 14:00 because it burns"),
        ("at 14:00 break-glass", "at 14:00 break-glass"),
    ],
)
def test_what_stands_in_a_field_for_a_time_is_said_as_a_command_says_it(typed, said):
    assert said_as_time(typed) == said


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if topic])
def test_help_knows_every_topic(topic):
    assert understood(f"help {topic}") == HelpIntent(topic=topic)
    assert understood(f"help on {topic.replace('-', ' ')}") == HelpIntent(topic=topic)


def test_an_unknown_topic_is_refused_with_the_nearest():
    failure = refused("help depoly")
    assert (failure.reason, failure.way_out) == (
        Reason.UNKNOWN_COMMAND,
        "Did you mean `/deploy help deploy`?",
    )


# --- help texts -----------------------------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
FORMS = [form for topic in TOPICS.values() for form in topic.forms]
EXAMPLES = [example for topic in TOPICS.values() for example in topic.examples]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.form)
def test_the_page_names_every_form_and_what_it_does(form):
    page = PAGE.read_text(encoding="utf-8")
    assert f"`{form.form}`" in page
    assert f"| `{form.form}` | {form.says} |" in page or form in TOPICS[""].forms


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.title)
def test_the_page_says_of_every_topic_what_help_says(topic):
    assert topic.says in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_help_is_understood(example):
    text = example.removeprefix("/deploy")
    assert f"    {example}" in PAGE.read_text(encoding="utf-8")
    # Slack makes a mention of a name that is chosen from its list.
    understood(text.replace("@sam", "<@U0SAM|sam>"))


@pytest.mark.parametrize("topic", TOPICS)
def test_help_names_the_command_as_it_is_named_here(topic):
    text = usage(topic, "/ph-ship")
    assert "/ph-ship" in text
    assert "/deploy" not in text


def test_every_command_word_has_its_topic():
    assert set(COMMAND_WORDS) <= TOPICS.keys()
    assert set(COMMAND_WORDS) <= RESERVED


# --- people -----------------------------------------------------------------------------------------------------


def test_a_mention_is_known_by_its_id_whatever_it_is_called():
    said = understood("delegate to <@U0SAM|ann lee> until friday because <@U0ANN|sam> asked")

    assert said == CommandIntent(
        kind=Delegate,
        fields={
            "to": "U0SAM",
            "until": "until friday",
            "why": "@sam asked",
            "service": "",
            "environment": "",
        },
    )


@pytest.mark.parametrize(
    ("text", "service", "environment", "until"),
    [
        ("delegate checkout to <@U0SAM> for 2d because x", "checkout", "", "for 2d"),
        ("delegate checkout production to <@U0SAM> for 2d because x", "checkout", "production", "for 2d"),
        ("delegate production to <@U0SAM> until friday because x", "", "production", "until friday"),
        ("delegate to <@U0SAM> for checkout until friday because x", "checkout", "", "until friday"),
        ("delegate to <@U0SAM> for 2d because x", "", "", "for 2d"),
        ("delegate everything to @U0SAM until mon 09:00 because x", "", "", "until mon 09:00"),
    ],
)
def test_what_is_delegated_stands_before_or_behind_the_person(text, service, environment, until):
    fields = understood(text).fields

    assert (fields["service"], fields["environment"], fields["until"]) == (service, environment, until)
    assert fields["to"] == "U0SAM"


def test_a_name_is_no_mention():
    assert "Name one person by a mention" in refused("delegate to sam for 2d because x").sentence
    assert "Name one person by a mention" in refused("delegate to @sam for 2d because x").sentence


def test_who_is_named_where_nobody_belongs_is_said_as_he_was_shown():
    assert "“@ann”" in refused("status <@U0ANN|ann>").sentence
    assert "@U0ANN" not in str(refused("status <@U0ANN|ann>"))


@pytest.mark.parametrize("words", ["end", "end checkout", "end everything"])
def test_ending_takes_a_scope_or_none(words):
    assert understood(f"delegate {words}").kind is EndDelegation


# --- any text at all ------------------------------------------------------------------------------------------

SAID = st.lists(
    st.sampled_from(
        [*RESERVED, "checkout", "staging", "prod", "v1.2", "#12", "<@U1>", "<", "|", ">", "`", "--", "\u00a0", "&amp;", "stagin"]
    )
    | st.text(max_size=6),
    max_size=14,
).map(" ".join)  # fmt: skip


@within(deadline=None)
@given(
    SAID | st.text(max_size=200),
    st.sampled_from([None, "checkout", "gone"]),
    st.sampled_from([SETTINGS, EMPTY]),
)
def test_any_text_gives_an_intent_or_a_refusal(text, here, settings):
    try:
        intent = parse(text, settings, service_here=here)
    except Refused as failure:
        sentence, way_out = failure.sentence, failure.way_out
        assert sentence
        assert way_out.count("`") % 2 == 0
        assert len(sentence) < 1_000
    else:
        assert isinstance(intent, Intent)
        if isinstance(intent, DeployIntent):
            assert intent.environment in settings.services[intent.service].environments
            assert intent.version is None or re.fullmatch(
                settings.services[intent.service].version_pattern, intent.version
            )
            assert intent.break_glass is None or intent.break_glass.strip()


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "<",
        "<a|",
        ">",
        "&amp;",
        "`",
        "checkout ",
        "a ",
        "_",
        "break ",
        "version ",
        "<@U1> ",
        "\u200b",
        "ü",
        "1",
    ],
)
def test_the_longest_text_takes_no_longer_than_a_moment(piece):
    text = (piece * 40_000)[:40_000]
    began = time.process_time()
    for candidate in (text, f"checkout {text} staging", f"checkout prod break-glass because {text}"):
        try:
            parse(candidate, SETTINGS, service_here="checkout")
        except Refused:
            continue
    assert time.process_time() - began < 2
