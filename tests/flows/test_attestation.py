"""What the carrier says of the caller's number reaches the tools: vouched for, or one fact more (decision 0006)."""

from pathlib import Path

import pytest

from record import calls, tool_calls
from tests.flows.world import World, virtually
from tests.longer import longer


@pytest.mark.parametrize("said", ["TN-Validation-Passed-A", "TN-Validation-Passed-B", longer("")])
def test_only_a_number_the_carrier_vouches_for_is_known_by_name_alone(
    sqlite_store: str, tmp_path: Path, said: str
) -> None:
    async def story(world: World) -> None:
        world.people_answer()
        world.at_carrier.stir_verstat = said
        call = await world.call("cancel_appointment")
        async with world.database.reading(world.store.rooftop_id) as db:
            facts = await calls.call(db, call.sid)
            assert facts is not None
            uses = await tool_calls.uses_of_call(db, facts.id)
        vouched = said.endswith("-A")
        assert facts.caller_attested is vouched
        assert [use.tool for use in uses].count("confirm_identity") == (0 if vouched else 1)
        [first, *_] = [use for use in uses if use.tool == "find_appointments"]
        assert first.result["result"] == ("appointments" if vouched else "refused")

    virtually(sqlite_store, tmp_path, story)
