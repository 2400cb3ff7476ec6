"""The sandbox's repositories: the same each time, and none where there is no git."""

from __future__ import annotations

from bot.sandbox.repositories import make_repositories


def test_they_are_the_same_each_time_down_to_the_commits_ids(tmp_path):
    first, second = (make_repositories(tmp_path / name) for name in ("a", "b"))
    for name, tag in (("checkout", "v1.5.0"), ("payments", "v2.1.0")):
        assert first[name].commit(tag) == second[name].commit(tag)


def test_the_usual_versions_are_there_and_something_would_be_lost(tmp_path):
    made = make_repositories(tmp_path)
    for tag in ("v1.4.0", "v1.4.1", "v1.4.2", "v1.4.3", "v1.5.0"):
        assert made["checkout"].commit(tag)
    assert made["payments"].commit("v2.0.1")
    lost = made["checkout"].git("rev-list", "v1.5.0..hotfix-rounding").split()
    assert len(lost) == 2


def test_without_git_the_sandbox_has_none_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert make_repositories(tmp_path / "origins") == {}
