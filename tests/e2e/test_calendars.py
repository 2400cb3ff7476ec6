"""Calendars that others keep, over real HTTP: read in the background, the last good reading kept, failures said."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from tests.e2e.house import DANA, DEPLOYMENTS, House

HOUR = 3600.0
UNASKED = {"approve": [], "break_glass": []}


class CalendarServer:
    """`async with CalendarServer() as calendar`: answers with `text`, or with `status`; `hang` answers never."""

    def __init__(self) -> None:
        self.text = ""
        self.status = 200
        self.asked = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{key}/freezes.ics", self._answer)
        app.router.add_get("/round", self._round)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/k3y-of-the-calendar/freezes.ics"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def holds(self, *events: tuple[float, float, str]) -> None:
        """Events by their beginning, end (epoch seconds) and title."""
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
        for number, (begins, ends, title) in enumerate(events):
            lines += ["BEGIN:VEVENT", f"UID:{number}", "DTSTAMP:20260101T000000Z", f"SUMMARY:{title}"]
            lines += [f"DTSTART:{_stamp(begins)}", f"DTEND:{_stamp(ends)}", "END:VEVENT"]
        self.text = "\r\n".join([*lines, "END:VCALENDAR", ""])

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(status=self.status, text=self.text, content_type="text/calendar")

    async def _round(self, _request: web.Request) -> web.Response:
        raise web.HTTPFound("/round")


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")


class Kept(House):
    """A house with one calendar, `company`."""

    def __init__(self, tmp_path: Path, calendar: CalendarServer | str, **source: Any) -> None:
        address = calendar if isinstance(calendar, str) else calendar.url
        secret = tmp_path / "calendar-address"
        secret.write_text(address)
        settings = {"address": f"${{file:{secret}}}", "refresh": "10m", **source}
        super().__init__(tmp_path, config={"calendars": {"company": settings}}, policy=UNASKED)

    async def has_read(self) -> None:
        await self.until(lambda: self.running.calendars.read("company").read_at, what="the calendar is read")

    async def unread(self) -> str:
        problem: str = await self.until(
            lambda: (found := self.running.calendars.read("company")).next_at and found.problem,
            what="it can't be read",
        )
        return problem


async def announced(house: House, words: str) -> str:
    def said() -> str | None:
        texts = [one["text"] for one in house.slack.messages(DEPLOYMENTS) if not one["ephemeral"]]
        return next((text for text in texts if words in text), None)

    text: str = await house.until(said, what=f"{words} is said")
    return text


async def test_while_an_event_lasts_nothing_starts_and_afterwards_it_does(tmp_path: Path) -> None:
    async with CalendarServer() as calendar:
        house = Kept(tmp_path, calendar)
        now = house.clock.now()
        calendar.holds((now - HOUR, now + HOUR, "Database freeze"))
        async with house:
            await house.has_read()
            await house.say(DANA, "/deploy checkout production")
            await house.card("Frozen by “Database freeze” in the calendar company")
            assert house.runs() == []
            house.clock.advance(HOUR + 60)
            await house.card("Succeeded")


async def test_only_events_with_the_word_in_their_title_count(tmp_path: Path) -> None:
    async with CalendarServer() as calendar:
        house = Kept(tmp_path, calendar, matching="freeze")
        now = house.clock.now()
        calendar.holds((now - HOUR, now + HOUR, "Summer party"))
        async with house:
            await house.has_read()
            await house.say(DANA, "/deploy checkout production")
            await house.card("Succeeded")


async def test_an_event_that_is_taken_out_lets_what_waited_go_on(tmp_path: Path) -> None:
    async with CalendarServer() as calendar:
        house = Kept(tmp_path, calendar)
        now = house.clock.now()
        calendar.holds((now - HOUR, now + 3 * HOUR, "Long freeze"))
        async with house:
            await house.has_read()
            await house.say(DANA, "/deploy checkout production")
            await house.card("Long freeze")
            calendar.holds()
            house.clock.advance(601)
            await house.card("Succeeded")
            assert house.clock.now() < now + 3 * HOUR


async def test_a_calendar_that_goes_away_is_said_once_and_its_last_good_reading_counts(
    tmp_path: Path,
) -> None:
    async with CalendarServer() as calendar:
        house = Kept(tmp_path, calendar)
        now = house.clock.now()
        calendar.holds((now + HOUR, now + 2 * HOUR, "Later freeze"))
        async with house:
            await house.has_read()
            calendar.status = 503
            house.clock.advance(601)
            said = await announced(house, "The calendar company can't be read: its server answers 503")
            assert "What was read last counts until" in said
            await house.say(DANA, "/deploy checkout production")
            await house.card("Succeeded")
            house.clock.advance(HOUR)
            await house.say(DANA, "/deploy checkout production")
            await house.card("Later freeze")
            calendar.status = 200
            await announced(house, "The calendar company can be read again")


async def test_the_last_good_reading_outlives_the_process(tmp_path: Path) -> None:
    async with CalendarServer() as calendar:
        house = Kept(tmp_path, calendar)
        now = house.clock.now()
        calendar.holds((now - HOUR, now + HOUR, "Database freeze"))
        async with house:
            await house.has_read()
            await house.stop()
            calendar.status = 500
            await house.start()
            assert "500" in await house.unread()
            await house.say(DANA, "/deploy checkout production")
            await house.card("Database freeze")
            (kept,) = (tmp_path / "pilothouse.db.calendars").iterdir()
            assert kept.stat().st_mode & 0o077 == 0


async def test_a_calendar_that_could_never_be_read_freezes_until_it_can(tmp_path: Path) -> None:
    async with CalendarServer() as calendar:
        calendar.status = 404
        async with Kept(tmp_path, calendar) as house:
            assert await house.unread() == "its server answers 404"
            await announced(house, "it freezes everything that it is for")
            await house.say(DANA, "/deploy checkout production")
            await house.card("The calendar company can't be read, so nobody knows what it freezes")
            await house.say(DANA, "/deploy checkout staging")
            await house.card("Succeeded", index=1)
            calendar.holds()
            calendar.status = 200
            house.clock.advance(61)
            await house.card("Succeeded", index=0)


async def test_by_setting_a_calendar_that_can_not_be_read_freezes_nothing(tmp_path: Path) -> None:
    async with CalendarServer() as calendar:
        calendar.text = "<html>Please log in</html>"
        async with Kept(tmp_path, calendar, unavailable="ignore") as house:
            assert await house.unread() == "it is no iCalendar"
            await announced(house, "Until it can, it freezes nothing")
            await house.say(DANA, "/deploy checkout production")
            await house.card("Succeeded")


async def test_a_reading_that_is_too_old_counts_no_more(tmp_path: Path) -> None:
    async with CalendarServer() as calendar:
        calendar.holds()
        async with Kept(tmp_path, calendar, good_for="1h") as house:
            await house.has_read()
            calendar.status = 500
            house.clock.advance(2 * HOUR)
            await house.unread()
            await house.say(DANA, "/deploy checkout production")
            await house.card("The calendar company can't be read")


async def test_nobody_hears_the_address_which_is_a_secret(tmp_path: Path, caplog: Any) -> None:
    async with CalendarServer() as calendar:
        url = calendar.url
    async with Kept(tmp_path, url) as house:
        assert await house.unread() == "its server does not answer (ClientConnectorError)"
        await announced(house, "The calendar company can't be read")
        said = json.dumps([one["text"] for one in house.slack.messages(DEPLOYMENTS)])
        assert "k3y-of-the-calendar" not in said + caplog.text


async def test_a_server_that_sends_round_in_circles_is_left(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        calendar = await stack.enter_async_context(CalendarServer())
        url = calendar.url.replace("k3y-of-the-calendar/freezes.ics", "round")
        house = await stack.enter_async_context(Kept(tmp_path, url))
        assert await house.unread() == "its server does not answer (TooManyRedirects)"


async def test_a_calendar_too_large_is_not_read(tmp_path: Path) -> None:
    async with CalendarServer() as calendar:
        calendar.text = "BEGIN:VCALENDAR" + " " * 3_000_000 + "END:VCALENDAR"
        async with Kept(tmp_path, calendar) as house:
            assert await house.unread() == "it is larger than 2,000,000 bytes"


async def test_a_calendar_can_be_a_file_and_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "freezes.ics"
    calendar = CalendarServer()
    house = House(
        tmp_path, config={"calendars": {"company": {"file": str(file), "refresh": "10m"}}}, policy=UNASKED
    )
    now = house.clock.now()
    calendar.holds((now - HOUR, now + 3 * HOUR, "Freeze in a file"))
    file.write_text(calendar.text)
    async with house:
        await house.until(lambda: house.running.calendars.read("company").read_at, what="the file is read")
        await house.say(DANA, "/deploy checkout production")
        await house.card("Freeze in a file")
        calendar.holds()
        file.write_text(calendar.text)
        house.clock.advance(601)
        await house.card("Succeeded")


async def test_the_list_of_freezes_says_how_old_what_is_known_of_each_calendar_is(tmp_path: Path) -> None:
    async with CalendarServer() as calendar:
        house = Kept(tmp_path, calendar)
        now = house.clock.now()
        calendar.holds((now - HOUR, now + HOUR, "Database freeze"))
        async with house:
            await house.has_read()
            await house.say(DANA, "/freezes")

            def page() -> str | None:
                pages = [
                    json.dumps(one, ensure_ascii=False)
                    for one in house.slack.messages(DEPLOYMENTS, DANA)
                    if one["ephemeral"]
                ]
                return next((one for one in pages if "Database freeze" in one), None)

            assert "Calendar *company*: read " in await house.until(page)


async def test_a_clock_that_is_set_back_puts_off_no_reading(tmp_path: Path) -> None:
    async with CalendarServer() as calendar:
        calendar.holds()
        async with Kept(tmp_path, calendar) as house:
            await house.has_read()
            asked = calendar.asked
            house.clock.set(house.clock.now() - 24 * HOUR)
            await house.until(lambda: calendar.asked > asked, what="it is read again")
