"""The browser workspace against the real stand-in: what it draws, what it sends, and that nothing gets through it."""

from __future__ import annotations

import asyncio
import functools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.slack.control import PAGE
from bot.sandbox.slack.harbour import BOT, DANA, GUS, OLU, SAM, SOFIA
from tests.browser.conftest import resize
from tests.browser.samples import ELEMENTS, RICH_TEXT, button, card, deploy_form, mrkdwn, option, plain
from tests.browser.screen import Screen
from tests.browser.workspace import LiveWorkspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DEPLOYS, CHECKOUT, RANDOM = "C0DEPLOYS1", "C0CHECKOUT", "C0RANDOM04"
NO_PICTURE = "pictures.invalid"

# Drawing


def test_every_kind_of_block_is_drawn(screen: Screen, slack: LiveWorkspace) -> None:
    screen.expected.append(NO_PICTURE)
    slack.post(DEPLOYS, "a card", blocks=card())
    slack.post(DEPLOYS, "rich", blocks=[RICH_TEXT])
    slack.post(DEPLOYS, "elements", blocks=ELEMENTS)
    screen.open(viewer=DANA, channel=DEPLOYS)
    drawn = screen.message("checkout 1.8.2 to production")
    assert screen.one("h3.header", drawn).text == "checkout 1.8.2 to production"
    assert [f.text.split("\n")[0] for f in screen.all(".fields .text", drawn)] == [
        "Environment",
        "Version",
        "Expires",
        "Usually takes",
    ]
    left, right = (f.rect["x"] for f in screen.all(".fields .text", drawn)[:2])
    assert left < right
    approve = screen.hook("action", action_id="approve")
    assert "primary" in approve.get_attribute("class")
    assert "danger" in screen.hook("action", action_id="reject").get_attribute("class")
    assert (
        screen.hook("action", action_id="jenkins").get_attribute("href") == "https://ci.example/job/deploy/41"
    )
    assert "0 of 2 approvals · needs @sre" in screen.one(".context", drawn).text
    assert "⏳" in drawn.text
    assert "3 minutes ago" in drawn.text

    rich = screen.message("first point")
    assert screen.one("strong", rich).text == "bold"
    assert "plain & <b>literal</b> &amp;" in rich.text
    assert screen.one("pre", rich).text == "$ make test\n213 passed"
    assert [li.text for li in screen.all("ul li", rich)] == ["first point", "second point"]
    assert [li.text for li in screen.all("ol li", rich)] == ["a step"]
    assert screen.one("blockquote s", rich).text == "ship it"
    assert [m.text for m in screen.all(".mention", rich)] == ["@Dana Diaz", "@sre", "#random"]
    assert screen.one("a", rich).get_attribute("href") == "https://example.org/a?b=1&c=2"

    elements = screen.message("Which service?")
    assert screen.hook("action", action_id="service").text == "Choose a service"
    assert screen.hook("action", action_id="day").get_attribute("value") == "2026-03-05"
    assert screen.hook("action", action_id="hour").get_attribute("value") == "14:05"
    assert len(screen.all("hr", elements)) == 1
    missing = screen.until(
        lambda: screen.all(".missing", elements), "places of the pictures that cannot be had"
    )
    screen.until(lambda: len(screen.all(".missing", elements)) == 2, "both places")
    assert missing[0].get_attribute("aria-label") in {"a small chart", "Latency of the last hour"}


MRKDWN = [
    ("*bold* _it_ ~gone~ `code`", "<strong>bold</strong> <em>it</em> <s>gone</s> <code>code</code>"),
    ("*bold _and it_*", "<strong>bold <em>and it</em></strong>"),
    ("2*3*4 a_b_c x~y~z", "2*3*4 a_b_c x~y~z"),
    ("* not bold* *nor this *", "* not bold* *nor this *"),
    ("`*stays* _so_`", "<code>*stays* _so_</code>"),
    ("*a\nb*", "*a\nb*"),
    ("&amp;lt; &lt;b&gt; &amp; &quot;", "&amp;lt; &lt;b&gt; &amp; &amp;quot;"),
    ("a :no_such_emoji: b at 10:30:00", "a :no_such_emoji: b at 10:30:00"),
    (
        "<https://example.org|here>",
        '<a href="https://example.org/" target="_blank" rel="noopener noreferrer">here</a>',
    ),
    (
        "(https://example.org/x).",
        '(<a href="https://example.org/x" target="_blank" rel="noopener noreferrer">https://example.org/x</a>).',
    ),
    (
        "<!date^0^{date_num}|x>",
        '<time datetime="1970-01-01T00:00:00.000Z" title="Thursday, 1 January 1970 at 01:00:00 CET">1970-01-01</time>',
    ),
    ("<!date^99999999999999^{date}|fall back>", "fall back"),
    ("<!date^0^{no_token}|fall back>", "fall back"),
]


def test_mrkdwn_is_drawn_as_slack_draws_it(screen: Screen) -> None:
    screen.open(viewer=DANA, channel=DEPLOYS)
    drawn = {written: inner_html(screen, written) for written, _ in MRKDWN}
    assert drawn == {written: f'<span class="line">{html}</span>' for written, html in MRKDWN}


def test_fences_quotes_and_bullets_are_blocks_of_their_own(screen: Screen) -> None:
    screen.open(viewer=DANA, channel=DEPLOYS)
    text = "before\n```\nx = *1* &lt;2\n```\n&gt; said *so*\n&gt; twice\n• point"
    assert inner_html(screen, text) == (
        '<span class="line">before</span><pre class="pre">x = *1* &lt;2</pre>'
        "<blockquote>said <strong>so</strong>\ntwice</blockquote>"
        '<span class="line bullet">• point</span>'
    )


def inner_html(screen: Screen, written: str) -> str:
    """What `mrkdwn.js` makes of a text, as HTML."""
    return str(
        screen.driver.execute_async_script(
            """const [text, done] = arguments;
            Promise.all([import("/mrkdwn.js"), import("/store.js")]).then(([{ mrkdwn }, { names }]) => {
              const box = document.createElement("div");
              box.append(mrkdwn(text, names));
              done(box.innerHTML);
            }, (error) => done(String(error)));""",
            written,
        )
    )


def test_hostile_text_is_only_text(screen: Screen, slack: LiveWorkspace) -> None:
    attack = "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>"
    kept = attack.replace("<", "&lt;").replace(">", "&gt;")
    slack.says(GUS, DEPLOYS, f"{attack} &lt;!channel&gt;")
    slack.post(DEPLOYS, f"{kept} &lt;!channel&gt; <javascript:window.pwned=1|click me>")
    slack.post(
        DEPLOYS,
        "everywhere",
        blocks=[
            {"type": "header", "text": plain(attack)},
            {"type": "section", "text": plain(attack), "fields": [plain(attack), mrkdwn(kept)]},
            {"type": "actions", "elements": [button("hostile", attack[:70])]},
            {"type": "context", "elements": [plain(attack)]},
            {
                "type": "rich_text",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": attack}]},
                    {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": attack}]},
                ],
            },
        ],
    )
    screen.open(viewer=DANA, channel=DEPLOYS)
    assert attack in screen.message("click me").text
    assert attack in screen.one("h3.header").text
    assert not screen.all("#main .message img, #main .message script, #main .message [onerror]")
    assert not screen.all('[href^="javascript"]')
    assert not [m for m in screen.all("#main .mention") if m.text == "@channel"]
    dead = screen.one(".dead-link")
    dead.click()
    assert dead.text == "click me"
    assert screen.script("return window.pwned") is None


def test_a_javascript_link_in_rich_text_is_dead(screen: Screen) -> None:
    screen.open(viewer=DANA, channel=DEPLOYS)
    html = screen.driver.execute_async_script(
        """const done = arguments[0];
        Promise.all([import("/richtext.js"), import("/store.js")]).then(([{ richText }, { names }]) => {
          const link = { type: "link", url: "javascript:alert(1)", text: "x" };
          done(richText({ elements: [{ type: "rich_text_section", elements: [link] }] }, names).innerHTML);
        });"""
    )
    assert "href" not in html
    assert "dead-link" in html


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing_inline() -> None:
    index = (PAGE / "index.html").read_text()
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in index
    assert "<script>" not in index
    assert " style=" not in index
    assert " onclick=" not in index
    for file in PAGE.glob("*.js"):
        assert "innerHTML" not in file.read_text(), file.name
        assert "insertAdjacentHTML" not in file.read_text(), file.name


def test_dates_are_told_in_the_viewers_time_zone(screen: Screen, slack: LiveWorkspace) -> None:
    slack.post(DEPLOYS, "due <!date^1772719500^{date} at {time}|some day>")
    screen.open(viewer=DANA, channel=DEPLOYS)
    assert "due 5 March 2026 at 15:05" in screen.message("due").text  # Europe/Berlin
    screen.be(SAM)
    screen.until(lambda: "due 5 March 2026 at 23:05" in screen.message("due").text, "Tokyo's time")


def test_mentions_of_the_viewer_and_his_groups_stand_out(screen: Screen, slack: LiveWorkspace) -> None:
    slack.post(DEPLOYS, f"<@{DANA}> <@{OLU}> <!subteam^S0SRE00001> <!here> <#{RANDOM}>")
    screen.open(viewer=DANA, channel=DEPLOYS)
    mine = [m.text for m in screen.all(".mention.me", screen.message("@Olu"))]
    assert mine == ["@Dana Diaz", "@here"]
    screen.be(SAM)
    mine = screen.until(
        lambda: [m.text for m in screen.all(".mention.me", screen.message("@Olu"))], "marks for Sam"
    )
    assert mine == ["@sre", "@here"]
    screen.one("button.mention", screen.message("@Olu")).click()
    screen.until(lambda: screen.one("#place-title").text == "#random", "went to the channel")


# Staying up to date


def test_ephemeral_messages_are_for_one_reader(screen: Screen, slack: LiveWorkspace) -> None:
    screen.open(viewer=DANA, channel=DEPLOYS)
    slack.call("chat.postEphemeral", channel=DEPLOYS, user=DANA, text="You may not.")
    assert "Only visible to you" in screen.message("You may not.").text
    screen.be(SAM)
    screen.until(lambda: screen.messages() == [], "Sam sees nothing")


def test_a_changed_card_is_patched_where_it_stands(screen: Screen, slack: LiveWorkspace) -> None:
    ts = slack.post(DEPLOYS, "a card", blocks=card())
    screen.open(viewer=DANA, channel=DEPLOYS)
    node = screen.hook("message", ts=ts)
    screen.script(
        "arguments[0].mine = true; arguments[0].querySelector('[data-action-id=approve]').focus()", node
    )
    buttons = screen.one(".block.actions", node)
    slack.call(
        "chat.update", channel=DEPLOYS, ts=ts, text="a card", blocks=card(":large_green_circle: *Running*")
    )
    screen.until(lambda: "Running" in node.text, "the new state")
    assert screen.script("return arguments[0].mine", node) is True
    assert buttons.is_displayed(), "the buttons were drawn anew although they did not change"
    assert screen.focused().get_attribute("data-action-id") == "approve"
    assert "(edited)" in node.text
    slack.call("chat.delete", channel=DEPLOYS, ts=ts)
    screen.gone(screen.css("message", ts=ts))


def test_the_reader_stays_where_he_reads_while_messages_come(screen: Screen, slack: LiveWorkspace) -> None:
    for number in range(30):
        slack.post(DEPLOYS, f"line {number}")
    screen.open(viewer=DANA, channel=DEPLOYS)
    at_end = "const s = document.getElementById('scroll'); return s.scrollHeight - s.scrollTop - s.clientHeight < 3"
    screen.until(lambda: screen.script(at_end), "the newest message in view")
    slack.post(DEPLOYS, "line 30\nwith\nthree lines")
    screen.message("line 30")
    screen.until(lambda: screen.script(at_end), "still the newest message in view")
    screen.script("document.getElementById('scroll').scrollTop = 40")
    screen.one("#to-end")
    slack.post(DEPLOYS, "line 31")
    screen.message("line 31")
    assert screen.script("return document.getElementById('scroll').scrollTop") == 40
    screen.one("#to-end").click()
    screen.until(lambda: screen.script(at_end), "back at the end")


def test_unread_channels_say_so_and_count_what_is_for_me(screen: Screen, slack: LiveWorkspace) -> None:
    screen.open(viewer=SAM, channel=DEPLOYS)
    slack.post(CHECKOUT, "an approval waits for <!subteam^S0SRE00001>")
    row = screen.one(f'#sidebar [data-channel="{CHECKOUT}"]')
    screen.until(
        lambda: "unread" in screen.one(f'#sidebar [data-channel="{CHECKOUT}"]').get_attribute("class"),
        "unread",
    )
    row = screen.one(f'#sidebar [data-channel="{CHECKOUT}"]')
    assert row.get_attribute("aria-label") == "checkout, 1 unread, 1 for you"
    screen.go(CHECKOUT)
    screen.message("an approval waits")
    assert "New" in screen.one(".rule.new").text
    screen.until(
        lambda: "unread" not in screen.one(f'#sidebar [data-channel="{CHECKOUT}"]').get_attribute("class"),
        "read",
    )


def test_a_lost_sandbox_is_said_and_found_again(screen: Screen, slack: LiveWorkspace) -> None:
    screen.expected += [
        "ERR_CONNECTION_REFUSED",
        "ERR_INCOMPLETE_CHUNKED",
        "ERR_EMPTY_RESPONSE",
        "ERR_CONNECTION_RESET",
    ]
    screen.open(viewer=DANA, channel=DEPLOYS)
    port = int(slack.url.rsplit(":", 1)[1])
    slack.run(slack.stand_in.stop())
    screen.one("#lost")
    slack.stand_in.stopping.clear()
    slack.run(slack.stand_in.start(port=port))
    slack.post(DEPLOYS, "said meanwhile")
    screen.message("said meanwhile")
    screen.gone("#lost")


# Writing


def test_what_is_typed_is_said_by_whoever_i_am(screen: Screen, slack: LiveWorkspace) -> None:
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.type("shift and enter")
    screen.keys(Keys.ENTER, holding=Keys.SHIFT)
    screen.type("make <a> new line" + Keys.ENTER)
    assert "shift and enter\nmake <a> new line" in screen.message("shift and enter").text
    screen.be(SAM)
    screen.say("and I am Sam")
    assert "Sam Sato" in screen.message("and I am Sam").text
    assert screen.hook("message-box").get_attribute("value") == ""


def test_drafts_stay_with_their_channel_and_arrow_up_recalls(screen: Screen, slack: LiveWorkspace) -> None:
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.say("first")
    screen.message("first")
    screen.say("second")
    screen.message("second")
    screen.type("half a thou")
    screen.go(CHECKOUT)
    box = screen.hook("message-box")
    assert box.get_attribute("value") == ""
    screen.type(Keys.ARROW_UP)
    assert box.get_attribute("value") == "second"
    screen.type(Keys.ARROW_UP)
    assert box.get_attribute("value") == "first"
    screen.type(Keys.ARROW_DOWN + Keys.ARROW_DOWN)
    assert box.get_attribute("value") == ""
    screen.go(DEPLOYS)
    assert box.get_attribute("value") == "half a thou"


def test_a_slash_offers_the_commands_with_their_usage(screen: Screen, slack: LiveWorkspace) -> None:
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.type("/de")
    offered = screen.hook("suggestion", value="/deploy")
    assert "Deploy a service; alone it opens a form" in offered.text
    assert "<service> [<version>] [to] <environment>" in offered.text
    screen.type(Keys.ENTER)
    assert screen.hook("message-box").get_attribute("value") == "/deploy "
    assert "<service>" in screen.one("#message-box-usage").text
    screen.type("checkout staging" + Keys.ENTER)
    screen.until(lambda: slack.app.kinds() == ["slash_command"], "the command arrived")
    _, sent = slack.app.got[0]
    assert (sent["command"], sent["text"], sent["user_id"]) == ("/deploy", "checkout staging", DANA)


def test_an_at_sign_offers_people_and_the_app(screen: Screen, slack: LiveWorkspace) -> None:
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.type("@pil")
    screen.hook("suggestion", value="pilothouse").click()
    screen.type("status and @so" + Keys.TAB)
    assert screen.hook("message-box").get_attribute("value") == "@pilothouse status and @sofia "
    screen.type(Keys.ENTER)
    screen.until(lambda: slack.app.kinds() == ["app_mention"], "the mention arrived")
    assert slack.app.got[0][1]["event"]["text"] == f"<@{BOT}> status and <@{SOFIA}>"


def test_a_command_that_nobody_answers_says_so_and_gives_the_words_back(
    screen: Screen, slack: LiveWorkspace
) -> None:
    slack.app.delay = 1.5
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.say("/deploy checkout staging ")
    assert "operation_timeout" in screen.hook("toast").text
    assert "operation_timeout" in screen.message("failed with the error").text
    assert screen.hook("message-box").get_attribute("value") == "/deploy checkout staging"
    slack.app.delay = 0


# Acting


def test_a_click_reaches_the_app_with_block_action_and_value(screen: Screen, slack: LiveWorkspace) -> None:
    ts = slack.post(DEPLOYS, "a card", blocks=card())
    screen.open(viewer=SAM, channel=DEPLOYS)
    screen.press("approve")
    screen.until(lambda: slack.app.kinds() == ["block_actions"], "the click arrived")
    sent = slack.app.got[0][1]
    action = sent["actions"][0]
    assert (action["block_id"], action["action_id"], action["value"]) == ("buttons", "approve", "d-1")
    assert (sent["user"]["id"], sent["container"]["message_ts"]) == (SAM, ts)


def test_a_confirm_dialog_asks_before_anything_is_sent(screen: Screen, slack: LiveWorkspace) -> None:
    slack.post(DEPLOYS, "a card", blocks=card())
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.press("cancel")
    asked = screen.hook("confirm")
    assert "Cancel this deployment?" in asked.text
    assert screen.focused().text == "Keep it"
    screen.hook("confirm-no").click()
    screen.gone(screen.css("confirm"))
    assert screen.focused().get_attribute("data-action-id") == "cancel"
    screen.press("cancel")
    screen.focused().send_keys(Keys.ESCAPE)
    screen.gone(screen.css("confirm"))
    assert slack.app.got == []
    screen.press("cancel")
    screen.hook("confirm-yes").click()
    screen.until(lambda: slack.app.kinds() == ["block_actions"], "the click arrived")


def test_menus_are_walked_by_keyboard_and_send_the_option(screen: Screen, slack: LiveWorkspace) -> None:
    screen.expected.append(NO_PICTURE)
    slack.post(DEPLOYS, "a card", blocks=card())
    slack.post(DEPLOYS, "elements", blocks=ELEMENTS)
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.hook("action", action_id="service").send_keys(Keys.ENTER)
    screen.hook("option", value="checkout")
    screen.focused().send_keys(Keys.ARROW_DOWN + Keys.ENTER)
    screen.until(lambda: screen.hook("action", action_id="service").text == "payments", "the choice is shown")
    assert screen.focused().get_attribute("data-action-id") == "service"
    screen.until(lambda: len(slack.app.got) == 1, "the choice arrived")
    assert slack.app.got[0][1]["actions"][0]["selected_option"]["value"] == "payments"
    screen.press("more")
    screen.hook("option", value="plan").click()
    screen.until(lambda: len(slack.app.got) == 2, "the menu's choice arrived")
    assert slack.app.got[1][1]["actions"][0]["selected_option"]["value"] == "plan"
    screen.press("more")
    screen.hook("option", value="plan")
    screen.focused().send_keys(Keys.ESCAPE)
    screen.gone(screen.css("picker"))
    screen.all('[data-action-id="how"] input')[0].click()
    screen.until(lambda: len(slack.app.got) == 3, "the tick arrived")
    assert slack.app.got[2][1]["actions"][0]["selected_options"][0]["value"] == "quiet"


def with_form(slack: LiveWorkspace) -> None:
    """`/deploy` opens a form; versions are searched; 1.8.0 is refused at its field; the rest closes it."""
    versions = [option(f"1.{minor}.{patch}") for minor in (7, 8) for patch in range(3)]

    async def opened(sent: dict[str, Any]) -> None:
        opening = functools.partial(
            slack.call, "views.open", trigger_id=sent["trigger_id"], view=deploy_form()
        )
        await asyncio.to_thread(opening)

    def offered(sent: dict[str, Any]) -> dict[str, Any]:
        return {"options": [one for one in versions if sent["value"] in one["value"]]}

    def submitted(sent: dict[str, Any]) -> dict[str, Any] | None:
        chosen = sent["view"]["state"]["values"]["version"]["value"]["selected_option"]["value"]
        if chosen == "1.8.0":
            return {"response_action": "errors", "errors": {"version": "1.8.0 was withdrawn."}}
        return None

    slack.app.answers = {"slash_command": opened, "block_suggestion": offered, "view_submission": submitted}


def choose_version(screen: Screen, version: str) -> None:
    screen.one('.block.input[data-block-id="version"] .select').click()
    screen.hook("picker-search").send_keys(version)
    screen.hook("option", value=version).click()


def test_a_modal_shows_errors_at_their_fields_and_keeps_what_was_typed(
    screen: Screen, slack: LiveWorkspace
) -> None:
    with_form(slack)
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.say("/deploy ")
    modal = screen.hook("modal", callback_id="deploy")
    assert screen.focused().get_attribute("data-block-id") == "service"
    screen.hook("modal-submit").click()
    wrong = screen.until(
        lambda: {e.get_attribute("data-block-id") for e in screen.all(".field-error")}, "field errors"
    )
    assert wrong == {"service", "version", "reason"}
    assert "view_submission" not in slack.app.kinds()

    screen.one('.block.input[data-block-id="service"] .select').click()
    screen.hook("option", value="checkout").click()
    choose_version(screen, "1.8.0")
    screen.one('.block.input[data-block-id="reason"] textarea').send_keys("it is time")
    screen.hook("modal-submit").click()
    screen.until(
        lambda: screen.hook("field-error", block_id="version").text == "1.8.0 was withdrawn.",
        "the app's error",
    )
    assert [e.get_attribute("data-block-id") for e in screen.all(".field-error")] == ["version"]
    assert screen.one('.block.input[data-block-id="reason"] textarea').get_attribute("value") == "it is time"

    choose_version(screen, "1.8.2")
    screen.hook("modal-submit").click()
    screen.gone(screen.css("modal"))
    assert not modal.is_displayed()
    values = slack.app.got[-1][1]["view"]["state"]["values"]
    assert values["service"]["value"]["selected_option"]["value"] == "checkout"
    assert values["reason"]["value"]["value"] == "it is time"


def test_a_modal_on_top_goes_back_to_the_one_below_and_escape_closes(
    screen: Screen, slack: LiveWorkspace
) -> None:
    with_form(slack)
    slack.app.answers["view_submission"] = lambda _: {
        "response_action": "push",
        "view": deploy_form("Really?"),
    }
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.say("/deploy ")
    screen.one('.block.input[data-block-id="service"] .select').click()
    screen.hook("option", value="payments").click()
    choose_version(screen, "1.7.1")
    screen.one('.block.input[data-block-id="reason"] textarea').send_keys("kept below")
    screen.hook("modal-submit").click()
    screen.until(lambda: screen.one("#modal-title").text == "Really?", "the modal on top")
    screen.keys(Keys.ESCAPE)
    screen.until(lambda: screen.one("#modal-title").text == "Deploy", "the modal below")
    assert screen.one('.block.input[data-block-id="reason"] textarea').get_attribute("value") == "kept below"
    screen.hook("modal-close").click()
    screen.gone(screen.css("modal"))
    screen.until(lambda: slack.app.kinds().count("view_closed") == 2, "both were told to be closed")
    assert screen.focused().get_attribute("data-testid") == "message-box"


def test_app_home_is_the_viewers_own_page(screen: Screen, slack: LiveWorkspace) -> None:
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.hook("home-link").click()
    assert "has not put anything here" in screen.hook("home").text
    screen.until(lambda: slack.app.kinds() == ["app_home_opened"], "the app heard of it")
    view = {"type": "home", "blocks": [{"type": "header", "text": plain("Good morning, Dana")}, *card()]}
    slack.call("views.publish", user_id=DANA, view=view)
    screen.until(lambda: "Good morning, Dana" in screen.hook("home").text, "the published page")
    screen.press("approve")
    screen.until(
        lambda: slack.app.kinds() == ["app_home_opened", "block_actions"], "the click, and no second opening"
    )


# Threads


def test_threads_open_beside_and_take_replies(screen: Screen, slack: LiveWorkspace) -> None:
    ts = slack.post(DEPLOYS, "a card", blocks=card())
    slack.post(DEPLOYS, "step 1 of 3", thread_ts=ts)
    screen.open(viewer=DANA, channel=DEPLOYS)
    assert "1 reply" in screen.hook("replies").text
    screen.hook("replies").click()
    pane = screen.hook("thread-pane")
    screen.message("step 1 of 3", "#side")
    assert screen.focused().get_attribute("data-testid") == "thread-message-box"
    screen.type("well done" + Keys.ENTER, "thread-message-box")
    screen.message("well done", "#side")
    screen.until(lambda: "2 replies" in screen.hook("replies").text, "the count")
    slack.post(DEPLOYS, "all steps done", thread_ts=ts, reply_broadcast=True)
    screen.message("all steps done", "#side")
    assert "replied to" in screen.message("all steps done").text
    screen.focused().send_keys(Keys.ESCAPE)
    screen.until(lambda: not pane.is_displayed(), "the thread is closed")
    slack.post(DEPLOYS, "one more", thread_ts=ts)
    screen.until(lambda: "new" in screen.hook("replies").text, "a reply nobody looked at")
    screen.hook("replies").click()
    screen.until(lambda: "new" not in screen.hook("replies").text, "looked at")
    screen.keys(Keys.ESCAPE)
    screen.until(lambda: not pane.is_displayed(), "the thread is closed")
    assert screen.focused().get_attribute("data-testid") == "replies"


def test_a_slash_command_in_a_thread_is_refused_and_the_mention_is_offered(
    screen: Screen, slack: LiveWorkspace
) -> None:
    slack.post(DEPLOYS, "a card", blocks=card())
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.driver.execute_script("document.querySelector('[data-testid=reply]').click()")
    screen.say("/deploy status ", "thread-message-box")
    assert "is not supported in threads" in screen.message("is not supported in threads", "#side").text
    toast = screen.hook("toast")
    assert "do not work in threads" in toast.text
    screen.one("button.small", toast).click()
    assert screen.hook("thread-message-box").get_attribute("value") == "@pilothouse deploy status"
    screen.type(Keys.ENTER, "thread-message-box")
    screen.until(lambda: slack.app.kinds() == ["app_mention"], "the mention arrived")


# Honesty


def test_what_slack_would_refuse_is_shown_until_dismissed(screen: Screen, slack: LiveWorkspace) -> None:
    screen.open(viewer=DANA, channel=DEPLOYS)
    too_long = [{"type": "section", "text": mrkdwn("x" * 3001)}]
    for _ in range(2):
        slack.call("chat.postMessage", ok=False, channel=DEPLOYS, text="x", blocks=too_long)
    shown = screen.until(
        lambda: next((e for e in screen.all(screen.css("refused", times="2"))), None), "the refusal, twice"
    )
    assert "Slack would refuse this" in shown.text
    assert "chat.postMessage → invalid_blocks" in shown.text
    assert "2 times" in shown.text
    screen.one(".icon-button", shown).click()
    screen.gone(screen.css("refused"))


def test_the_activity_shows_both_ways_and_a_message_shows_its_json(
    screen: Screen, slack: LiveWorkspace
) -> None:
    slack.post(DEPLOYS, "a card", blocks=card())
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.hook("activity-button").click()
    screen.until(lambda: "chat.postMessage" in screen.hook("activity-panel").text, "the call")
    screen.press("approve")
    screen.until(lambda: "block_actions" in screen.hook("activity-panel").text, "the delivery")
    assert slack.stand_in.world.app.bot_token not in screen.driver.page_source
    ActionChains(screen.driver).move_to_element(screen.message("checkout 1.8.2")).perform()
    screen.hook("view-json").click()
    shown = json.loads(screen.one("dialog .json").get_attribute("textContent"))
    assert shown["text"] == "a card"
    screen.focused().send_keys(Keys.ESCAPE)
    screen.gone(screen.css("json-dialog"))


@pytest.fixture
def with_jenkins() -> Iterator[LiveWorkspace]:
    with LiveWorkspace(jenkins_url="http://127.0.0.1:9") as slack:
        jenkins = JenkinsStandIn()
        slack.run(jenkins.start())
        slack.stand_in.jenkins_url = jenkins.url
        yield slack
        slack.run(jenkins.stop())


def test_faults_are_switched_for_slack_and_for_jenkins(browser: Any, with_jenkins: LiveWorkspace) -> None:
    slack = with_jenkins
    screen = Screen(browser, slack.url)
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.hook("faults-button").click()
    screen.hook("fault-slack-rate_limit").click()
    screen.until(lambda: slack.stand_in.faults()["slack"]["mode"] == "rate_limit", "Slack's fault")
    screen.until(lambda: screen.one("#faults-state").text == "Faults: Slack", "said at the top")
    screen.hook("fault-jenkins-unauthorized").click()
    screen.until(lambda: screen.one("#faults-state").text == "Faults: Slack, Jenkins", "both said at the top")
    screen.picture("faults-on")
    screen.hook("faults-off").click()
    screen.until(lambda: screen.one("#faults-state").text == "Faults", "all well again")
    assert slack.stand_in.faults()["slack"]["mode"] == "none"
    assert screen.errors() == []


def test_the_guide_puts_words_into_the_box_and_follows_the_server(
    screen: Screen, slack: LiveWorkspace
) -> None:
    screen.open(viewer=SAM, channel=CHECKOUT)
    assert len(screen.all(screen.css("guide-step"))) == 5
    screen.hook("guide-switch").click()
    screen.until(lambda: DANA in screen.driver.current_url, "it is Dana's turn")
    screen.hook("guide-insert").click()
    assert screen.one("#place-title").text == "#deployments"
    assert screen.hook("message-box").get_attribute("value") == "/deploy checkout staging"
    slack.stand_in.guide = [{**slack.stand_in.guide[0], "done": True}, *slack.stand_in.guide[1:]]
    screen.type(Keys.ENTER)
    screen.until(
        lambda: "/deploy checkout production" in screen.one('[data-testid="guide-step"].now').text,
        "the next step",
    )
    assert len(screen.all(screen.css("guide-step"))) == 1
    screen.hook("guide-close").click()
    screen.gone("#guide")
    screen.hook("guide-button").click()
    screen.hook("guide")


def test_the_guide_shows_a_chapter_at_a_time_and_goes_on_to_the_next(
    screen: Screen, slack: LiveWorkspace
) -> None:
    more = {"chapter": "More of it", "user": SAM}
    slack.stand_in.guide = [
        {"text": "The first", "user": SAM, "chapter": "Your first minute"},
        {"text": "The second", **more},
        {"text": "The third", **more},
    ]
    screen.open(viewer=SAM, channel=CHECKOUT)
    assert [one.text for one in screen.all(screen.css("guide-step"))] == ["1\nThe first"]
    screen.hook("guide-chapter").click()
    screen.until(lambda: "The second" in screen.hook("guide").text, "another chapter, at once")
    assert "The first" not in screen.hook("guide").text
    screen.hook("guide-chapter").click()
    screen.until(lambda: "The first" in screen.hook("guide").text, "and back")


# Keyboard, narrow windows


def test_everything_of_the_main_job_is_done_by_keyboard(screen: Screen, slack: LiveWorkspace) -> None:
    slack.app.answers["slash_command"] = lambda _: {
        "response_type": "in_channel",
        "text": "a card",
        "blocks": card(),
    }
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.script("document.getElementById('message-box').focus()")
    screen.keys("/d", Keys.ENTER, "checkout production", Keys.ENTER)
    screen.message("checkout 1.8.2 to production")
    screen.script("document.getElementById('person-switch').focus()")
    screen.keys(Keys.ENTER)
    screen.hook("person-option", user=SAM)
    screen.keys(Keys.ARROW_DOWN, Keys.ENTER)
    screen.until(lambda: SAM in screen.driver.current_url, "now Sam")
    screen.message("checkout 1.8.2 to production")
    screen.keys(Keys.ARROW_UP, holding=Keys.CONTROL)
    assert screen.focused().get_attribute("data-testid") == "message"
    while screen.focused().get_attribute("data-action-id") != "approve":
        screen.keys(Keys.TAB)
    outline = screen.script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "where the focus is must be seen"
    screen.keys(Keys.ENTER)
    screen.until(lambda: "block_actions" in slack.app.kinds(), "approved")
    screen.keys(Keys.ARROW_DOWN, holding=Keys.ALT)
    screen.until(lambda: screen.one("#place-title").text == "#checkout", "the next channel")
    assert slack.app.got[-1][1]["user"]["id"] == SAM


def test_every_control_has_a_name(screen: Screen, slack: LiveWorkspace) -> None:
    screen.expected.append(NO_PICTURE)
    slack.post(DEPLOYS, "a card", blocks=card())
    slack.post(DEPLOYS, "elements", blocks=ELEMENTS)
    screen.open(viewer=DANA, channel=DEPLOYS)
    nameless = """return [...document.querySelectorAll("button, a[href], textarea, input")].filter((e) =>
        !(e.textContent.trim() || e.getAttribute("aria-label") || e.labels?.length || e.getAttribute("aria-labelledby")))
        .map((e) => e.outerHTML)"""
    assert screen.script(nameless) == []


@pytest.mark.parametrize("width", [360, 400, 720, 900])
def test_narrow_windows_show_one_pane_and_never_scroll_sideways(
    screen: Screen, slack: LiveWorkspace, width: int
) -> None:
    screen.expected.append(NO_PICTURE)
    ts = slack.post(DEPLOYS, "a card", blocks=card())
    slack.post(DEPLOYS, "a reply", thread_ts=ts)
    slack.post(DEPLOYS, "elements", blocks=ELEMENTS)
    slack.post(DEPLOYS, "w" * 300 + " https://example.org/" + "x" * 300)
    resize(screen.driver, width, 740)
    screen.open(viewer=DANA, channel=DEPLOYS)
    sideways = """return [document.documentElement, document.getElementById("scroll"), document.getElementById("main")]
        .map((e) => e.scrollWidth - e.clientWidth)"""
    assert screen.script(sideways) == [0, 0, 0]
    if width <= 720:
        assert not screen.one("#main").find_elements(By.CSS_SELECTOR, "#sidebar")
        screen.hook("menu-button").click()
        screen.go(CHECKOUT)
        screen.until(lambda: screen.one("#place-title").text == "#checkout", "went there")
        screen.gone("#sidebar")
        screen.hook("menu-button").click()
        screen.go(DEPLOYS)
        screen.gone("#sidebar")
    screen.until(
        lambda: screen.script("document.querySelector('[data-testid=replies]')?.click(); return true"),
        "click",
    )
    screen.message("a reply", "#side")
    side = screen.one("#side").rect
    assert side["x"] >= 0
    assert side["x"] + side["width"] <= width
    screen.hook("thread-close").click()
    screen.gone("#side")


def test_reduced_motion_is_respected(screen: Screen) -> None:
    reduced = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    screen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", reduced)
    screen.open(viewer=DANA, channel=DEPLOYS)
    assert (
        screen.script("return getComputedStyle(document.getElementById('sidebar')).transitionDuration")
        == "1e-05s"
    )


# Pictures to look at


def test_pictures_of_every_view_are_kept(screen: Screen, slack: LiveWorkspace) -> None:
    screen.expected.append(NO_PICTURE)
    with_form(slack)
    slack.says(OLU, DEPLOYS, "Morning! :wave: Is `1.8.2` good to go, @dana?")
    slack.says(
        DANA,
        DEPLOYS,
        "Yes: *all green* on staging since yesterday, _including_ the ~flaky~ basket test.\n> Ship it when you like",
    )
    ts = slack.post(DEPLOYS, "Dana asks to deploy checkout 1.8.2 to production", blocks=card())
    slack.post(DEPLOYS, "An approval is needed: <!subteam^S0SRE00001>", thread_ts=ts)
    slack.says(SAM, DEPLOYS, "Looking now :eyes:", thread_ts=ts)
    slack.call(
        "chat.postEphemeral",
        channel=DEPLOYS,
        user=DANA,
        text="You cannot approve what you asked for. Ask <!subteam^S0SRE00001>.",
    )
    slack.post(CHECKOUT, "rich", blocks=[RICH_TEXT, *ELEMENTS])
    resize(screen.driver, 1440, 900)
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.message("You cannot approve")
    screen.picture("desktop-light")
    screen.hook("replies").click()
    screen.message("Looking now", "#side")
    screen.picture("thread")
    screen.hook("faults-button").click()
    screen.picture("faults")
    screen.hook("activity-button").click()
    screen.until(lambda: screen.all(screen.css("activity-entry")), "entries")
    screen.picture("activity")
    screen.focused().send_keys(Keys.ESCAPE)
    screen.say("/deploy ")
    screen.hook("modal")
    screen.picture("modal")
    screen.hook("modal-submit").click()
    screen.until(lambda: screen.all(".field-error"), "errors")
    screen.picture("modal-errors")
    screen.hook("modal-close").click()
    screen.gone(screen.css("modal"))
    screen.hook("person-switch").click()
    screen.picture("people")
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    screen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    screen.open(viewer=SAM, channel=DEPLOYS)
    screen.message("checkout 1.8.2")
    screen.picture("desktop-dark")
    screen.go(CHECKOUT)
    screen.message("Which service?")
    screen.picture("blocks-dark")
    screen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    resize(screen.driver, 400, 800)
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.message("You cannot approve")
    screen.picture("narrow-light")
    screen.hook("menu-button").click()
    screen.one("#sidebar .place")
    screen.picture("narrow-channels")


def test_a_first_visit_is_drawn_quickly(screen: Screen, slack: LiveWorkspace) -> None:
    for number in range(400):
        slack.post(DEPLOYS, f"line {number}")
    started = time.monotonic()
    screen.open(viewer=DANA, channel=DEPLOYS)
    screen.message("line 399")
    assert time.monotonic() - started < 5
    assert len(screen.all('#main [data-testid="message"]')) == 150
    screen.script("document.querySelector('.earlier').click()")
    screen.until(lambda: len(screen.all('#main [data-testid="message"]')) == 300, "more of them")
