"""What each role may do, and which right each address asks for. Pure; what is not listed is refused."""

import re
from dataclasses import dataclass
from enum import StrEnum

from record.accounts import Role


class Right(StrEnum):
    """The rows of the table of who may do what."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    SEE = "see"
    WORK = "work"
    RUN = "run"
    END = "end"
    FILES = "files"
    TUNE = "tune"
    PUBLISH = "publish"
    SET_UP = "set_up"


_EVERYBODY = frozenset({Right.PUBLIC, Right.SIGNED_IN, Right.SEE})
_RIGHTS = {
    Role.ADVISOR: _EVERYBODY | {Right.WORK},
    Role.BDC: _EVERYBODY | {Right.WORK},
    Role.MANAGER: _EVERYBODY | {Right.WORK, Right.RUN, Right.END, Right.FILES, Right.TUNE},
    Role.GM: _EVERYBODY | {Right.WORK, Right.RUN, Right.END, Right.FILES},
    Role.ADMIN: _EVERYBODY | {Right.RUN, Right.FILES, Right.TUNE, Right.PUBLISH, Right.SET_UP},
}
ALL = frozenset(Right)


def rights_of(role: Role) -> frozenset[Right]:
    """Everything a role may do."""
    return _RIGHTS[role]


@dataclass(frozen=True)
class _Rule:
    path: re.Pattern[str]
    reading: Right
    changing: Right


def _rule(path: str, reading: Right, changing: Right) -> _Rule:
    return _Rule(re.compile(path), reading, changing)


# The first that fits counts.
_RULES = (
    _rule(r"/(login|invite|assets)(/.*)?", Right.PUBLIC, Right.PUBLIC),
    _rule(r"/(me|logout|store)(/.*)?", Right.SIGNED_IN, Right.SIGNED_IN),
    _rule(r"/", Right.SIGNED_IN, Right.SIGNED_IN),
    _rule(r"/live(/changes)?", Right.SEE, Right.SEE),
    _rule(r"/calls/[^/]+/end", Right.SEE, Right.END),
    _rule(r"/(calls|customers|leads|texts|desk|loops|search|handoffs|replies|calendar)(/.*)?", Right.SEE, Right.WORK),
    _rule(r"/review/codes(/.*)?", Right.SEE, Right.FILES),
    _rule(r"/review(/.*)?", Right.SEE, Right.WORK),
    _rule(r"/(feeds|findings|codes|mapping)(/.*)?", Right.FILES, Right.FILES),
    _rule(r"/coaching/(share|settle)/.*", Right.RUN, Right.RUN),
    _rule(r"/coaching(/.*)?", Right.SEE, Right.WORK),
    _rule(r"/(morning|exceptions|promises|programs|policy|shifts)(/.*)?", Right.RUN, Right.RUN),
    _rule(r"/tune/[^/]+/(publish|roll-back)", Right.PUBLISH, Right.PUBLISH),
    _rule(r"/tune/[^/]+/runs/[^/]+/waive", Right.SET_UP, Right.SET_UP),
    _rule(r"/tune/[^/]+/(plans|experiments)(/.*)?", Right.TUNE, Right.PUBLISH),
    _rule(r"/tune(/.*)?", Right.TUNE, Right.TUNE),
    _rule(r"/setup", Right.SET_UP, Right.SET_UP),
    _rule(r"/kit", Right.SIGNED_IN, Right.SIGNED_IN),
    _rule(r"/admin(/.*)?", Right.SET_UP, Right.SET_UP),
)


def asked_for(method: str, path: str) -> Right | None:
    """The right a request asks for; None when no rule knows the address, which is a refusal."""
    rule = next((rule for rule in _RULES if rule.path.fullmatch(path)), None)
    if rule is None:
        return None
    return rule.reading if method in ("GET", "HEAD") else rule.changing


def who_can(right: Right) -> str:
    """The roles that have a right, for somebody who has not."""
    names = {Role.ADVISOR: "an advisor", Role.BDC: "BDC", Role.MANAGER: "a manager", Role.GM: "the GM"}
    names[Role.ADMIN] = "an administrator"
    can = [names[role] for role in Role if right in _RIGHTS[role]]
    return " or ".join(filter(None, (", ".join(can[:-1]), can[-1] if can else "")))
