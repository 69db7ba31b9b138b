"""Which store the pages show: the one somebody is signed in at, else the one in the settings, else the only one."""

from console.at_screen import at_screen
from console.rendering import ShownStore
from kit.db import Database
from record import rooftops


class NoStoreShown(Exception):
    """There is no store to show, or more than one and no word on which."""

    def __init__(self, happened: str, remedy: str) -> None:
        super().__init__(happened)
        self.happened, self.remedy = happened, remedy


class StoreOnScreen:
    """Looks each store up once; its name and zone hardly ever change while a server runs."""

    def __init__(self, database: Database, rooftop_id: str) -> None:
        self._database, self._rooftop_id = database, rooftop_id
        self._found: dict[str, ShownStore] = {}

    def forget(self, rooftop_id: str) -> None:
        """Its name or zone changed here; other processes see it when they start again."""
        self._found = {wanted: found for wanted, found in self._found.items() if found.id != rooftop_id}

    async def store(self) -> ShownStore:
        wanted = at_screen().rooftop_id or self._rooftop_id
        if wanted not in self._found:
            self._found[wanted] = await self._look_up(wanted)
        return self._found[wanted]

    async def _look_up(self, rooftop_id: str) -> ShownStore:
        if rooftop_id:
            async with self._database.reading(rooftop_id) as db:
                named = await rooftops.store(db, rooftop_id)
            if named is None:
                raise NoStoreShown(
                    "The store named in LANEKEEPER_CONSOLE_ROOFTOP does not exist.",
                    "Set it to a rooftop’s id and restart.",
                )
            return ShownStore(named.id, named.name, named.time_zone)
        async with self._database.looking_across("the console looks for the only store") as db:
            found = await rooftops.stores(db)
        if not found:
            raise NoStoreShown(
                "No store has been set up yet.",
                "Open /setup to add yours, or run “make demo” for a made-up store.",
            )
        if len(found) > 1:
            names = ", ".join(f"{store.name} = {store.id}" for store in found[:20])
            raise NoStoreShown(
                "This server answers for several stores, and these pages show one at a time.",
                f"Set LANEKEEPER_CONSOLE_ROOFTOP to one of these and restart: {names}.",
            )
        return ShownStore(found[0].id, found[0].name, found[0].time_zone)
