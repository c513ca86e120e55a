"""The rooms of the hub in the order in which the navigation shows them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A link of the navigation."""

    name: str
    path: str

    def is_here(self, path: str) -> bool:
        """Tell whether a page belongs to this entry."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


NAVIGATION = (
    Entry("Overview", "/"),
    Entry("Tiles", "/tiles"),
    Entry("Map", "/map"),
    Entry("Gate", "/gate"),
    Entry("Failures", "/failures"),
    Entry("Runs", "/runs"),
    Entry("Log", "/actions"),
)
