"""Passwords: what is accepted, and their argon2id hashes, made and checked off the event loop."""

import asyncio
import os
from functools import lru_cache

from pwdlib import PasswordHash

SHORTEST, LONGEST = 12, 128
_HASHES = PasswordHash.recommended()
# 64 MiB and some 0.4 s of a core each: a crowd at the door may not take the memory from the calls.
_AT_ONCE = asyncio.Semaphore(2)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """Something to check against where there is no account, so that it takes as long."""
    return _HASHES.hash(os.urandom(16).hex())


def objection(password: str, *about: str) -> str:
    """Why a password is not taken, or ""; `about` are words of its owner that are no secret (e-mail, name, store)."""
    if len(password) < SHORTEST:
        return f"Use {SHORTEST} characters or more; a few words are fine."
    if len(password) > LONGEST:
        return f"Use {LONGEST} characters or fewer."
    if len(set(password.lower())) < 5:
        return "Use more than the same few characters."
    known = [part for words in about for part in words.lower().replace("@", " ").split() if len(part) > 3]
    bare = password.lower()
    for word in known:
        bare = bare.replace(word, "")
    if len(bare) < SHORTEST - 4:
        return "Use something other than your name, your address or the store’s name."
    return ""


async def hashed(password: str) -> str:
    """The hash to keep."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_HASHES.hash, password)


async def fits(password: str, kept: str) -> bool:
    """Whether the password is the one whose hash is kept; takes as long when there is none."""
    async with _AT_ONCE:
        right = await asyncio.to_thread(lambda: _HASHES.verify(password[:LONGEST], kept or _nobodys()))
    return right and bool(kept)
