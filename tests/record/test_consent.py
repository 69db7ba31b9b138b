"""May we contact this person now: tables of what each purpose needs, and a second, plainer reading of the rules."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from record import contact_rules
from record.consent import Asked, Channel, Facts, Permission, Purpose, Said, Sent, Standing, may_contact
from record.us_holidays import is_holiday

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
PACIFIC, EASTERN = ZoneInfo("America/Los_Angeles"), ZoneInfo("America/New_York")
GONE = Standing(opted_out_at=NOW - timedelta(minutes=2))
REPLY, CONFIRM = Purpose.REPLY, Purpose.OPT_OUT_CONFIRMATION
TOLD, OFFER, CODE = Purpose.INFORMATIONAL, Purpose.MARKETING, Purpose.CODE
YES = Said("grant", "text", "marketing", NOW - timedelta(days=90), "web_form")
KNOWN = Facts(ledger=(YES,), gave_number=True, zones=(PACIFIC,), states=("CA",), registered=True)


def rules(asked: Asked, facts: Facts, now: datetime = NOW) -> tuple[bool, str]:
    found = may_contact(asked, facts, now)
    return isinstance(found, Permission), " ".join(found.rules)


@pytest.mark.parametrize(
    ("purpose", "standing", "since", "now", "expected"),
    [
        (REPLY, Standing(), 1, NOW, (True, "L1 L8a")),
        (REPLY, Standing(), 14, NIGHT, (True, "L1 L8a")),
        (REPLY, Standing(), 16, NIGHT, (False, "L8")),
        (REPLY, Standing(), 16, NOW, (True, "L1 L8")),
        (REPLY, Standing(), 25 * 60, NOW, (False, "L1")),
        (REPLY, Standing(), None, NOW, (False, "L1")),
        (REPLY, GONE, 1, NOW, (False, "L5")),
        (CONFIRM, GONE, 2, NOW, (True, "L7")),
        (CONFIRM, GONE, 2, NOW + timedelta(minutes=4), (False, "L7")),
        (CONFIRM, Standing(GONE.opted_out_at, 1), 2, NOW, (False, "L7")),
        (CONFIRM, Standing(), 2, NOW, (False, "L7")),
    ],
)
def test_a_reply_goes_in_its_conversation_and_nothing_after_an_opt_out_but_one_confirmation(
    purpose: Purpose, standing: Standing, since: float | None, now: datetime, expected: tuple[bool, str]
) -> None:
    last = now - timedelta(minutes=since) if since is not None else None
    assert rules(Asked(purpose), Facts(standing, last_inbound_at=last, zones=(PACIFIC,)), now) == expected


def test_it_must_be_day_everywhere_the_customer_may_be() -> None:
    late_in_the_east = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    here = Facts(last_inbound_at=late_in_the_east - timedelta(hours=1), zones=(PACIFIC,))
    assert rules(Asked(REPLY), here, late_in_the_east)[0]
    assert not rules(Asked(REPLY), replace(here, zones=(PACIFIC, EASTERN)), late_in_the_east)[0]


def said(kind: str, channel: str = "text", scope: str = "marketing", days: int = 1, source: str = "web_form") -> Said:
    return Said(kind, channel, scope, NOW - timedelta(days=days), source)


def sent(days: float, purpose: Purpose = OFFER, channel: str = "text") -> Sent:
    return Sent(channel, purpose, NOW - timedelta(days=days))


@pytest.mark.parametrize(
    ("asked", "facts", "expected"),
    [
        (Asked(OFFER), KNOWN, (True, "L3 L8m")),
        (Asked(OFFER), replace(KNOWN, ledger=()), (False, "L3")),
        (Asked(OFFER), replace(KNOWN, ledger=(said("grant", source="call:CA1"),)), (False, "L3")),
        (Asked(OFFER), replace(KNOWN, ledger=(YES, said("revoke"))), (False, "L5m")),
        (Asked(OFFER), replace(KNOWN, ledger=(YES, said("block", "all"))), (False, "L5m")),
        (Asked(OFFER), replace(KNOWN, ledger=(said("block", days=99), YES)), (True, "L3 L8m")),
        (Asked(OFFER), replace(KNOWN, ledger=(YES, said("block", "email"))), (True, "L3 L8m")),
        (Asked(OFFER), replace(KNOWN, registered=None), (False, "L14")),
        (Asked(OFFER), replace(KNOWN, sent=(sent(6.9),)), (False, "L18")),
        (Asked(OFFER), replace(KNOWN, sent=(sent(7.1),)), (True, "L3 L8m")),
        (Asked(OFFER), replace(KNOWN, sent=(sent(8), sent(16), sent(29))), (False, "L18m")),
        (Asked(OFFER), replace(KNOWN, standing=GONE), (False, "L5")),
        (Asked(OFFER, stale_after=NOW - timedelta(seconds=1)), KNOWN, (False, "F1")),
        (Asked(OFFER, stale_after=NOW), KNOWN, (True, "L3 L8m")),
        (Asked(TOLD), replace(KNOWN, ledger=()), (True, "L2 L8")),
        (Asked(TOLD), replace(KNOWN, ledger=(), gave_number=False), (False, "L2")),
        (Asked(TOLD), replace(KNOWN, registered=False), (False, "L14")),
        (Asked(TOLD), replace(KNOWN, sent=tuple(sent(0.5, TOLD) for _ in range(6))), (False, "C9t")),
        (Asked(TOLD), replace(KNOWN, ledger=(said("revoke"),)), (True, "L2 L8")),
        (Asked(TOLD), replace(KNOWN, ledger=(said("block", scope="all"),)), (False, "L5i")),
        (Asked(TOLD), replace(KNOWN, ledger=(said("revoke", "all", "informational"),)), (False, "L5i")),
        (Asked(TOLD), replace(KNOWN, ledger=(said("block", scope="all", days=2), said("grant", scope="all"))),
            (True, "L2 L8")),
        (Asked(TOLD), replace(KNOWN, ledger=(said("block", "call", "all"),)), (True, "L2 L8")),
        (Asked(TOLD, Channel.CALL), replace(KNOWN, ledger=(said("revoke", "all", "all"),)), (True, "L2 L8")),
        (Asked(OFFER, Channel.CALL), replace(KNOWN, ledger=(said("revoke", "call", "informational"),)), (False, "L5i")),
        (Asked(TOLD, Channel.AI_CALL), KNOWN, (False, "L4")),
        (Asked(TOLD, Channel.AI_CALL), replace(KNOWN, ledger=(said("grant", "ai_call", "all"),)), (True, "L2 L8")),
        (Asked(TOLD, Channel.AI_CALL), replace(KNOWN, ledger=(said("grant", "call", "all"),)), (False, "L4")),
        (
            Asked(TOLD, Channel.AI_CALL),
            replace(KNOWN, ledger=(said("grant", "ai_call", "informational", 2), said("revoke", "all", "all", 1))),
            (False, "L4 L5i"),
        ),
        (Asked(TOLD, Channel.CALL), replace(KNOWN, standing=GONE), (True, "L2 L8")),
        (Asked(OFFER, Channel.CALL), replace(KNOWN, standing=GONE), (False, "L5")),
        (Asked(OFFER, Channel.CALL), replace(KNOWN, sent=(sent(0.5, TOLD, "call"),) * 3), (False, "C9")),
        (Asked(OFFER), replace(KNOWN, ledger=(), registered=None), (False, "L3 L14")),
    ],
)  # fmt: skip
def test_what_each_purpose_needs(asked: Asked, facts: Facts, expected: tuple[bool, str]) -> None:
    assert rules(asked, facts) == expected


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "states", "when", "allowed"),
    [
        ("America/Los_Angeles", ("CA",), "2026-11-20T09:00", True),
        ("America/Los_Angeles", ("CA",), "2026-11-20T08:59", False),
        ("America/Los_Angeles", ("CA",), "2026-11-20T19:59", True),
        ("America/Los_Angeles", ("CA",), "2026-11-20T20:00", False),
        ("America/Los_Angeles", ("CA",), "2026-11-22T12:00", False),
        ("America/New_York", ("RI",), "2026-11-20T18:00", False),
        ("America/New_York", ("RI",), "2026-11-21T10:00", True),
        ("America/New_York", ("NY", "RI"), "2026-11-20T18:30", False),
        ("America/Kentucky/Louisville", ("KY",), "2026-11-20T09:30", False),
        ("America/Chicago", ("TX",), "2026-11-26T12:00", False),
        ("America/New_York", (), "2026-11-20T17:30", True),
        ("America/New_York", (), "2026-11-20T18:00", False),
        ("America/New_York", (), "2026-11-21T17:00", False),
        ("America/New_York", ("NY",), "2026-03-08T12:00", False),
        ("America/New_York", ("NY",), "2026-03-09T09:00", True),
        ("America/New_York", ("NY",), "2026-11-02T08:59", False),
    ],
)
def test_offers_keep_the_strictest_hours_they_may_live_under(
    zone: str, states: tuple[str, ...], when: str, allowed: bool
) -> None:
    facts = replace(KNOWN, zones=(ZoneInfo(zone),), states=states)
    assert rules(Asked(OFFER), facts, local(zone, when))[0] is allowed


def test_what_must_wait_for_the_morning_says_until_when() -> None:
    found = may_contact(Asked(TOLD), KNOWN, local("America/Los_Angeles", "2026-10-31T22:10"))
    assert not isinstance(found, Permission)
    assert found.again_at == local("America/Los_Angeles", "2026-11-01T08:00"), "over the night the clocks go back"


def test_every_rule_says_where_it_comes_from_and_ids_are_unique() -> None:
    ids = [rule.id for rule in contact_rules.RULES]
    assert len(ids) == len(set(ids))
    assert all(rule.says and rule.source for rule in contact_rules.RULES)


# The oracle: the same law in another shape. Each rule by itself, times by looking at one wall clock after the other.
WEEKDAY = {
    "AL": (8, 20), "CT": (9, 20), "FL": (8, 20), "KY": (10, 21), "LA": (8, 20), "MA": (8, 20), "MD": (8, 20),
    "MI": (9, 21), "MN": (9, 21), "MS": (8, 20), "NJ": (8, 20), "NM": (9, 21), "NV": (9, 20), "OK": (8, 20),
    "RI": (9, 18), "TX": (9, 21), "WA": (8, 20),
}  # fmt: skip


def breaks_offer_hours(wall: datetime, states: tuple[str, ...], known: bool) -> bool:
    hour = wall.hour
    if wall.weekday() == 6 or not 9 <= hour < 20:
        return True
    if not known:
        return not 10 <= hour < (17 if wall.weekday() == 5 else 18)
    for state in states:
        opens, closes = (10, 17) if (state, wall.weekday()) == ("RI", 5) else WEEKDAY.get(state, (0, 24))
        if not opens <= hour < closes:
            return True
    return False


def by_the_book(asked: Asked, facts: Facts, now: datetime) -> set[str]:
    """The ids of every rule in the way; none: it may go."""
    text, offer = asked.channel is Channel.TEXT, asked.purpose is OFFER
    if asked.purpose is CONFIRM:
        at = facts.standing.opted_out_at
        return set() if at and not facts.standing.confirmations and (now - at).total_seconds() <= 300 else {"L7"}
    if facts.standing.opted_out_at and not (asked.channel is Channel.CALL and not offer):
        return {"L5"}
    entries = sorted(facts.ledger, key=lambda each: each.at)
    mine = [each for each in entries if each.channel in (asked.channel, "all")]
    broken = set()
    if asked.channel is Channel.AI_CALL:
        scopes = {"marketing"} if offer else {"informational", "all", "marketing"}
        last = [
            each for each in mine
            if each.scope in scopes | ({"all"} if each.kind != "grant" else set())
            and (each.kind != "grant" or each.channel == "ai_call")
        ]  # fmt: skip
        if not last or last[-1].kind != "grant":
            broken.add("L4")
    if (asked.purpose is TOLD and asked.channel is not Channel.CALL) or (offer and asked.channel is Channel.CALL):
        stands = "grant"
        for each in mine:
            if each.scope != "marketing":
                stands = each.kind
        if stands in ("revoke", "block"):
            broken.add("L5i")
    if offer:
        about = [each for each in mine if each.scope in ("marketing", "all")]
        if about and about[-1].kind != "grant":
            broken.add("L5m")
        elif asked.channel is not Channel.CALL:
            yes = [
                each for each in about
                if each.kind != "grant"
                or (each.scope == "marketing" and not each.source.startswith(("call", "voice", "staff"))
                    and (asked.channel is Channel.TEXT or each.channel == "ai_call"))
            ]  # fmt: skip
            if not yes or yes[-1].kind != "grant":
                broken.add("L3")
    if asked.purpose is TOLD and not facts.gave_number:
        about = [each for each in mine if each.kind == "grant" or each.scope in ("informational", "all", "marketing")]
        if asked.channel is Channel.AI_CALL:
            about = [each for each in about if each.kind != "grant" or each.channel == "ai_call"]
        if not about or about[-1].kind != "grant":
            broken.add("L2")
    if text and (facts.registered is False or (offer and facts.registered is None)):
        broken.add("L14")
    if asked.stale_after and asked.stale_after < now:
        broken.add("F1")
    ages = [(now - each.at, each) for each in facts.sent]
    day, offers = timedelta(days=1), [age for age, each in ages if each.purpose == OFFER]
    if offer and any(age < 7 * day for age in offers):
        broken.add("L18")
    if offer and sum(age < 30 * day for age in offers) >= 3:
        broken.add("L18m")
    rings = sum(age < day for age, each in ages if each.channel != "text")
    if rings >= 3 and (asked.channel is Channel.AI_CALL or (asked.channel is Channel.CALL and offer)):
        broken.add("C9")
    texts = sum(age < day for age, each in ages if each.channel == "text" and each.purpose in (TOLD, OFFER))
    if text and texts >= 6 and asked.purpose in (TOLD, OFFER):
        broken.add("C9t")
    if asked.purpose is CODE:
        return broken  # whoever asks for it is on the line, at whatever hour
    return broken or clock_by_the_book(asked, facts, now)


def clock_by_the_book(asked: Asked, facts: Facts, now: datetime) -> set[str]:
    walls = [now.astimezone(zone) for zone in facts.zones]
    if asked.purpose is REPLY:
        quiet = now - facts.last_inbound_at if facts.last_inbound_at else timedelta(days=9)
        if quiet > timedelta(days=1):
            return {"L1"}
        return {"L8"} if quiet > timedelta(minutes=15) and any(not 8 <= wall.hour < 21 for wall in walls) else set()
    if not walls:
        walls = [now.astimezone(ZoneInfo(name)) for name in ("America/New_York", "Pacific/Honolulu")]
    if asked.purpose is TOLD:
        return {"L8"} if any(not 8 <= wall.hour < 21 for wall in walls) else set()
    known = bool(facts.states and facts.zones)
    found = {"L8m"} if any(breaks_offer_hours(wall, facts.states, known) for wall in walls) else set()
    closed = any(is_holiday(wall.date()) or wall.date() in facts.closed_days for wall in walls)
    return found | ({"L8h"} if closed else set())


ZONES = ("America/Los_Angeles", "America/New_York", "America/Chicago", "America/Phoenix", "Pacific/Honolulu")
SEASONS = (date(2026, 3, 8), date(2026, 11, 1), date(2026, 11, 26), date(2026, 7, 4), date(2026, 6, 10))


def random_facts(chance: random.Random) -> tuple[Asked, Facts, datetime]:
    now = datetime.combine(chance.choice(SEASONS), time(), UTC) + timedelta(minutes=chance.randrange(-4000, 4000))
    ago = lambda days: now - timedelta(minutes=chance.randrange(1, int(days * 1440)))  # noqa: E731
    entries = tuple(
        Said(
            chance.choice(("grant", "grant", "revoke", "block")),
            chance.choice(("text", "call", "ai_call", "all", "email")),
            chance.choice(("marketing", "marketing", "informational", "all")),
            ago(200),
            chance.choice(("web_form", "text", "call:CA1", "dms")),
        )
        for _ in range(chance.randrange(4))
    )
    sends = tuple(
        Sent(chance.choice(("text", "text", "call")), chance.choice(list(Purpose)), ago(chance.choice((1, 8, 40))))
        for _ in range(chance.choice((0, 0, 1, 3, 9)))
    )
    facts = Facts(
        Standing(ago(0.01), chance.randrange(2)) if chance.random() < 0.1 else Standing(),
        entries,
        ago(chance.choice((0.02, 2))) if chance.random() < 0.8 else None,
        chance.random() < 0.7,
        tuple(ZoneInfo(name) for name in chance.sample(ZONES, chance.choice((0, 1, 1, 1, 2)))),
        tuple(chance.sample([*WEEKDAY, "CA", "NY"], chance.choice((0, 1, 1, 2)))),
        sends,
        frozenset({date(2026, 6, 11)} if chance.random() < 0.3 else ()),
        chance.choice((None, True, True, True, False)),
    )
    stale = chance.choice((None, None, now, now - timedelta(seconds=1), now + timedelta(hours=1)))
    return Asked(chance.choice(list(Purpose)), chance.choice(list(Channel)), stale), facts, now


def agrees(cases: int, seed: int) -> None:
    chance = random.Random(seed)
    allowed = 0
    for _ in range(cases):
        asked, facts, now = random_facts(chance)
        found, broken = may_contact(asked, facts, now), by_the_book(asked, facts, now)
        case = (asked, facts, now, found, broken)
        assert isinstance(found, Permission) is (not broken), case
        if isinstance(found, Permission):
            allowed += 1
        else:
            assert set(found.rules) & broken, case
            assert set(found.rules) == broken or broken == {"L8m", "L8h"}, case
    assert cases / 20 < allowed < cases * 19 / 20, "both answers are met often"


def test_it_agrees_with_the_book() -> None:
    agrees(2_000, 21)


@pytest.mark.soak
def test_it_agrees_with_the_book_100_000_times() -> None:
    agrees(100_000, 22)
