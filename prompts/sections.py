"""A prompt as titled sections, the way people edit, override and compare it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MOST_SECTIONS = 27
"""As many as the editor's form carries, with a new one."""
OPENING = "Opening"
"""What stands before the first title."""


@dataclass(frozen=True, slots=True)
class Section:
    """One titled part; `line` is where its text begins in the whole prompt, counted from 1."""

    title: str
    text: str
    line: int


def sections_of(prompt: str) -> tuple[Section, ...]:
    """The parts in order. A title is a line that begins with "# "; a title used twice gets its number."""
    parts: list[tuple[str, list[str], int]] = [(OPENING, [], 1)]
    for number, line in enumerate(prompt.splitlines(), 1):
        if line.startswith("# ") and line[2:].strip():
            parts.append((line[2:].strip(), [], number + 1))
        else:
            parts[-1][1].append(line)
    counts: dict[str, int] = {}
    made = []
    for title, lines, start in parts:
        counts[title] = counts.get(title, 0) + 1
        name = title if counts[title] == 1 else f"{title} ({counts[title]})"
        blank = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
        text = "\n".join(lines).strip()
        if text or title != OPENING:
            made.append(Section(name, text, start + min(blank, max(len(lines) - 1, 0))))
    return tuple(made)


def composed(sections: tuple[Section, ...]) -> str:
    """The prompt those sections make up."""
    return "\n\n".join(s.text if s.title == OPENING else f"# {s.title}\n{s.text}".rstrip() for s in sections) + "\n"


def with_section(prompt: str, title: str, text: str) -> str:
    """The prompt with one section's text replaced; a title it has not is added at the end."""
    parts = sections_of(prompt)
    changed = tuple(Section(s.title, text.strip(), s.line) if s.title == title else s for s in parts)
    if changed == parts and title not in {s.title for s in parts}:
        changed = (*parts, Section(title, text.strip(), 0))
    return composed(changed)


def without_titles(text: str) -> str:
    """A section's text that opens no section of its own: what somebody wrote may not cut the prompt up."""
    return "\n".join(f" {line}" if line.startswith("# ") else line for line in text.splitlines())
