"""The messages of a Realtime server, as bytes with blanks: building them must not cost the rig what it measures."""

import json
from itertools import count

_numbers = count(1)


def new_id(kind: str) -> str:
    return f"{kind}_{next(_numbers):012d}"


def message(kind: str, **fields: object) -> bytes:
    """Any message that is not sent often."""
    return json.dumps({"type": kind, "event_id": new_id("event"), **fields}, separators=(",", ":")).encode()


def session(kind: str, configured: dict[str, object], session_id: str) -> bytes:
    return message(
        kind, session={**configured, "id": session_id, "object": "realtime.session", "expires_at": 4102444800}
    )


def audio_delta(response_id: str, item_id: str, payload: bytes) -> bytes:
    """A template: what is blank in `payload` stays blank."""
    return (
        b'{"type":"response.output_audio.delta","event_id":"event_a","response_id":"'
        + response_id.encode()
        + b'","item_id":"'
        + item_id.encode()
        + b'","output_index":0,"content_index":0,"delta":"'
        + payload
        + b'"}'
    )


def words_delta(response_id: str, item_id: str, words: str) -> bytes:
    return (
        '{"type":"response.output_audio_transcript.delta","event_id":"event_w","response_id":"'
        + response_id
        + '","item_id":"'
        + item_id
        + '","output_index":0,"content_index":0,"delta":"'
        + words
        + '"}'
    ).encode()


def response(kind: str, response_id: str, status: str, metadata: object, **more: object) -> bytes:
    return message(
        kind,
        response={
            "object": "realtime.response", "id": response_id, "status": status, "status_details": None,
            "output": [], "output_modalities": ["audio"], "metadata": metadata, "usage": None, **more,
        },
    )  # fmt: skip


USAGE = {
    "total_tokens": 900, "input_tokens": 800, "output_tokens": 100,
    "input_token_details": {
        "text_tokens": 500, "audio_tokens": 300, "image_tokens": 0, "cached_tokens": 600,
        "cached_tokens_details": {"text_tokens": 450, "audio_tokens": 150, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 20, "audio_tokens": 80},
}  # fmt: skip


def spoken_item(item_id: str, status: str, text: str | None = None) -> dict[str, object]:
    content = [] if text is None else [{"type": "output_audio", "transcript": text}]
    return {
        "id": item_id, "object": "realtime.item", "type": "message", "status": status, "role": "assistant",
        "content": content,
    }  # fmt: skip


def caller_item(item_id: str) -> dict[str, object]:
    return {
        "id": item_id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user",
        "content": [{"type": "input_audio", "transcript": None}],
    }  # fmt: skip


def function_item(item_id: str, status: str, call_id: str, name: str, arguments: str) -> dict[str, object]:
    return {
        "id": item_id, "object": "realtime.item", "type": "function_call", "status": status, "call_id": call_id,
        "name": name, "arguments": arguments,
    }  # fmt: skip
