"""What is asked of addresses and commands after a run, and what they answer: plain frozen values."""

from __future__ import annotations

import msgspec


class UrlAsked(msgspec.Struct, frozen=True, kw_only=True):
    """One GET. `seconds` for all of it; with `private` the host may be on this machine or in a private network."""

    address: str
    headers: dict[str, str] = {}
    seconds: float = 5.0
    redirects: int = 0
    private: bool = False


class UrlAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`problem` says why there is no answer; else `status` and the beginning of the `body`, as text."""

    status: int = 0
    body: str = ""
    problem: str = ""


class CommandAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A program with its arguments, and all of its environment besides PATH and LANG. It is killed after `seconds`."""

    run: tuple[str, ...]
    env: dict[str, str] = {}
    seconds: float = 300.0


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`problem` says why it did not come to an end; else `code`. `tail` are the last lines it printed, clean."""

    code: int = 0
    tail: tuple[str, ...] = ()
    problem: str = ""
