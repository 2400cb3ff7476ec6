"""Does the stand-in answer as the recorded Jenkins did? Compares what a client can rely on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from yarl import URL

from bot.sandbox.jenkins import User
from tests.jenkins.recordings import Recording, recording
from tests.jenkins.world import World

HEADERS = (
    "Location",
    "X-Jenkins",
    "X-Required-Permission",
    "X-You-Are-Authenticated-As",
    "X-Error",
    "X-Text-Size",
    "X-More-Data",
    "Allow",
    "WWW-Authenticate",
    "Content-Type",
)
SAME_VALUE = {
    *(
        "_class",
        "why",
        "result",
        "building",
        "inProgress",
        "cancelled",
        "blocked",
        "buildable",
        "stuck",
        "pending",
    ),
    *(
        "status",
        "choices",
        "anonymous",
        "authenticated",
        "name",
        "value",
        "type",
        "fullName",
        "quietingDown",
        "id",
    ),
    *(
        "displayName",
        "inQueue",
        "color",
        "disabled",
        "message",
        "proceedText",
        "shortDescription",
        "crumbRequestField",
    ),
    *("params", "fullDisplayName", "concurrentBuild"),
}
OF_OTHER_PLUGINS = (
    "displayurlapi",
    "credentials",
    "metrics",
    "libs.LibrariesAction",
    "junit",
    "modeldefinition",
    "FlowGraphAction",
    "InterruptedBuildAction",
)
NUMBERS = re.compile(r"\d+(?:\.\d+)?")


async def ask(
    world: World, kept: Recording, *, queue: int = 0, number: int = 0
) -> tuple[int, dict[str, str], str]:
    """Send the recorded request, for another queue item or build where these are given."""
    path = kept.path
    if queue:
        path = re.sub(r"(queue/item/|\?id=)\d+", rf"\g<1>{queue}", path)
    if number:
        path = re.sub(r"(/job/[^/?]+/)\d+", rf"\g<1>{number}", path)
    headers = dict(kept.request_headers)
    data = urlencode(kept.form) if kept.form is not None else kept.body
    origin = urlsplit(world.server.url)
    url = f"{origin.scheme}://{origin.netloc}{path}"
    if kept.user:
        known = {user.name: user for user in world.server.users}
        headers["Authorization"] = aiohttp.encode_basic_auth(kept.user.rstrip("!"), _secret(known, kept))
    elif kept.status == 401:
        headers["Authorization"] = aiohttp.encode_basic_auth("", "")
    async with (
        aiohttp.ClientSession(skip_auto_headers=["Content-Type"]) as session,
        session.request(
            kept.method, URL(url, encoded=True), data=data, headers=headers, allow_redirects=False
        ) as response,
    ):
        return response.status, {k.lower(): v for k, v in response.headers.items()}, await response.text()


def _secret(known: Mapping[str, User], kept: Recording) -> str:
    user = known.get(kept.user)
    if user is None or (kept.password and kept.status == 401):
        return "wrong"
    return user.password if kept.password else user.token


async def judge(world: World, name: str, **ids: int) -> None:
    """Fails with every difference between the recorded answer and the stand-in's."""
    kept = recording(name)
    status, headers, text = await ask(world, kept, **ids)
    found = []
    if status != kept.status:
        found.append(f"status {status}, recorded {kept.status}")
    theirs = {k.lower(): v for k, v in kept.headers.items()}
    for header in HEADERS:
        one, other = headers.get(header.lower()), theirs.get(header.lower())
        if header == "Content-Type" and (kept.method == "HEAD" or not kept.text):
            continue
        if _plain(header, one) != _plain(header, other):
            found.append(f"{header}: {one!r}, recorded {other!r}")
    if "json" in theirs.get("content-type", "") and status == 200:
        found += differences(json.loads(text), kept.json, "")
    assert not found, f"{name}: " + "; ".join(found)


def _plain(header: str, value: str | None) -> str | None:
    if value is None:
        return None
    if header == "Location":
        parts = urlsplit(value)
        return NUMBERS.sub("N", f"{bool(parts.netloc)} {parts.path}")
    if header == "X-Text-Size":
        return "N"
    return value.replace(" ", "").lower()


def differences(ours: Any, theirs: Any, at: str) -> list[str]:
    """Keys that differ, kinds that differ, and values that differ where they have to be the same."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        found = []
        if set(ours) != set(theirs):
            found.append(
                f"{at} has {sorted(set(ours) - set(theirs))} more, lacks {sorted(set(theirs) - set(ours))}"
            )
        for key in set(ours) & set(theirs):
            found += _value(ours[key], theirs[key], key, f"{at}.{key}")
        return found
    if isinstance(theirs, list) and isinstance(ours, list):
        if at.endswith((".jobs", ".property")):
            ours, theirs = _same_ones(ours, theirs)
        if at.endswith(".actions"):
            ours, theirs = _actions(ours), _actions(theirs)
        if bool(ours) != bool(theirs):
            return [f"{at} {len(ours)} long, recorded {len(theirs)}"]
        return [
            d
            for n, (o, t) in enumerate(zip(ours, theirs, strict=False))
            for d in differences(o, t, f"{at}[{n}]")
        ]
    if type(ours) is not type(theirs) and not (
        isinstance(ours, (int, float)) and isinstance(theirs, (int, float))
    ):
        return [f"{at} is {ours!r}, recorded {theirs!r}"]
    return []


def _same_ones(ours: list[Any], theirs: list[Any]) -> tuple[list[Any], list[Any]]:
    """The jobs (or properties) that both have, in one order: the recorded Jenkins had more of them."""

    def name(one: Any) -> str:
        return str(one.get("fullName") or one.get("name") or one.get("url") or one.get("_class"))

    both = {name(one) for one in ours} & {name(one) for one in theirs}
    mine, recorded = (sorted((o for o in some if name(o) in both), key=name) for some in (ours, theirs))
    return mine, recorded


def _value(ours: Any, theirs: Any, key: str, at: str) -> list[str]:
    if key not in SAME_VALUE or isinstance(theirs, dict | list) or (key == "id" and isinstance(ours, int)):
        return differences(ours, theirs, at)
    same = ours == theirs
    if isinstance(ours, str) and isinstance(theirs, str):
        same = NUMBERS.sub("N", ours) == NUMBERS.sub("N", theirs)
    return [] if same else [f"{at} is {ours!r}, recorded {theirs!r}"]


def _actions(actions: list[Any]) -> list[Any]:
    """Without what other plugins add; the order is not promised."""
    kept = [a for a in actions if a and not any(p in a.get("_class", "") for p in OF_OTHER_PLUGINS)]
    return sorted(kept, key=lambda action: action.get("_class", ""))
