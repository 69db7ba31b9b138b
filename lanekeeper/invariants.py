"""What must hold at any moment, as SQL that returns a row for each breach; the same text runs on both engines."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import UtcDateTime


@dataclass(frozen=True)
class Invariant:
    """`id` is the rule's name in the reliability catalogue; each row of `breaches` is one breach."""

    id: str
    says: str
    breaches: str


INVARIANTS = (
    Invariant(
        "I01",
        "Each call wrapped up or ended over 2 minutes ago has exactly one current disposition",
        """select c.id from call c left join disposition d on d.call_id = c.id and d.superseded_by is null
           where c.direction = 'inbound' and c.ended_at < :two_minutes_ago
           group by c.id having count(d.id) <> 1""",
    ),
    Invariant(
        "I02",
        "No call is under way without a sign of life in the last 5 minutes",
        """select id from call where ended_at is null and stream_ended_at is null
           and coalesce(heartbeat_at, started_at) < :five_minutes_ago""",
    ),
    Invariant(
        "I03",
        "A caller who was dropped, failed or turned away has been put through or is owed a callback",
        """select d.id from disposition d join call c on c.id = d.call_id
           where d.superseded_by is null and d.code in ('dropped', 'ai_failed', 'no_agent', 'callback_requested')
           and not exists (select 1 from call_transfer t where t.call_id = c.id and t.connected_at is not null)
           and not exists (select 1 from loop l where l.rooftop_id = c.rooftop_id and l.source_key = c.call_sid
                           and l.kind = 'callback')""",
    ),
    Invariant(
        "I04",
        "Each open loop is owned by somebody who works there and has a due time",
        """select l.id from loop l left join staff s on s.id = l.owner_id and s.rooftop_id = l.rooftop_id
           where l.closed_at is null and (s.id is null or s.disabled_at is not null or l.due_at is null)""",
    ),
    Invariant(
        "I05",
        "No two open loops of the same kind from the same source",
        """select rooftop_id, kind, source_key from loop where closed_at is null
           group by rooftop_id, kind, source_key having count(*) > 1""",
    ),
    Invariant(
        "I06",
        "No offer by text without written consent in force at that moment",
        """select t.id from text_message t where t.purpose = 'marketing' and t.first_wire_at is not null
           and not exists (select 1 from consent_entry g where g.rooftop_id = t.rooftop_id and g.contact = t.to_e164
             and g.kind = 'grant' and g.scope = 'marketing' and g.channel in ('text', 'all') and g.at <= t.first_wire_at
             and not exists (select 1 from consent_entry r where r.rooftop_id = g.rooftop_id and r.contact = g.contact
               and r.kind <> 'grant' and r.scope in ('marketing', 'all') and r.channel in ('text', 'all')
               and r.at >= g.at and r.at <= t.first_wire_at))""",
    ),
    Invariant(
        "I07",
        "No text after an opt-out, except one confirmation within 5 minutes",
        """select t.id from text_message t join consent_entry r on r.rooftop_id = t.rooftop_id
             and r.contact = t.to_e164 and r.kind = 'revoke' and r.scope = 'all' and r.channel in ('text', 'all')
             and r.at < t.first_wire_at
           where not exists (select 1 from consent_entry g where g.rooftop_id = r.rooftop_id and g.contact = r.contact
                             and g.kind = 'grant' and g.at > r.at and g.at <= t.first_wire_at)
           and (t.purpose <> 'opt_out_confirmation' or t.not_after is null or t.first_wire_at > t.not_after)
           union all select b.id from text_message a join text_message b on b.rooftop_id = a.rooftop_id
             and b.to_e164 = a.to_e164 and b.purpose = a.purpose and b.id > a.id
           where a.purpose = 'opt_out_confirmation' and a.first_wire_at is not null and b.first_wire_at is not null
           and not exists (select 1 from consent_entry g where g.rooftop_id = a.rooftop_id and g.contact = a.to_e164
                           and g.kind = 'grant' and g.at >= a.first_wire_at and g.at <= b.first_wire_at)""",
    ),
    Invariant(
        "I08",
        "Offers and notices go inside the window that was open where the customer is, and say which",
        """select id from text_message where purpose in ('marketing', 'informational') and first_wire_at is not null
           and (local_minute is null or window_opens is null or window_closes is null
                or local_minute < window_opens or local_minute >= window_closes)""",
    ),
    Invariant(
        "I09",
        "At most 3 offers to one number in any 24 hours",
        """select a.id from text_message a join text_message b on b.rooftop_id = a.rooftop_id and b.to_e164 = a.to_e164
             and b.purpose = 'marketing' and b.first_wire_at <= a.first_wire_at
             and {day_before} < b.first_wire_at
           where a.purpose = 'marketing' and a.first_wire_at is not null group by a.id having count(b.id) > 3""",
    ),
    Invariant(
        "I10",
        "One row per provider event, outbox key and text, and one attempt at each text that may have arrived",
        """select account_sid || sid from provider_event group by account_sid, sid, event, sequence having count(*) > 1
           union all select key from outbox_event group by key having count(*) > 1
           union all select message_sid from text_message where message_sid is not null
             group by message_sid having count(*) > 1
           union all select text_id from text_attempt where outcome in ('accepted', 'unknown')
             group by text_id having count(*) > 1""",
    ),
    Invariant(
        "I11",
        "No outbox event or text waits over 10 minutes past its time",
        """select id from outbox_event where handled_at is null and due_at < :ten_minutes_ago
           union all select id from text_message where next_try_at < :ten_minutes_ago""",
    ),
    Invariant(
        "I12",
        "Each text that came in is handled within 10 minutes, or a person owes the answer",
        """select t.id from text_message t where t.direction = 'inbound' and t.handled_at is null
           and t.at < :ten_minutes_ago and not exists (select 1 from loop l where l.rooftop_id = t.rooftop_id
             and l.source_key in ('text:' || t.conversation_id, 'text:' || t.conversation_id || '+waiting'))""",
    ),
    Invariant(
        "I13",
        "No text by the AI while a person has the conversation, and one reply to each text",
        """select t.id from text_message t join conversation_epoch e on e.conversation_id = t.conversation_id
           where t.author = 'ai' and t.first_wire_at is not null
           and ((e.epoch = t.epoch and e.mode <> 'ai') or (e.epoch > t.epoch and e.from_at < t.first_wire_at))
           union all select in_reply_to_id from text_message where author = 'ai' and first_wire_at is not null
             and in_reply_to_id is not null group by in_reply_to_id having count(*) > 1""",
    ),
    Invariant(
        "I14",
        "No allowed tool call below its level or about another customer",
        """select t.id from tool_call t join call c on c.id = t.call_id where t.decision = 'allowed'
           and (t.rooftop_id <> c.rooftop_id or t.verified_level < t.required_level
                or (t.subject_customer_id is not null
                    and (c.customer_id is null or t.subject_customer_id <> c.customer_id)))
           union all select t.id from tool_call t join conversation c on c.id = t.conversation_id
           where t.decision = 'allowed' and (t.rooftop_id <> c.rooftop_id or t.verified_level < t.required_level)""",
    ),
    Invariant(
        "I15",
        "Children live in their parent's rooftop",
        """select c.id from call c join customer u on u.id = c.customer_id where u.rooftop_id <> c.rooftop_id
           union all select d.id from disposition d join call c on c.id = d.call_id where c.rooftop_id <> d.rooftop_id
           union all select l.id from loop l join customer u on u.id = l.customer_id where u.rooftop_id <> l.rooftop_id
           union all select a.id from appointment a join customer u on u.id = a.customer_id
                     where u.rooftop_id <> a.rooftop_id""",
    ),
    Invariant(
        "I16",
        "No quarter hour of a technician, an advisor, a bay or a loaner is promised twice",
        """select rooftop_id from reservation group by rooftop_id, resource_id, quantum_start having count(*) > 1""",
    ),
    Invariant(
        "I17",
        "Each fact older than 5 minutes has one write-back per target told of it: done, on time, held, or owned",
        """select w.subject_id from writeback w
             group by w.target, w.subject_kind, w.subject_id, w.subject_version having count(*) <> 1
           union all select d.id from disposition d join writeback_target t on t.rooftop_id = d.rooftop_id
             and t.created_at <= d.created_at and cast(t.subjects as text) like '%"disposition"%'
             where d.created_at < :five_minutes_ago and not exists (select 1 from writeback w where w.target = t.name
              and w.rooftop_id = d.rooftop_id and w.subject_kind = 'disposition' and w.subject_id = d.id)
           union all select c.appointment_id from appointment_change c
             join writeback_target t on t.rooftop_id = c.rooftop_id
             and t.created_at <= c.created_at and cast(t.subjects as text) like '%"appointment"%'
             where c.created_at < :five_minutes_ago and c.kind in ('booked', 'moved', 'cancelled')
              and exists (select 1 from appointment_change b where b.appointment_id = c.appointment_id
                          and b.kind = 'booked')
             group by c.appointment_id, t.name having count(*) > (select count(*) from writeback w
              where w.target = t.name and w.subject_kind = 'appointment' and w.subject_id = c.appointment_id)
           union all select w.id from writeback w where w.state in ('pending', 'sending', 'retry')
             and (w.next_try_at is null or w.next_try_at < :ten_minutes_ago)
             and not exists (select 1 from writeback e where e.rooftop_id = w.rooftop_id and e.target = w.target
              and e.subject_kind = w.subject_kind and e.subject_id = w.subject_id
              and e.subject_version < w.subject_version and e.state not in ('acked', 'dead'))
           union all select w.id from writeback w where w.state = 'acked' and w.proof is null
           union all select w.id from writeback w where w.state = 'dead' and not exists
             (select 1 from loop l where l.rooftop_id = w.rooftop_id and l.kind = 'writeback_failed'
              and l.source_key = w.id)
           union all select w.id from writeback w where w.state = 'held' and not exists
             (select 1 from writeback_target t where t.rooftop_id = w.rooftop_id and t.name = w.target
              and t.active = false)
           union all select t.id from writeback_target t where t.active = false and t.failing_since is not null
             and not exists (select 1 from loop l where l.rooftop_id = t.rooftop_id and l.kind = 'writeback_failed'
              and l.source_key = t.id)""",
    ),
    Invariant(
        "I18",
        "The AI is disclosed within 10 s of its first word, and recording never starts before the notice",
        """select id from call where (first_ai_audio_at is not null
             and (ai_disclosed_at is null or ai_disclosed_at > first_ai_audio_at))
           or (recording_started_at is not null
             and (recording_notice_at is null or recording_notice_at > recording_started_at))""",
    ),
    Invariant(
        "I19",
        "Every transfer went to a number on the list at that time, or to the store's own",
        """select t.id from call_transfer t join rooftop r on r.id = t.rooftop_id
           where t.to_e164 <> r.store_phone and not exists (select 1 from transfer_target a
             where a.rooftop_id = t.rooftop_id and a.e164 = t.to_e164 and a.valid_from <= t.created_at
             and (a.valid_to is null or a.valid_to > t.created_at))""",
    ),
    Invariant(
        "H1",
        "A hand-off of a call that ended 2 minutes ago is over; one nobody took is owed a callback",
        """select t.id from call_transfer t join call c on c.id = t.call_id
           where c.ended_at < :two_minutes_ago and t.stage in ('asked', 'ringing', 'briefing')
           union all select t.id from call_transfer t join call c on c.id = t.call_id
           where c.ended_at < :two_minutes_ago and t.stage = 'over' and t.outcome <> 'connected'
             and not exists (select 1 from call_transfer o where o.call_id = t.call_id and o.connected_at is not null)
             and not exists (select 1 from loop l where l.call_id = t.call_id)""",
    ),
    Invariant(
        "I20",
        "The ledger of what was finished is unbroken",
        """select a.id from completion a left join completion p on p.rooftop_id = a.rooftop_id and p.seq = a.seq - 1
           where a.seq > 1 and (p.id is null or p.hash <> a.prev_hash)
           union all select id from completion where seq < 1 or (seq = 1 and prev_hash not like '0000000000000000%')""",
    ),
    Invariant(
        "Q1",
        "A loop is over exactly when it has a time it ended, and then its end is in the ledger's reach",
        """select id from loop where (closed_at is null) <> (state not in ('done', 'closed'))
           union all select l.id from loop l where l.state = 'done'
             and not exists (select 1 from completion c where c.rooftop_id = l.rooftop_id and c.loop_id = l.id)""",
    ),
    Invariant(
        "Q2",
        "Done means all four parts, or a person or a second look who stands for what the AI did",
        """select l.id from loop l where l.state = 'done'
           and l.kind not in ('writeback_failed', 'missing_details', 'missing_data', 'feed_stale',
             'sending_trouble', 'prompt_returned')
           and not exists (select 1 from loop_evidence e where e.loop_id = l.id
                           and e.part in ('confirmed', 'read_back'))
           and (select count(distinct e.part) from loop_evidence e where e.loop_id = l.id and e.part in
                ('reached', 'need_identified', 'estimate_sent', 'next_step_confirmed')) < 4""",
    ),
    Invariant(
        "Q3",
        "Evidence names a row that is there",
        """select e.id from loop_evidence e where e.kind = 'text'
             and not exists (select 1 from text_message t where t.id = e.ref and t.rooftop_id = e.rooftop_id)
           union all select e.id from loop_evidence e where e.kind = 'call'
             and not exists (select 1 from call c where c.id = e.ref and c.rooftop_id = e.rooftop_id)
             and not exists (select 1 from contact_event c where c.id = e.ref and c.rooftop_id = e.rooftop_id)
           union all select e.id from loop_evidence e where e.kind = 'appointment'
             and not exists (select 1 from appointment a where a.id = e.ref and a.rooftop_id = e.rooftop_id)
           union all select e.id from loop_evidence e where e.kind = 'repair_order'
             and not exists (select 1 from repair_order r where r.id = e.ref and r.rooftop_id = e.rooftop_id)
           union all select e.id from loop_evidence e where e.kind = 'note' and e.says = ''""",
    ),
    Invariant(
        "Q4",
        "No clock of a loop waits over 10 minutes past its time, and none is late without an alarm",
        """select id from loop where closed_at is null and next_look_at < :ten_minutes_ago
           union all select l.id from loop l where l.closed_at is null and l.due_at < :ten_minutes_ago
             and l.first_due_at is not null and l.next_look_at is not null and l.created_at < :ten_minutes_ago
             and not exists (select 1 from loop_alarm a where a.loop_id = l.id and a.cleared_at is null)""",
    ),
    Invariant(
        "Q5",
        "No loop ends with a promise open",
        """select p.id from loop_promise p join loop l on l.id = p.loop_id
           where p.settled_at is null and l.closed_at is not null""",
    ),
    Invariant(
        "G1",
        "Nobody who is held out of a program is touched by it",
        """select t.id from program_touch t join program_enrollment e on e.id = t.enrollment_id
           where e.state = 'held_out' and t."by" in ('text', 'person')""",
    ),
    Invariant(
        "G2",
        "No step of a program that is on waits over 10 minutes past its time",
        """select e.id from program_enrollment e join program p on p.id = e.program_id
           where e.next_at < :ten_minutes_ago and p.paused_at is null""",
    ),
    Invariant(
        "L1",
        "Every open lead is owed to its customer by somebody, or was",
        "select id from lead where status = 'open' and loop_id is null",
    ),
    Invariant(
        "L2",
        "No message with leads in it waits over 10 minutes past its time",
        "select id from lead_delivery where state = 'waiting' and next_try_at < :ten_minutes_ago",
    ),
    Invariant(
        "X4",
        "A text's status is the furthest the carrier ever said",
        """select m.id from text_message m join text_status s on s.text_id = m.id
           group by m.id, m.status_rank having max(s.rank) <> m.status_rank""",
    ),
    Invariant(
        "X2",
        "No recording is kept past its time",
        """select id from recording where deleted_at is null and legal_hold = false and path is not null
           and delete_after < :a_day_ago""",
    ),
)


# The one expression the engines have no common words for: a day before a stored time.
_A_DAY_BEFORE = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', a.first_wire_at, '-1 day')",
    "postgresql": "a.first_wire_at - interval '1 day'",
}


def with_moments(statement: str, moments: dict[str, Any]) -> TextClause:
    """SQL with its `:name` times bound as both engines store them."""
    used = [bindparam(k, v, type_=UtcDateTime()) for k, v in moments.items() if f":{k}" in statement]
    return text(statement).bindparams(*used)


async def breaches(db: AsyncSession, now: datetime) -> list[tuple[Invariant, int]]:
    """Every invariant that does not hold, with how many rows breach it; the session spans rooftops."""
    a_day_before = _A_DAY_BEFORE[db.get_bind().dialect.name]
    moments: dict[str, Any] = {
        "two_minutes_ago": now - timedelta(minutes=2),
        "five_minutes_ago": now - timedelta(minutes=5),
        "ten_minutes_ago": now - timedelta(minutes=10),
        "a_day_ago": now - timedelta(days=1),
    }
    found = []
    for invariant in INVARIANTS:
        statement = invariant.breaches.replace("{day_before}", a_day_before)
        rows = (await db.execute(with_moments(statement, moments))).all()
        if rows:
            found.append((invariant, len(rows)))
    return found
