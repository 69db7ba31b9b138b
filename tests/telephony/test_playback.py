"""The heard-ledger against a carrier that plays, echoes, clears and reorders at random."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.playback import Playback, Send

MS = 8
INTERVAL_MS = 120


@dataclass
class Carrier:
    """Plays what it was sent, in order, in real time; knows the truth."""

    now: float = 0.0
    queue: list[tuple[str, bytes | str]] = field(default_factory=list)
    played: dict[str, int] = field(default_factory=dict)
    echoes: list[str] = field(default_factory=list)
    at: int = 0

    def take(self, item: str, sends: list[Send]) -> None:
        for send in sends:
            if send.payload:
                self.queue.append((item, base64.b64decode(send.payload, validate=True)))
            if send.mark is not None:
                self.queue.append(("mark", send.mark.decode()))
        self._marks()

    def clear(self) -> None:
        self.echoes += [str(what) for kind, what in self.queue if kind == "mark"]
        self.queue.clear()
        self.at = 0

    def passes(self, ms: int) -> None:
        self.now += ms / 1000
        left = ms * MS
        while left and self.queue:
            kind, audio = self.queue[0]
            assert isinstance(audio, bytes)
            step = min(left, len(audio) - self.at)
            self.played[kind] = self.played.get(kind, 0) + step
            self.at += step
            left -= step
            if self.at == len(audio):
                self.queue.pop(0)
                self.at = 0
            self._marks()

    def _marks(self) -> None:
        while self.queue and self.queue[0][0] == "mark":
            self.echoes.append(str(self.queue.pop(0)[1]))


def audio(size: int) -> bytes:
    return base64.b64encode(bytes(size))


ITEM = st.sampled_from(["a", "b", "c"])
OPS = st.lists(
    st.one_of(
        st.tuples(st.just("audio"), ITEM, st.integers(1, 4000)),
        st.tuples(st.just("complete"), ITEM, st.just(0)),
        st.tuples(st.just("pass"), ITEM, st.integers(1, 400)),
        st.tuples(st.just("echo"), ITEM, st.integers(1, 20)),
        st.tuples(st.just("settle"), ITEM, st.just(0)),
        st.tuples(st.just("cut"), ITEM, st.just(0)),
        st.tuples(st.just("pause"), ITEM, st.just(0)),
        st.tuples(st.just("resume"), ITEM, st.just(0)),
        st.tuples(st.just("forge"), ITEM, st.integers(0, 50)),
    ),
    max_size=80,
)


class World:
    """A ledger and a carrier; items of one name follow each other (`a.1`, `a.2`), as replies do."""

    def __init__(self) -> None:
        self.ledger = Playback(INTERVAL_MS)
        self.carrier = Carrier()
        self.turn = 1
        self.current = ""

    def do(self, op: str, name: str, number: int) -> None:
        item = f"{name}.{self.turn}"
        act: dict[str, Callable[[], None]] = {
            "audio": lambda: self._audio(item, number),
            "complete": lambda: self._send(item, self.ledger.complete(item, self.carrier.now)),
            "pass": lambda: self.carrier.passes(number),
            "echo": lambda: self._echo(number),
            "settle": lambda: self._send(item, self.ledger.settle(self.carrier.now)),
            "cut": self._cut,
            "pause": self._pause,
            "resume": self._resume,
            "forge": lambda: self._forge(number),
        }
        act[op]()

    def _audio(self, item: str, size: int) -> None:
        # One item plays at a time; the next begins when the last is complete.
        if self.current and self.current != item:
            self._send(self.current, self.ledger.complete(self.current, self.carrier.now))
        self.current = item
        dead = self.ledger.is_dead(item)
        sends = self.ledger.offer(item, audio(size), self.carrier.now)
        if dead or self.ledger.paused:
            assert sends == []
        self._send(item, sends)

    def _send(self, item: str, sends: list[Send]) -> None:
        self.carrier.take(item, sends)

    def _echo(self, count: int) -> None:
        for _ in range(min(count, len(self.carrier.echoes))):
            self.ledger.echoed(self.carrier.echoes.pop(0), self.carrier.now)

    def _cut(self) -> None:
        self.ledger.cut(self.carrier.now)
        self.carrier.clear()
        self.turn += 1
        self.current = ""

    def _pause(self) -> None:
        if not self.ledger.paused:
            self.ledger.pause(self.carrier.now)
            self.carrier.clear()

    def _resume(self) -> None:
        if self.ledger.paused:
            for send in self.ledger.resume(self.carrier.now):
                self.carrier.take("resumed", [send])

    def _forge(self, number: int) -> None:
        before = [self.ledger.heard(f"{n}.{t}", self.carrier.now) for n in "abc" for t in range(1, self.turn + 1)]
        old = number if number != self.ledger.generation else 0  # by chance it would be a mark that was given
        for name in (f"g{old}.1.0.0", "", "g", f"g{self.ledger.generation}.999999.0.0", "\ud800"):
            assert self.ledger.echoed(name, self.carrier.now) is None
        after = [self.ledger.heard(f"{n}.{t}", self.carrier.now) for n in "abc" for t in range(1, self.turn + 1)]
        assert before == after

    def check(self) -> None:
        for name in "abc":
            for turn in range(1, self.turn + 1):
                heard = self.ledger.heard(f"{name}.{turn}", self.carrier.now)
                if heard is not None:
                    assert 0 <= heard.heard_ms <= heard.received_ms


@settings(max_examples=400, deadline=None)
@given(OPS)
def test_heard_never_exceeds_received_whatever_happens(ops: list[tuple[str, str, int]]) -> None:
    world = World()
    for op, name, number in ops:
        world.do(op, name, number)
        world.check()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(1, 3000), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 3)), max_size=40),
    st.booleans(),
)
def test_the_cut_is_within_one_mark_of_the_truth(
    sizes: list[int], steps: list[tuple[int, int]], complete: bool
) -> None:
    world = World()
    for size in sizes:
        world.do("audio", "a", size)
    if complete:
        world.do("complete", "a", 0)
    for ms, late in steps:
        world.carrier.passes(ms)
        # Echoes travel: some of the newest have not arrived yet.
        while len(world.carrier.echoes) > late:
            world.ledger.echoed(world.carrier.echoes.pop(0), world.carrier.now)
    while world.carrier.echoes:
        world.ledger.echoed(world.carrier.echoes.pop(0), world.carrier.now)
    truth = world.carrier.played.get("a.1", 0) / MS
    items = world.ledger.cut(world.carrier.now)
    heard = world.ledger.heard("a.1", world.carrier.now)
    assert heard is not None
    assert abs(heard.heard_ms - truth) <= INTERVAL_MS
    assert all(item.heard_ms <= item.received_ms for item in items)


def test_marks_are_never_further_apart_than_the_interval_and_audio_passes_unchanged() -> None:
    for size in (1, 2, 3, 159, 160, 959, 960, 961, 1600, 5000, 24001):
        ledger = Playback(INTERVAL_MS)
        data = bytes(n % 251 for n in range(size))
        sends = ledger.offer("a", base64.b64encode(data), 0.0) + ledger.complete("a", 0.0)
        assert b"".join(base64.b64decode(send.payload) for send in sends) == data
        gap = 0
        for send in sends:
            gap += len(base64.b64decode(send.payload))
            assert gap <= INTERVAL_MS * MS
            gap = 0 if send.mark is not None else gap
        assert sends[-1].mark is not None


def test_every_echo_of_a_cleared_generation_is_ignored() -> None:
    ledger = Playback(INTERVAL_MS)
    marks = [send.mark for send in ledger.offer("a", audio(8000), 0.0) if send.mark]
    ledger.cut(0.3)
    for mark in marks:
        assert ledger.echoed(mark.decode(), 0.31) is None
    heard = ledger.heard("a", 0.5)
    assert heard is not None and heard.heard_ms <= INTERVAL_MS


def test_late_audio_of_a_cut_reply_is_dropped() -> None:
    ledger = Playback(INTERVAL_MS)
    ledger.offer("a", audio(4000), 0.0)
    ledger.cut(0.1)
    assert ledger.offer("a", audio(4000), 0.2) == []
    assert ledger.complete("a", 0.2) == []
    assert ledger.offer("b", audio(400), 0.2)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 2500), min_size=1, max_size=8), st.integers(0, 900), st.integers(0, 2000))
def test_after_a_false_alarm_every_byte_is_played_exactly_once(sizes: list[int], pause_ms: int, more: int) -> None:
    ledger, carrier = Playback(INTERVAL_MS), Carrier()
    sent = bytearray()
    played = bytearray()

    def play(sends: list[Send]) -> None:
        carrier.take("a", sends)

    for n, size in enumerate(sizes):
        data = bytes([n % 256]) * size
        sent += data
        play(ledger.offer("a", base64.b64encode(data), 0.0))
    total = len(sent)
    carrier.passes(pause_ms)
    for mark in carrier.echoes:
        ledger.echoed(mark, carrier.now)
    carrier.echoes.clear()
    ledger.pause(carrier.now)
    heard = ledger.heard("a", carrier.now)
    assert heard is not None
    carrier.clear()
    if more:
        sent += b"z" * more
        play(ledger.offer("a", base64.b64encode(b"z" * more), carrier.now))
    resumed = ledger.resume(carrier.now)
    for send in resumed:
        played += base64.b64decode(send.payload)
    frozen = total + more - len(played)
    assert heard.heard_ms == frozen // MS
    assert bytes(sent[frozen:]) == bytes(played)
    play(resumed)
    play(ledger.complete("a", carrier.now))
    carrier.echoes.clear()
    carrier.passes(10_000)
    for mark in carrier.echoes:
        ledger.echoed(mark, carrier.now)
    done = ledger.heard("a", carrier.now)
    assert done is not None and done.heard_ms == done.received_ms and not ledger.outstanding


def test_what_is_not_base64_is_never_passed_on() -> None:
    ledger = Playback(INTERVAL_MS)
    for bad in (b"", b"abc", b'AA"}', b"A===", b"AA\\u", "é".encode() * 2, b"AAAA" * 20_000):
        assert ledger.offer("a", bad, 0.0) == []


def test_without_a_single_echo_the_clock_says_what_was_heard() -> None:
    ledger = Playback(INTERVAL_MS)
    ledger.offer("a", audio(8000), 10.0)
    ledger.complete("a", 10.0)
    assert ledger.presume(11.4) is None and ledger.outstanding
    presumed = ledger.presume(11.6)
    assert presumed is not None and presumed.finished == ["a"] and not ledger.outstanding
    assert abs(ledger.last_heard_at - 11.0) < 0.001
    ledger.offer("b", audio(8000), 20.0)
    ledger.presume(20.5)
    cut = ledger.cut(20.55)
    assert [item.item_id for item in cut] == ["b"] and abs(cut[0].heard_ms - 550) <= INTERVAL_MS


def test_a_carrier_that_stops_echoing_is_waited_for_until_it_must_have_played_everything() -> None:
    ledger = Playback(INTERVAL_MS)
    marks = [send.mark.decode() for send in ledger.offer("a", audio(40000), 10.0) if send.mark]
    ledger.complete("a", 10.0)
    assert ledger.echoed(marks[0], 10.1) is not None
    assert ledger.presume(17.0) is None and ledger.outstanding
    presumed = ledger.presume(17.2)
    assert presumed is not None and presumed.finished == ["a"] and not ledger.outstanding


def test_a_carrier_that_only_echoes_late_is_believed_again() -> None:
    ledger = Playback(INTERVAL_MS)
    marks = [send.mark.decode() for send in ledger.offer("a", audio(8000), 10.0) if send.mark]
    ledger.settle(10.0)
    assert ledger.presume(13.5) is not None
    assert ledger.echoed(marks[0], 14.0) is None
    ledger.offer("b", audio(8000), 20.0)
    ledger.settle(20.0)
    assert ledger.presume(21.5) is None and ledger.outstanding
