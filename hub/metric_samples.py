"""The numbers of the service, gathered for one answer from the catalog and the disk."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter

import sqlalchemy as sa
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
)
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.operations.clock import HOUR
from catalog.operations.delays import Histogram
from catalog.operations.health import Level, judge
from catalog.operations.metrics import Metrics, metrics
from catalog.operations.observed import Observed, Room, observe
from catalog.operations.sizes import database_bytes, largest_shape
from catalog.operations.source_label import source_label
from catalog.operations.stages import GRANULES, Stage
from catalog.operations.workers import Standing, database_moment
from hub import metric_list as named
from hub.metric_list import Kind, Metric
from tasks.gauge import Gauge, Storage, needed_for
from tasks.settings import Settings
from tasks.standing import objectives_of
from tasks.workshop import Workshop

_WAITING = ("due", "composing", "stopped", "failed")
_NO_STATE = "checked"
"""A stage that revisions pass; no mosaic stands there."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sample:
    """One number, or one histogram, of a metric."""

    metric: Metric
    value: float | Histogram
    labels: tuple[str, ...] = ()


Samples = Iterator[Sample]


@dataclass(frozen=True)
class Told(Collector):
    """Samples as ``prometheus_client`` writes them; made for one answer, so that none is old."""

    samples: tuple[Sample, ...]

    def collect(self) -> Iterator[Family]:
        """Give the metrics that have samples, in the order of their list."""
        for metric in named.METRICS:
            if own := [sample for sample in self.samples if sample.metric is metric]:
                yield _family(metric, own)


def told(workshop: Workshop, gauge: Gauge) -> Told:
    """Gather all numbers; what cannot be read is left out, and its absence is told."""
    settings = workshop.settings
    storage = _read(gauge)
    return Told(
        (
            Sample(named.BUILD, 1, (_version(),)),
            *_of_settings(settings),
            *_of_storage(storage),
            *_of_catalog(workshop.catalog, settings, storage),
        )
    )


def _version() -> str:
    """Return the version that is installed; a checkout may run without being installed."""
    try:
        return version("s2gm")
    except PackageNotFoundError:
        return "unknown"


def _read(gauge: Gauge) -> Storage | None:
    try:
        return gauge.read()
    except OSError as error:
        _log.error("The data root cannot be read: %s", error)
        return None


def _of_settings(settings: Settings) -> Samples:
    objectives = objectives_of(settings)
    yield Sample(named.OBJECTIVE_SENSING, objectives.sensing_hours * HOUR)
    yield Sample(named.OBJECTIVE_VISIBLE, objectives.visible_hours * HOUR)
    if settings.working_store is not None:
        yield Sample(named.STORE_LIMIT, settings.working_store)


def _of_storage(storage: Storage | None) -> Samples:
    if storage is None:
        return
    yield Sample(named.DISK_FREE, storage.free)
    yield Sample(named.DISK_SIZE, storage.total)
    if storage.working is not None:
        yield Sample(named.STORE, storage.working)


def _of_catalog(
    catalog: Catalog, settings: Settings, storage: Storage | None
) -> tuple[Sample, ...]:
    """Gather what is in the catalog, all of one state of it; only that it is away where it is."""
    begin = perf_counter()
    try:
        with catalog.view() as session:
            found = tuple(_of_view(session, settings, storage))
    except sa.exc.SQLAlchemyError as error:
        _log.error("The catalog cannot be read for /metrics: %s", error)
        return (Sample(named.CATALOG_UP, 0),)
    spent = perf_counter() - begin
    return (Sample(named.CATALOG_UP, 1), Sample(named.CATALOG_READ, spent), *found)


def _of_view(session: Session, settings: Settings, storage: Storage | None) -> Samples:
    objectives = objectives_of(settings)
    needed = _needed(session)
    room = Room(storage.free, needed) if storage and needed else None
    seen = observe(session, database_moment(session), objectives, room)
    level = judge(seen, objectives, timedelta(seconds=settings.poll_seconds)).level
    found = metrics(session, seen, objectives)
    for one in Level:
        yield Sample(named.LEVEL, level == one, (one,))
    yield from _of_stages(seen)
    yield from _of_publications(found)
    yield from _of_work(found, seen.moment)
    yield Sample(named.DATABASE, database_bytes(session))
    if needed:
        yield Sample(named.DISK_NEEDED, needed)


def _of_stages(seen: Observed) -> Samples:
    for stage in seen.stages:
        of_granules = stage.of == GRANULES
        if of_granules or stage.name != _NO_STATE:
            now = named.GRANULES if of_granules else named.MOSAICS
            yield Sample(now, stage.count, (stage.name,))
        day = named.GRANULES_DAY if of_granules else named.MOSAICS_DAY
        yield Sample(day, stage.last_24h, (stage.name,))
        if _is_waiting(stage):
            waited = _seconds(stage.oldest_since, seen.moment)
            yield Sample(named.OLDEST, waited, (stage.name,))
    for word, first in (("granule", seen.granule), ("mosaic", seen.mosaic)):
        waited = _seconds(first.since if first else None, seen.moment)
        yield Sample(named.OLDEST_FRESH, waited, (word,))


def _of_publications(found: Metrics) -> Samples:
    yield Sample(named.TRACKED_EVER, found.granules)
    yield Sample(named.PUBLISHED_EVER, found.publications)
    for delay in found.delays:
        label = (source_label(delay.source),)
        yield Sample(named.FROM_SENSING, delay.sensing, label)
        yield Sample(named.FROM_VISIBLE, delay.visible, label)
        yield Sample(named.FROM_ARCHIVE, delay.archived, label)


def _of_work(found: Metrics, moment: datetime) -> Samples:
    for source in found.sources:
        unread = _seconds(source.seen_at, moment)
        yield Sample(named.SOURCE_READ, unread, (source_label(source.source),))
    for one in found.troubles:
        dismissed = str(one.dismissed).lower()
        yield Sample(named.TROUBLES, one.count, (one.kind.lower(), one.rule, dismissed))
    for rule, count in found.stopped.items():
        yield Sample(named.STOPPED, count, (rule,))
    for standing, count in found.leases.items():
        yield Sample(named.LEASES, count, (standing,))
    for word in Standing:
        yield Sample(named.WORKERS, found.workers.get(word, 0), (word,))
    yield Sample(named.SIGN_INS, found.sign_in_failures)


def _seconds(since: datetime | None, moment: datetime) -> float:
    """Return how long ago something was; 0 for nothing, and where clocks differ."""
    return max((moment - since).total_seconds(), 0) if since else 0


def _needed(session: Session) -> int | None:
    shape = largest_shape(session)
    return needed_for(shape) if shape else None


def _is_waiting(stage: Stage) -> bool:
    names = ("tracked",) if stage.of == GRANULES else _WAITING
    return stage.name in names


def _family(metric: Metric, samples: Iterable[Sample]) -> Family:
    if metric.kind is Kind.HISTOGRAM:
        return _histogram_family(metric, samples)
    make = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    family = make(metric.name, metric.meaning, labels=metric.labels)
    for sample in samples:
        assert not isinstance(sample.value, Histogram)  # noqa: S101 - the metric is none
        family.add_metric(sample.labels, sample.value)
    return family


def _histogram_family(metric: Metric, samples: Iterable[Sample]) -> Family:
    family = GaugeHistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for sample in samples:
        found = sample.value
        assert isinstance(found, Histogram)  # noqa: S101 - the metric is one
        buckets = [*zip(map(_bound, found.bounds), found.within, strict=True)]
        family.add_metric(sample.labels, [*buckets, ("+Inf", found.number)], found.seconds)
    return family


def _bound(seconds: float) -> str:
    return str(int(seconds)) if seconds.is_integer() else repr(seconds)
