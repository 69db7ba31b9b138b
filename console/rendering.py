"""Templates into responses: a whole page, or only the blocks of it that a script asked for."""

from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console.assets import Assets
from console.at_screen import at_screen
from console.presenters import LivePill
from console.rights import Right
from kit.ids import RooftopId


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page shows around its content."""

    store: str
    live: LivePill
    simulated: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """A page that could not be shown: what happened, whether anything was lost, what to do."""

    status: int
    title: str
    happened: str
    remedy: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ShownStore:
    """The store these pages are about."""

    id: RooftopId
    name: str
    time_zone: str


_IN_THE_RAIL = (
    (
        "Work",
        (
            ("Desk", "/desk", Right.SEE),
            ("Live calls", "/calls/live", Right.SEE),
            ("Calls", "/calls", Right.SEE),
            ("Texts", "/texts", Right.SEE),
            ("Customers", "/customers", Right.SEE),
            ("Calendar", "/calendar", Right.SEE),
            ("Leads", "/leads", Right.SEE),
            ("Review", "/review", Right.SEE),
        ),
    ),
    (
        "Run",
        (
            ("Morning", "/morning", Right.RUN),
            ("Exceptions", "/exceptions", Right.RUN),
            ("Promises", "/promises", Right.RUN),
            ("Coaching", "/coaching", Right.SEE),
            ("Programs", "/programs", Right.RUN),
            ("Rules", "/policy", Right.RUN),
            ("Shifts", "/shifts", Right.RUN),
        ),
    ),
    ("Tune", (("Agents", "/tune", Right.TUNE),)),
    (
        "Set up",
        (
            ("Feeds", "/feeds", Right.FILES),
            ("Rooftop", "/admin/rooftops", Right.SET_UP),
            ("People", "/admin/people", Right.SET_UP),
            ("Phones", "/admin/phones", Right.SET_UP),
            ("Health", "/admin/health", Right.SET_UP),
            ("Audit", "/admin/audit", Right.SET_UP),
        ),
    ),
)
_ON_A_PHONE = (("Desk", "/desk"), ("Texts", "/texts"), ("Live", "/calls/live"), ("Search", "/customers"))
_PART_OF = {
    "call": "/calls",
    "thread": "/texts",
    "replies": "/texts",
    "customer": "/customers",
    "lead": "/leads",
    "pair": "/review",
    "run": "/feeds",
    "live": "/calls/live",
    "program": "/programs",
    "people": "/admin/people",
    "rooftops": "/admin/rooftops",
    "phones": "/admin/phones",
    "health": "/admin/health",
    "setup": "/admin/health",
    "audit": "/admin/audit",
}


def _place(here: str) -> str:
    """The address in the rail that a page belongs to."""
    return _PART_OF.get(here, f"/{here}")


class Pages:
    """Renders templates; everything in them is escaped, and a name they miss is an error."""

    def __init__(self, assets: Assets) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["asset"] = assets.address
        self._templates.globals["person"] = at_screen
        self._templates.globals["rail"] = _IN_THE_RAIL
        self._templates.globals["on_a_phone"] = _ON_A_PHONE
        self._templates.globals["place_of"] = _place

    def page(self, request: Request, name: str, frame: Frame, **values: object) -> HTMLResponse:
        """The page, or with `HX-Request` just what changes on it; one block, one source."""
        layout = "fragment.html" if request.headers.get("hx-request") == "true" else "base.html"
        rendered = self._templates.get_template(name).render(frame=frame, layout=layout, **values)
        return HTMLResponse(rendered, headers={"Vary": "HX-Request"})

    def bare(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """A page with nothing around it, for somebody who is not signed in yet."""
        return HTMLResponse(self._templates.get_template(name).render(**values), status_code=status)

    def trouble(self, trouble: Trouble, headers: dict[str, str] | None = None) -> HTMLResponse:
        """A page for bad news. It reads nothing, so that it can be shown when nothing can be read."""
        template = self._templates.get_template("trouble.html")
        return HTMLResponse(template.render(trouble=trouble), status_code=trouble.status, headers=headers)
