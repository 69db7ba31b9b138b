"""Virtual time: minutes pass in milliseconds, and wait for whatever the loop cannot see."""

import asyncio
import threading
import time

import pytest

from kit.clock import busy
from simulator.http_server import HttpAnswer, HttpRequest, HttpServer
from simulator.virtual_time import VirtualTimeStalled, run_virtually


def test_an_hour_of_sleep_passes_at_once() -> None:
    async def main() -> float:
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time() - began

    started = time.monotonic()
    assert run_virtually(main()) == pytest.approx(3600, abs=0.01)
    assert time.monotonic() - started < 2


def test_timers_fire_in_their_order_however_they_were_set() -> None:
    async def main() -> list[float]:
        order: list[float] = []

        async def after(seconds: float) -> None:
            await asyncio.sleep(seconds)
            order.append(seconds)

        await asyncio.gather(*(after(seconds) for seconds in (5, 0.02, 60, 0.5, 59.99)))
        return order

    assert run_virtually(main()) == [0.02, 0.5, 5, 59.99, 60]


def test_time_stands_still_while_a_thread_works() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.02)
                ticks += 1

        ticking = asyncio.ensure_future(tick())
        began = loop.time()
        await asyncio.to_thread(time.sleep, 0.2)
        spent = loop.time() - began
        ticking.cancel()
        return spent

    assert run_virtually(main()) < 0.05


def test_time_stands_still_while_the_clock_is_held() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        answered = loop.create_future()
        began = loop.time()
        with busy():
            thread = threading.Timer(0.1, lambda: loop.call_soon_threadsafe(answered.set_result, None))
            thread.start()
            async with asyncio.timeout(30):  # would fire at once if time jumped
                await answered
        return loop.time() - began

    assert run_virtually(main()) == 0.0


def test_held_code_that_sleeps_still_gets_on() -> None:
    async def main() -> float:
        began = asyncio.get_running_loop().time()
        with busy():
            await asyncio.sleep(0.05)
        return asyncio.get_running_loop().time() - began

    assert run_virtually(main()) == pytest.approx(0.05, abs=0.02)


def test_sockets_are_answered_before_time_moves_on() -> None:
    async def main() -> None:
        async def handler(request: HttpRequest) -> HttpAnswer:
            return HttpAnswer(200, request.body)

        server = HttpServer(handler)
        host, port = (await server.start("127.0.0.1:0")).split(":")
        loop = asyncio.get_running_loop()
        for _ in range(200):
            began = loop.time()
            async with asyncio.timeout(0.01):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
                assert (await reader.read()).endswith(b"hi")
            writer.close()
            assert loop.time() == began
        await server.close()

    run_virtually(main())


def test_waiting_for_what_will_never_come_is_an_error_that_says_so() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(VirtualTimeStalled, match="never happen"):
        run_virtually(main(), stall_seconds=0.2)
