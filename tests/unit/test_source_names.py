"""Between versions and the names in a repository."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.naming import fits_ref, is_commit, is_full, names_of, ref_of, shown, version_of

V = "v{{ version }}"


@pytest.mark.parametrize(
    ("template", "version", "ref"),
    [
        (V, "1.4.2", "v1.4.2"),
        ("{{ version }}", "1.4.2", "1.4.2"),
        ("release/{{ version | upper }}", "rc1", "release/RC1"),
        ("v{{ version | replace('.', '_') }}", "1.4.2", "v1_4_2"),
        ("checkout-{{ version }}-final", "1", "checkout-1-final"),
        (V, "1 2", ""),
        (V, "../x", ""),
        (V, "", "v"),
        ("{{ version }}", "-rf", ""),
        ("{{ nothing }}", "1", ""),
    ],
)
def test_a_version_becomes_a_name_of_the_repository(template, version, ref):
    assert ref_of(template, version) == ref


def test_names_are_looked_for_as_tags_before_branches_and_as_configured_before_as_typed():
    assert names_of(V, "1.4.2") == (
        "refs/tags/v1.4.2",
        "refs/heads/v1.4.2",
        "refs/tags/1.4.2",
        "refs/heads/1.4.2",
    )
    assert names_of("{{ version }}", "main") == ("refs/tags/main", "refs/heads/main")


@pytest.mark.parametrize(
    ("template", "name", "version"),
    [
        (V, "v1.4.2", "1.4.2"),
        (V, "nightly", "nightly"),
        (V, "v", "v"),
        ("checkout-{{ version }}-final", "checkout-1-final", "1"),
        ("checkout-{{ version }}-final", "checkout-final", "checkout-final"),
        # What can't be turned round is said as it is called.
        ("v{{ version | replace('.', '_') }}", "v1_4", "1_4"),
        ("{{ version | lower }}", "ABC", "ABC"),
        ("{{ version[1:] }}", "abc", "abc"),
    ],
)
def test_a_name_is_said_as_the_version_that_becomes_it(template, name, version):
    assert version_of(template, name) == version


@given(st.from_regex(r"\A[a-z0-9][a-z0-9.+-]{0,20}[a-z0-9]\Z"))
def test_there_and_back_again(version):
    if fits_ref(f"v{version}"):
        assert version_of(V, ref_of(V, version)) == version


@pytest.mark.parametrize(
    "name", ["v1.4.2", "feature/x", "a", "1.0+build", "ünï", "a@b", "HEAD", "release-1.0_x", "a,b", "a{b}"]
)
def test_what_git_can_call_something_is_looked_for(name):
    assert fits_ref(name)


@pytest.mark.parametrize(
    "name",
    ["", "-x", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "/a", "a/", "a//b", ".a", "a.", "a/.b", "a.lock",
     "a.lock/b", "@", "a@{1}", "a\nb", "a\0b", "a\x7fb", "a" * 251],
)  # fmt: skip
def test_what_git_can_call_nothing_or_would_take_for_an_expression_is_not(name):
    assert not fits_ref(name)


def test_a_commits_id_is_known_by_its_form():
    assert is_full("a" * 40)
    assert is_full("0" * 64)
    assert not is_full("a" * 39)
    assert not is_full("A" * 40)
    assert not is_full("a" * 40 + "\n")
    assert is_commit("abcdef0")
    assert not is_commit("abcdef")
    assert not is_commit("1.4.2")


@pytest.mark.parametrize(
    ("pattern", "name", "offered"),
    [
        ("*", "v1", True),
        ("*", "a/b", True),
        ("v*", "v1", True),
        ("v*", "w1", False),
        ("", "v1", False),
        ("V*", "v1", False),
    ],
)
def test_a_pattern_lets_names_through_as_in_a_shell(pattern, name, offered):
    assert shown(pattern, name) is offered
