"""Repositories and builds in the configuration: what git could take for something else never gets that far."""

from __future__ import annotations

import pytest

from config.sources import Repository
from tests.unit.test_config_checks import faults, service  # noqa: F401 - a fixture is used by its name


def repository(body: str) -> str:
    return service(f"environments: {{staging: {{job: x}}}}, repository: {{{body}}}")


def builds(body: str) -> str:
    return service(f"environments: {{staging: {{job: x}}}}, versions: {{builds: {{{body}}}}}")


AT = "services.checkout.repository"


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/shop/checkout.git",
        "http://127.0.0.1:8080/x.git",
        "ssh://git@example.com:2222/x.git",
        "ssh://[::1]/x.git",
        "git@example.com:shop/checkout.git",
        "example.com:shop/checkout.git",
        "/srv/git/checkout.git",
        "file:///srv/git/checkout.git",
    ],
)
def test_addresses_of_repositories_are_taken(faults, url):  # noqa: F811
    assert faults(repository(f"git: '{url}'")) == []


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c id",
        "file::/etc",
        "-x",
        "--upload-pack=touch x",
        "ssh://-oProxyCommand=x/y",
        "-oProxyCommand=x:y",
        "git@-oProxyCommand=x:y",
        "host:-x",
        "relative/path.git",
        "../up.git",
        "ftp://example.com/x.git",
        "git://example.com/x.git",
        "https:///x.git",
        "https://example .com/x.git",
        "file://host/x.git",
        "javascript://x/y",
        "host:path with space",
    ],
)
def test_what_git_could_take_for_a_command_an_option_or_another_protocol_is_a_fault(faults, url):  # noqa: F811
    (fault,) = faults(repository(f"git: '{url}'"))
    assert fault == f"3: {AT}.git: is no address of a git repository"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (
            "git: 'https://user:pass@example.com/x.git'",
            f"{AT}.git: must not carry a password or token: they have a setting of their own",
        ),
        (
            "git: 'https://token@example.com/x.git'",
            f"{AT}.git: must not carry a password or token: they have a setting of their own",
        ),
        (
            "git: /x, token: '${BOT}'",
            f"{AT}.token: goes with an https:// address in `git`, over which alone it is sent",
        ),
        (
            "github: a/b, token: '${BOT}'",
            f"{AT}.token: goes with an https:// address in `git`, over which alone it is sent",
        ),
        (
            "git: 'http://example.com/x.git', token: '${BOT}'",
            f"{AT}.token: would travel in the clear: the address has to begin with https://",
        ),
        ("github: just-a-name", f"{AT}.github: is no repository on GitHub"),
        ("github: a/..", f"{AT}.github: is no repository on GitHub"),
        ("github: 'a/b/c'", f"{AT}.github: is no repository on GitHub"),
        ("github: 'a/b?x'", f"{AT}.github: is no repository on GitHub"),
        ("tags: 'v*'", f"{AT}: means nothing without `git` or `github`"),
        (
            "git: /x, version_to_ref: 'v{{ vresion }}'",
            f'{AT}.version_to_ref: names "vresion" - did you mean "version"?',
        ),
        ("git: /x, version_to_ref: 'v{{ service }}'", f'{AT}.version_to_ref: names "service"'),
        ("git: /x, version_to_ref: v1", f"{AT}.version_to_ref: gives every version the same name"),
        ("git: /x, version_to_ref: 'v{{ version'", None),
        ("git: /x, tags: 'a b'", f"{AT}.tags: can match no tag or branch"),
        ("git: /x, branches: '~'", f"{AT}.branches: can match no tag or branch"),
        ("git: /x, tickets: '('", None),
        ("git: /x, fetch_after: 0s", None),
        ("git: /x, user: 'a:b'", None),
    ],
)
def test_what_can_not_be_right_about_a_repository_is_a_fault_with_its_line(faults, body, fault):  # noqa: F811
    (found,) = faults(repository(body))
    assert found.startswith("3: ")
    if fault is not None:
        assert found == f"3: {fault}"


def test_a_token_is_never_written_into_the_file(faults):  # noqa: F811
    (found,) = faults(repository("git: 'https://x/y', token: glpat-1"))
    assert "secrets do not belong in this file" in found


@pytest.mark.parametrize(
    ("body", "drivers", "fault"),
    [
        ("job: b", "drivers: {ci: {}}", None),
        ("job: b, version: number", "drivers: {ci: {}}", None),
        ("job: b, version: display_name", "drivers: {ci: {}}", None),
        ("job: b", "drivers: {ci: {servers: {a: x, b: y}}}", "server: is missing: there is more than one"),
        ("job: b, driver: cii", "drivers: {ci: {}}", 'driver: "cii" is no configured driver - did you mean "ci"?'),
        ("job: b, server: b", "drivers: {ci: {}}", 'server: "b" is no server of ci'),
        ("job: b, version: 'a b'", "drivers: {ci: {}}", "version: is neither the name of a parameter nor number or display_name"),
        ("version: number", "drivers: {ci: {}}", ": means nothing without `job`"),
    ],
)  # fmt: skip
def test_the_job_of_the_builds_has_to_be_there(faults, body, drivers, fault):  # noqa: F811
    place = "server: main, driver: ci, " if "servers" not in drivers else "server: a, driver: ci, "
    line = f"services: {{checkout: {{environments: {{staging: {{{place}job: x}}}}, versions: {{builds: {{{body}}}}}}}}}"
    found = [one for one in faults(line, drivers=drivers) if "versions.builds" in one]
    at = "3: services.checkout.versions.builds"
    assert found == ([] if fault is None else [f"{at}{fault}" if fault.startswith(":") else f"{at}.{fault}"])


def test_nothing_is_a_repository_by_itself():
    assert not Repository().there
    assert Repository(git="/x").there
    assert Repository(github="a/b").there
