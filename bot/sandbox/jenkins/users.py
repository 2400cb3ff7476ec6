"""Who may do what on the stand-in, with tokens that are no secret."""

# ruff: noqa: S106 - they open nothing but the stand-in

from __future__ import annotations

from dataclasses import dataclass, field

OVERALL_READ = "hudson.model.Hudson.Read"
ADMINISTER = "hudson.model.Hudson.Administer"
READ = "hudson.model.Item.Read"
BUILD = "hudson.model.Item.Build"
CANCEL = "hudson.model.Item.Cancel"
DELETE = "hudson.model.Run.Delete"


@dataclass(frozen=True, kw_only=True)
class User:
    """`token` needs no crumb, `password` does. `admin` may do everything."""

    name: str
    token: str = field(repr=False)
    password: str = field(repr=False, default="")
    rights: frozenset[str] = frozenset()
    admin: bool = False

    def may(self, right: str) -> bool:
        return self.admin or right in self.rights


USERS = (
    User(name="ci-admin", token="110123456789abcdef0123456789abcdef", admin=True),
    User(
        name="ci-bot",
        token="11bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        password="bot-Passw0rd",
        rights=frozenset({OVERALL_READ, READ, BUILD, CANCEL}),
    ),
    User(
        name="ci-viewer", token="11cccccccccccccccccccccccccccccccc", rights=frozenset({OVERALL_READ, READ})
    ),
    User(name="ci-outsider", token="11eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", rights=frozenset({OVERALL_READ})),
    User(name="ci-nobody", token="11dddddddddddddddddddddddddddddddd"),
)
