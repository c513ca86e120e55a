"""Where the real acquisitions lie, for tests that are marked ``real_data``."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("S2GM_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))


def needs(folder: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        not (ROOT / folder).exists(),
        reason="the real acquisitions are not part of the repository; set S2GM_REAL_DATA",
    )
