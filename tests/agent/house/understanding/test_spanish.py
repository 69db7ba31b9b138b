"""Callers who speak Spanish are understood by the same rules, and their names stay theirs."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from agent.house.understanding import (
    Asked,
    Intent,
    Language,
    Need,
    Understood,
    asked_language,
    spoken_language,
    understand,
)

NOW = datetime(2026, 11, 20, 9, 0)  # noqa: DTZ001 - the rooftop's own clock


def heard(said: str, asked: Asked | None = None) -> Understood:
    return understand(said, NOW, asked=asked, language=Language.SPANISH)


WHEN = [
    ("mañana por la tarde", date(2026, 11, 21), time(12), time(16)),
    ("pasado mañana a las 9 de la mañana", date(2026, 11, 22), time(9), time(9)),
    ("el próximo martes a las dos y media de la tarde", date(2026, 11, 24), time(14, 30), time(14, 30)),
    ("el martes que viene a las diez menos cuarto de la mañana", date(2026, 11, 24), time(9, 45), time(9, 45)),
    ("el quince de diciembre al mediodía", date(2026, 12, 15), time(12), time(12)),
    ("el lunes a primera hora", date(2026, 11, 23), time(8), time(12)),
    ("el sábado después de las diez de la mañana", date(2026, 11, 21), time(10), None),
    ("el viernes 27 de noviembre a las ocho y cuarto de la mañana", date(2026, 11, 27), time(8, 15), time(8, 15)),
    ("el primero de diciembre antes del mediodía", date(2026, 12, 1), None, time(12)),
]


@pytest.mark.parametrize(("said", "day", "start", "end"), WHEN)
def test_days_and_times(said: str, day: date, start: time | None, end: time | None) -> None:
    wanted = heard(said, Asked.TIME).wanted
    assert [span.first for span in wanted.days] == [day]
    assert [(span.start, span.end) for span in wanted.clock] == [(start, end)]


def test_a_day_that_does_not_suit_is_not_asked_for() -> None:
    wanted = heard("el jueves no puedo", Asked.TIME).wanted
    assert not wanted.days and [span.first for span in wanted.excluded] == [date(2026, 11, 26)]


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("quisiera hacer una cita", Intent.BOOK),
        ("necesito cambiar mi cita", Intent.MOVE),
        ("quiero cancelar mi cita por favor", Intent.CANCEL),
        ("¿ya está listo mi carro?", Intent.RO_STATUS),
        ("¿a qué hora cierran?", Intent.HOURS),
        ("¿dónde están ubicados?", Intent.ADDRESS),
        ("¿cuánto cuesta?", Intent.PRICE),
        ("quiero hablar con una persona", Intent.TRANSFER),
        ("los frenos no funcionan", Intent.SAFETY),
        ("huele a gasolina", Intent.SAFETY),
        ("sale humo del motor", Intent.SAFETY),
        ("ya no me llamen", Intent.OPT_OUT),
        ("sí, claro", Intent.YES),
        ("no, gracias", Intent.NO),
        ("adiós", Intent.GOODBYE),
        ("¿me puede repetir?", Intent.REPEAT),
    ],
)
def test_what_they_want(said: str, intent: Intent) -> None:
    assert heard(said).says(intent)


@pytest.mark.parametrize(
    ("said", "need"),
    [
        ("un cambio de aceite", Need.OIL_CHANGE),
        ("me rechinan los frenos", Need.BRAKES),
        ("rotar las llantas", Need.TIRE_ROTATION),
        ("no arranca", Need.NO_START),
        ("se prendió la luz del motor", Need.CHECK_ENGINE),
        ("el aire acondicionado no enfría", Need.AIR_CONDITIONING),
    ],
)
def test_what_the_car_needs(said: str, need: Need) -> None:
    assert need in [found.need for found in heard(said).needs]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("me llamo Lucía Ramírez", "Lucía Ramírez"),
        ("soy Domingo Flores y necesito llantas", "Domingo Flores"),
        ("sí, mi nombre es Rosa de la Cruz", "Rosa De La Cruz"),
    ],
)
def test_names_are_not_translated(said: str, name: str) -> None:
    assert heard(said, Asked.NAME).names[0].full == name


def test_a_bare_answer_is_a_name() -> None:
    assert heard("Mercedes Blanco", Asked.NAME).names[0].full == "Mercedes Blanco"


def test_numbers_letters_and_cars() -> None:
    phone = heard("mi número es cinco cero tres cinco cinco cinco cero uno noventa y nueve").phones[0]
    assert phone.e164 == "+15035550199"
    car = heard("es un Toyota Camry del dos mil dieciséis").vehicles[0]
    assert (car.year, car.make, car.model) == (2016, "Toyota", "Camry")
    assert heard("efe, ele, o, ere, e, ese").spelled == ("flores",)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Hola, necesito un cambio de aceite", Language.SPANISH),
        ("Hi, I need an oil change", Language.ENGLISH),
        ("Maria de la Cruz", None),
        ("Siobhan, s i o b h a n, o k o n k w o", None),
        ("Honda Civic 2018", None),
    ],
)
def test_the_language_is_told_by_its_little_words(said: str, language: Language | None) -> None:
    assert spoken_language(said) is language


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("do you speak Spanish?", Language.SPANISH),
        ("¿habla español?", Language.SPANISH),
        ("no hablo inglés", Language.SPANISH),
        ("in English please", Language.ENGLISH),
        ("I need an oil change", None),
    ],
)
def test_a_language_can_be_asked_for(said: str, language: Language | None) -> None:
    assert asked_language(said) is language
