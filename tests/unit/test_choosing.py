"""Which versions are offered to somebody who types."""

from __future__ import annotations

import time

from bot.choices import VersionChoice
from bot.sources.choosing import OFFERED_MOST, chosen, merged, named, of_kind
from bot.sources.history import Name
from config.sources import Repository

REPOSITORY = Repository(git="/x", version_to_ref="v{{ version }}", tags="v*", branches="release/*")


def choice(version, kind="tags", at=0.0, detail="", digest=""):
    return VersionChoice(version=version, kind=kind, at=at, detail=detail, digest=digest)


def versions(choices):
    return [one.version for one in choices]


ALL = [
    choice("1.5.0", at=5, detail="Pay with the phone · Dana"),
    choice("1.4.3", at=4),
    choice("1.4.2", at=3),
    choice("hotfix-rounding", "branches", at=2),
    choice("0.1.4", at=1),
]


def test_with_nothing_typed_the_first_are_offered_as_they_come():
    assert versions(chosen(ALL, "", 2)) == ["1.5.0", "1.4.3"]
    assert versions(chosen(ALL, "  ", 100)) == versions(ALL)


def test_what_begins_as_typed_comes_before_what_has_it_in_it():
    assert versions(chosen(ALL, "1.4", 3)) == ["1.4.3", "1.4.2", "0.1.4"]


def test_the_same_comes_first():
    assert versions(chosen([*ALL, choice("1.4")], "1.4", 2)) == ["1.4", "1.4.3"]


def test_a_v_in_front_is_found_without_it():
    assert versions(chosen([choice("w1.2"), choice("v1.2")], "1.2", 1)) == ["v1.2"]


def test_capitals_do_not_matter_and_a_slip_of_the_finger_is_forgiven():
    assert versions(chosen(ALL, "HOTFIX", 1)) == ["hotfix-rounding"]
    assert versions(chosen(ALL, "hotfx-roundng", 5))[0] == "hotfix-rounding"


def test_what_is_said_about_a_version_is_found_too():
    assert versions(chosen(ALL, "phone", 5)) == ["1.5.0"]


def test_nothing_alike_is_nothing_offered():
    assert chosen(ALL, "zzzzqqqq", 5) == []
    assert chosen(ALL, "1.4", 0) == []


def test_it_is_quick_for_every_key_that_is_pressed():
    many = [
        choice(f"{n // 100}.{n % 100}.0", detail="A subject of a commit that says something")
        for n in range(2000)
    ]
    began = time.thread_time()
    for typed in ("1", "19.9", "no such", "x" * 5000):
        assert len(chosen(many, typed, 100)) <= 100
    assert time.thread_time() - began < 1.0


def test_each_version_is_offered_once_with_everything_that_is_known_of_it():
    both = [
        choice("1.4.2", "builds", at=10, detail="build #7"),
        choice("1.4.2", "tags", at=5, detail="Vouchers", digest="a" * 40),
        choice("1.5.0", "tags", at=20, detail="Phones", digest="b" * 40),
    ]
    assert merged(both) == [both[2], choice("1.4.2", "builds", at=10, detail="build #7", digest="a" * 40)]


def test_what_has_no_time_keeps_its_order_behind_the_rest():
    assert versions(merged([choice("b"), choice("a"), choice("c", at=1)])) == ["c", "b", "a"]


def test_one_kind_only_is_offered_when_asked_for():
    assert versions(of_kind(ALL, "branches")) == ["hotfix-rounding"]
    assert of_kind(ALL, "") == ALL


def test_tags_and_branches_become_versions_as_the_configuration_lets_them_through():
    names = [
        Name(kind="tags", name="v1.4.2", sha="a" * 40, at=7, author="Olu\x1b", subject="Vouchers " * 50),
        Name(kind="tags", name="nightly", sha="b" * 40),
        Name(kind="branches", name="release/2", sha="c" * 40, subject="x"),
        Name(kind="branches", name="main", sha="d" * 40),
    ]
    first, second = named(REPOSITORY, names)
    assert (first.version, first.kind, first.at, first.digest) == ("1.4.2", "tags", 7, "a" * 40)
    assert len(first.detail) <= 100
    assert first.detail.isprintable()
    assert (second.version, second.kind, second.detail) == ("release/2", "branches", "x")


def test_only_the_newest_of_very_many_are_offered():
    names = [Name(kind="tags", name=f"v{n}", sha="a" * 40) for n in range(2 * OFFERED_MOST)]
    assert len(named(REPOSITORY, names)) == OFFERED_MOST
