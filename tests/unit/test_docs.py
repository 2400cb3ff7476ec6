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


CAPABILITIES = (
    "approvals",
    "freezes",
    "gates",
    "locks",
    "modals",
    "outgoing",
    "overview",
    "promotion",
    "queue",
    "releases",
    "reload",
    "rollback",
    "schedules",
    "verification",
    "versions",
)


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


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_every_capability_has_a_page_with_a_picture_that_a_scene_makes(capability: str) -> None:
    assert f"](images/{capability}.png)" in _page(f"{capability}.md")
    assert (DOCS / "images" / f"{capability}.png").read_bytes().startswith(b"\x89PNG")
    assert (ROOT / "tests" / "browser" / "scenes" / f"{capability}.py").exists()


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_every_capability_is_in_the_index_and_can_be_tried(capability: str) -> None:
    assert f"]({capability}.md)" in _page("README.md")
    assert f"]({capability}.md)" in _page("sandbox.md")


def test_every_scene_is_of_a_capability_or_of_the_main_job() -> None:
    scenes = {one.stem for one in (ROOT / "tests" / "browser" / "scenes").glob("*.py")}
    assert scenes - {"__init__", "stage", "main_job"} == set(CAPABILITIES)


def test_every_picture_is_shown_somewhere() -> None:
    shown = "".join(page.read_text(encoding="utf-8") for page in [ROOT / "README.md", *DOCS.rglob("*.md")])
    unseen = [one.name for one in (DOCS / "images").iterdir() if f"images/{one.name})" not in shown]
    assert unseen == []


def test_links_between_the_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://")) and not (page.parent / target).exists()
    ]

    assert broken == []
