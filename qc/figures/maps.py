"""Maps: the product for the eye, and where its pixels come from."""

from datetime import date

import numpy as np

from algorithms.method import LABELS
from products.bands import BY_ID, METHOD_FROM
from products.product import ProductFacts
from products.raster_read import Array
from products.true_colour import BANDS, true_colour
from qc.evidence import Evidence
from qc.figures.charts import NOT_VALID_COLOUR, SCENE_COLOURS, SCENE_NAMES
from qc.figures.figure import Figure, Shown, missing, percentile
from qc.maps import METHOD_COLOURS, Map, Swatch, colours, map_of_classes, map_of_values
from qc.plots import percent, ticks
from qc.png import rgba_png

_CLASSES = 12
"""Colours of a map of numbers, at most."""
_COUNTS = 16
"""Colours of a map of whole numbers, at most."""
_DATES = 24
"""Dates that a map tells apart by colour, at most."""


def quicklook(evidence: Evidence, facts: ProductFacts, title: str = "True colour") -> Shown:
    """Show the product in true colour."""
    if gap := missing(evidence, facts, title, *BANDS):
        return gap
    picture = _coarser(true_colour(np.stack([evidence.shown[band] for band in BANDS])))
    seen = float((picture[3] > 0).mean())
    alt = f"The mosaic in true colour; {percent(seen)} of its pixels show ground."
    return Figure(title, "Red, green and blue: B04, B03, B02.", alt, Map(rgba_png(picture)))


def _coarser(picture: Array) -> Array:
    """Keep six bits of each colour: the eye misses nothing, and the file is half as large."""
    steps = (picture.astype(np.uint16) * 63 + 127) // 255
    return (steps * 255 // 63).astype(np.uint8)


def selection_maps(evidence: Evidence, facts: ProductFacts) -> list[Shown]:
    """Show where which method chose, from how many observations, of which day, seen from where."""
    return [
        _method_map(evidence, facts),
        _valid_map(evidence, facts),
        _source_map(evidence, facts),
        _scene_map(evidence, facts),
        _number_map(
            evidence, facts, "VIEW_ZENITH_MEAN", "View zenith", "Degrees from straight down."
        ),
        _number_map(
            evidence,
            facts,
            "MEDOID_MOS",
            "Spread around the medoid",
            "High where the ground changed in the period, or where a cloud or shadow was missed.",
        ),
    ]


def _method_map(evidence: Evidence, facts: ProductFacts) -> Shown:
    title = "Method"
    if gap := missing(evidence, facts, title, *METHOD_FROM):
        return gap
    codes = evidence.methods()
    assert codes is not None  # noqa: S101 - its layers are there
    key = [Swatch(c, word) for c, word in zip(METHOD_COLOURS[1:], LABELS[1:], strict=True)]
    drawn = map_of_classes(codes, key)
    return Figure(title, "How the observation was chosen.", "Map of the methods.", drawn)


def _valid_map(evidence: Evidence, facts: ProductFacts) -> Shown:
    title = "Valid observations"
    if gap := missing(evidence, facts, title, "VALID_OBS"):
        return gap
    pixels = evidence.shown["VALID_OBS"]
    there = pixels != BY_ID["VALID_OBS"].nodata
    most = int(pixels[there].max(initial=0))
    step = -(-(most + 1) // _COUNTS)
    starts = range(0, most + 1, step)
    labels = [f"{a}" if step == 1 else f"{a}-{a + step - 1}" for a in starts]
    drawn = map_of_values(pixels, there, [*starts, most + 1], labels)
    alt = f"Map of the number of valid observations, 0 to {most}."
    return Figure(title, "How many there were to choose from.", alt, drawn)


def _source_map(evidence: Evidence, facts: ProductFacts) -> Shown:
    title = "Date of the observation"
    if gap := missing(evidence, facts, title, "INDEX"):
        return gap
    index = evidence.shown["INDEX"]
    of_input, key = dates_in_colour(evidence, facts)
    known = (index >= 0) & (index < len(of_input))
    classes = np.array([*of_input, 0], np.uint8)
    codes = classes[np.where(known, index, len(of_input))]
    span = f"from {key[0].label} to {key[-1].label}" if key else "without any"
    drawn = map_of_classes(codes, key)
    return Figure(title, "Neighbours may be of different days.", f"Map of dates {span}.", drawn)


def dates_in_colour(evidence: Evidence, facts: ProductFacts) -> tuple[list[int], list[Swatch]]:
    """Return the class of every input's date, and the key of the classes; class n is the n-th.

    Class 0 is of dates that won no pixel looked at. Where dates are many, some share a class.
    """
    wins = evidence.wins(len(facts.sources))
    counted = zip(facts.sources, [] if wins is None else wins, strict=wins is not None)
    dates = sorted({source.date for source, pixels in counted if pixels})
    size = max(-(-len(dates) // _DATES), 1)
    groups = [dates[i : i + size] for i in range(0, len(dates), size)]
    number = {day: place for place, group in enumerate(groups, 1) for day in group}
    key = [Swatch(c, _span(g)) for c, g in zip(colours(len(groups)), groups, strict=True)]
    return [number.get(source.date, 0) for source in facts.sources], key


def _span(days: list[date]) -> str:
    return f"{days[0]:%m-%d}" if len(days) == 1 else f"{days[0]:%m-%d} to {days[-1]:%m-%d}"


def _scene_map(evidence: Evidence, facts: ProductFacts) -> Shown:
    title = "Scene class"
    if gap := missing(evidence, facts, title, "SCENE"):
        return gap
    pixels = evidence.shown["SCENE"]
    place = {code: number for number, code in enumerate(SCENE_NAMES, 1)}
    other = len(place) + 1
    classes = np.full(256, other, np.uint8)
    classes[BY_ID["SCENE"].nodata] = 0
    for code, number in place.items():
        classes[code] = number
    codes = classes[pixels]
    key = [Swatch(SCENE_COLOURS[code], word) for code, word in SCENE_NAMES.items()]
    if (codes == other).any():
        key.append(Swatch(NOT_VALID_COLOUR, "not valid"))
    words = "What Sen2Cor saw in the chosen observation."
    return Figure(title, words, "Map of the scene classes.", map_of_classes(codes, key))


def _number_map(
    evidence: Evidence, facts: ProductFacts, name: str, title: str, words: str
) -> Shown:
    if gap := missing(evidence, facts, title, name):
        return gap
    layer = BY_ID[name]
    pixels = evidence.shown[name]
    there = pixels != layer.nodata
    values = pixels * layer.scale
    marks = ticks(0, max(percentile(values[there], 99), layer.scale), _CLASSES - 1)
    starts = [mark for mark, _ in marks]
    labels = [text for _, text in marks]
    drawn = map_of_values(values, there, [*starts, np.inf], [*labels[:-1], f"{labels[-1]}+"])
    alt = f"Map of {title.lower()}, from 0 to {labels[-1]} and more."
    return Figure(title, words, alt, drawn)
