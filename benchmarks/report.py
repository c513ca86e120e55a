"""What was measured, as one table per area and as ``build/bench.json``."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path("build/bench.json")


@dataclass(frozen=True)
class Result:
    """One number, with what it is compared to."""

    name: str
    """Begins with the area, as in ``kernels: 73 observations``."""
    value: float
    unit: str
    peer: str | None = None
    """What else was measured or divided by."""
    goal: float | None = None
    """What the value should at least be."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached, None where there is none."""
        return None if self.goal is None else self.value >= self.goal


def report(area: str, results: Sequence[Result], path: Path = RESULTS) -> None:
    """Print the table of an area and put its results in place of the earlier ones of the area."""
    print(f"{area:<52} {'value':>9} {'unit':<7} {'goal':>6} {'met':>4}  peer")
    for r in results:
        goal = "" if r.goal is None else f"{r.goal:g}"
        met = {None: "", True: "yes", False: "no"}[r.met]
        name = r.name.removeprefix(f"{area}: ")
        print(f"{name:<52} {r.value:>9.3g} {r.unit:<7} {goal:>6} {met:>4}  {r.peer or ''}")
    earlier = json.loads(path.read_text()) if path.exists() else []
    kept = [one for one in earlier if not one["name"].startswith(f"{area}: ")]
    told = [{**asdict(one), "met": one.met} for one in results]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([*kept, *told], indent=1) + "\n")
