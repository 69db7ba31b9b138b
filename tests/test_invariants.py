"""The invariants themselves: silent on a sound store, loud on each planted breach."""

from datetime import timedelta

import pytest

from kit.db import Database
from lanekeeper.invariants import INVARIANTS, breaches, with_moments
from tests.builders import NOW, a_store

CALL = """insert into call (id, rooftop_id, created_at, call_sid, account_sid, direction, from_e164, to_e164,
 department, verified_level, caller_attested, agent, prompt_version, resumes, next_step, started_at, heartbeat_at,
 ended_at,
 ai_disclosed_at, first_ai_audio_at, summary)
 values ('c1', 'riverside', :now, 'CA1', 'AC1', 'inbound', '+1', '+1', 'service', 0, false, 'x', '', 0, 'human', :then,
 :then, {ended}, {disclosed}, {audio}, '[]')"""
ENDED = CALL.format(ended=":then", disclosed="null", audio="null")
OPEN = CALL.format(ended="null", disclosed="null", audio="null")
LATE = CALL.format(ended="null", disclosed=":now", audio=":then").replace("'CA1'", "'CA2'")
LOOP = """insert into loop (id, rooftop_id, created_at, kind, source_key, contact, department, need, owner_id, due_at)
 select {id}, 'riverside', :now, 'callback', {key}, '', 'service', 'x', {owner}, :now from staff limit 1"""
DISPOSITION = """insert into disposition (id, rooftop_id, created_at, call_id, code, contact_outcome, note, source)
 values ('d1', 'riverside', :now, 'c1', {code}, 'spoke_customer', '', 'agent')"""
MESSAGE = """insert into lead_delivery (id, rooftop_id, created_at, door, sender, recipient, contact, body,
 received_at, state, attempts, next_try_at, says)
 values ('m1', 'riverside', :now, 'adf', '', '', '', '', :then, 'waiting', 0, :then, '')"""
WRITEBACK = """insert into writeback (id, rooftop_id, created_at, target, subject_kind, subject_id, subject_version,
 payload, state, attempts, next_try_at, proof)
 values ({id}, 'riverside', :then, 'crm', 'disposition', 'd1', {version}, '{{}}', {state}, 1, {next}, {proof})"""
TARGET = """insert into writeback_target (id, rooftop_id, created_at, name, kind, settings, subjects, active,
 failing_since) values ('t1', 'riverside', :long_ago, 'crm', 'webhook', '{{}}', {subjects}, {active}, {failing})"""
CONVERSATION = """insert into conversation (id, rooftop_id, created_at, customer_e164, line_e164, department, mode,
 epoch, held_by, verified_level, standing, turns, first_turn, end_reason)
 values ('v1', 'riverside', :now, '+2', '+1', 'service', 'ai', 0, '', 0, '{}', 0, 1, '')"""
TEXT = """insert into text_message (id, rooftop_id, created_at, conversation_id, direction, author, author_name,
 from_e164, to_e164, body, at, state, taken_as, purpose, in_reply_to_id, epoch, agent, prompt_version, segments,
 media_count, validity_seconds, status, status_rank, withheld_by, attempts, first_wire_at)
 values ({id}, 'riverside', :now, 'v1', {direction}, {author}, '', '+1', '+2', 'x', :then, {state}, '',
 'conversational_reply', {reply}, 0, '', '', 1, 0, 600, '', 0, '', 0, {wire})"""
SENT = TEXT.format(
    id="'m{n}'", direction="'outbound'", author="'system'", wire=":then", reply="null", state="'accepted'"
).replace("'conversational_reply'", "'marketing'")
EVIDENCE = """insert into loop_evidence (id, rooftop_id, created_at, loop_id, part, kind, ref, says, "by", at)
 values ('e1', 'riverside', :now, 'l1', 'reached', 'call', 'nowhere', '', '', :now)"""
ENTRY = """insert into completion (id, rooftop_id, created_at, seq, loop_id, act, at, body, prev_hash, hash)
 values ('h1', 'riverside', :now, {seq}, 'l1', 'close', :now, '{{}}', 'x', 'y')"""
OWED = LOOP.format(id="'l1'", key="'k'", owner="id")
PROGRAM = """insert into program (id, rooftop_id, created_at, kind, version, rules)
 values ('p1', 'riverside', :now, 'declined_red', 1, '{}')"""
MEMBER = """insert into program_enrollment (id, rooftop_id, created_at, program_id, version, customer_id, subject,
 reason, state, counts_from, next_at, enrolled_at, stop_reason)
 select 'e1', 'riverside', :now, 'p1', 1, id, 's', 'r', {state}, :now, {next}, :now, '' from customer"""
PLANTED = {
    "G1": [
        PROGRAM,
        MEMBER.format(state="'held_out'", next="null"),
        """insert into program_touch (id, rooftop_id, created_at, enrollment_id, program_id, customer_id, after, "by",
        at, budgeted, ref, says)
        select 't1', 'riverside', :now, 'e1', 'p1', id, 0, 'text', :now, true, '', '' from customer""",
    ],
    "G2": [PROGRAM, MEMBER.format(state="'active'", next=":then")],
    "I06": [CONVERSATION, SENT.replace("{n}", "1")],
    "I08": [CONVERSATION, SENT.replace("{n}", "1")],
    "I09": [CONVERSATION, *(SENT.replace("{n}", n) for n in "1234")],
    "I20": [OWED, ENTRY.format(seq=1)],
    "Q1": [OWED, "update loop set state = 'done'"],
    "Q2": [OWED, "update loop set state = 'done', closed_at = :now"],
    "Q3": [OWED, EVIDENCE],
    "Q4": [OWED, "update loop set next_look_at = :then"],
    "Q5": [
        OWED,
        "update loop set state = 'closed', closed_at = :now",
        """insert into loop_promise (id, rooftop_id, created_at, loop_id, words, made_by, made_at, due_at, settled_as)
        values ('p1', 'riverside', :now, 'l1', 'x', 'x', :then, :now, '')""",
    ],
    "I01": [ENDED],
    "I02": [OPEN],
    "I03": [ENDED, DISPOSITION.format(code="'dropped'")],
    "I04": ["update staff set disabled_at = :now", LOOP.format(id="'l1'", key="'k'", owner="id")],
    "I07": [
        CONVERSATION,
        """insert into consent_entry (id, rooftop_id, created_at, entry_key, contact, kind, channel, scope, source,
        words, recorded_by, at) values ('e1', 'riverside', :now, 'k', '+2', 'revoke', 'all', 'all', 'text', '', '',
        :then)""",
        TEXT.format(id="'m1'", direction="'outbound'", author="'staff'", wire=":now", reply="null", state="'accepted'"),
    ],
    "I12": [
        CONVERSATION,
        TEXT.format(
            id="'m1'", direction="'inbound'", author="'customer'", wire="null", reply="null", state="'received'"
        ),
    ],
    "I13": [
        CONVERSATION,
        """insert into conversation_epoch (id, rooftop_id, created_at, conversation_id, epoch, mode, "by", from_at)
        values ('e1', 'riverside', :now, 'v1', 1, 'human', 'Dan', :then)""",
        TEXT.format(id="'m1'", direction="'outbound'", author="'ai'", wire=":now", reply="null", state="'accepted'"),
    ],
    "X4": [
        CONVERSATION,
        TEXT.format(id="'m1'", direction="'outbound'", author="'ai'", wire=":now", reply="null", state="'accepted'"),
        """insert into text_status (id, rooftop_id, created_at, text_id, status, rank, error_code, at)
        values ('s1', 'riverside', :now, 'm1', 'delivered', 5, 0, :now)""",
    ],
    "I11": [
        """insert into outbox_event (id, rooftop_id, created_at, kind, key, payload, due_at, attempts)
        values ('o1', 'riverside', :now, 'x', 'x', '{}', :then, 0)"""
    ],
    "I14": [
        OPEN,
        """insert into tool_call (id, rooftop_id, created_at, call_id, tool_call_id, tool, arguments, decision,
        required_level, verified_level, result, started_ms, took_ms)
        values ('t1', 'riverside', :now, 'c1', 't', 'x', '{}', 'allowed', 2, 0, '{}', 0, 0)""",
    ],
    "I17": [
        ENDED,
        DISPOSITION.format(code="'info_only'"),
        WRITEBACK.format(id="'w1'", state="'dead'", next="null", version=1, proof="null"),
    ],
    "I18": [LATE],
    "I19": [
        OPEN,
        """insert into call_transfer (id, rooftop_id, created_at, call_id, key, to_e164, reason)
        values ('x1', 'riverside', :now, 'c1', 'parts', '+19005551234', '')""",
    ],
    "H1": [
        ENDED,
        DISPOSITION.format(code="'info_only'"),
        """insert into call_transfer (id, rooftop_id, created_at, call_id, key, to_e164, reason, stage)
        select 'x1', 'riverside', :now, 'c1', 'store', store_phone, '', 'ringing' from rooftop""",
    ],
    "L1": [
        MESSAGE,
        """insert into lead (id, rooftop_id, created_at, delivery_id, channel, source, provider, external_id,
        department, first_name, last_name, phone, email, service, cars, trade_in, comments, missing, status,
        closed_as, parse_state, reason, content_hash, received_at)
        values ('l1', 'riverside', :now, 'm1', 'adf', '', '', '', 'sales', '', '', '', '', '{}', '[]', '{}', '', '[]',
        'open', '', 'raw', '', '', :now)""",
    ],
    "L2": [MESSAGE],
    "X2": [
        OPEN,
        """insert into recording (id, rooftop_id, created_at, call_id, recording_sid, kind, source_url,
        duration_seconds, channels, path, attempts, delete_after, legal_hold)
        values ('r1', 'riverside', :now, 'c1', 'RE1', 'call', '', 1, 2, 'x.wav', 1, :long_ago, false)""",
    ],
}


async def broken(database: Database, statements: list[str]) -> set[str]:
    moments = {"now": NOW, "then": NOW - timedelta(minutes=30), "long_ago": NOW - timedelta(days=9)}
    async with database.across_rooftops("plant a breach") as db:
        for statement in statements:
            await db.execute(with_moments(statement, moments))
    async with database.across_rooftops("verify") as db:
        return {invariant.id for invariant, _ in await breaches(db, NOW)}


async def test_a_sound_store_breaches_nothing(database: Database) -> None:
    await a_store(database)
    assert await broken(database, []) == set()


@pytest.mark.parametrize("rule", PLANTED)
async def test_a_planted_breach_is_found(database: Database, rule: str) -> None:
    await a_store(database)
    assert rule in await broken(database, PLANTED[rule])


WORKING = TARGET.format(subjects="""'["disposition"]'""", active="true", failing="null")
OUTCOME = [ENDED, DISPOSITION.format(code="'info_only'").replace(":now", ":then")]


@pytest.mark.parametrize(
    "statements",
    [
        [WORKING, *OUTCOME],
        [WRITEBACK.format(id="'w1'", state="'retry'", next="null", version=1, proof="null")],
        [WRITEBACK.format(id="'w1'", state="'pending'", next=":then", version=1, proof="null")],
        [WRITEBACK.format(id="'w1'", state="'sending'", next=":then", version=1, proof="null")],
        [WRITEBACK.format(id="'w1'", state="'acked'", next="null", version=1, proof="null")],
        [WRITEBACK.format(id="'w1'", state="'held'", next="null", version=1, proof="null")],
        [WORKING, WRITEBACK.format(id="'w1'", state="'held'", next="null", version=1, proof="null")],
        [TARGET.format(subjects="'[]'", active="false", failing=":long_ago")],
    ],
    ids=["not filed", "no time", "late", "stuck", "no proof", "no target", "held for a working one", "nobody told"],
)
async def test_a_fact_that_does_not_get_out_is_found(database: Database, statements: list[str]) -> None:
    await a_store(database)
    assert "I17" in await broken(database, statements)


@pytest.mark.parametrize(
    "statements",
    [
        [WORKING, *OUTCOME, WRITEBACK.format(id="'w1'", state="'retry'", next=":now", version=1, proof="null")],
        [
            WRITEBACK.format(id="'w1'", state="'retry'", next=":now", version=1, proof="null"),
            WRITEBACK.format(id="'w2'", state="'pending'", next=":then", version=2, proof="null"),
        ],
        [
            TARGET.format(subjects="'[]'", active="false", failing="null"),
            WRITEBACK.format(id="'w1'", state="'held'", next="null", version=1, proof="null"),
        ],
        [WRITEBACK.format(id="'w1'", state="'acked'", next="null", version=1, proof="'acknowledged'")],
        [TARGET.format(subjects="""'["note"]'""", active="true", failing="null"), *OUTCOME],
    ],
    ids=["on time", "waits for the earlier", "held by a person", "acknowledged", "not told of outcomes"],
)
async def test_a_fact_on_its_way_breaches_nothing(database: Database, statements: list[str]) -> None:
    await a_store(database)
    assert "I17" not in await broken(database, statements)


def test_every_rule_is_planted_or_impossible_to_plant() -> None:
    """The rest are unique keys of the schema, or need a second rooftop's row (tests/test_schema.py)."""
    assert {i.id for i in INVARIANTS} - set(PLANTED) == {"I05", "I10", "I15", "I16"}
