"""Cases that show the same once more, by another moment or another voice: `make soak` runs them too."""

from typing import Any

import pytest


def longer(*values: Any) -> Any:
    """A parameter set that only `make soak` runs."""
    return pytest.param(*values, marks=pytest.mark.soak)
