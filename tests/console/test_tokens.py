"""Every colour pair the pages use can be read: recomputed from the token file, in both themes."""

import re
from itertools import product
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "console" / "static"
SURFACES = ("bg", "surface", "sunken", "raised")
STATUSES = ("late", "soon", "ok", "info", "ai", "waiting")
TEXT_PAIRS = [
    *product(("text", "muted", "subtle"), SURFACES),
    *product(("text", "muted"), ("selected",)),
    *((status, f"{status}-bg") for status in STATUSES),
    *product(("late", "ok", "ai", "soon"), ("surface",)),
    *product(("accent", "ai"), ("bg", "surface", "selected")),
    *product(("text", "accent"), ("late-bg",)),
    ("on-accent", "accent"),
]
CONTROL_PAIRS = [*product(("control", "focus"), ("bg", "surface")), ("accent", "selected")]


def themes() -> dict[str, dict[str, str]]:
    css = (STATIC / "tokens.css").read_text()
    light, _, dark = css.partition("@media (prefers-color-scheme: dark)")
    colours = re.compile(r"--([a-z-]+): (#[0-9A-Fa-f]{6});")
    found = {"light": dict(colours.findall(light)), "dark": dict(colours.findall(dark))}
    assert set(found["light"]) == set(found["dark"])
    return found


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: (lighter + 0.05) / (darker + 0.05) of relative luminance."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_at_least_four_and_a_half_to_one(theme: str) -> None:
    colours = themes()[theme]
    poor = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXT_PAIRS}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_controls_and_focus_have_at_least_three_to_one(theme: str) -> None:
    colours = themes()[theme]
    poor = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in CONTROL_PAIRS}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 3.0} == {}


def test_no_colour_is_written_outside_the_tokens() -> None:
    css = (STATIC / "console.css").read_text()
    assert re.findall(r"#[0-9A-Fa-f]{3,8}\b|rgba?\(|hsla?\(", css) == []


def test_every_token_the_stylesheet_asks_for_exists() -> None:
    tokens = set(re.findall(r"--([a-z0-9-]+):", (STATIC / "tokens.css").read_text()))
    asked = set(re.findall(r"var\(--([a-z0-9-]+)\)", (STATIC / "console.css").read_text()))
    assert asked - tokens == set()
