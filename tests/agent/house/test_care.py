"""Waiting lists, codes, details put right, what is due, parts on order and sales matters, by the house agent."""

from datetime import timedelta
from typing import Any

import pytest

from kit.db import Database
from tests.agent.house.a_dialogue import Dialogue, a_dialogue
from tests.builders import NOW

NIGHT = NOW + timedelta(hours=11)
PROOF = ("Ana Ortega", "2019 Chevrolet Tahoe", "90012")
PRUEBA = ("Ana Ortega", "un Chevrolet Tahoe 2019", "90012")


def asked(dialogue: Dialogue, tool: str) -> dict[str, Any]:
    return next(arguments for name, arguments, _ in dialogue.used if name == tool)


@pytest.mark.parametrize(
    ("lines", "tool", "told", "last"),
    [
        (
            ("Can you put me on the waiting list for an oil change?", "Ana Ortega"),
            "join_wait_list",
            {},
            "on the waiting list",
        ),
        (
            ("Quiero estar en la lista de espera para un cambio de aceite", "Ana Ortega"),
            "join_wait_list",
            {},
            "lista de",
        ),
        (
            (
                "I need an oil change on my 2019 Tahoe tomorrow",
                "Ana Ortega",
                "drop it off",
                "call me if anything opens up sooner",
            ),
            "join_wait_list",
            {"words": "I need an oil change on my 2019 Tahoe tomorrow"},
            "on the waiting list",
        ),
        (
            ("My phone number has changed", "503 555 0188", "yes", "Ana Ortega"),
            "correct_contact",
            {"phone": "+15035550188"},
            "noted that",
        ),
        (
            ("I need to update my email", "it's ana dot ortega at gmail dot com", "yes", "Ana Ortega"),
            "correct_contact",
            {"email": "ana.ortega@gmail.com"},
            "noted that",
        ),
        (
            ("We moved, I have a new address", "1440 Harbor Road, Portland, 97214", "yes that's right", "Ana Ortega"),
            "correct_contact",
            {"street": "1440 Harbor Road", "city": "Portland", "zip_code": "97214"},
            "noted that",
        ),
        (
            ("Hola, cambié de número", "503 555 0199", "no, 503 555 0188", "sí", "Ana Ortega"),
            "correct_contact",
            {"phone": "+15035550188"},
            "ya lo anoté",
        ),
        (("What is my car due for?", *PROOF), "maintenance_due", {"car": "2019 Chevrolet Tahoe"}, "anything else"),
        (("Is my part in yet?", *PROOF), "parts_on_order", {}, "I don't see parts on order"),
        (("Hola, ¿ya llegó mi pieza?", *PRUEBA), "parts_on_order", {}, "No veo piezas pedidas"),
    ],
)
async def test_it_is_done_in_as_many_words_as_it_takes(
    database: Database, lines: tuple[str, ...], tool: str, told: dict[str, Any], last: str
) -> None:
    dialogue = await a_dialogue(database)
    answer = await dialogue.hear(*lines)
    used = [arguments for name, arguments, _ in dialogue.used if name == tool]
    assert used and told.items() <= used[-1].items()
    assert dialogue.results(tool)[-1]["result"] != "refused"
    assert last in answer


async def test_a_code_is_asked_for_in_place_of_two_facts_and_a_wrong_one_opens_nothing(database: Database) -> None:
    dialogue = await a_dialogue(database)
    await dialogue.hear("Is my car ready?", "Ana Ortega", "can you text me a code instead?")
    assert "six digits" in dialogue.last and dialogue.tools("send_code") == ["send_code"]
    answer = await dialogue.hear("1 2 3 4 5 6")
    assert asked(dialogue, "confirm_code") == {"code": "123456"}
    assert "not the code" in answer and "two details" in answer


@pytest.mark.parametrize(
    ("lines", "tool", "told"),
    [
        (
            ("I'd like to test drive the new Tahoe", "Ana Ortega", "Saturday at 2", "yes"),
            "request_test_drive",
            {"car": "Chevrolet Tahoe", "when": "Saturday at 2", "licensed": True},
        ),
        (
            (
                "what would you give me for my trade in",
                "Ana Ortega",
                "2016 Honda Civic",
                "80000",
                "clean",
                "no it's paid off",
            ),
            "trade_in",
            {"car": "2016 Honda Civic", "miles": 80000, "condition": "clean", "owes": "no it's paid off"},
        ),
        (
            ("I'm interested in buying a used truck", "Ana Ortega", "a Silverado", "next week"),
            "sales_inquiry",
            {"what": "a Silverado", "when": "next week"},
        ),
        (
            ("Hola quiero una prueba de manejo", "Ana Ortega", "la Tahoe nueva", "el sábado", "sí"),
            "request_test_drive",
            {"car": "Chevrolet Tahoe", "licensed": True},
        ),
    ],
)
async def test_when_sales_is_closed_what_it_must_know_is_asked_once_each_and_filed(
    database: Database, lines: tuple[str, ...], tool: str, told: dict[str, Any]
) -> None:
    dialogue = await a_dialogue(database, now=NIGHT)
    await dialogue.hear(*lines)
    assert told.items() <= asked(dialogue, tool).items()
    assert dialogue.results(tool)[-1]["result"] == "promised"
    assert len(set(dialogue.said)) == len(dialogue.said), "nothing was asked twice"
