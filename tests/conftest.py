"""Fixtures: the shipped atlas once a session, and the planning toy."""

from __future__ import annotations

import pytest

import hubselect as hs
from hubselect.instance import Instance
from toy import full_policy, toy


@pytest.fixture(scope="session")
def atlas() -> hs.Regions:
    """The shipped 12 regions."""
    return hs.Regions.morocco()


@pytest.fixture
def small() -> Instance:
    """The toy with every policy family alive."""
    return toy(policy=full_policy())
