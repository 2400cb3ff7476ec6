"""References to the environment and to secret files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.references import LARGEST_SECRET, BadReference, keeps_a_secret, reader, resolve

HIDES_IT = {"bot/slack/inbound.py"}
"""Takes SLACK_* away from Bolt, which would read them by itself."""

ENVIRON = {"NAME": "ann", "EMPTY": "", "NESTED": "${NAME}"}


def resolved(text, environ=ENVIRON, beside=None):
    return resolve(text, environ, reader(beside))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${NAME}", "ann"),
        ("hello ${NAME} and ${NAME}!", "hello ann and ann!"),
        ("${NOPE:-bob}", "bob"),
        ("${NOPE:-}", ""),
        ("${EMPTY:-bob}", "bob"),
        ("${NOPE:-a:-b}", "a:-b"),
        ("$${NAME}", "${NAME}"),
        ("$NAME costs $5", "$NAME costs $5"),
        ("${NESTED}", "${NAME}"),
    ],
)
def test_references_take_the_environment(text, value):
    assert resolved(text) == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("${NOPE}", "NOPE is not set"),
        ("${EMPTY}", r"EMPTY is empty; where empty is meant, write \$\{EMPTY:-\}"),
        ("${NO-PE}", "is no reference"),
        ("${}", "is no reference"),
        ("${NAME", "without its }"),
        ("a ${", "without its }"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(text, sentence):
    with pytest.raises(BadReference, match=sentence):
        resolved(text)


def test_a_secret_file_is_read_without_its_trailing_newline(tmp_path):
    (tmp_path / "token").write_bytes(b"s3cret\r\n")
    assert resolved("${file:token}", beside=tmp_path) == "s3cret"
    assert resolved(f"${{file:{tmp_path}/token}}", beside=None or tmp_path / "elsewhere") == "s3cret"


def test_an_unreadable_secret_file_is_named_with_why(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"x" * (LARGEST_SECRET + 1))
    for name, why in {
        "none": "No such file",
        "binary": "not UTF-8",
        "large": "larger than",
        ".": "directory",
    }.items():
        with pytest.raises(BadReference, match=f"{tmp_path}.*{why}"):
            resolved(f"${{file:{name}}}", beside=tmp_path)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("${TOKEN}", True),
        ("${file:/run/secrets/token}", True),
        ("${TOKEN:-xoxb-1}", False),
        ("xoxb-1", False),
        ("xoxb-${TOKEN}", False),
        ("$${TOKEN}", False),
    ],
)
def test_only_a_whole_reference_keeps_a_secret_out_of_the_file(text, kept):
    assert keeps_a_secret(text) is kept


def test_only_the_loader_reads_the_process_environment():
    root = Path(__file__).parents[2]
    sources = [file for package in ("bot", "config", "handlers") for file in (root / package).rglob("*.py")]
    readers = [file for file in sources if re.search(r"os\.environ|getenv", file.read_text(encoding="utf-8"))]
    assert {str(file.relative_to(root)) for file in readers} - HIDES_IT == {"config/loader.py"}
