"""Pictures are fetched from Twilio by sid and from nowhere else, and only pictures are kept."""

from collections.abc import Callable

import httpx
import pytest

from kit.errors import ProviderError
from telephony.forms import parse_text
from telephony.pictures import TwilioPictures, kind_of
from tests.telephony.twilio import ACCOUNT, settings

SID, MEDIA = "MM" + "a" * 32, "ME" + "b" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 50


def pictures(answer: Callable[[httpx.Request], httpx.Response]) -> tuple[TwilioPictures, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer(request)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return TwilioPictures(client, settings()), asked


async def test_the_cdn_is_followed_once_and_without_our_credentials() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "api.twilio.com":
            return httpx.Response(307, headers={"location": "https://mms.twiliocdn.com/abc"})
        return httpx.Response(200, content=JPEG)

    provider, asked = pictures(answer)
    assert await provider.fetch(SID, MEDIA, 1000, 5) == JPEG
    assert [request.url.host for request in asked] == ["api.twilio.com", "mms.twiliocdn.com"]
    assert "authorization" in asked[0].headers and "authorization" not in asked[1].headers


@pytest.mark.parametrize(
    "location",
    [
        "http://mms.twiliocdn.com/a",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/a",
        "https://[::1]/a",
        "https://[::ffff:10.0.0.1]/a",
        "https://mms.twiliocdn.com.evil.example/a",
        "https://mms.twiliocdn.com@evil.example/a",
        "https://evil.example/mms.twiliocdn.com",
        "https://mms.twiliocdn.com:8443/a",
        "file:///etc/passwd",
        "gopher://mms.twiliocdn.com/a",
        "//evil.example/a",
        "/relative",
        "https://2130706433/a",
        "https://mms%2etwiliocdn.com/a",
    ],
)
async def test_nothing_else_is_ever_asked(location: str) -> None:
    provider, asked = pictures(lambda request: httpx.Response(302, headers={"location": location}))
    with pytest.raises(ProviderError):
        await provider.fetch(SID, MEDIA, 1000, 5)
    assert len(asked) == 1


async def test_a_picture_that_is_too_large_is_given_up_before_it_is_read() -> None:
    provider, _ = pictures(lambda request: httpx.Response(200, content=JPEG * 100))
    with pytest.raises(ProviderError, match="larger"):
        await provider.fetch(SID, MEDIA, 1000, 5)


@pytest.mark.parametrize("body", [b"MZ\x90\x00", b"<svg onload=alert(1)>", b"#!/bin/sh", b"%PDF-1.7", b"", b"GIF8"])
def test_only_pictures_are_pictures(body: bytes) -> None:
    with pytest.raises(ProviderError, match="not a picture"):
        kind_of(body)


def test_the_address_in_the_form_is_never_used() -> None:
    form = {
        "AccountSid": ACCOUNT,
        "MessageSid": SID,
        "From": "+15035550112",
        "To": "+15550100100",
        "NumMedia": "3",
        "MediaUrl0": f"https://evil.example/Media/{MEDIA}",
        "MediaContentType0": "image/jpeg",
        "MediaUrl1": "https://evil.example/x.jpg",
        "MediaUrl2": "https://api.twilio.com/Media/../../etc",
    }
    assert parse_text(form).media == ((MEDIA, "image/jpeg"),)
