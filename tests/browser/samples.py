"""Messages and views to look at: one of every kind of block, and a card like those of deployments."""

from __future__ import annotations

import time
from typing import Any

Json = dict[str, Any]

PIXEL = "https://pictures.invalid/latency.png"
"""An address that leads nowhere: the sandbox has to do without pictures from elsewhere."""


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(value: str, text: str = "", description: str = "") -> Json:
    return {"text": plain(text or value), "value": value} | (
        {"description": plain(description)} if description else {}
    )


def button(action: str, text: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action, "text": plain(text), "value": "d-1", **more}


CONFIRM = {
    "title": plain("Cancel this deployment?"),
    "text": mrkdwn("*checkout* `1.8.2` will not go to production."),
    "confirm": plain("Cancel it"),
    "deny": plain("Keep it"),
    "style": "danger",
}


def card(state: str = ":hourglass_flowing_sand: *Waiting for approval*") -> list[Json]:
    now = int(time.time())
    expires = f"<!date^{now + 3600}^{{date_short_pretty}} at {{time}}|in an hour>"
    return [
        {"type": "header", "block_id": "head", "text": plain("checkout 1.8.2 to production")},
        {
            "type": "section",
            "block_id": "state",
            "text": mrkdwn(
                f"{state} · asked by <@U0DANA0001> · <https://ci.example/job/deploy/41|deploy #41>"
            ),
            "accessory": {
                "type": "overflow",
                "action_id": "more",
                "options": [option("plan", ":mag: Show the plan"), option("why", "Why does it wait?")],
            },
        },
        {
            "type": "section",
            "block_id": "facts",
            "fields": [
                mrkdwn("*Environment*\nproduction"),
                mrkdwn("*Version*\n`1.8.1` → `1.8.2`"),
                mrkdwn(f"*Expires*\n{expires}"),
                mrkdwn("*Usually takes*\n2 min 10 s"),
            ],
        },
        {
            "type": "section",
            "block_id": "stages",
            "text": mrkdwn(
                ":white_check_mark: Build  ›  :hourglass: Approval  ›  :white_circle: Deploy  ›  :white_circle: Verify"
            ),
        },
        {
            "type": "actions",
            "block_id": "buttons",
            "elements": [
                button("approve", "Approve", style="primary"),
                button("reject", "Reject…", style="danger"),
                button("cancel", "Cancel", confirm=CONFIRM),
                button("jenkins", "Jenkins", url="https://ci.example/job/deploy/41"),
            ],
        },
        {
            "type": "context",
            "block_id": "small",
            "elements": [
                mrkdwn("0 of 2 approvals · needs <!subteam^S0SRE00001>"),
                mrkdwn(f"asked <!date^{now - 190}^{{ago}}|earlier>"),
            ],
        },
    ]


RICH_TEXT: Json = {
    "type": "rich_text",
    "block_id": "rich",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "bold", "style": {"bold": True}},
                {"type": "text", "text": " plain & <b>literal</b> &amp; "},
                {"type": "text", "text": "code", "style": {"code": True}},
                {"type": "text", "text": " "},
                {"type": "user", "user_id": "U0DANA0001"},
                {"type": "text", "text": " "},
                {"type": "usergroup", "usergroup_id": "S0SRE00001"},
                {"type": "text", "text": " "},
                {"type": "channel", "channel_id": "C0RANDOM04"},
                {"type": "text", "text": " "},
                {"type": "emoji", "name": "rocket"},
                {"type": "text", "text": " "},
                {"type": "link", "url": "https://example.org/a?b=1&c=2", "text": "a link"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "first point"}]},
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "second point"}]},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 1,
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a step"}]}],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "$ make test\n213 passed"}]},
        {
            "type": "rich_text_quote",
            "elements": [{"type": "text", "text": "ship it", "style": {"strike": True}}],
        },
    ],
}

ELEMENTS: list[Json] = [
    {
        "type": "section",
        "block_id": "pick",
        "text": mrkdwn("Which *service*?"),
        "accessory": {
            "type": "static_select",
            "action_id": "service",
            "placeholder": plain("Choose a service"),
            "options": [option("checkout"), option("payments"), option("search")],
        },
    },
    {
        "type": "section",
        "block_id": "look",
        "text": plain("A picture that is not there"),
        "accessory": {"type": "image", "image_url": PIXEL, "alt_text": "a small chart"},
    },
    {
        "type": "image",
        "block_id": "chart",
        "image_url": PIXEL,
        "alt_text": "Latency of the last hour",
        "title": plain("Latency"),
    },
    {"type": "divider"},
    {
        "type": "actions",
        "block_id": "inputs",
        "elements": [
            {"type": "datepicker", "action_id": "day", "initial_date": "2026-03-05"},
            {"type": "timepicker", "action_id": "hour", "initial_time": "14:05"},
            {"type": "users_select", "action_id": "who", "placeholder": plain("Somebody")},
            {
                "type": "radio_buttons",
                "action_id": "when",
                "options": [option("now", "Now"), option("later", "Later", "After the freeze")],
            },
            {
                "type": "checkboxes",
                "action_id": "how",
                "options": [{"text": mrkdwn("*Quietly*"), "value": "quiet"}],
            },
        ],
    },
]


def deploy_form(title: str = "Deploy") -> Json:
    return {
        "type": "modal",
        "callback_id": "deploy",
        "title": plain(title),
        "submit": plain("Deploy"),
        "close": plain("Not now"),
        "notify_on_close": True,
        "blocks": [
            {
                "type": "section",
                "block_id": "lead",
                "text": mrkdwn("What goes where? It is *checked again* before anything starts."),
            },
            {
                "type": "input",
                "block_id": "service",
                "label": plain("Service"),
                "element": {
                    "type": "static_select",
                    "action_id": "value",
                    "placeholder": plain("Choose a service"),
                    "options": [option("checkout"), option("payments")],
                },
            },
            {
                "type": "input",
                "block_id": "version",
                "label": plain("Version"),
                "hint": plain("A tag of the service's repository"),
                "element": {
                    "type": "external_select",
                    "action_id": "value",
                    "min_query_length": 1,
                    "placeholder": plain("Search versions"),
                },
            },
            {
                "type": "input",
                "block_id": "reason",
                "label": plain("Reason"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "value",
                    "multiline": True,
                    "min_length": 4,
                },
            },
            {
                "type": "input",
                "block_id": "when",
                "optional": True,
                "label": plain("When"),
                "element": {
                    "type": "radio_buttons",
                    "action_id": "value",
                    "options": [option("now", "Now"), option("later", "After the freeze")],
                },
            },
        ],
    }
