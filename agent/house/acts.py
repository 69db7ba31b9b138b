"""What the house agent can do next: say something, use a tool, or (at the edge) leave the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Say:
    """Words to speak. Protected words (prices, times read back, safety) are not to be talked over."""

    text: str
    protected: bool = False


@dataclass(frozen=True, slots=True)
class CallTool:
    """Use a tool; the answer comes back through `HouseAgent.tool_result` with the same id."""

    id: str
    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call once everything said so far has been heard."""

    reason: str = "done"


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the caller to a department, by its key in the store's allow-list; never by digits."""

    key: str


# The policy itself leaves a call only through the end_call and transfer_call tools, so that leaving is checked and
# stored like everything else; HangUp and Transfer are what tool outcomes become where words meet a telephone line.
Act = Say | CallTool | HangUp | Transfer
