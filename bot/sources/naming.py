"""Between versions, as people say them, and the names in a repository: pure."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from jinja2 import TemplateError

from config.templates import BadTemplate, TooLong, compiled

TAGS, HEADS = "refs/tags/", "refs/heads/"
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# https://git-scm.com/docs/git-check-ref-format, and nothing that begins like an option.
_BAD_NAME = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/.]|/\.|[/.]$|\.lock(?:/|$)|^@$")
_MIDDLE = "\ue000"


def is_full(digest: str) -> bool:
    """Whether it is a commit's whole id, SHA-1 or SHA-256."""
    return _FULL.fullmatch(digest) is not None


def is_commit(version: str) -> bool:
    """Whether it may be a commit's id, perhaps shortened."""
    return _COMMIT.fullmatch(version) is not None


def fits_ref(name: str) -> bool:
    """Whether git can have a tag or branch of that name."""
    return 0 < len(name) <= 250 and _BAD_NAME.search(name) is None


def ref_of(template: str, version: str) -> str:
    """What the service calls a version in its repository; empty when that can be nothing."""
    try:
        name = compiled(template, ("version",)).render(version=version)
    except (BadTemplate, TooLong, TemplateError, TypeError, ValueError, LookupError):
        return ""
    return name if fits_ref(name) else ""


def names_of(template: str, version: str) -> tuple[str, ...]:
    """The whole names under which a version is looked for, the likeliest first: tags come before branches."""
    if not version:
        return ()
    names = dict.fromkeys(name for name in (ref_of(template, version), version) if fits_ref(name))
    return tuple(f"{kind}{name}" for name in names for kind in (TAGS, HEADS))


def version_of(template: str, name: str) -> str:
    """How people say a tag or branch: the version that becomes this name, or the name itself."""
    try:
        form = compiled(template, ("version",)).render(version=_MIDDLE)
    except (BadTemplate, TooLong, TemplateError, TypeError, ValueError, LookupError):
        return name
    before, middle, after = form.partition(_MIDDLE)
    if not middle or not name.startswith(before) or not name.endswith(after):
        return name
    version = name[len(before) : len(name) - len(after)]
    return version if version and ref_of(template, version) == name else name


def shown(pattern: str, name: str) -> bool:
    """Whether a tag or branch is among those that are offered."""
    return bool(pattern) and fnmatchcase(name, pattern)
