"""A call's ten seconds' reading as the call's page and the page of what is owed show it; pure."""

from console import words
from record.call_briefs import BY_MODEL, CallBrief


def brief_lines(brief: CallBrief | None) -> tuple[tuple[str, str], ...]:
    """Name and value, in the order an advisor asks; what nobody said is left out."""
    if brief is None:
        return ()
    lines = (
        ("Who", brief.who),
        ("Car", brief.car),
        ("Needs", brief.need),
        ("Promised", brief.promised),
        ("Next", brief.next_step),
        ("Mood", f"{words.plain(brief.mood)}{', urgent' if brief.urgency == 'hot' and brief.mood != 'urgent' else ''}"),
        ("Still to ask", ", ".join(brief.missing)),
        ("Outcome", words.DISPOSITIONS.get(brief.disposition, words.plain(brief.disposition))),
        ("Written", "by the AI, checked against the record" if brief.by == BY_MODEL else ""),
    )
    return tuple((name, value) for name, value in lines if value)
