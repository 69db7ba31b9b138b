"""What each tool may do, as the table people read. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from agent.tools.registry import Tool

_HEAD = "| Tool | What it does | Level | Risk | Limit | Writes |\n|---|---|---|---|---|---|"


def table(tools: Iterable[Tool]) -> str:
    """One line per tool, in the order they are offered."""
    return "\n".join([_HEAD, *(_row(each) for each in tools)])


def _row(tool: Tool) -> str:
    limit = f"{tool.limit}, never used up by others" if tool.always else str(tool.limit)
    cells = (f"`{tool.name}`", tool.description, str(tool.level), tool.risk.value, limit, ", ".join(tool.writes) or "-")
    return f"| {' | '.join(cells)} |"
