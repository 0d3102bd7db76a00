"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real CMS archives and published amounts: $PFS_SHARED, or `shared` beside the checkout; skips without them."""
    folder = Path(os.environ.get("PFS_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    if not (folder / "cms").is_dir():
        pytest.skip(f"no real CMS archives in {folder / 'cms'}; set PFS_SHARED to the folder that holds cms/")
    return folder
