"""One call's page: what came of it, what was said and heard, what it cost, and what is still owed."""

import re
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from console.edge import CONTENT_SECURITY_POLICY
from console.rendering import Pages
from followup.models import Loop
from kit.db import Database
from record.models import (
    Call,
    CallCost,
    CallTransfer,
    ClaimFlag,
    Disposition,
    Recording,
    ToolCall,
    TransferTarget,
    TurnTiming,
    WriteBack,
)
from tests.console.conftest import NOW, STORE, a_turn, add_call, add_staff

SPOKEN = (("agent", "Thanks for calling."), ("caller", "My brakes squeal."), ("agent", "I can help."))


async def a_full_call(db: Database) -> str:
    """A call that left one of everything."""
    owner = await add_staff(db)
    started = NOW - timedelta(minutes=5)
    call_id = await add_call(
        db, "full", code="", says=SPOKEN, started_at=started, recording_started_at=started - timedelta(seconds=1),
        end_reason="done", verified_level=2, summary=[{"text": "Brakes squeal", "at_ms": 4000, "turn": 2}],
    )  # fmt: skip
    async with db.writing(STORE) as session:
        session.add(Disposition(id="d1", call_id=call_id, code="promise_made", contact_outcome="spoke_customer"))
        session.add(TransferTarget(key="parts", label="Parts", e164="+15035550182", valid_from=started))
        await session.flush()
        session.add_all(
            [
                ToolCall(
                    id="t1", call_id=call_id, tool_call_id="1", tool="offer_slots", arguments={"op_codes": ["BRK"]},
                    decision="allowed", result={"result": "offers", "slots": [1, 2, 3]}, started_ms=7200, took_ms=240,
                ),
                ToolCall(
                    id="t2", call_id=call_id, tool_call_id="2", tool="book_appointment", arguments={},
                    decision="timed_out", result={"result": "refused", "reason": "timed_out"}, started_ms=7500,
                    took_ms=10_000,
                ),
                TurnTiming(
                    call_id=call_id, turn=3, speech_end_ms=7000, stop_event_ms=7520, response_create_ms=7524,
                    created_ms=7560, first_delta_ms=7900, first_sent_ms=7902, first_heard_ms=8000,
                ),
                TurnTiming(
                    call_id=call_id, turn=4, speech_end_ms=-1, stop_event_ms=9000, response_create_ms=9001,
                    created_ms=None, first_delta_ms=None, first_sent_ms=None, first_heard_ms=None,
                ),
                CallCost(
                    call_id=call_id, model="gpt-realtime-2.1", modality="audio_out", quantity=535, microdollars=34_240,
                    prices_as_of=date(2026, 11, 13),
                ),
                CallCost(
                    call_id=call_id, model="other", modality="media_stream_s", quantity=61, microdollars=0,
                    prices_as_of=date(2026, 11, 13),
                ),
                CallTransfer(
                    call_id=call_id, key="parts", to_e164="+15035550182", outcome="no_answer",
                    created_at=started + timedelta(seconds=20),
                ),
                ClaimFlag(call_id=call_id, turn=3, kind="said_booked", words="You're booked."),
                WriteBack(
                    target="csv", subject_kind="disposition", subject_id="d1", payload={}, state="retry", attempts=2,
                    next_try_at=NOW + timedelta(minutes=5), last_error="disk full",
                ),
                Loop(
                    kind="callback", source_key="full", call_id=call_id, department="service", need="A brake price",
                    owner_id=owner, due_at=NOW + timedelta(minutes=30),
                ),
            ]
        )  # fmt: skip
    return call_id


async def test_the_page_shows_everything_the_call_left(db: Database, browser: httpx.AsyncClient) -> None:
    call_id = await a_full_call(db)
    page = (await browser.get(f"/calls/{call_id}")).text
    for words in (
        "Callback promised → callback owed by 12:00 pm",
        "Callback promised",
        "Spoke with the customer",
        "The call was finished",
        "Confirmed by two facts",
        "Looked for openings → <bdi>3 openings</bdi>",
        ", 240 ms",
        "Tried to book → <bdi>took too long</bdi>",
        "Rang Parts → no answer",
        "Typical wait for an answer 1.0 s, longest 1.0 s.",
        "At least $0.034",
        "no list price",
        "Prices of Nov 13, 2026",
        "Said it was booked, and no booking was found",
        "A brake price",
        "Dana Ortiz",
        "CSV drop folder",
        "Trying again",
        "Next try Today 11:35 am · disk full",
        "Speech AI",
    ):
        assert words in page, words


async def test_turns_and_tools_come_in_the_order_they_happened(db: Database, browser: httpx.AsyncClient) -> None:
    page = (await browser.get(f"/calls/{await a_full_call(db)}")).text
    turns = page.partition('<ol class="turns"')[2].partition("</ol>")[0]
    assert re.findall(r'<li id="([^"]+)"', turns) == ["turn-1", "turn-2", "tool-t1", "tool-t2", "turn-3", "hand-off-1"]


async def test_words_the_caller_never_heard_are_marked_for_every_reader(
    db: Database, browser: httpx.AsyncClient
) -> None:
    await add_call(db, "cut")
    async with db.writing(STORE) as session:
        session.add(a_turn("cut", 1, "agent", "I have eight or nine", heard="I have eight", cut="or nine"))
        session.add(a_turn("cut", 2, "agent", "Which one?", heard="", cut="Which one?"))
    page = (await browser.get("/calls/cut")).text
    assert "<bdi>I have eight</bdi>" in page
    assert '<s class="cut"><span class="vh">Not heard: </span><bdi>or nine</bdi></s>' in page
    assert "The caller spoke here; the rest was not heard" in page
    assert '<p class="note">Not heard</p>' in page


async def test_a_summary_line_leads_to_the_second_it_came_from(db: Database, browser: httpx.AsyncClient) -> None:
    page = (await browser.get(f"/calls/{await a_full_call(db)}")).text
    # The recording began a second before the transcript's zero.
    assert re.search(r"Brakes squeal</bdi> <a class=\"jump\" href=\"/calls/full\?t=5#turn-2\" data-seek=\"5\"", page)


async def test_a_link_to_a_second_marks_the_turn_and_starts_the_audio_there_without_a_script(
    db: Database, browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    call_id = await a_full_call(db)
    await add_recording(db, call_id, tmp_path)
    page = (await browser.get(f"/calls/{call_id}?t=5")).text
    assert re.search(r'id="turn-2" class="turn"[^>]*aria-current="true"', page)
    assert f'src="/calls/{call_id}/recording?clip=r1#t=5"' in page


async def test_a_call_with_nothing_in_it_still_has_a_page(db: Database, browser: httpx.AsyncClient) -> None:
    await add_call(db, "bare", code="", from_e164="anonymous", connected_at=None, summary=["odd", {"text": "x"}])
    page = (await browser.get("/calls/bare")).text
    for words in ("Number withheld", "Nothing was said on this call.", "This call was not recorded.", "No outcome"):
        assert words in page
    assert "Waiting times" not in page
    assert "Cost" not in page


async def test_a_live_call_says_so_and_promises_the_rest(db: Database, browser: httpx.AsyncClient) -> None:
    await add_call(db, "on", live=True, says=SPOKEN[:2])
    page = (await browser.get("/calls/on")).text
    for words in ("data-going-on", "On the line now", "The recording will be here after the call.", "Not yet"):
        assert words in page
    fragment = (await browser.get("/calls/on", headers={"HX-Request": "true"})).text
    assert "My brakes squeal." in fragment
    assert "<html" not in fragment


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"path": None}, "Audio ready in about a minute"),
        ({"path": None, "deleted_at": NOW - timedelta(days=3)}, "Deleted on Jul 11"),
        ({"kind": "voicemail"}, "Voicemail, 0:46"),
        ({}, "Recording, 0:46"),
    ],
)
async def test_the_player_or_why_there_is_none(
    db: Database, browser: httpx.AsyncClient, tmp_path: Path, values: dict[str, object], words: str
) -> None:
    await add_call(db, "one")
    await add_recording(db, "one", tmp_path, **values)
    assert words in (await browser.get("/calls/one")).text


async def test_the_recording_is_sent_in_the_parts_a_player_asks_for(
    db: Database, browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    await add_call(db, "one")
    await add_recording(db, "one", tmp_path)
    whole = await browser.get("/calls/one/recording?clip=r1")
    assert (whole.status_code, whole.headers["accept-ranges"], len(whole.content)) == (200, "bytes", 1000)
    assert whole.headers["content-type"] == "audio/wav"
    assert whole.headers["cache-control"] == "no-store"
    part = await browser.get("/calls/one/recording?clip=r1", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.headers["content-range"]) == (206, "bytes 10-19/1000")
    assert part.content == bytes(range(10, 20))
    past = await browser.get("/calls/one/recording?clip=r1", headers={"Range": "bytes=5000-"})
    assert past.status_code == 416


@pytest.mark.parametrize("path", ["../secret.wav", "/etc/hostname", "gone.wav", ""])
async def test_a_recording_outside_its_folder_is_never_sent(
    db: Database, browser: httpx.AsyncClient, tmp_path: Path, path: str
) -> None:
    (tmp_path.parent / "secret.wav").write_bytes(b"secret")
    await add_call(db, "one")
    await add_recording(db, "one", tmp_path, path=path)
    assert (await browser.get("/calls/one/recording")).status_code == 404


async def test_a_deleted_recording_is_gone_even_while_its_file_lingers(
    db: Database, browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    await add_call(db, "one")
    await add_recording(db, "one", tmp_path, deleted_at=NOW)
    assert (await browser.get("/calls/one/recording")).status_code == 404


async def test_the_call_page_takes_at_most_twelve_queries(db: Database, browser: httpx.AsyncClient) -> None:
    call_id = await a_full_call(db)
    await browser.get(f"/calls/{call_id}")
    asked: list[str] = []
    event.listen(db.engine.sync_engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    await browser.get(f"/calls/{call_id}")
    assert 0 < len(asked) <= 12


async def test_nothing_on_any_page_is_inline_or_from_elsewhere(db: Database, browser: httpx.AsyncClient) -> None:
    call_id = await a_full_call(db)
    for path in ("/calls", f"/calls/{call_id}", "/nowhere"):
        answer = await browser.get(path)
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", answer.text)
        assert not re.search(r"<script(?! src=\"/assets/)", answer.text)
        assert not re.search(r'(?:src|href|action)="(?!/|#|\?|")', answer.text.replace('href=""', ""))
        for address in re.findall(r'(?:src|href)="(/assets/[^"]+)"', answer.text):
            asset = await browser.get(address)
            assert asset.status_code == 200
            assert "immutable" in asset.headers["cache-control"]


async def test_every_id_on_the_page_is_there_once_and_every_reference_leads_somewhere(
    db: Database, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get(f"/calls/{await a_full_call(db)}")).text
    found = re.findall(r'\sid="([^"]+)"', page)
    assert len(found) == len(set(found))
    for target in re.findall(r'(?:aria-labelledby|aria-describedby)="([^"]+)"|href="[^"]*#([^"]+)"', page):
        assert (target[0] or target[1]) in found
    assert page.count("<h1") == 1


async def test_a_page_that_is_not_there_says_so(browser: httpx.AsyncClient) -> None:
    for path in ("/calls/none", "/nowhere", "/assets/none.css", "/calls/none/recording", "/calls/x?t=minus"):
        answer = await browser.get(path)
        assert answer.status_code == 404
        assert "There is nothing here" in answer.text
    assert (await browser.post("/calls", headers={"Sec-Fetch-Site": "same-origin"})).status_code == 405


async def test_a_bug_becomes_a_page_with_a_number_and_no_details(
    browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Pages, "page", breaks)
    with capture_logs() as logged:
        answer = await browser.get("/calls")
    assert answer.status_code == 500
    assert [entry["event"] for entry in logged] == ["page_failed"]
    assert re.search(r"Reference <code>[0-9a-f]{8}</code>", answer.text)
    assert "secret detail" not in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


async def add_recording(db: Database, call_id: str, folder: Path, **values: object) -> None:
    (folder / "clip.wav").write_bytes(bytes(range(250)) * 4)
    recording = {
        "id": "r1", "recording_sid": "RE1", "source_url": "x", "duration_seconds": 46, "path": "clip.wav",
        "delete_after": NOW + timedelta(days=90),
    }  # fmt: skip
    async with db.writing(STORE) as session:
        assert await session.get(Call, call_id)
        session.add(Recording(call_id=call_id, **{**recording, **values}))
