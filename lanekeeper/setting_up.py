"""The program's own checks and the first store, for the pages (console.ports.SetUp)."""

from collections.abc import Mapping

from console.ports import CannotDo, Check
from kit.clock import Clock
from kit.db import Database
from kit.errors import ConfigurationError
from kit.phone import to_e164
from lanekeeper import doctor
from lanekeeper.settings import Settings
from lanekeeper.setup import NewStore, add_store
from record import rooftops


class SettingUp:
    """Asked by the pages of an administrator."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings, self._database, self._clock = settings, database, clock

    async def checks(self) -> list[Check]:
        """See `console.ports.SetUp`."""
        found = await doctor.findings(self._settings, self._database, self._clock)
        return [Check(each.level.value, each.setting, each.says) for each in found]

    async def add_store(self, given: Mapping[str, str]) -> None:
        """See `console.ports.SetUp`."""
        async with self._database.looking_across("whether there is a store") as db:
            if await rooftops.stores(db):
                raise CannotDo("There is a store already; more are added with `lanekeeper add-store`")
        line, phone = to_e164(given.get("line", "")), to_e164(given.get("phone", ""))
        if line is None or phone is None:
            raise CannotDo("Give both numbers with their area code")
        if not given.get("name", "").strip() or not given.get("manager", "").strip():
            raise CannotDo("Give the store a name, and one person who answers for what is owed")
        new = NewStore(
            given["name"].strip()[:120], line, phone, given.get("time_zone", "").strip(),
            given.get("address", "").strip()[:240], given["manager"].strip()[:120],
        )  # fmt: skip
        try:
            await add_store(self._database, new, self._clock.now())
        except ConfigurationError as error:
            raise CannotDo(str(error)[:1].upper() + str(error)[1:]) from None
