"""Words as Slack text: nothing that people, git or CI wrote acts, and nothing is cut in its middle."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.text import clean, cut, emoji, escape, length, mrkdwn, plain, plain_object, preformatted, tail
from bot.words import Bold, Channel, Code, Link, Mention, Part, When

ANY_TEXT = st.text(st.characters(codec=None), max_size=200) | st.text(
    "<>&!@`*_~|:aé👍 \n\x00\ud800\u202e", max_size=60
)
PARTS: st.SearchStrategy[Part] = st.one_of(
    ANY_TEXT,
    st.builds(Mention, id=st.sampled_from(["U012AB3CD", "evil>", ""]), group=st.booleans()),
    st.builds(Channel, id=st.sampled_from(["C012AB3CD", "<!here>"])),
    st.builds(When, at=st.floats(-1e12, 1e12), style=st.sampled_from(["time", "date_time", "relative"])),
    st.builds(
        Link,
        text=ANY_TEXT,
        url=st.sampled_from(["https://ci.example/job/a?b=1&c=2|x> y", "javascript:1", ""]),
    ),
    st.builds(Code, text=ANY_TEXT),
    st.builds(Bold, text=ANY_TEXT),
)
ENTITY = re.compile(
    r"<(@[UW]\w+|#C\w+|!subteam\^S?\w+|!date\^\d+\^[^|<>]+\|[^<>]+|https?://[^|<>\s]+\|[^<>]*)>"
)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("<!channel> look", "&lt;!channel&gt; look"),
        ("<https://evil.example|our CI>", "&lt;https://evil.example¦our CI&gt;".replace("¦", "|")),
        ("a & b", "a &amp; b"),
        ("`rm -rf`", "ˋrm -rfˋ"),
        ("*approved*", "∗approved*"),
        ("my_service_name", "my_service_name"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        (":white_check_mark: done", "∶white_check_mark: done"),
        ("at 12:30:45", "at 12:30:45"),
        ("bell\x07 and \u202eturned", "bell and turned"),
        ("half a pair \ud83d", "half a pair \ufffd"),
    ],
)
def test_text_from_people_shows_as_it_reads_and_never_acts(hostile: str, shown: str) -> None:
    assert escape(hostile) == shown


def test_every_part_has_its_markup() -> None:
    words = (
        Mention(id="U012AB3CD"),
        " asks ",
        Mention(id="S012AB3CD", group=True),
        " in ",
        Channel(id="C012AB3CD"),
        ": ",
        Bold(text="deploy"),
        " ",
        Code(text="1.2.3"),
        ", see ",
        Link(text="run 5 & log", url="https://ci.example/job/x/5?a=1&b=2"),
    )

    assert mrkdwn(words) == (
        "<@U012AB3CD> asks <!subteam^S012AB3CD> in <#C012AB3CD>: *deploy* `1.2.3`, "
        "see <https://ci.example/job/x/5?a=1&amp;b=2|run 5 &amp; log>"
    )
    assert plain(words) == "@U012AB3CD asks @S012AB3CD in #C012AB3CD: deploy 1.2.3, see run 5 & log"


def test_each_reader_sees_a_moment_in_his_own_time_zone() -> None:
    assert mrkdwn((When(at=1_700_000_000),)) == "<!date^1700000000^{time}|2023-11-14 22:13 UTC>"
    assert mrkdwn((When(at=0, style="relative"),)) == "<!date^0^{ago}|1970-01-01 00:00 UTC>"
    assert "{date_short_pretty} {time}" in mrkdwn((When(at=1, style="date_time"),))


def test_what_is_no_id_and_no_web_address_becomes_plain_text() -> None:
    assert mrkdwn((Mention(id="U1> <!here"),)) == "@U1&gt; &lt;!here"
    assert mrkdwn((Link(text="click", url="javascript:alert(1)"),)) == "click"
    assert (
        mrkdwn((Link(text="a>b|c", url="https://x.example/a|b> c"),))
        == "<https://x.example/a%7Cb%3E%20c|a&gt;b¦c>"
    )


def test_an_address_without_a_text_is_its_own_label() -> None:
    assert mrkdwn((Link(text=" ", url="https://x.example/"),)) == "<https://x.example/|https://x.example/>"


def test_bold_and_code_close_what_they_open() -> None:
    assert mrkdwn((Bold(text="a*b"), Code(text="a`b\nc"), Code(text=" "), Bold(text=""))) == "*a∗b*`aˋb c`"
    assert mrkdwn((Bold(text="x" * 50),), 10) == "*xxxxxxx…*"


@given(st.lists(PARTS, max_size=6).map(tuple), st.integers(1, 120))
def test_a_cut_never_falls_inside_an_entity_or_an_escape(words: tuple[Part, ...], limit: int) -> None:
    text = mrkdwn(words, limit)

    assert length(text) <= limit
    without_entities = ENTITY.sub("", text)
    assert "<" not in without_entities
    assert ">" not in without_entities
    assert re.sub(r"&(amp|lt|gt);", "", text).count("&") == 0
    assert text.count("`") % 2 == 0
    text.encode()


@given(st.lists(PARTS, max_size=6).map(tuple), st.integers(1, 60))
def test_plain_text_keeps_its_length_too(words: tuple[Part, ...], limit: int) -> None:
    assert length(plain(words, limit)) <= limit
    assert 1 <= length(plain_object(plain(words), limit)["text"]) <= limit


def test_a_sign_beyond_the_basic_plane_counts_twice() -> None:
    assert length("👍") == 2
    assert cut("👍👍👍", 5) == "👍👍…"


def test_the_end_of_a_log_is_kept_in_whole_lines() -> None:
    assert tail("one\ntwo\nthree", 50) == "one\ntwo\nthree"
    assert tail("first line\nsecond\nthird", 15) == "…\nsecond\nthird"
    assert tail("x" * 100, 10) == "…\n" + "x" * 8


@given(ANY_TEXT, st.integers(10, 100))
def test_a_log_is_shown_as_it_is_and_within_its_length(log: str, limit: int) -> None:
    (inner,) = preformatted(log, limit)["elements"][0]["elements"]

    assert inner["type"] == "text"
    assert 1 <= length(inner["text"]) <= limit
    assert clean(inner["text"]) == inner["text"]


def test_only_names_that_can_be_emoji_become_emoji() -> None:
    assert emoji("rocket") == ":rocket:"
    assert emoji("wave::skin-tone-3") == ":wave::skin-tone-3:"
    assert emoji("<!here>") == ""
    assert emoji("") == ""


def test_a_long_hostile_text_is_drawn_without_delay() -> None:
    assert len(escape(":" + "a" * 100_000 + ":" * 1000)) > 100_000
