"""What `lanekeeper doctor` and the health page say of the carrier and the model is what these answered."""

from pathlib import Path

from pydantic import SecretStr

from lanekeeper.doctor import Level, findings
from tests.flows.world import World, virtually


def test_a_key_is_fine_once_it_was_accepted_and_only_then(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        async def says(agent: dict[str, object]) -> tuple[Level, str]:
            settings = world.settings.model_copy(update={"agent": world.settings.agent.model_copy(update=agent)})
            found = {each.setting: each for each in await findings(settings, world.database, world.clock)}
            assert found["TWILIO_AUTH_TOKEN"].says == "accepted"
            return found["OPENAI_API_KEY"].level, found["OPENAI_API_KEY"].says

        assert await says({}) == (Level.OK, "accepted")
        assert await says({"model": "gpt-of-tomorrow"}) == (Level.WARNING, "cannot be checked: the answer is 404")
        level, refused = await says({"openai_api_key": SecretStr("wrong")})
        assert level is Level.ERROR and refused.startswith("refused")

    virtually(sqlite_store, tmp_path, story)
