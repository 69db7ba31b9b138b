"""Who is looking at the page that is being made: set by the edge for one request, read wherever it matters."""

from contextvars import ContextVar
from dataclasses import dataclass

from console.rights import ALL, Right, rights_of
from record.sign_ins import Known


@dataclass(frozen=True)
class Person:
    """Somebody at a screen. `rooftop_id` is None only where no account exists yet and the settings name the store."""

    name: str
    rights: frozenset[Right]
    rooftop_id: str | None = None
    known: Known | None = None

    def may(self, right: Right | str) -> bool:
        return Right(right) in self.rights

    @property
    def departments(self) -> frozenset[str]:
        """The departments they are limited to; empty is all."""
        return self.known.departments if self.known else frozenset()


def whoever_runs_it(name: str) -> Person:
    """Before anybody has an account: whoever is at this machine, or has the store's password."""
    return Person(name, ALL)


def signed_in(rooftop_id: str, known: Known) -> Person:
    """Somebody with an account; with one factor only they may do nothing but give the second."""
    rights = rights_of(known.role) if known.complete else frozenset({Right.PUBLIC})
    if known.complete and known.may_publish and Right.TUNE in rights:
        rights |= {Right.PUBLISH}
    return Person(known.name, rights, rooftop_id, known)


_AT_SCREEN: ContextVar[Person] = ContextVar("at_screen")
NOBODY = Person("", frozenset({Right.PUBLIC}))


def somebody_looks(person: Person) -> None:
    """For the rest of this request."""
    _AT_SCREEN.set(person)


def at_screen() -> Person:
    """Who this request is from; nobody outside of one."""
    return _AT_SCREEN.get(NOBODY)
