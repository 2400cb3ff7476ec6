"""Job parameters from templates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st

from bot.errors import Refused
from bot.reasons import Reason
from bot.templates import render
from config.templates import LONGEST_VALUE, NAMES, BadTemplate, compiled, only_shows

VALUES = {
    "service": "checkout",
    "environment": "production",
    "version": "v1.4.2",
    "deployment": "d-123",
    "number": "12",
    "requester": "Ann <& Co>",
}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("plain", "plain"),
        ("{{ version }}", "v1.4.2"),
        ("{{ service ~ '-' ~ environment }}", "checkout-production"),
        ("{{ version | removeprefix('v') }}", "1.4.2"),
        ("{{ version | removesuffix('.2') | upper }}", "V1.4"),
        ("{{ version[1:] }}{{ version[0] }}{{ version[-1] }}", "1.4.2v2"),
        ("{{ service | replace('check', 'work') | trim }}", "workout"),
        ("{{ '' | default('none') }}{{ number | default('none') }}", "none12"),
        ("{{ requester }}", "Ann <& Co>"),
        ("{{ requester | urlencode }}", "Ann%20%3C%26%20Co%3E"),
        ("{{ 'yes' if environment == 'production' else 'no' }}", "yes"),
        ("{% if 'v' in version and not number == '1' %}a{% else %}b{% endif %}\n", "a\n"),
        ("{{ SERVICE | lower if false else service | lower }}".replace("SERVICE", "service"), "checkout"),
        ("#{{ number }} ({{ deployment }})", "#12 (d-123)"),
    ],
)
def test_a_template_speaks_of_the_deployment(template, value):
    assert render({"A": template}, VALUES) == {"A": value}


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ version[99] }}", "cannot be rendered"),
        ("{{ number > 5 }}", "cannot be rendered"),
        ("{{ version | replace }}", "cannot be rendered"),
        ("{{ nonsense }}", 'names "nonsense"'),
        ("{{ version | replace('', 'x' ) ~ ('%s') }}" % ("y" * 1_900), ""),
    ],
)
def test_a_template_that_fails_is_refused_and_its_parameter_named(template, problem):
    if not problem:
        long = {**VALUES, "version": "v" * 9_000}
        with pytest.raises(Refused, match=r"TAG.*grows beyond 10000"):
            render({"TAG": template}, long)
        return
    with pytest.raises(Refused, match=problem) as caught:
        render({"TAG": template}, VALUES)
    assert caught.value.reason is Reason.TEMPLATE_FAILED
    assert "TAG" in caught.value.sentence


def test_replacing_over_and_over_is_bounded_on_its_way():
    template = "{{ 'a' " + "| replace('a', 'aaaaaaaaaa')" * 40 + " }}"
    with pytest.raises(Refused, match="grows beyond"):
        render({"A": template}, VALUES)


@within(deadline=None)
@given(st.text("{}%# abcversion|~()[]'\"+*.-if0123456789", max_size=120))
def test_any_template_is_compiled_or_said_to_be_bad(text):
    try:
        template = compiled(text)
    except BadTemplate:
        return
    assert template is not None


@within(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=200), min_size=len(NAMES)))
def test_any_values_are_rendered_as_they_are(values):
    assert render({name: f"<{{{{ {name} }}}}>" for name in NAMES}, values) == {
        n: f"<{values[n]}>" for n in NAMES
    }


def test_a_value_of_the_greatest_length_still_passes():
    assert (
        len(render({"A": "{{ version }}"}, {**VALUES, "version": "v" * LONGEST_VALUE})["A"]) == LONGEST_VALUE
    )


# --- what two deployments of the same have in common ----------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "shows"),
    [
        ("plain", True),
        ("{{ version }}", True),
        ("#{{ number }} ({{ deployment }})", True),
        ("{{ number | upper }}", True),
        ("{{ 'n' ~ number }}", True),
        ("{% if version == 'main' %}#{{ number }}{% else %}none{% endif %}", True),
        ("{{ number if version == 'main' else 'none' }}", True),
        ("{% if number == '7' %}a{% else %}b{% endif %}", False),
        ("{% if version %}{% elif number %}b{% endif %}", False),
        ("{{ 'a' if number == '7' else 'b' }}", False),
        ("{{ version | replace('1', number) }}", False),
        ("{{ version | default(number) }}", False),
        ("{{ number[0] }}", False),
        ("{{ number == '7' }}", False),
        ("{{ number and 'x' }}", False),
        ("{{ not deployment }}", False),
        ("{{ broken", False),
    ],
)
def test_a_template_that_only_shows_a_name_decides_nothing_by_it(template, shows):
    assert only_shows(template, ("number", "deployment")) is shows
