"""The document lists the numbers as the hub tells them."""

from catalog.operations.health import Level
from catalog.operations.metrics import LEASES
from catalog.operations.workers import Standing
from hub.metric_list import METRICS
from tasks.settings import Settings
from tests.infra.told import MONITORING, table


def test_the_document_lists_every_number_with_type_labels_and_meaning() -> None:
    expected = [
        [
            f"`{metric.name}`",
            metric.kind.value,
            ", ".join(f"`{label}`" for label in metric.labels) or "-",
            metric.meaning,
        ]
        for metric in METRICS
    ]
    assert table(MONITORING, "name") == expected


def test_the_document_lists_every_label_and_its_words() -> None:
    rows = {row[0].strip("`"): row[1] for row in table(MONITORING, "label")}
    documented = set(rows)
    used = {label for metric in METRICS for label in metric.labels}
    assert documented == used - {"version"}
    assert all(f"`{word}`" in rows["level"] for word in Level)
    assert all(f"`{word}`" in rows["standing"] for word in (*Standing, *LEASES))


def test_the_settings_that_the_document_names_exist() -> None:
    text = MONITORING.read_text()
    for name in ("S2GM_METRICS_TOKEN", "S2GM_HUB_PUBLIC", "S2GM_URL"):
        assert name in text
        assert name.removeprefix("S2GM_").lower() in Settings.model_fields


def test_meanings_are_sentences() -> None:
    assert all(metric.meaning.endswith(".") for metric in METRICS)
    assert len({metric.name for metric in METRICS}) == len(METRICS)
