"""What outside systems are told about, by kind, identity and version. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class SubjectKind(StrEnum):
    """The kinds of facts outside systems are told."""

    DISPOSITION = "disposition"
    APPOINTMENT = "appointment"
    NOTE = "note"
    LEAD = "lead"


class Proof(StrEnum):
    """How we know a fact arrived: we read it back, or the system cannot be read and said that it took it."""

    READ_BACK = "read_back"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True)
class Subject:
    """One state of one thing; a later version is told after an earlier one, and each once."""

    kind: SubjectKind
    id: str
    version: int = 1
