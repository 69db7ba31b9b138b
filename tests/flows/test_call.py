"""The call journey, from the ring to the record, as a store would see it."""

from pathlib import Path

from tests.flows.world import World, virtually


def test_a_known_customer_books_a_brake_job(store_url: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        call = await world.call("brake_job_known_customer")
        record = await world.record(call.sid)
        assert record.line.outcome is not None and record.line.outcome.code == "appointment_set"
        assert record.line.customer == "Maria Alvarez"
        assert [t.tool for t in record.tools if t.decision == "allowed"][-2:] == ["book_appointment", "end_call"]
        assert record.claims == ()
        assert world.model.violations == []
        assert [a for a in world.carrier.alerts] == []

    virtually(store_url, tmp_path, story)
