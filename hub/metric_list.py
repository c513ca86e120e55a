"""The names under which programs that watch the service find its numbers, and what these mean."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What may be done with a number."""

    GAUGE = "gauge"
    """It goes up and down."""
    COUNTER = "counter"
    """It only grows; its rate tells."""
    HISTOGRAM = "histogram"
    """It counts by bounds what was measured in the last 24 hours; use it as it is, not its rate."""


@dataclass(frozen=True)
class Metric:
    """One name, with its labels and meaning."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    always: bool = True
    """Whether it has a sample at any time that the catalog can be read."""


_G, _C, _H = Kind.GAUGE, Kind.COUNTER, Kind.HISTOGRAM
BUILD = Metric("s2gm_build_info", _G, "The version of S2GM that runs; always 1.", ("version",))
CATALOG_UP = Metric("s2gm_catalog_up", _G, "Whether the catalog could be read just now (1 or 0).")
CATALOG_READ = Metric(
    "s2gm_catalog_read_seconds", _G, "How long it took to read these numbers from the catalog."
)
LEVEL = Metric(
    "s2gm_level",
    _G,
    "1 for how the service stands: healthy, idle, late, stopped or broken; 0 for the others.",
    ("level",),
)
GRANULES = Metric("s2gm_granules", _G, "Granules that stand at a stage now.", ("stage",))
MOSAICS = Metric("s2gm_mosaics", _G, "Mosaics that stand at a stage now.", ("stage",))
GRANULES_DAY = Metric(
    "s2gm_granules_last_day", _G, "Granules that came to a stage in the last 24 hours.", ("stage",)
)
MOSAICS_DAY = Metric(
    "s2gm_mosaics_last_day", _G, "Mosaics that came to a stage in the last 24 hours.", ("stage",)
)
OLDEST = Metric(
    "s2gm_oldest_seconds",
    _G,
    "For how long the first of those at a stage has waited there; 0 where none waits.",
    ("stage",),
)
OLDEST_FRESH = Metric(
    "s2gm_oldest_fresh_seconds",
    _G,
    "For how long the granule that is to be ingested, or the mosaic that is to be settled, waits "
    "that came first; 0 where none waits. What came from an archive does not count.",
    ("of",),
)
TRACKED_EVER = Metric(
    "s2gm_granules_tracked_total", _C, "Granules that ever became visible at a source."
)
PUBLISHED_EVER = Metric(
    "s2gm_publications_total", _C, "Publications ever: a revision was shown to readers."
)
FROM_SENSING = Metric(
    "s2gm_sensing_to_published_seconds",
    _H,
    "From sensing of the newest granule to publication, for publications of the last 24 hours.",
    ("source",),
    always=False,
)
FROM_VISIBLE = Metric(
    "s2gm_visible_to_published_seconds",
    _H,
    "From the newest granule's being visible to publication, for those of the last 24 hours.",
    ("source",),
    always=False,
)
FROM_ARCHIVE = Metric(
    "s2gm_publications_from_archive",
    _G,
    "Publications of the last 24 hours that tell nothing of timeliness: of archived granules.",
    ("source",),
    always=False,
)
OBJECTIVE_SENSING = Metric(
    "s2gm_objective_sensing_seconds",
    _G,
    "Within which nine of ten publications come, from sensing (S2GM_OBJECTIVE_SENSING_HOURS).",
)
OBJECTIVE_VISIBLE = Metric(
    "s2gm_objective_visible_seconds",
    _G,
    "The same from being visible at the source (S2GM_OBJECTIVE_VISIBLE_HOURS).",
)
SOURCE_READ = Metric(
    "s2gm_source_unread_seconds",
    _G,
    "For how long a source has not been read to its end.",
    ("source",),
    always=False,
)
TROUBLES = Metric(
    "s2gm_troubles",
    _G,
    "Troubles that are not mended: kind is source, granule, mosaic or run; rule is the one that a "
    "granule broke, or the class of the error; dismissed is true or false.",
    ("kind", "rule", "dismissed"),
    always=False,
)
STOPPED = Metric(
    "s2gm_mosaics_stopped",
    _G,
    "Mosaics that wait for a person's decision, by each rule of quality control that failed.",
    ("rule",),
    always=False,
)
LEASES = Metric(
    "s2gm_leases",
    _G,
    "Mosaics being composed, by their lease: held by a worker that lives, orphaned by one that is "
    "silent or ended, or expired.",
    ("standing",),
)
WORKERS = Metric(
    "s2gm_workers",
    _G,
    "Workers that live (working, waiting or silent) or ended in the last 24 hours (died or ended).",
    ("standing",),
)
SIGN_INS = Metric(
    "s2gm_sign_in_failures",
    _G,
    "Attempts to sign in at the hub that failed in the last 15 minutes.",
)
DATABASE = Metric("s2gm_database_bytes", _G, "Size of the catalog's database.")
DISK_FREE = Metric("s2gm_disk_free_bytes", _G, "Free room on the disk of the data root.")
DISK_NEEDED = Metric(
    "s2gm_disk_needed_bytes",
    _G,
    "Room that must be free for the largest product in demand; without it nothing is composed.",
    always=False,
)
DISK_SIZE = Metric("s2gm_disk_size_bytes", _G, "Size of the disk of the data root.")
STORE = Metric(
    "s2gm_working_store_bytes",
    _G,
    "What the decoded granules take up; it is counted once a minute.",
    always=False,
)
STORE_LIMIT = Metric(
    "s2gm_working_store_limit_bytes",
    _G,
    "What the decoded granules may take up between cycles (S2GM_WORKING_STORE), where it is set.",
    always=False,
)
METRICS = (
    BUILD,
    CATALOG_UP,
    CATALOG_READ,
    LEVEL,
    GRANULES,
    MOSAICS,
    GRANULES_DAY,
    MOSAICS_DAY,
    OLDEST,
    OLDEST_FRESH,
    TRACKED_EVER,
    PUBLISHED_EVER,
    FROM_SENSING,
    FROM_VISIBLE,
    FROM_ARCHIVE,
    OBJECTIVE_SENSING,
    OBJECTIVE_VISIBLE,
    SOURCE_READ,
    TROUBLES,
    STOPPED,
    LEASES,
    WORKERS,
    SIGN_INS,
    DATABASE,
    DISK_FREE,
    DISK_NEEDED,
    DISK_SIZE,
    STORE,
    STORE_LIMIT,
)
"""All of them, in the order in which they are told."""
