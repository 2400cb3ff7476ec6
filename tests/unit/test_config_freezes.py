"""Freezes, calendars and windows in the file: what is a fault, with its line."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from config.loader import ConfigurationFaults, load


class CiSettings(BaseModel):
    pass


HEAD = [
    "slack: {bot_token: '${BOT}', signing_secret: '${SIGNING}'}",
    "drivers: {ci: {}}",
    "groups: {sre: [U111, U222]}",
    (
        "services: {checkout: {environments: {staging: {job: x, policy: open}, production: {job: x}}}, "
        "search: {environments: {staging: {job: x, policy: open}}}}"
    ),
]
ENVIRON = {
    "BOT": "xoxb-1",
    "SIGNING": "shh",
    "CALENDAR": "https://calendar.example.com/key.ics",
    "BAD": "file:///etc",
}
TIMES = 'from: "2026-12-20 18:00", to: "2027-01-04 08:00", timezone: Europe/Madrid'


def loaded(tmp_path, *lines, policy=""):
    file = tmp_path / "pilothouse.yaml"
    file.write_text("\n".join([*HEAD, f"policies: {{production: {{{policy}}}}}", *lines]), encoding="utf-8")
    return load(file, environ=ENVIRON, drivers={"ci": CiSettings})


@pytest.fixture
def faults(tmp_path):
    def faults_of(*lines, policy=""):
        try:
            loaded(tmp_path, *lines, policy=policy)
        except ConfigurationFaults as error:
            return [f"{fault.line}: {fault.path}: {fault.problem}" for fault in error.faults]
        return []

    return faults_of


def test_a_freeze_a_calendar_and_a_window_are_read_as_they_are_written(tmp_path):
    settings = loaded(
        tmp_path,
        f"freezes: {{year-end: {{{TIMES}, override: [1 of sre], environments: [production]}}}}",
        "calendars: {company: {address: '${CALENDAR}', matching: freeze}}",
        policy='windows: {office: {days: [mon-thu], from: "09:00", to: "16:00", timezone: Europe/Madrid}}',
    )
    assert settings.freezes["year-end"].begins == "2026-12-20 18:00"
    assert settings.policies["production"].windows["office"].closes == "16:00"
    assert "key" not in repr(settings.calendars)


def test_a_policy_with_windows_reads_back_from_its_own_json(tmp_path):
    policy = loaded(
        tmp_path,
        policy='windows: {office: {from: "09:00", to: "16:00", timezone: UTC}}, override: [1 of sre]',
    ).policies["production"]
    assert type(policy).model_validate_json(policy.model_dump_json()) == policy


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('from: "2026-12-20", to: "2027-01-04 08:00", timezone: UTC', '.from: write a time as "2026-12-20 18:00"'),
        ('from: "2026-02-30 09:00", to: "2027-01-04 08:00", timezone: UTC', '.from: write a time as "2026-12-20 18:00"'),
        ('from: 2026-12-20, to: "2027-01-04 08:00", timezone: UTC', ".from: must be text; put it in quotes"),
        ('from: "2026-12-20 18:00", to: "2026-12-20 18:00", timezone: UTC', ".to: is not after `from`"),
        ('from: "2026-12-20 18:00", timezone: UTC', ".to: is missing"),
        ('from: "2026-12-20 18:00", to: "2027-01-04 08:00"', ".timezone: is missing"),
        ('from: "2026-12-20 18:00", to: "2027-01-04 08:00", timezone: Europe/Madird', '.timezone: "Europe/Madird" is no time zone - did you mean "Europe/Madrid"?'),
        (f"{TIMES}, repeat: weekly", '.repeat: write how it repeats as iCalendar does, "FREQ=WEEKLY;BYDAY=FR"'),
        (f"{TIMES}, repeat: FREQ=HOURLY", ".repeat: repeats once a day at most"),
        (f'{TIMES}, repeat: "FREQ=WEEKLY;BYDAY=XX"', '.repeat: write how it repeats as iCalendar does, "FREQ=WEEKLY;BYDAY=FR": invalid \'BYDAY\': XX'),
        (f"{TIMES}, repeat: FREQ=WEEKLY;BYDAY=FR", ".repeat: does not begin with `from`, which is Sun; the first would be 2026-12-25 18:00"),
        (f"{TIMES}, repeat: FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", ".repeat: never comes, counted from 2026-12-20 18:00"),
        (f"{TIMES}, environments: [prodution]", '.environments[0]: "prodution" is no environment - did you mean "production"?'),
        (f"{TIMES}, services: [till]", '.services[0]: "till" is no service'),
        (f"{TIMES}, services: [search, search]", '.services[1]: "search" is listed twice'),
        (f"{TIMES}, services: [search], environments: [production]", ".services[0]: holds nowhere: search has no environment of those"),
        (f"{TIMES}, override: [1 of srr]", '.override[0]: "srr" is no group - did you mean "sre"?'),
        (f"{TIMES}, override: [3 of sre]", ".override[0]: can never be met: only 2 people to choose from"),
        (f"{TIMES}, override: []", ".override: must not be empty"),
        (f"{TIMES}, why: holidays", ".why: is not known here"),
    ],
)  # fmt: skip
def test_freezes_are_checked(faults, body, fault):
    assert faults(f"freezes: {{year-end: {{{body}}}}}") == [f"6: freezes.year-end{fault}"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("matching: freeze", ": is read from one place: either `file` or `address`"),
        ("file: a.ics, address: '${CALENDAR}'", ": is read from one place: either `file` or `address`"),
        ("address: '${BAD}'", ".address: must be an address that begins with http:// or https://"),
        (
            "address: https://calendar.example.com/key.ics",
            ".address: is a secret, and secrets do not belong in this file: put it in the environment or a file",
        ),
        ("file: a.ics, refresh: 1s", ".refresh: should be greater than or equal to 10"),
        ("file: a.ics, unavailable: maybe", ".unavailable: is none of the allowed words"),
    ],
)
def test_calendars_are_checked(faults, body, fault):
    assert faults(f"calendars: {{company: {{{body}}}}}") == [f"6: calendars.company{fault}"]


@pytest.mark.parametrize(
    ("policy", "fault"),
    [
        ("windows: {office: {from: 9:00, to: '16:00', timezone: UTC}}", ".windows.office.from: must be text; put it in quotes"),
        ("windows: {office: {from: '9:00', to: '16:00', timezone: UTC}}", '.windows.office.from: write a time of day as "09:00", "16:30" or "24:00"'),
        ("windows: {office: {from: '09:00', to: '25:00', timezone: UTC}}", '.windows.office.to: write a time of day as "09:00", "16:30" or "24:00"'),
        ("windows: {office: {days: [weekdays], from: '09:00', to: '16:00', timezone: UTC}}", '.windows.office.days[0]: write days as "mon" or "mon-fri"'),
        ("windows: {office: {days: [], from: '09:00', to: '16:00', timezone: UTC}}", ".windows.office.days: must not be empty"),
        ("windows: {Office: {from: '09:00', to: '16:00', timezone: UTC}}", ".windows.Office: cannot name it"),
        ("freeze: [bob]", '.freeze[0]: "bob" is no group'),
        ("override: [3 of sre]", ".override[0]: can never be met: only 2 people to choose from"),
    ],
)  # fmt: skip
def test_windows_and_who_may_freeze_are_checked(faults, policy, fault):
    assert faults(policy=policy) == [f"5: policies.production{fault}"]
