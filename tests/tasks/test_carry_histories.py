"""Any history of arrivals, supersessions and removals: always the product from scratch."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from products.granule import Granule
from tasks import compose as compose_module
from tasks import produce as produce_module
from tasks.carry import Carrier
from tests.tasks.carry_world import (
    SIDE,
    Sight,
    bring_up,
    deliver,
    from_scratch,
    published,
    take_in,
    whole,
    withdraw,
)
from tests.tasks.helpers import tree, workshop

BLOCK = 32
edges = st.tuples(st.integers(0, SIDE - 1), st.integers(1, SIDE // 5)).map(
    lambda e: (e[0], min(e[0] + e[1], SIDE))
)
clearings = st.lists(
    st.tuples(
        st.tuples(edges, edges).map(lambda e: (*e[0], *e[1])), st.sampled_from([2, 4, 6, 7, 11])
    ),
    min_size=1,
    max_size=3,
).map(tuple)
swaths = st.sampled_from([(0, SIDE), (0, 50), (70, SIDE), (100, SIDE)])
sights = st.builds(
    Sight,
    day=st.integers(1, 8),
    clear=clearings,
    swath=swaths,
    strip=st.integers(0, 1),
    baseline=st.sampled_from([300, 301, 400, 500]),
    zenith=st.sampled_from([5.0, 5.0, 12.0]),
)


class Histories(RuleBasedStateMachine):
    """A mosaic of January that changes."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.root = Path(self._folder.name)
        self.shop = workshop(self.root / "home", block=BLOCK, threshold=3)
        self.known: dict[str, Granule] = {}
        self.usable: set[str] = set()
        self.checked: Path | None = None

    def teardown(self) -> None:
        self.shop.catalog.close()
        self._folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self._take_in([whole(3), whole(4)])

    @rule(sight=sights)
    def arrive(self, sight: Sight) -> None:
        if sight.name not in self.known:
            self._take_in([sight])

    @rule(several=st.lists(sights, min_size=2, max_size=3, unique_by=lambda s: s.name))
    def arrive_together(self, several: list[Sight]) -> None:
        self._take_in([sight for sight in several if sight.name not in self.known])

    @precondition(lambda self: len(self.usable) > 1)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.usable)))
        self.usable.discard(name)
        withdraw(self.shop, self.known[name])
        bring_up(self.shop)

    @invariant()
    def the_product_is_that_from_scratch(self) -> None:
        if not self.known or published(self.shop) == self.checked:
            return
        self.checked = published(self.shop)
        assert tree(self.checked) == from_scratch(self.shop, self.root / "again")

    def _take_in(self, arriving: list[Sight]) -> None:
        granules = [deliver(self.root / "in", sight) for sight in arriving]
        self.known |= {granule.id: granule for granule in granules}
        self.usable |= {granule.id for granule in granules}
        take_in(self.shop, granules)


def test_every_history_gives_the_products_from_scratch(monkeypatch) -> None:
    counts = {"carried": 0, "selected": 0}
    copy, select = Carrier.copy_kept, compose_module.compose_block

    def carried(self, writers):
        counts["carried"] += len(self.kept)
        return copy(self, writers)

    def selected(stack, rows, columns, *wanted):
        counts["selected"] += len(rows) == BLOCK
        return select(stack, rows, columns, *wanted)

    monkeypatch.setattr(produce_module, "write_pictures", lambda *_: None)
    monkeypatch.setattr(Carrier, "copy_kept", carried)
    monkeypatch.setattr(compose_module, "compose_block", selected)
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=5,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert counts["carried"] > 20, counts
    assert counts["selected"] > 10, counts
