"""The numeric core: validity, short-term composite, medoid, resampling. Arrays in, arrays out."""

from algorithms.composite import Selection, one_per_datatake, select_observations
from algorithms.explain import Candidate, PixelStory, explain_pixel

__all__ = [
    "Candidate",
    "PixelStory",
    "Selection",
    "explain_pixel",
    "one_per_datatake",
    "select_observations",
]
