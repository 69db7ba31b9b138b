"""A thousand seeded samples: what nobody may keep is gone, and what the store needs is there letter by letter."""

import re

from kit.redaction import redact
from tests.kit.personal_samples import Sample, innocents, secrets

SEED, SAMPLES = 20261125, 1_000
_LEFT = re.compile(
    r"\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|cero|uno|dos|tres"
    r"|cuatro|cinco|seis|siete|ocho|nueve)\b",
    re.IGNORECASE,
)


def leaks(sample: Sample) -> bool:
    """Whether a digit of it, written or spoken, is left beside those of the words around it."""
    around = len(_LEFT.findall(sample.before)) + len(_LEFT.findall(sample.after))
    stored = redact(sample.text)
    return "removed]" not in stored or len(_LEFT.findall(stored)) > around


def test_of_a_thousand_numbers_nobody_may_keep_at_least_990_are_gone_whole() -> None:
    leaked = [sample.text for sample in secrets(SEED, SAMPLES) if leaks(sample)]
    assert len(leaked) <= SAMPLES // 100, leaked[:20]


def test_of_a_thousand_sentences_the_store_needs_none_is_changed() -> None:
    changed = {text: redact(text) for text in innocents(SEED, SAMPLES) if redact(text) != text}
    assert not changed, changed


def test_the_words_around_a_removed_number_stay() -> None:
    samples = secrets(SEED, SAMPLES)
    kept = [
        s
        for s in samples
        if redact(s.text).startswith(s.before.removesuffix("el ")) and redact(s.text).endswith(s.after)
    ]
    assert len(kept) >= SAMPLES * 0.99
