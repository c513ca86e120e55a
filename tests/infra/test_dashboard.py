"""The Grafana dashboard names only what is told, and asks nobody but the chosen Prometheus."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from hub.metric_list import METRICS, Kind
from tests.infra.conftest import Promtool
from tests.infra.told import DASHBOARD, alarms, named_in

BOARD: dict[str, Any] = json.loads(DASHBOARD.read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
TITLES = [panel["title"] for panel in PANELS]
CHOSEN = {"type": "prometheus", "uid": "${datasource}"}
KNOWN = {
    f"{metric.name}{end}"
    for metric in METRICS
    for end in (("_bucket", "_gcount", "_gsum") if metric.kind is Kind.HISTOGRAM else ("",))
}


def expressions(panel: dict[str, Any]) -> list[str]:
    return [target["expr"] for target in panel["targets"]]


def test_panels_are_told_apart() -> None:
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert len(set(TITLES)) == len(TITLES)


@pytest.mark.parametrize("panel", PANELS, ids=TITLES)
def test_a_panel_explains_itself_and_shows_something(panel: dict[str, Any]) -> None:
    assert panel["type"] in ("stat", "timeseries", "bargauge")
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert expressions(panel)
    refs = [target["refId"] for target in panel["targets"]]
    assert len(set(refs)) == len(refs)
    assert all(target["legendFormat"] for target in panel["targets"])


@pytest.mark.parametrize("panel", PANELS, ids=TITLES)
def test_a_panel_names_only_numbers_that_are_told_of_the_chosen_hub(panel: dict[str, Any]) -> None:
    for expression in expressions(panel):
        assert named_in(expression) <= KNOWN
        assert expression.count('instance=~"$instance"') == expression.count("{")


def test_prometheus_understands_all_expressions(promtool: Promtool, tmp_path: Path) -> None:
    lines = ["groups:", "  - name: panels", "    rules:"]
    for number, expression in enumerate(e for panel in PANELS for e in expressions(panel)):
        plain = expression.replace("$instance", "hub")
        lines += [f"      - record: panel:{number}", f"        expr: {json.dumps(plain)}"]
    path = tmp_path / "panels.yml"
    path.write_text("\n".join(lines))
    promtool("check", "rules", path)


def test_nobody_is_asked_but_the_chosen_prometheus() -> None:
    asked = [panel["datasource"] for panel in PANELS]
    asked += [target["datasource"] for panel in PANELS for target in panel["targets"]]
    asked += [each["datasource"] for each in BOARD["annotations"]["list"]]
    assert all(each == CHOSEN for each in asked)
    variables = {each["name"]: each for each in BOARD["templating"]["list"]}
    assert variables["datasource"]["query"] == "prometheus"
    assert variables["instance"]["datasource"] == CHOSEN
    assert "://" not in DASHBOARD.read_text()


def test_panels_lie_beside_each_other_within_the_width() -> None:
    places = [panel["gridPos"] for panel in BOARD["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below


def test_every_number_is_shown_or_rings() -> None:
    used = {name for panel in PANELS for text in expressions(panel) for name in named_in(text)}
    used |= {name for rule in alarms().values() for name in named_in(rule["expr"])}
    unused = {m.name for m in METRICS if not any(name.startswith(m.name) for name in used)}
    assert unused == set()
