"""Hostile traffic on the real ports: frames no carrier would send, and requests no carrier has signed."""

import asyncio
import base64
import gc
import json
import os
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from picows import WSFrame, WSHandshakeError, WSListener, WSMsgType, WSTransport, ws_connect

from simulator.callers import caller_for, scenarios
from simulator.carrier.calls import Call
from simulator.carrier.signature import signature
from telephony.bridge import LiveCall
from telephony.roster import CarrierSocket
from tests.flows.world import ACCOUNT, ORIGIN, TOKEN, World, running, virtually
from tests.soak.evidence import faults_of

INNOCENT = ("brake_job_known_customer", "hours_and_address", "repair_order_status", "oil_change_new_caller")
MEDIA_URL = ORIGIN.replace("https://", "wss://") + "/media/call"
PER_SOCKET = 400
PER_CALL = 600
MEMORY_MB = 96
_CONFIRMATION = re.compile(r"confirmation is( [A-Z0-9])+")
_STATM = Path("/proc/self/statm")


# ---- frames ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Raw:
    """One frame as the wire has it; `garbage` goes beside the protocol, onto the TCP stream itself."""

    kind: WSMsgType
    payload: bytes
    fin: bool = True
    garbage: bool = False


class Fuzzer:
    """Frames by one seed, for a stream whose sid it knows (or does not)."""

    def __init__(self, dice: random.Random, stream_sid: str) -> None:
        self.dice = dice
        self.sid = stream_sid
        self._sequence = 0

    def frame(self) -> Raw:
        makers: list[tuple[int, Callable[[], Raw]]] = [
            (20, lambda: self._text(self._flipped(self._real()))),
            (10, lambda: self._text(self._real()[: self.dice.randrange(400)])),
            (10, lambda: self._text(self.dice.randbytes(self.dice.randrange(300)))),
            (15, lambda: self._text(self._wrong_types())),
            (10, lambda: self._text(self._spliced(self._real(), self._real()))),
            (6, lambda: self._text(self._nested())),
            (6, lambda: self._text(self._real(sequence=self.dice.randrange(50)))),
            (6, lambda: self._text(self._real(sid="MZ" + "9" * 32))),
            (6, lambda: Raw(WSMsgType.BINARY, self._real())),
            (4, lambda: Raw(WSMsgType.TEXT, self._real()[:40], fin=False)),
            (4, lambda: Raw(WSMsgType.CONTINUATION, self._real()[40:])),
            (4, lambda: Raw(WSMsgType.PING, self.dice.randbytes(self.dice.randrange(126)))),
            (2, lambda: Raw(WSMsgType.PONG, b"")),
            (2, lambda: self._text(self._huge(60_000))),
            (3, lambda: self._text(self._odd_event())),
        ]
        (make,) = self.dice.choices([make for _, make in makers], [weight for weight, _ in makers])
        return make()

    def last_straw(self) -> Raw:
        """Ends a socket the hard way: too large, bad framing, or a close nobody asked for."""
        return self.dice.choice(
            [
                self._text(self._huge(200_000)),
                Raw(WSMsgType.TEXT, self.dice.randbytes(64), garbage=True),
                Raw(WSMsgType.PING, self.dice.randbytes(4000)),
                Raw(WSMsgType.CLOSE, self.dice.randbytes(self.dice.choice([0, 1, 2, 60]))),
            ]
        )

    def _text(self, payload: bytes) -> Raw:
        return Raw(WSMsgType.TEXT, payload)

    def _real(self, sequence: int | None = None, sid: str = "") -> bytes:
        self._sequence += 1
        number = str(self._sequence if sequence is None else sequence)
        audio = base64.b64encode(self.dice.randbytes(160)).decode()
        media = {"track": "inbound", "chunk": number, "timestamp": number, "payload": audio}
        return json.dumps(
            {"event": "media", "sequenceNumber": number, "media": media, "streamSid": sid or self.sid}
        ).encode()

    def _flipped(self, frame: bytes) -> bytes:
        flipped = bytearray(frame)
        for _ in range(self.dice.randrange(1, 8)):
            flipped[self.dice.randrange(len(flipped))] ^= 1 << self.dice.randrange(8)
        return bytes(flipped)

    def _spliced(self, one: bytes, other: bytes) -> bytes:
        return one[: self.dice.randrange(len(one))] + other[self.dice.randrange(len(other)) :]

    def _wrong_types(self) -> bytes:
        frame = json.loads(self._real())
        where = self.dice.choice([frame, frame["media"]])
        key = self.dice.choice([*where, "event", "payload"])
        where[key] = self.dice.choice(
            [None, True, -1, 1e308, 10**30, [], {}, "", "\x00", "á" * 50, ["media"], {"a": 1}]
        )
        return json.dumps(frame).encode()

    def _nested(self) -> bytes:
        depth = self.dice.choice([50, 1000, 5000])
        opening, closing = self.dice.choice([(b"[", b"]"), (b'{"a":', b"}")])
        return b'{"event":"media","media":' + opening * depth + b"1" + closing * depth + b"}"

    def _huge(self, size: int) -> bytes:
        return json.dumps({"event": "media", "streamSid": self.sid, "media": {"payload": "A" * size}}).encode()

    def _odd_event(self) -> bytes:
        start = {
            "callSid": f"CA{self.dice.getrandbits(128):032x}", "accountSid": ACCOUNT, "streamSid": self.sid,
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": self.dice.randbytes(16).hex()},
        }  # fmt: skip
        odd: list[dict[str, Any]] = [
            {"event": "mark", "mark": {"name": self.dice.choice(["", "x", "m:1:1", "0" * 300])}},
            {"event": "dtmf", "dtmf": {"digit": self.dice.choice(["", "7", "77", "x", "٣"]), "track": "inbound_track"}},
            {"event": "start", "start": start},
            {"event": "connected", "protocol": "Call", "version": "9"},
            {"event": "clear"},
        ]
        return json.dumps({"streamSid": self.sid} | self.dice.choice(odd)).encode()


def send(transport: WSTransport, frame: Raw) -> None:
    if frame.garbage:
        transport.underlying_transport.write(frame.payload)
    else:
        transport.send(frame.kind, frame.payload, fin=frame.fin)


class Attacker(WSListener):
    """The far end of a hostile socket."""

    def __init__(self) -> None:
        self.transport: WSTransport | None = None
        self.closed = asyncio.Event()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed.set()


# ---- the attack on the sockets --------------------------------------------------------------------------------------


@dataclass
class Testimony:
    """What one innocent caller's call was like, for the store and for the caller's ear."""

    outcome: str
    did: list[str]
    said: list[tuple[str, str, str]]
    heard: list[tuple[str, int]]


@dataclass
class Assault:
    """Innocent calls, with `frames` hostile frames around them; with none it is the control."""

    seed: int
    frames: int
    testimonies: dict[str, Testimony] = field(default_factory=dict)
    sent: int = 0
    sockets: int = 0
    hostile_calls: list[Call] = field(default_factory=list)

    async def run(self, world: World) -> None:
        world.model.settings.validate = False
        tasks_before = len(running())
        attackers = [asyncio.create_task(self._attack(world, number)) for number in range(8 if self.frames else 0)]
        calls = {name: await self._ring(world, name) for name in INNOCENT}
        memory = 0
        async with asyncio.timeout(3600):
            for name, call in calls.items():
                await call.finished()
                self.testimonies[name] = await self._testimony(world, call)
            memory = _memory_mb()
            await asyncio.gather(*attackers)
        await world.carrier.all_finished()
        for call in self.hostile_calls:
            await world.record(call.sid)
        self._unharmed(world, tasks_before, memory)
        sids = [call.sid for call in (*calls.values(), *self.hostile_calls)]
        reached = {sid for sid in sids if "Bridged" in world.carrier.calls[sid].did()}
        folder = Path(world.settings.crm_sync.folder)
        wrong = await faults_of(world.database, sids, folder, world.clock.now(), reached)
        assert not wrong, f"seed {self.seed}:\n" + "\n".join(wrong[:20])

    async def _ring(self, world: World, name: str) -> Call:
        story = scenarios()[name]
        return await world.carrier.call(story.from_, world.store.line, caller_for(story), voice=story.voice)

    async def _testimony(self, world: World, call: Call) -> Testimony:
        record = await world.record(call.sid)
        assert record.line.outcome is not None
        heard = []
        for serial in call.heard.serials():
            said = await world.carrier.exchange.said(serial)
            words = said.text if said else ""
            # A confirmation is drawn at random, and takes as long to say as its digits do.
            heard.append((_told(words), -1 if _CONFIRMATION.search(words) else call.heard.ms_of(serial)))
        turns = [(turn.speaker, _told(turn.text), _told(turn.heard or "")) for turn in record.turns]
        # After the goodbye the caller and the agent hang up in the same instant: neither minds who was first.
        did = [step for step in call.did() if step != "Hangup"]
        return Testimony(record.line.outcome.code, did, turns, heard)

    def _unharmed(self, world: World, tasks_before: int, memory_before: int) -> None:
        assert self.sent >= self.frames
        strangers = {session.call_sid for session in world.model.sessions} - set(world.carrier.calls)
        assert not strangers, f"seed {self.seed}: a model session for no call: {strangers}"
        assert not world.service.media.live and not world.service.relay.live
        assert len(running()) <= tasks_before, running()
        gc.collect()
        left = [thing for thing in gc.get_objects() if issubclass(type(thing), (CarrierSocket, LiveCall))]
        assert len(left) <= 2, f"seed {self.seed}: {len(left)} sockets and calls are still in memory"
        grown = _memory_mb() - memory_before
        assert grown <= MEMORY_MB, f"seed {self.seed}: {grown} MB more after {self.sent} frames"

    async def _attack(self, world: World, number: int) -> None:
        dice = random.Random(f"{self.seed}:{number}")
        share = self.frames // 8 + 1
        sent = 0
        while sent < share:
            here = await (self._in_a_call(world, dice) if dice.random() < 0.25 else self._on_a_socket(world, dice))
            sent += here
            self.sent += here

    async def _on_a_socket(self, world: World, dice: random.Random) -> int:
        """A signed upgrade (the signature of a fixed URL can be had) and then whatever the fuzzer thinks of."""
        self.sockets += 1
        attacker = await open_media(world, MEDIA_URL, signature(TOKEN, MEDIA_URL, ()))
        assert isinstance(attacker, Attacker)
        sent = await self._pour(attacker, Fuzzer(dice, "MZ" + "1" * 32), PER_SOCKET)
        async with asyncio.timeout(60):
            await attacker.closed.wait()
        return sent

    async def _pour(self, attacker: Attacker, fuzzer: Fuzzer, most: int) -> int:
        sent = 0
        transport = attacker.transport
        assert transport is not None
        while sent < most and not attacker.closed.is_set():
            for _ in range(fuzzer.dice.randrange(1, 40)):
                send(transport, fuzzer.frame())
                sent += 1
            await asyncio.sleep(fuzzer.dice.choice([0, 0.001, 0.02]))
        if not attacker.closed.is_set():
            send(transport, fuzzer.last_straw())
            sent += 1
            await asyncio.sleep(0.02)
            transport.disconnect(False)
        return sent

    async def _in_a_call(self, world: World, dice: random.Random) -> int:
        """A caller whose carrier has gone mad: their stream carries the fuzzer's frames between its own."""
        story = scenarios()["hours_and_address"]
        stranger = f"+1503555{dice.randrange(1000, 9999)}"  # who books nothing, so that nobody's day looks different
        call = await world.carrier.call(stranger, world.store.line, caller_for(story))
        self.hostile_calls.append(call)
        for _ in range(600):
            if call.over or (call.streams and call.streams[-1]._socket is not None):
                break
            await asyncio.sleep(0.1)
        sent = 0
        fuzzer = Fuzzer(dice, call.streams[-1].sid if call.streams else "")
        while sent < PER_CALL and not call.over:
            socket = call.streams[-1]._socket
            transport = socket.transport if socket is not None and not socket.ended.done() else None
            for _ in range(dice.randrange(1, 30) if transport is not None else 0):
                send(transport, fuzzer.frame())  # type: ignore[arg-type]
                sent += 1
            await asyncio.sleep(dice.choice([0.02, 0.1]))
        call.hang_up()
        await call.finished()
        call.forget_audio()
        return sent


async def open_media(world: World, signed_url: str, signed: str | None, path: str = "") -> Attacker | int:
    """A hostile upgrade; the HTTP status when it was refused."""
    attacker = Attacker()
    headers = {"Host": urlsplit(signed_url).netloc} | ({"X-Twilio-Signature": signed} if signed is not None else {})
    url = f"ws://{world.at_carrier.media_address}{path or urlsplit(signed_url).path}"
    try:
        await ws_connect(lambda: attacker, url, extra_headers=headers, max_frame_size=1 << 22)
    except WSHandshakeError as refused:
        return int(refused.response.status) if refused.response is not None else 0
    return attacker


def assault(url: str, folder: Path, control_url: str, control_folder: Path, *, seed: int, frames: int) -> Assault:
    """Runs the control and the attack, and compares what the innocent callers went through."""
    control, attack = Assault(seed, 0), Assault(seed, frames)
    virtually(control_url, control_folder, control.run)
    virtually(url, folder, attack.run, max_pending_streams=200)
    for name, peaceful in control.testimonies.items():
        attacked = attack.testimonies[name]
        assert attacked == peaceful, f"seed {seed}: {name} was not as without the attack:\n{peaceful}\n{attacked}"
    return attack


def _told(words: str) -> str:
    return _CONFIRMATION.sub("confirmation is ...", words)


def _memory_mb() -> int:
    """Resident now, where the system tells; the bound is on growth, so 0 is no lie."""
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024 // 1024
