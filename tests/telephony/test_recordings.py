"""A recording is fetched once, kept for as long as the store says, and gone everywhere afterwards."""

import io
import wave
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from kit.db import Database
from kit.jobs import InlineJobs
from record import calls
from record.models import Call, Recording, Rooftop
from telephony import recordings
from telephony.forms import parse_progress
from telephony.recordings import RecordingKeeper, RecordingSettings, TwilioRecordings, sound_of
from tests.builders import LINE, NOW, ROOFTOP, StandingClock, a_store

SID = "RE" + "a" * 32
CALL = "CA" + "1" * 32
ACCOUNT = "AC" + "0" * 32


def a_wav(channels: int = 2, seconds: int = 3) -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0" * (8000 * 2 * channels * seconds))
    return sound.getvalue()


class Died(BaseException):
    """The process ends here."""


class FakeTwilio:
    """Twilio's recording resource: what it holds, what it was asked, and how it fails."""

    def __init__(self) -> None:
        self.holds = {SID: a_wav()}
        self.asked: list[str] = []
        self.answers: list[httpx.Response | BaseException] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url}")
        assert request.headers["authorization"].startswith("Basic ")
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            return answer
        sid = Path(request.url.path).stem
        if sid not in self.holds:
            return httpx.Response(404)
        if request.method == "DELETE":
            del self.holds[sid]
            return httpx.Response(204)
        return httpx.Response(200, content=self.holds[sid])


class Shelf:
    """The keeper with a fake Twilio behind it."""

    def __init__(self, database: Database, folder: Path, **settings: object) -> None:
        self.twilio, self.clock, self.database = FakeTwilio(), StandingClock(), database
        self.folder = folder
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.twilio))
        provider = TwilioRecordings(http, "https://api.example/", ACCOUNT, "secret")
        given = RecordingSettings.model_validate({"folder": folder, **settings})
        self.keeper = RecordingKeeper(database, self.clock, InlineJobs(self.clock), provider, given)

    async def announced(self, sid: str = SID, channels: int = 2) -> None:
        form = {
            "AccountSid": ACCOUNT,
            "CallSid": CALL,
            "RecordingSid": sid,
            "RecordingUrl": "https://evil.example/steal",
            "RecordingDuration": "4",
            "RecordingChannels": str(channels),
            "RecordingStatus": "completed",
        }
        async with self.database.across_rooftops("test") as db:
            call = await calls.call(db, CALL)
        assert call is not None
        await recordings.announced(self.database, self.clock, call, parse_progress(form), "call")

    async def row(self) -> Recording:
        async with self.database.reading(ROOFTOP) as db:
            return (await db.scalars(select(Recording))).one()

    async def work(self) -> None:
        for rooftop_id, recording_id in await self.keeper.due(self.clock.now(), 10):
            await self.keeper.look(rooftop_id, recording_id)

    async def later(self, **passed: float) -> None:
        self.clock.at += timedelta(**passed)
        await self.work()

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
async def shelf(database: Database, tmp_path: Path) -> Shelf:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        db.add(Call(call_sid=CALL, account_sid=ACCOUNT, from_e164="+15550100177", to_e164=LINE, started_at=NOW))
    return Shelf(database, tmp_path / "recordings")


async def test_a_recording_is_fetched_once_and_twilio_keeps_no_copy(shelf: Shelf) -> None:
    for _ in range(3):
        await shelf.announced()
    await shelf.work()
    await shelf.work()
    row = await shelf.row()
    assert shelf.files() == [f"{ROOFTOP}/{SID}.wav"]
    assert (row.path, row.channels, row.duration_seconds) == (f"{ROOFTOP}/{SID}.wav", 2, 3)
    assert row.fetched_at and row.provider_deleted_at and row.next_try_at is None
    base = f"https://api.example/2010-04-01/Accounts/{ACCOUNT}/Recordings/{SID}"
    assert shelf.twilio.asked == [f"GET {base}.wav?RequestedChannels=2", f"DELETE {base}.json"]


async def test_the_address_in_a_callback_is_never_used(shelf: Shelf) -> None:
    await shelf.announced()
    await shelf.announced("RE/../../Accounts")
    await shelf.work()
    assert all(asked.split()[1].startswith("https://api.example/") for asked in shelf.twilio.asked)


async def test_a_voicemail_of_one_channel_is_not_asked_for_in_two(shelf: Shelf) -> None:
    shelf.twilio.holds[SID] = a_wav(channels=1)
    await shelf.announced(channels=1)
    await shelf.work()
    assert "RequestedChannels" not in shelf.twilio.asked[0]
    assert (await shelf.row()).channels == 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(404),
        httpx.Response(503),
        httpx.ReadTimeout("slow"),
        httpx.Response(200, content=b"<html>an error page</html>"),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=a_wav()[:30]),
    ],
    ids=["not there yet", "down", "slow", "a page", "nothing", "half a header"],
)
async def test_trouble_is_tried_again_and_leaves_no_half_file(
    shelf: Shelf, trouble: httpx.Response | Exception
) -> None:
    shelf.twilio.answers = [trouble]
    await shelf.announced()
    await shelf.work()
    row = await shelf.row()
    assert (shelf.files(), row.path, row.fetched_at) == ([], None, None)
    assert row.last_error and row.next_try_at == NOW + timedelta(seconds=5)
    await shelf.later(seconds=6)
    assert shelf.files() == [f"{ROOFTOP}/{SID}.wav"]
    assert (await shelf.row()).last_error is None


async def test_after_the_last_try_the_row_says_why_and_twilio_keeps_its_copy(shelf: Shelf) -> None:
    shelf.twilio.answers = [httpx.Response(503) for _ in range(8)]
    await shelf.announced()
    for _ in range(8):
        await shelf.work()
        shelf.clock.at = (await shelf.row()).next_try_at or shelf.clock.at
    row = await shelf.row()
    assert (row.next_try_at, row.attempts, row.last_error) == (None, 8, "Twilio answered 503")
    assert SID in shelf.twilio.holds


async def test_a_recording_too_large_is_refused_for_good(database: Database, tmp_path: Path, shelf: Shelf) -> None:
    small = Shelf(database, tmp_path / "small", largest_bytes=1000)
    await small.announced()
    await small.work()
    assert small.files() == []
    assert (await small.row()).next_try_at is None


async def test_twilios_copy_that_could_not_be_deleted_is_deleted_later(shelf: Shelf) -> None:
    shelf.twilio.answers = [httpx.Response(200, content=a_wav()), httpx.Response(500)]
    await shelf.announced()
    await shelf.work()
    row = await shelf.row()
    assert row.fetched_at and row.provider_deleted_at is None and row.next_try_at is not None
    await shelf.later(seconds=6)
    assert (await shelf.row()).provider_deleted_at is not None
    assert sum(asked.startswith("GET") for asked in shelf.twilio.asked) == 1


async def test_when_its_time_is_over_a_recording_is_gone_everywhere(database: Database, shelf: Shelf) -> None:
    keeping = Shelf(database, shelf.folder, delete_at_provider=False)
    await keeping.announced()
    await keeping.work()
    assert SID in keeping.twilio.holds
    await keeping.later(days=89)
    assert await keeping.keeper.sweep_retention() == 0
    keeping.clock.at += timedelta(days=1, seconds=1)
    assert await keeping.keeper.sweep_retention() == 1
    await keeping.work()
    row = await keeping.row()
    assert (keeping.files(), keeping.twilio.holds, row.path) == ([], {}, None)
    assert row.deleted_at and row.provider_deleted_at and row.next_try_at is None
    assert await keeping.keeper.sweep_retention() == 0


async def test_each_store_has_its_own_retention(database: Database, shelf: Shelf) -> None:
    async with database.writing(ROOFTOP) as db:
        (await db.scalars(select(Rooftop))).one().recording_days = 7
    await shelf.announced()
    assert (await shelf.row()).delete_after == NOW + timedelta(days=7)


async def test_a_legal_hold_keeps_every_copy_until_it_is_lifted(database: Database, shelf: Shelf) -> None:
    await shelf.announced()
    async with database.writing(ROOFTOP) as db:
        (await db.scalars(select(Recording))).one().legal_hold = True
    await shelf.later(days=200)
    assert await shelf.keeper.sweep_retention() == 0
    assert shelf.files() == [f"{ROOFTOP}/{SID}.wav"] and SID in shelf.twilio.holds
    async with database.writing(ROOFTOP) as db:
        (await db.scalars(select(Recording))).one().legal_hold = False
    assert await shelf.keeper.sweep_retention() == 1
    await shelf.work()
    assert shelf.files() == [] and shelf.twilio.holds == {}


async def test_a_recording_never_fetched_in_time_is_deleted_at_twilio(shelf: Shelf) -> None:
    await shelf.announced()
    shelf.clock.at += timedelta(days=91)
    assert await shelf.keeper.sweep_retention() == 1
    await shelf.work()
    assert shelf.twilio.holds == {} and shelf.files() == []


async def test_a_worker_that_died_while_fetching_is_followed_up_after_its_lease(shelf: Shelf) -> None:
    await shelf.announced()
    shelf.twilio.answers = [Died()]
    with pytest.raises(Died):
        await shelf.work()
    assert await shelf.keeper.due(shelf.clock.now(), 10) == []
    await shelf.later(seconds=181)
    assert shelf.files() == [f"{ROOFTOP}/{SID}.wav"]


def test_a_streamed_wav_of_unknown_length_is_measured_by_what_came(tmp_path: Path) -> None:
    whole = bytearray(a_wav(channels=1, seconds=2))
    whole[40:44] = b"\xff\xff\xff\xff"
    file = tmp_path / "a.wav"
    file.write_bytes(bytes(whole))
    assert sound_of(file) == recordings.Sound(channels=1, seconds=2)
