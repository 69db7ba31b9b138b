"""No address a store writes down leads inside: not by name, by number, by disguise, or by a second answer."""

from collections.abc import Sequence

import httpx
import pytest

from kit.egress import LARGEST_ANSWER, AddressRefused, Egress, why_inside
from kit.errors import ProviderError

PUBLIC = "93.184.216.34"

# What a hostile name server would answer for each name.
NAMES = {
    "crm.example": [PUBLIC],
    "inside.example": ["10.0.0.8"],
    "loop.example": ["127.0.0.1"],
    "meta.example": ["169.254.169.254"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "mapped-private.example": ["::ffff:10.0.0.1"],
    "six.example": ["fd00::1"],
    "link.example": ["fe80::1"],
    "both.example": [PUBLIC, "192.168.1.4"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "sixtofour.example": ["2002:7f00:1::"],
    "teredo.example": ["2001:0:53aa:64c:0:fffe:80ff:fffe"],
    "compatible.example": ["::10.0.0.1"],
    "zero.example": ["0.0.0.0"],
    "shared.example": ["100.64.0.1"],
    "nonsense.example": ["not an address"],
}

TRICKS = (
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.0.1.:443/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.0x1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[0:0:0:0:0:ffff:169.254.169.254]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[2002:0a00:0001::]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.100.100.200/",
    "https://192.0.0.192/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://api.localhost/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://inside.example/",
    "https://loop.example/",
    "https://loop.example.:443/",
    "https://meta.example/",
    "https://mapped.example/",
    "https://mapped-private.example/",
    "https://six.example/",
    "https://link.example/",
    "https://both.example/",
    "https://nat64.example/",
    "https://sixtofour.example/",
    "https://teredo.example/",
    "https://compatible.example/",
    "https://zero.example/",
    "https://shared.example/",
    "https://nonsense.example/",
    "https://user:secret@crm.example/",
    "https://crm.example@127.0.0.1/",
    "https://127.0.0.1#@crm.example/",
    "https://crm.example\\@127.0.0.1/",
    "https://127.0.0.1\\.crm.example/",
    "https://crm.example\t.evil.example/",
    "https://crm.example\r\nHost: inside.example/",
    " https://127.0.0.1/",
    "https://ⓛocalhost/",
    "https://127。0。0。1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://crm.exаmple/",
    "https://%31%32%37.0.0.1/",
    "https://crm..example/",
    "https://.crm.example/",
    "https:///etc/passwd",
    "https://",
    "//crm.example/",
    "http://crm.example/",
    "http://127.0.0.1:8000/",
    "ftp://crm.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/_HELO",
    "https://crm.example:0/",
    "https://crm.example:99999/",
    "https://crm.example:port/",
    "crm.example",
    "",
)


LOOPBACKS = {
    "https://127.0.0.1.:443/",
    "https://127.0.0.1#@crm.example/",
    "https://[::1]/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://loop.example/",
    "https://loop.example.:443/",
    "https://127.0.0.1/",
    "http://127.0.0.1:8000/",
}


class Wire:
    """Where requests would leave; nothing goes anywhere."""

    def __init__(self) -> None:
        self.went: list[httpx.Request] = []
        self.answer = httpx.Response(200, content=b"ok")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.went.append(request)
        return self.answer


async def hostile_names(host: str, port: int) -> Sequence[str]:
    """As the operating system answers: numbers as they are, known names from the table."""
    if host in NAMES:
        return NAMES[host]
    if ":" in host or host.replace(".", "").isdigit():
        return [host]
    raise ProviderError("unknown", retryable=True)


def an_egress(wire: Wire, *, allow_loopback: bool = False) -> Egress:
    return Egress(resolver=hostile_names, transport=httpx.MockTransport(wire), allow_loopback=allow_loopback)


@pytest.mark.parametrize("url", TRICKS)
async def test_no_trick_gets_a_request_out(url: str) -> None:
    wire = Wire()
    with pytest.raises(ProviderError):
        await an_egress(wire).request("POST", url, headers={}, body=b"x", seconds=1)
    assert wire.went == []


@pytest.mark.parametrize("url", sorted(set(TRICKS) - LOOPBACKS))
async def test_allowing_the_loopback_allows_nothing_else(url: str) -> None:
    wire = Wire()
    with pytest.raises(ProviderError):
        await an_egress(wire, allow_loopback=True).request("POST", url, headers={}, body=b"x", seconds=1)
    assert wire.went == []


def test_the_table_is_as_long_as_it_has_to_be() -> None:
    assert len(set(TRICKS)) >= 80


async def test_the_connection_goes_to_the_number_that_was_checked_and_the_name_stays_the_name() -> None:
    wire = Wire()
    answer = await an_egress(wire).request("POST", "https://crm.example:8443/in?x=1", headers={"a": "b"}, seconds=1)
    [request] = wire.went
    assert (request.url.host, request.url.port, request.url.raw_path) == (PUBLIC, 8443, b"/in?x=1")
    assert request.headers["host"] == "crm.example:8443"
    assert request.extensions["sni_hostname"] == "crm.example"
    assert (answer.status, answer.body) == (200, b"ok")


async def test_a_name_server_that_answers_differently_the_second_time_changes_nothing() -> None:
    """DNS rebinding: one look per request, and the request goes where that look said."""
    answers = [[PUBLIC], ["127.0.0.1"], ["169.254.169.254"]]
    looks = 0

    async def rebinding(_host: str, _port: int) -> Sequence[str]:
        nonlocal looks
        looks += 1
        return answers.pop(0)

    wire = Wire()
    egress = Egress(resolver=rebinding, transport=httpx.MockTransport(wire))
    await egress.request("GET", "https://rebind.example/", headers={}, seconds=1)
    assert looks == 1
    for _ in range(2):
        with pytest.raises(AddressRefused):
            await egress.request("GET", "https://rebind.example/", headers={}, seconds=1)
    assert [request.url.host for request in wire.went] == [PUBLIC]


async def test_a_redirect_comes_back_as_an_answer() -> None:
    wire = Wire()
    wire.answer = httpx.Response(302, headers={"Location": "https://127.0.0.1/"})
    answer = await an_egress(wire).request("GET", "https://crm.example/", headers={}, seconds=1)
    assert (answer.status, len(wire.went)) == (302, 1)


async def test_an_endless_answer_is_cut() -> None:
    wire = Wire()
    wire.answer = httpx.Response(200, content=b"x" * (LARGEST_ANSWER * 3))
    answer = await an_egress(wire).request("GET", "https://crm.example/", headers={}, seconds=1)
    assert len(answer.body) == LARGEST_ANSWER


@pytest.mark.parametrize(
    "host", ["inside.example", "loop.example", "127.0.0.1", "2130706433", "localhost", "both.example"]
)
async def test_mail_and_files_take_the_same_way_out(host: str) -> None:
    with pytest.raises(AddressRefused):
        await an_egress(Wire()).connection(host, 25, 1)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1"])
def test_public_addresses_are_fit(address: str) -> None:
    assert why_inside(address) == ""
