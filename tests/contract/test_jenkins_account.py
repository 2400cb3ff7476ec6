"""Every recorded exchange is accounted for: replayed to the driver, judged against the stand-in, or said why not."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.jenkins.recordings import FIXTURES, account

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("PILOTHOUSE_SHARED", HERE.parents[2] / "shared"))
INDEX = SHARED / "jenkins" / "INDEX.tsv"


def _used(module: str) -> set[str]:
    text = (HERE / module).read_text(encoding="utf-8")
    return {name for name in account() if re.search(rf'"{re.escape(name)}"', text)}


@pytest.mark.skipif(not INDEX.exists(), reason=f"the recordings' index is not at {INDEX}")
def test_every_recording_is_accounted_for():
    recorded = {line.split("\t")[0].removesuffix(".json") for line in INDEX.read_text().splitlines() if line}
    assert set(account()) == recorded


def test_the_account_says_what_the_tests_do():
    replayed, judged = _used("test_jenkins_replayed.py"), _used("test_jenkins_stand_in.py")
    assert {row.name for row in account().values() if row.replayed} == replayed
    assert {row.name for row in account().values() if row.judged} == judged


def test_a_recording_that_is_not_used_has_a_reason():
    unused = [row for row in account().values() if not row.replayed and not row.judged]
    assert [row.name for row in unused if not row.note] == []


def test_only_recordings_that_are_used_are_kept():
    used = {row.name for row in account().values() if row.replayed or row.judged}
    assert {path.stem for path in FIXTURES.glob("*.json")} == used


def test_kept_recordings_hold_no_session_nor_identity():
    for path in FIXTURES.glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"JSESSIONID|X-Instance-Identity|Authorization", text), path.name
