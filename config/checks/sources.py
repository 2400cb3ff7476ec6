"""Where versions and commits come from: addresses that git can't take for something else, names that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from jinja2 import TemplateError

from config.checks.declared import Declared
from config.checks.services import check_driver
from config.faults import Path, Problem
from config.models import Service, Settings
from config.sources import DISPLAY_NAME, NUMBER, Repository
from config.templates import BadTemplate, compiled

URL_FORMS = "https://…, http://…, ssh://…, git@host:path, file:///path, /path"
NOT_AN_ADDRESS = "is no address of a git repository"
CREDENTIALS = "must not carry a password or token: they have a setting of their own"
NEEDS_HTTP = "goes with an https:// address in `git`, over which alone it is sent"
IN_THE_CLEAR = "would travel in the clear: the address has to begin with https://"
NOT_GITHUB = "is no repository on GitHub"
GITHUB_FORM = "owner/name"
NO_VERSION = "gives every version the same name"
BAD_PATTERN = "can match no tag or branch"
NOT_A_PARAMETER = "is neither the name of a parameter nor number or display_name"
ALONE = "means nothing without `git` or `github`"
WITHOUT_JOB = "means nothing without `job`"

_SCHEMES = frozenset({"https", "http", "ssh", "file"})
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*|[0-9a-fA-F:]*:[0-9a-fA-F:.]+")
_HELPER = re.compile(r"-|[A-Za-z0-9+.-]*::")
_SCP = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?!//|:)[^\s-]\S*")
_GITHUB = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_PATTERN = re.compile(r"[A-Za-z0-9._+*?\[\]!{}=,@#%&()/-]*")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SAMPLES = ("1.0.0", "2.3.4")


def check(settings: Settings, declared: Declared) -> Iterator[Problem]:
    for name, service in settings.services.items():
        yield from _repository(("services", name, "repository"), service.repository)
        yield from _builds(("services", name, "versions", "builds"), service, declared)


def _repository(path: Path, one: Repository) -> Iterator[Problem]:
    if one.git is not None:
        yield from _address((*path, "git"), one.git)
    if one.github is not None and not _GITHUB.fullmatch(one.github):
        yield Problem(path=(*path, "github"), problem=NOT_GITHUB, allowed=GITHUB_FORM)
    if one.token is not None:
        parts = urlsplit(one.git or "")
        if parts.scheme not in {"http", "https"}:
            yield Problem(path=(*path, "token"), problem=NEEDS_HTTP)
        elif parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            yield Problem(path=(*path, "token"), problem=IN_THE_CLEAR)
    if not one.there and one != Repository():
        yield Problem(path=path, problem=ALONE)
    yield from _names(path, one)


def _address(path: Path, url: str) -> Iterator[Problem]:
    """An address can't begin like an option, name a helper (`ext::sh -c …`), or a host that is an option of ssh."""
    parts = urlsplit(url)
    if parts.password is not None or (parts.scheme in {"http", "https"} and parts.username is not None):
        yield Problem(path=path, problem=CREDENTIALS)
        return
    plain = url.isprintable() and " " not in url and not _HELPER.match(url)
    if "://" in url:
        local = parts.scheme == "file" and url.startswith("file:///")
        good = local or (parts.scheme in _SCHEMES - {"file"} and bool(_HOST.fullmatch(parts.hostname or "")))
    else:
        good = url.startswith("/") or _SCP.fullmatch(url) is not None
    if not (plain and good):
        yield Problem(path=path, problem=NOT_AN_ADDRESS, allowed=URL_FORMS)


def _names(path: Path, one: Repository) -> Iterator[Problem]:
    try:
        template = compiled(one.version_to_ref, ("version",))
        made = {template.render(version=sample) for sample in _SAMPLES}
    except BadTemplate as error:
        yield Problem(path=(*path, "version_to_ref"), problem=str(error), allowed=error.allowed)
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        yield Problem(path=(*path, "version_to_ref"), problem=f"cannot be rendered: {error}")
    else:
        if len(made) < len(_SAMPLES):
            yield Problem(path=(*path, "version_to_ref"), problem=NO_VERSION, allowed="{{ version }} in it")
    for name in ("tags", "branches"):
        if not _PATTERN.fullmatch(getattr(one, name)):
            yield Problem(path=(*path, name), problem=BAD_PATTERN, allowed="a name with * and ? in it")


def _builds(path: Path, service: Service, declared: Declared) -> Iterator[Problem]:
    builds = service.versions.builds
    if not builds.there:
        if builds.model_fields_set - {"job"}:
            yield Problem(path=path, problem=WITHOUT_JOB)
        return
    yield from check_driver(path, builds, declared)
    if builds.version not in {NUMBER, DISPLAY_NAME} and not _PARAMETER.fullmatch(builds.version):
        yield Problem(path=(*path, "version"), problem=NOT_A_PARAMETER)
