"""Scene classification codes and the set that counts as valid (specification section 2.4, 3)."""

NODATA, SATURATED, DARK, SHADOW, VEGETATION, SOIL = 0, 1, 2, 3, 4, 5
WATER, UNCLASSIFIED, CLOUD_MEDIUM, CLOUD_HIGH, CIRRUS, SNOW = 6, 7, 8, 9, 10, 11

VALID = (DARK, VEGETATION, SOIL, WATER, SNOW)
"""``weak_1``; snow counts only where its spectrum confirms it."""

LABELS = (
    "no data",
    "saturated or defective",
    "dark area",
    "cloud shadow",
    "vegetation",
    "bare soil",
    "water",
    "unclassified",
    "cloud, medium probability",
    "cloud, high probability",
    "thin cirrus",
    "snow or ice",
)
