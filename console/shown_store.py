"""Which store the pages show: the one named in the settings, else the only one there is."""

from console.rendering import ShownStore
from kit.db import Database
from record import rooftops


class NoStoreShown(Exception):
    """There is no store to show, or more than one and no word on which."""

    def __init__(self, happened: str, remedy: str) -> None:
        super().__init__(happened)
        self.happened, self.remedy = happened, remedy


class StoreOnScreen:
    """Looks the store up once; its name and zone do not change while a server runs."""

    def __init__(self, database: Database, rooftop_id: str) -> None:
        self._database, self._rooftop_id = database, rooftop_id
        self._found: ShownStore | None = None

    async def store(self) -> ShownStore:
        if self._found is None:
            self._found = await self._look_up()
        return self._found

    async def _look_up(self) -> ShownStore:
        if self._rooftop_id:
            async with self._database.reading(self._rooftop_id) as db:
                named = await rooftops.store(db, self._rooftop_id)
            if named is None:
                raise NoStoreShown(
                    "The store named in LANEKEEPER_CONSOLE_ROOFTOP does not exist.",
                    "Set it to a rooftop’s id and restart.",
                )
            return ShownStore(named.id, named.name, named.time_zone)
        async with self._database.across_rooftops("the console looks for the only store") as db:
            found = await rooftops.stores(db)
        if not found:
            raise NoStoreShown(
                "No store has been set up yet.",
                "Run “make demo” for a made-up store, or add yours. This page fills by itself afterwards.",
            )
        if len(found) > 1:
            names = ", ".join(f"{store.name} = {store.id}" for store in found[:20])
            raise NoStoreShown(
                "This server answers for several stores, and these pages show one at a time.",
                f"Set LANEKEEPER_CONSOLE_ROOFTOP to one of these and restart: {names}.",
            )
        return ShownStore(found[0].id, found[0].name, found[0].time_zone)
