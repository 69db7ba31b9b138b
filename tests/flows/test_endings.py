"""People call and no model is there: the house agent answers by ConversationRelay, and the records end well."""

from pathlib import Path

import pytest

from simulator.endings import stories
from tests.flows.endings import tell
from tests.flows.world import World, virtually

SAMPLE = (
    "the_day_is_corrected_at_the_read_back",
    "a_stranger_cancels_somebody_elses_visit",
    "changes_to_english",
)


def test_a_few_stories_end_in_the_records_as_they_should(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people_answer()
        wrong = [line for name in SAMPLE for line in await tell(world, stories()[name])]
        assert not wrong, "\n".join(wrong)
        assert world.model.sessions == []

    virtually(sqlite_store, tmp_path, story, key=None)


@pytest.mark.soak
@pytest.mark.parametrize("name", stories())
def test_every_story_ends_in_the_records_as_it_should(sqlite_store: str, tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        world.people_answer()
        wrong = await tell(world, stories()[name])
        assert not wrong, "\n".join(wrong)
        assert list(world.carrier.alerts) == []

    virtually(sqlite_store, tmp_path, story, key=None)
