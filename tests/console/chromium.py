"""A real browser, told what to do over its debugging socket; only as much of one as the tests need."""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from types import TracebackType
from typing import Any

import httpx

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-extensions --mute-audio --remote-debugging-port=0"
).split()


def found() -> str | None:
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


class PageGone(Exception):
    """The page went elsewhere while it was being asked."""


class Chromium:
    """One tab. `troubles` is what the browser complained about: script errors, refused loads, CSP violations."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self._number = 0
        self._loaded = False

    async def __aenter__(self) -> "Chromium":
        self._folder = tempfile.mkdtemp()
        command = [found() or "chromium", *FLAGS, f"--user-data-dir={self._folder}", "about:blank"]
        self._process = await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        assert self._process.stderr
        async with asyncio.timeout(30):
            while b"DevTools listening on" not in (line := await self._process.stderr.readline()):
                assert line, "the browser did not start"
        port = int(line.decode().split("127.0.0.1:")[1].split("/")[0])
        async with httpx.AsyncClient(trust_env=False) as client:
            tabs = (await client.get(f"http://127.0.0.1:{port}/json")).json()
        path = next(tab for tab in tabs if tab["type"] == "page")["webSocketDebuggerUrl"].split(str(port), 1)[1]
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
        key = base64.b64encode(os.urandom(16)).decode()
        self._writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await self._reader.readuntil(b"\r\n\r\n")
        for domain in ("Page", "Runtime", "Log"):
            await self.command(f"{domain}.enable")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ):
        self._writer.close()
        self._process.terminate()
        await self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def open(self, address: str, *, width: int = 1280, dark: bool = False, script: bool = True) -> None:
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        await self.command("Emulation.setDeviceMetricsOverride", **metrics)
        theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.command("Emulation.setEmulatedMedia", features=theme)
        await self.command("Emulation.setScriptExecutionDisabled", value=not script)
        self._loaded = False
        await self.command("Page.navigate", url=address)
        async with asyncio.timeout(20):
            while not self._loaded:
                self._notice(json.loads(await self._receive()))

    async def js(self, expression: str) -> Any:
        found = await self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, condition: str) -> None:
        """Waits for the page to make a condition true; the browser's own clock does the waiting."""
        async with asyncio.timeout(15):
            asking = f"new Promise(r => setTimeout(() => r(Boolean({condition})), 50))"
            while True:
                with contextlib.suppress(PageGone):
                    if await self.js(asking):
                        return

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        self._send(json.dumps({"id": self._number, "method": method, "params": params}).encode())
        async with asyncio.timeout(20):
            while True:
                message = json.loads(await self._receive())
                if message.get("id") == self._number:
                    if "navigated" in str(message.get("error")):
                        raise PageGone
                    assert "error" not in message, message
                    result: dict[str, Any] = message["result"]
                    return result
                self._notice(message)

    def _notice(self, message: dict[str, Any]) -> None:
        if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
            self.troubles.append(json.dumps(message["params"])[:400])
        elif message.get("method") == "Page.loadEventFired":
            self._loaded = True

    def _send(self, body: bytes) -> None:
        size = len(body)
        head = bytes([0x81])
        if size < 126:
            head += bytes([0x80 | size])
        else:
            head += bytes([0x80 | 126]) + size.to_bytes(2, "big") if size < 2**16 else b"\xff" + size.to_bytes(8, "big")
        self._writer.write(head + b"\0\0\0\0" + body)  # a mask of zeros leaves the body as it is

    async def _receive(self) -> bytes:
        whole = b""
        while True:
            first, second = await self._reader.readexactly(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
            whole += await self._reader.readexactly(size)
            if first & 0x80:
                return whole
