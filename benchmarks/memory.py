"""The most memory that this process held."""

from pathlib import Path


def peak_memory() -> int:
    """Return the most bytes that this process held; getrusage would count its parent's, too."""
    told = Path("/proc/self/status").read_text()
    (line,) = (line for line in told.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def forget_peak() -> None:
    """Count the most bytes from now on anew."""
    Path("/proc/self/clear_refs").write_text("5")
