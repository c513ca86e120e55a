"""Each alarm rings when it should, names only what is told, and says what to do."""

import re
from pathlib import Path
from typing import Any

import pytest

from catalog.operations.sign_ins import ATTEMPTS, ATTEMPTS_WITHIN
from hub.metrics import router
from tests.hub.watched import TOKEN, client_of, fill, opened
from tests.infra.conftest import PROMETHEUS, Promtool
from tests.infra.told import MONITORING, OPERATING, alarms, anchors, load, named_in, table, told_by

ALARMS = alarms()


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What ``/metrics`` tells of a data root that has something of everything."""
    shop = opened(tmp_path_factory.mktemp("home"), metrics_token=TOKEN, working_store=1 << 20)
    fill(shop)
    client = client_of(shop)
    client.app.state.hub.gauge.read(wait=True)  # type: ignore[attr-defined]
    got = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    shop.catalog.close()
    assert got.status_code == 200
    return got.text


def test_prometheus_finds_nothing_wrong_with_what_the_hub_tells(
    promtool: Promtool, answer: str
) -> None:
    assert promtool("check", "metrics", given=answer) == ""


def test_prometheus_understands_the_rules(promtool: Promtool) -> None:
    assert f"{len(ALARMS)} rules found" in promtool("check", "rules", "s2gm.rules.yml")


def test_prometheus_understands_the_example(promtool: Promtool) -> None:
    promtool("check", "config", "--syntax-only", "prometheus.yml")


def test_every_alarm_rings_when_it_should_and_only_then(promtool: Promtool) -> None:
    promtool("test", "rules", "s2gm.rules.test.yml")


@pytest.mark.parametrize("name", ALARMS)
def test_it_is_proven_of_each_alarm_that_it_rings_and_that_it_does_not(name: str) -> None:
    cases = load(PROMETHEUS / "s2gm.rules.test.yml")["tests"]
    asked = [
        bool(case["exp_samples"])
        for each in cases
        for case in each["promql_expr_test"]
        if f'alertname="{name}"' in case["expr"]
    ]
    assert set(asked) == {True, False}


@pytest.mark.parametrize("rule", ALARMS.values(), ids=ALARMS)
def test_an_alarm_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    told = rule["annotations"]
    assert set(told) == {"summary", "description", "runbook"}
    assert told["summary"].endswith(".")
    assert told["description"].endswith(".")
    assert len(told["description"].split()) >= 12
    document, _, anchor = told["runbook"].partition("#")
    assert (document, anchor) == ("docs/operating-alarms.md", rule["alert"].lower())


@pytest.mark.parametrize("rule", ALARMS.values(), ids=ALARMS)
def test_an_alarm_names_only_numbers_that_are_told(rule: dict[str, Any], answer: str) -> None:
    assert named_in(rule["expr"]) <= told_by(answer)


def test_every_alarm_has_its_chapter_and_every_chapter_its_alarm() -> None:
    chapters = re.findall(r"^### (\w+)$", OPERATING.read_text(), re.MULTILINE)
    assert chapters == list(ALARMS)


def test_links_within_the_chapters_lead_somewhere() -> None:
    links = re.findall(r"\]\(#([^)]+)\)", OPERATING.read_text())
    assert links
    assert set(links) <= anchors(OPERATING)


def test_the_document_lists_all_alarms_with_their_severity() -> None:
    listed = [row[:2] for row in table(MONITORING, "alarm")]
    expected = [
        [f"[{name}](operating-alarms.md#{name.lower()})", rule["labels"]["severity"]]
        for name, rule in ALARMS.items()
    ]
    assert listed == expected


def test_the_example_reads_what_the_hub_serves(answer: str) -> None:
    config = load(PROMETHEUS / "prometheus.yml")
    (job,) = config["scrape_configs"]
    assert job["job_name"] == "s2gm"
    assert job["metrics_path"] in {getattr(route, "path", "") for route in router.routes}
    assert config["rule_files"] == ["s2gm.rules.yml"]
    for path in config["rule_files"]:
        assert (PROMETHEUS / path).is_file()


def test_guessing_rings_where_the_hub_makes_wait() -> None:
    rule = ALARMS["S2gmSignInAttack"]
    assert rule["expr"].endswith(f">= {ATTEMPTS}")
    assert f"{ATTEMPTS_WITHIN.seconds // 60} minutes" in rule["annotations"]["summary"]


def test_summaries_are_filled_in(promtool: Promtool, tmp_path: Path) -> None:
    """Prometheus puts an error into a sentence whose template it cannot fill."""
    spoken = {
        "S2gmCatalogSlow": "Reading the catalog takes 3s.",
        "S2gmManyRejected": "30% of the granules of a day were rejected.",
        "S2gmDiskFull": "The data root has 90B left, less than a product needs.",
    }
    series = {
        "s2gm_catalog_read_seconds": 3,
        's2gm_granules_last_day{stage="tracked"}': 100,
        's2gm_granules_last_day{stage="rejected"}': 30,
        "s2gm_disk_free_bytes": 90,
        "s2gm_disk_needed_bytes": 100,
    }
    lines = [f"rule_files: [{PROMETHEUS / 's2gm.rules.yml'}]", "tests:", "  - interval: 1m"]
    lines += ["    input_series:"]
    for name, value in series.items():
        lines += [f"      - series: '{name}'", f"        values: '{value}x60'"]
    lines += ["    alert_rule_test:"]
    for name, summary in spoken.items():
        rule = ALARMS[name]
        told = rule["annotations"] | {"summary": summary}
        lines += [
            f"      - alertname: {name}",
            "        eval_time: 50m",
            f"        exp_alerts: [{{exp_labels: {rule['labels']}, exp_annotations: {told}}}]",
        ]
    path = tmp_path / "spoken.test.yml"
    path.write_text("\n".join(lines))
    promtool("test", "rules", path)
