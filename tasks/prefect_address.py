"""Where the Prefect server is that a running service uses: a file below its data root says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from products.sentence import without_secrets

_FILE = Path("prefect") / "address"


@contextmanager
def prefect_address_told(home: Path, url: str) -> Iterator[None]:
    """Say where the server is while the block runs; names and passwords in it are left out."""
    path, told = home / _FILE, without_secrets(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(told)
    try:
        yield
    finally:
        if read_prefect_address(home) == told:
            path.unlink(missing_ok=True)


def read_prefect_address(home: Path) -> str | None:
    """Return the address of the API, None where no service runs that told one."""
    try:
        address = (home / _FILE).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return address if address.startswith(("http://", "https://")) else None
