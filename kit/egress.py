"""Connections to addresses a store wrote down: resolved once, checked, and made to exactly what was checked.

A name that leads inside (loopback, private, link-local, cloud metadata) is refused, whatever it is wrapped in; a
second answer of the name server is never asked for, so it cannot differ from the one that was checked.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from kit.errors import ProviderError

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Every address of a name, as numbers."""

LARGEST_ANSWER = 64 * 1024

_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAME = re.compile(r"(?=.{1,253}$)[0-9a-z_-]{1,63}(\.[0-9a-z_-]{1,63})*", re.ASCII)
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE | re.ASCII)
# These carry an IPv4 address inside, so a check of the outside says nothing: 6to4, Teredo, NAT64, IPv4-compatible.
_WRAPPED = tuple(map(ipaddress.IPv6Network, ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48", "::/96")))
# Special by IANA's registers, and taken for public by older Pythons; cloud metadata lives in the first.
_SPECIAL = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
_INSIDE_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain")


class AddressRefused(ProviderError):
    """An address we do not connect to; trying again changes nothing until somebody changes it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"address refused: {reason}", retryable=False)


@dataclass(frozen=True)
class Answer:
    """What an HTTP server said; the body is cut at LARGEST_ANSWER."""

    status: int
    body: bytes


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """The operating system's own answer."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ProviderError(f"{host} is not known to the name server", retryable=True) from error
    return [str(address[0]) for *_, address in found]


class Egress:
    """The way out for everything whose address is a store's own setting.

    `allow_loopback` is for simulators on this machine and lets through the loopback only, nothing else that is inside.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        resolver: Resolver = system_resolver,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._resolver = resolver
        self._transport = transport
        self._tls: ssl.SSLContext | None = None

    async def address(self, host: str, port: int) -> str:
        """The one address to connect to; every address of the name must be fit, or none is used."""
        check_host(host, allow_loopback=self._allow_loopback)
        if not 1 <= port <= 65535:
            raise AddressRefused("no such port")
        found = await self._resolver(host.rstrip("."), port)
        if not found:
            raise ProviderError(f"{host} has no address", retryable=True)
        for each in found:
            reason = why_inside(each)
            if reason and not (self._allow_loopback and reason == "loopback"):
                raise AddressRefused(f"{host} leads to a {reason} address")
        # IPv4 first: machines without IPv6 are many, machines without IPv4 few.
        return min(found, key=lambda each: ":" in each)

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"", seconds: float
    ) -> Answer:
        """One request to the pinned address, never redirected; raises ProviderError when no answer came."""
        scheme, host, port = check_url(url, allow_loopback=self._allow_loopback)
        address = await self.address(host, port)
        if scheme == "http" and why_inside(address) != "loopback":
            raise AddressRefused("only https is spoken outside this machine")
        pinned = httpx.URL(url).copy_with(host=address)
        sent = {**headers, "Host": httpx.URL(url).netloc.decode("ascii")}
        client = httpx.AsyncClient(
            verify=self.tls, trust_env=False, follow_redirects=False, timeout=seconds, transport=self._transport
        )
        try:
            async with client, asyncio.timeout(seconds):
                request = client.build_request(
                    method, pinned, headers=sent, content=body, extensions={"sni_hostname": host}
                )
                answer = await client.send(request, stream=True)
                try:
                    return Answer(answer.status_code, await _limited(answer))
                finally:
                    await answer.aclose()
        except TimeoutError:
            raise ProviderError("no answer in time", retryable=True) from None
        except httpx.HTTPError as error:
            raise ProviderError(f"no answer ({type(error).__name__})", retryable=True) from error

    @property
    def tls(self) -> ssl.SSLContext:
        """Certificates are checked against the name, although the connection goes to the number."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    async def connection(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connected socket for protocols that bring their own talk."""
        address = await self.address(host, port)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connected = socket.socket(family, socket.SOCK_STREAM)
        connected.setblocking(False)
        try:
            async with asyncio.timeout(seconds):
                await asyncio.get_running_loop().sock_connect(connected, (address, port))
        except (OSError, TimeoutError) as error:
            connected.close()
            raise ProviderError(f"cannot connect to {host}", retryable=True) from error
        except BaseException:
            connected.close()
            raise
        return connected


def check_url(url: str, *, allow_loopback: bool) -> tuple[str, str, int]:
    """Scheme, host and port of an address we would consider; nothing is looked up yet."""
    if not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise AddressRefused("it has characters no address has")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        same = httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise AddressRefused("it is not an address") from None
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not allow_loopback):
        raise AddressRefused("only https is spoken")
    if "@" in parts.netloc:
        raise AddressRefused("it carries a user name")
    if same.host.casefold() != host.casefold() or same.scheme != parts.scheme:
        raise AddressRefused("it can be read in two ways")
    check_host(host, allow_loopback=allow_loopback)
    return parts.scheme, host, port if port is not None else (443 if parts.scheme == "https" else 80)


def check_host(host: str, *, allow_loopback: bool) -> None:
    """Refuses names that mean this machine or the inside, and numbers in any but their usual form."""
    plain = host.casefold().rstrip(".")
    try:
        ipaddress.ip_address(plain)
        return
    except ValueError:
        pass
    if host.endswith("..") or not _NAME.fullmatch(plain):
        raise AddressRefused("the host is no name")
    if _NUMBER.fullmatch(plain.rsplit(".", 1)[-1]):
        raise AddressRefused("the host is a number in disguise")
    if any(plain == name or plain.endswith(f".{name}") for name in _INSIDE_NAMES):
        if not (allow_loopback and plain == "localhost"):
            raise AddressRefused("the host is inside")


def why_inside(address: str) -> str:
    """What kind of inside address this is; empty when it is a public one."""
    try:
        ip: _IPAddress = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "nonsensical"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return why_inside(str(ip.ipv4_mapped)) and "wrapped inside"
        if ip == ipaddress.IPv6Address("::1"):
            return "loopback"
        if any(ip in network for network in _WRAPPED):
            return "wrapped"
        if ip.is_site_local:
            return "private"
    if ip.is_loopback:
        return "loopback"
    if ip.is_link_local:
        return "link-local"
    if ip.is_multicast or ip.is_unspecified or ip.is_reserved or any(ip in network for network in _SPECIAL):
        return "special"
    return "" if ip.is_global else "private"


async def _limited(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) >= LARGEST_ANSWER:
            break
    return bytes(body[:LARGEST_ANSWER])
