"""The words of automatic texts, in English and Spanish: the store's name first, one fact, what to do; pure.

None of them offers anything: an offer is marketing, and its words are in `OFFERS`.
"""

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]

NOTICES: Words = {
    "missed_call": (
        "Sorry we missed your call. Tell us here what you need, or {owner} calls you by {due}.",
        "Perdón, no pudimos contestar su llamada. Díganos aquí qué necesita, o {owner} le llama antes de {due}.",
    ),
    "ro_arrived": (
        "Your {car} is checked in. {advisor} looks after it and will keep you posted.",
        "Recibimos su {car}. {advisor} está a cargo y le mantendrá al tanto.",
    ),
    "ro_awaiting_approval": (
        "We need your word before we go on with your {car}. {advisor} will call you about it.",
        "Necesitamos su visto bueno para seguir con su {car}. {advisor} le llamará.",
    ),
    "ro_awaiting_parts": (
        "Your {car} is waiting for parts. {advisor} will tell you as soon as we know when they come.",
        "Su {car} espera refacciones. {advisor} le avisará en cuanto sepamos cuándo llegan.",
    ),
    "ro_ready": (
        "Your {car} is ready. We are open until {closes} today. Questions? Reply here.",
        "Su {car} está listo. Hoy abrimos hasta las {closes}. ¿Preguntas? Responda aquí.",
    ),
    "part_arrived": (
        "What we ordered for your {car} is in. {advisor} will call you to find a time.",
        "Ya llegó lo que pedimos para su {car}. {advisor} le llamará para acordar una cita.",
    ),
    "appointment_confirm": (
        "You are booked for {when} with {advisor} ({code}). Please bring your key and any warning-light notes.",
        "Tiene cita el {when} con {advisor} ({code}). Traiga su llave, por favor.",
    ),
    "appointment_day": (
        "See you {when} with {advisor} ({code}). Reply C to confirm, or CHANGE for another time.",
        "Le esperamos el {when} con {advisor} ({code}). Responda C para confirmar o CAMBIO para otra hora.",
    ),
    "appointment_soon": (
        "We expect you at {time} today ({code}). Running late? Reply here.",
        "Le esperamos hoy a las {time} ({code}). ¿Se retrasa? Responda aquí.",
    ),
    "no_show": (
        "We missed you at {time} today. Shall we find another time? Reply here.",
        "No le vimos hoy a las {time}. ¿Buscamos otra hora? Responda aquí.",
    ),
}
OFFERS: Words = {
    "declined_work": (
        "On {date} we advised {work} for your {car}. {advisor} can tell you what it takes. Shall we find a time?",
        "El {date} le recomendamos {work} para su {car}. {advisor} le puede explicar. ¿Buscamos una cita?",
    ),
    "silent_defector": (
        "It has been a while since your {car} was here. Shall we find a time to look it over?",
        "Hace tiempo que no vemos su {car}. ¿Buscamos una cita para revisarlo?",
    ),
}
_OPT_OUT = (" Reply STOP to opt out.", " Responda STOP para no recibir más.")


def compose(kind: str, language: str, store: str, facts: Mapping[str, str], *, first: bool) -> str:
    """The text. The first of a month says how to opt out; an offer always does."""
    spanish = int(language == "es")
    words = {**NOTICES, **OFFERS}[kind][spanish].format(**facts)
    return f"{store}: {words}{_OPT_OUT[spanish] if first or kind in OFFERS else ''}"
