"""Releases of the configuration: services, versions, environment and channel that there are; each fault with its line."""

from __future__ import annotations

import pytest

from tests.unit.test_config_checks import faults

__all__ = ["faults"]

SERVICES = """services:
  checkout: {environments: {staging: {job: x}, production: {job: x}}}
  payments: {version_pattern: 'v\\d+', environments: {staging: {job: x}}}"""


def release(body: str, name: str = "autumn") -> str:
    return f"releases: {{{name}: {{{body}}}}}"


@pytest.mark.parametrize("channel", ["C0RELEASES", "'#releases'", "null"])
def test_the_card_of_a_release_may_have_a_channel(faults, channel: str) -> None:
    body = f"environment: staging, channel: {channel}, services: {{checkout: '1.4.2', payments: v7}}"
    assert faults(SERVICES, release(body)) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("channel: releases, services: {checkout: '1'}", 'channel: "releases" is no channel'),
        ("channel: '#Releases', services: {checkout: '1'}", 'channel: "#Releases" is no channel'),
        ("channel: U0DANA0001, services: {checkout: '1'}", 'channel: "U0DANA0001" is no channel'),
        ("channel: D0DANA0001, services: {checkout: '1'}", 'channel: "D0DANA0001" is no channel'),
        ("channels: [C111], services: {checkout: '1'}", 'channels: is not known here - did you mean "channel"?'),
        ("services: {chekout: '1'}", 'services.chekout: "chekout" is no service - did you mean "checkout"?'),
        ("services: {payments: '7'}", "services.payments: is no version that payments takes"),
        ("environment: production, services: {payments: v7}", 'environment: "production" is no environment of payments'),
    ],
)  # fmt: skip
def test_releases_are_checked(faults, body: str, fault: str) -> None:
    assert faults(SERVICES, release(body)) == [f"6: releases.autumn.{fault}"]
