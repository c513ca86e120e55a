"""The face of the service: the command line, and ``open_mosaic`` for notebooks."""

from s2gm.client import open_mosaic

__all__ = ["open_mosaic"]
