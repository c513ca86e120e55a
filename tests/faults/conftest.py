"""The Prefect server that the tests of the command line use."""

from tests.s2gm.conftest import server

__all__ = ["server"]
