"""`pilothouse config diff` and `pilothouse config accept`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.main import pilothouse as cli

GOOD = """\
slack: {bot_token: "${TEST_BOT_TOKEN}", signing_secret: "${TEST_SIGNING_SECRET}"}
groups: {sre: [U0AAAAAA, U0BBBBBB]}
policies: {production: {approve: [2 of sre]}}
drivers: {jenkins: {servers: {main: {url: http://127.0.0.1:1, user: ci, token: "${TEST_JENKINS_TOKEN}"}}}}
store: {path: STORE}
services:
  checkout:
    environments:
      staging: {job: deploy, policy: open}
      production: {job: release}
"""
LOOSER = GOOD.replace("[2 of sre]", "[1 of sre]").replace("${TEST_JENKINS_TOKEN}", "${TEST_OTHER_TOKEN}")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOT_TOKEN", "SIGNING_SECRET", "JENKINS_TOKEN", "OTHER_TOKEN"):
        monkeypatch.setenv(f"TEST_{name}", f"the-secret-{name}")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    for file, text in ((old, GOOD), (new, LOOSER)):
        file.write_text(text.replace("STORE", str(tmp_path / "pilothouse.db")))
    return old, new


def run(*arguments: str | Path) -> Result:
    done = CliRunner().invoke(cli, list(map(str, arguments)))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert "the-secret" not in done.output
    return done


def test_diff_says_each_difference_and_who_would_have_to_approve(files: tuple[Path, Path]) -> None:
    done = run("config", "diff", *files)
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "looser: production of checkout: 2 approvals → 1 (1 of sre)",
        "drivers.jenkins.servers.main.token changed",
        "Looser policies need approval, by the old one: 2 of sre.",
    ]


def test_diff_of_a_file_with_itself_says_so(files: tuple[Path, Path]) -> None:
    assert run("config", "diff", files[0], files[0]).output == "Nothing is different.\n"


def test_diff_is_strict_when_asked(files: tuple[Path, Path]) -> None:
    assert run("config", "diff", *files, "--strict").exit_code == 1
    assert run("config", "diff", *reversed(files), "--strict").exit_code == 0


def test_diff_answers_for_programs(files: tuple[Path, Path]) -> None:
    found = json.loads(run("config", "diff", *files, "--json").stdout)["differences"]
    assert found[0] == {
        "path": "policies.production.approve",
        "sentence": "production of checkout: 2 approvals → 1 (1 of sre)",
        "looser": True,
        "loosens": True,
        "guards": [
            {
                "service": "checkout",
                "environment": "production",
                "policy": "production",
                "approve": ["2 of sre"],
                "four_eyes": True,
                "step_up": False,
            }
        ],
    }
    assert not found[1]["loosens"]


def test_diff_of_a_faulty_file_says_its_faults(files: tuple[Path, Path]) -> None:
    files[1].write_text("slack: {}\n")
    done = run("config", "diff", *files)
    assert done.exit_code == 2
    assert "new.yaml:1: slack.bot_token: is missing" in done.stderr


def test_accept_needs_a_database_and_a_reason(files: tuple[Path, Path]) -> None:
    assert "--because" in run("config", "accept", "--config", files[0]).stderr
    done = run("config", "accept", "--config", files[0], "--because", "moved")
    assert done.exit_code == 2
    assert "There is no database" in done.stderr
