"""The documents say what is true."""

import re
from pathlib import Path

from pydantic_settings import BaseSettings

from lanekeeper.settings import Settings
from lanekeeper.worker import WorkerSettings

DOCS = Path(__file__).parent.parent / "docs"


def variables() -> set[str]:
    sections = [field.annotation for field in Settings.model_fields.values()] + [WorkerSettings]
    names = set()
    for section in sections:
        assert section is not None and issubclass(section, BaseSettings)
        for name, field in section.model_fields.items():
            names.add(str(field.validation_alias or section.model_config.get("env_prefix", "") + name.upper()))
    return names


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)`", (DOCS / "settings.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == variables()


def test_every_requirement_row_names_files_and_tests_that_exist() -> None:
    root = DOCS.parent
    rows = re.findall(r"^\| (S[12]-\d+[^|]*)\|([^|]*)\|([^|]*)\|", (DOCS / "requirements.md").read_text(), re.MULTILINE)
    assert rows
    for ids, places, tests in rows:
        for path in re.findall(r"`([\w./-]+)`", places):
            assert (root / path).exists(), (ids, path)
        for path, name in re.findall(r"`([\w./-]+\.py)(?:::(\w+))?`", tests):
            text = (root / path).read_text()
            assert not name or f"def {name}(" in text, (ids, path, name)


def test_links_between_documents_lead_somewhere() -> None:
    for page in (DOCS.parent / "README.md", *DOCS.rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"
