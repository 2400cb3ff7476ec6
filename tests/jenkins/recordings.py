"""Our recordings of a real Jenkins 2.516.2, and the account of what becomes of each."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "fixtures" / "jenkins"
ACCOUNT = FIXTURES / "ACCOUNT.tsv"


@dataclass(frozen=True)
class Recording:
    """`user` is the recorded user's name, `password` when it was no token; the body is what the wire carried."""

    name: str
    method: str
    path: str
    user: str
    password: bool
    form: list[tuple[str, str]] | None
    body: str | None
    request_headers: dict[str, str]
    status: int
    reason: str
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def wire(self) -> bytes:
        """The answer byte for byte, with a length of its own because the recorded one may have been chunked."""
        body = self.text.encode()
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.status != 204:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def recording(name: str) -> Recording:
    raw = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    form = raw.pop("form")
    return Recording(form=None if form is None else [(k, v) for k, v in form], **raw)


@dataclass(frozen=True)
class Row:
    """How a recording is used: `replayed` to the driver, `judged` against the stand-in, and a note, or why neither."""

    name: str
    replayed: bool
    judged: bool
    note: str


def account() -> dict[str, Row]:
    with ACCOUNT.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {
            row["name"]: Row(row["name"], row["replayed"] == "yes", row["judged"] == "yes", row["note"])
            for row in rows
        }
