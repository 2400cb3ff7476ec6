"""Everything that has a name stands in the documentation under that name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click import Group

from bot.audit import ACTIONS
from bot.drivers import drivers
from bot.events import EVENTS
from bot.reasons import Reason

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def _page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_code_is_explained(reason: Reason) -> None:
    assert f"| `{reason.value}` |" in _page("reasons.md")


def test_the_page_of_reasons_explains_nothing_else() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", _page("reasons.md"), re.MULTILINE)) == {
        one.value for one in Reason
    }


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_is_explained(event: str) -> None:
    assert f"| `{event}` |" in _page("events.md")


def test_the_page_of_events_explains_nothing_else() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", _page("events.md"), re.MULTILINE)) == set(EVENTS)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_action_of_the_audit_log_is_explained(action: str) -> None:
    assert f"`{action}`" in _page("audit.md")


@pytest.mark.parametrize("driver", sorted(drivers()))
def test_every_driver_has_a_page(driver: str) -> None:
    assert (DOCS / f"{driver}.md").exists()


def test_every_command_of_the_command_line_is_explained() -> None:
    from bot.cli.main import pilothouse

    page = _page("cli.md")
    missing = [name for name in _commands(pilothouse, "pilothouse") if f"`{name}" not in page]
    assert missing == []


def _commands(group: Group, name: str) -> list[str]:
    found = []
    for word, command in group.commands.items():
        full = f"{name} {word}"
        found += _commands(command, full) if isinstance(command, Group) else [full]
    return found


def test_links_between_the_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://")) and not (page.parent / target).exists()
    ]

    assert broken == []
