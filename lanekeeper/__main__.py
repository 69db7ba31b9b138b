"""`python -m lanekeeper` is the `lanekeeper` command."""

from lanekeeper.cli import app

app()
