"""Requests no carrier has signed, or that it signed long ago: none of them may change a row or open a session."""

import asyncio
import base64
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
from picows import WSMsgType
from sqlalchemy import select

from followup.closing import Proof
from followup.ending import end
from followup.lifecycle import Act
from followup.models import Loop
from kit.db import Base
from simulator.carrier.signature import signature
from simulator.carrier.webhooks import WebhookRequest
from tests.flows.world import ACCOUNT, ORIGIN, TOKEN, World, virtually
from tests.soak.evidence import invariants_broken
from tests.soak.hostile import MEDIA_URL, Attacker, open_media


@dataclass
class Forgery:
    """`attempts` requests and upgrades that are not the carrier's, or that it made long ago."""

    seed: int
    attempts: int
    refused: int = 0
    repeated: int = 0
    upgrades: int = 0

    async def run(self, world: World) -> None:
        world.model.settings.validate = False
        dice = random.Random(self.seed)
        for name in ("brake_job_known_customer", "transfer_to_parts", "message_for_an_advisor"):
            await world.record((await world.call(name)).sid)
        await self._promises_kept(world)
        await asyncio.sleep(60)  # recordings are fetched, holds have run out: from here on nothing moves by itself
        before, sessions = await everything(world), len(world.model.sessions)
        genuine = [request for request in world.carrier.requests if request.status in (200, 204)]
        calls = [request.fields["CallSid"] for request in genuine if "CallSid" in request.fields]
        tokens = [_token(request.answer.decode()) for request in genuine if b"<Stream" in request.answer]
        async with httpx.AsyncClient(trust_env=False, timeout=None) as client:
            for _ in range(self.attempts):
                roll = dice.random()
                if roll < 0.55:
                    await self._forged(world, client, dice, dice.choice(genuine))
                elif roll < 0.75:
                    await self._replayed(world, client, dice.choice(genuine))
                else:
                    await self._upgrade(world, dice, dice.choice(tokens), dice.choice(calls))
        await asyncio.sleep(30)
        after = await everything(world)
        changed = {table: set(before[table]) ^ set(after[table]) for table in before if before[table] != after[table]}
        assert not changed, f"seed {self.seed}: rows changed: {changed}"
        assert len(world.model.sessions) == sessions, f"seed {self.seed}: somebody else's model session"
        assert world.service.live == 0
        async with world.database.across_rooftops("a test verifies") as db:
            wrong = await invariants_broken(db, world.clock.now())
            assert wrong == [], wrong

    async def _promises_kept(self, world: World) -> None:
        """Closed promises are where a replay would do most harm: it must not owe the same call again."""
        async with world.database.writing(world.store.rooftop_id) as db:
            for row in await db.scalars(select(Loop).where(Loop.closed_at.is_(None))):
                proof = Proof("", "note", says="called back")
                await end(db, row, Act.CLOSE, "do_not_contact", "Dana", (proof,), world.clock.now())

    async def _forged(
        self, world: World, client: httpx.AsyncClient, dice: random.Random, genuine: WebhookRequest
    ) -> None:
        url, fields, headers = forge(dice, genuine)
        answer = await _post(world, client, url, fields, headers)
        assert 400 <= answer.status_code < 500, f"seed {self.seed}: {url} {fields} {headers} -> {answer.status_code}"
        self.refused += 1

    async def _replayed(self, world: World, client: httpx.AsyncClient, genuine: WebhookRequest) -> None:
        headers = {"X-Twilio-Signature": signature(TOKEN, genuine.url, genuine.fields.items())}
        answer = await _post(world, client, genuine.url, list(genuine.fields.items()), headers)
        assert answer.status_code < 500, f"seed {self.seed}: {genuine.url} -> {answer.status_code}"
        assert b"<Connect" not in answer.content, f"seed {self.seed}: {genuine.url} connects a call that is over"
        self.repeated += 1

    async def _upgrade(self, world: World, dice: random.Random, token: str, call_sid: str) -> None:
        self.upgrades += 1
        good = signature(TOKEN, MEDIA_URL, ())
        forged: list[tuple[str | None, str]] = [
            (None, ""),
            ("", ""),
            (good[:-2] + "A=", ""),
            (signature("another token", MEDIA_URL, ()), ""),
            (signature(TOKEN, MEDIA_URL.replace("wss", "https"), ()), ""),
            (signature(TOKEN, MEDIA_URL + "/", ()), ""),
            (good, "/media/other"),
            (good, "/media/call?token=" + token),
            (good, "/relay/call"),
        ]
        if dice.random() < 0.6:
            signed, path = dice.choice(forged)
            refused = await open_media(world, MEDIA_URL, signed, path)
            assert refused in (403, 404), f"seed {self.seed}: upgrade {signed!r} {path} -> {refused}"
            return
        attacker = await open_media(world, MEDIA_URL, good)
        assert isinstance(attacker, Attacker) and attacker.transport is not None
        start = {
            "callSid": dice.choice([call_sid, f"CA{dice.getrandbits(128):032x}"]),
            "accountSid": dice.choice([ACCOUNT, "AC" + "9" * 32]),
            "streamSid": "MZ" + "2" * 32,
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": dice.choice([{"token": token}, {"token": token[::-1]}, {"token": ""}, {}]),
        }
        message = {"event": "start", "sequenceNumber": "1", "streamSid": "MZ" + "2" * 32, "start": start}
        attacker.transport.send(WSMsgType.TEXT, json.dumps(message).encode())
        async with asyncio.timeout(30):
            await attacker.closed.wait()


def forge(dice: random.Random, genuine: WebhookRequest) -> tuple[str, list[tuple[str, str]], dict[str, str]]:
    """A request that nearly is the genuine one: address, form and headers."""
    fields, url = dict(genuine.fields), genuine.url
    signed = signature(TOKEN, url, fields.items())
    key = dice.choice(sorted(fields))
    pairs = list(fields.items())
    near: list[Callable[[], tuple[str, list[tuple[str, str]], str | None]]] = [
        lambda: (url, pairs, None),
        lambda: (url, pairs, ""),
        lambda: (url, pairs, base64.b64encode(dice.randbytes(20)).decode()),
        lambda: (url, pairs, signature("another token", url, pairs)),
        lambda: (url, pairs, signature(TOKEN, url.replace("https://", "http://"), pairs)),
        lambda: (url, pairs, signature(TOKEN, url + "/", pairs)),
        lambda: (url, pairs, signature(TOKEN, url.replace(ORIGIN, "https://evil.test"), pairs)),
        lambda: (url, [(k, v + "0" if k == key else v) for k, v in pairs], signed),
        lambda: (url, [(k, v) for k, v in pairs if k != key], signed),
        lambda: (url, [*pairs, ("Extra", "1")], signed),
        lambda: (url, [*pairs, (key, fields[key])], signed),
        lambda: (url, [(k.swapcase() if k == key else k, v) for k, v in pairs], signed),
        lambda: (url + ("&" if "?" in url else "?") + "a=1", pairs, signed),
        lambda: (dice.choice(_other_routes(url)), pairs, signed),
        lambda: (url, *_another_account(url, fields)),
    ]
    address, form, given = dice.choice(near)()
    headers = {} if given is None else {"X-Twilio-Signature": given}
    if dice.random() < 0.3:
        headers |= {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "http", "Host": "evil.test"}
    return address, form, headers


def _other_routes(url: str) -> list[str]:
    names = ("voice", "after-stream", "after-dial", "after-voicemail", "fallback", "status", "recording")
    return [f"{ORIGIN}/twilio/{name}" for name in names if not url.startswith(f"{ORIGIN}/twilio/{name}")]


def _another_account(url: str, fields: Mapping[str, str]) -> tuple[list[tuple[str, str]], str]:
    """Signed with our own token and about somebody else's account."""
    theirs = dict(fields) | {"AccountSid": "AC" + "9" * 32}
    return list(theirs.items()), signature(TOKEN, url, theirs.items())


async def _post(
    world: World, client: httpx.AsyncClient, url: str, fields: list[tuple[str, str]], headers: Mapping[str, str]
) -> httpx.Response:
    parts = urlsplit(url)
    address = f"http://{world.at_carrier.web_address}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return await client.post(address, content=urlencode(fields), headers={**form, **headers})


def _token(twiml: str) -> str:
    return twiml.split('name="token" value="')[1].split('"')[0]


async def everything(world: World) -> dict[str, list[str]]:
    """Every row of every table."""
    async with world.database.across_rooftops("a test compares everything") as db:
        return {
            table.name: sorted(repr(tuple(row)) for row in await db.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def forgery(url: str, folder: Path, *, seed: int, attempts: int) -> Forgery:
    forging = Forgery(seed, attempts)
    virtually(url, folder, forging.run)
    return forging
