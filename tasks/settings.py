"""All settings, from ``S2GM_*`` environment variables; no other module reads the environment."""

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from metadata.inspire import InspireFlavour
from products.errors import BadInput
from qc.thresholds import LimitOutOfRange, Thresholds
from storage.s3 import S3Access

_SIZE = re.compile(r"^\s*(\d+)\s*([KMG]i?B?)?\s*$", re.IGNORECASE)
_FIELD = re.compile(r'field "(\w+)"')
"""Where pydantic names the setting that it could not parse."""
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def _bytes(value: object) -> object:
    found = _SIZE.match(str(value))
    if not found:
        raise ValueError(f"{value!r} is not a size; write it as 2GiB or 512MiB")
    return int(found[1]) * _UNITS[(found[2] or "")[:1].upper()]


class LogFormat(StrEnum):
    """How log lines are written: for people or for programs."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least grave events that are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(BaseSettings):
    """Where the data lie and how the service works."""

    model_config = SettingsConfigDict(env_prefix="S2GM_", env_nested_delimiter="__", frozen=True)

    home: Path = Path("s2gm-home")
    """Data root: catalog, working store, products."""
    database: str = ""
    """SQLAlchemy URL of the catalog; empty: SQLite below the data root."""
    threshold: int = Field(default=5, ge=2)
    """Valid observations from which the medoid takes over (4: the ATBD's profile)."""
    memory_budget: Annotated[int, BeforeValidator(_bytes)] = 2 << 30
    """Bytes that the process may use, all workers together."""
    working_store: Annotated[int, BeforeValidator(_bytes)] | None = None
    """Bytes that decoded granules may take up on the disk between cycles; None: no limit."""
    block: int = Field(default=512, ge=16)
    """Side in pixels of the squares that are selected again or carried over, each as a whole."""
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    """Granules or mosaics worked on at a time."""
    lease_seconds: float = Field(default=120.0, gt=0, allow_inf_nan=False)
    poll_seconds: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    objective_sensing_hours: float = Field(default=24.0, gt=0, allow_inf_nan=False)
    """Within which nine of ten mosaics shall show a granule, counted from its sensing."""
    objective_visible_hours: float = Field(default=2.0, gt=0, allow_inf_nan=False)
    """The same, counted from when the granule became visible at its source."""
    heartbeat_seconds: float = Field(default=2.0, gt=0, le=60)
    """How often a worker says that it lives."""
    log_format: LogFormat = LogFormat.TEXT
    log_level: LogLevel = LogLevel.WARNING
    hub_public: bool = False
    """Whether the hub shows its pages, without any action, to everybody who reaches it."""
    hub_https: bool = False
    """Whether readers reach the hub through TLS; cookies are then for TLS alone."""
    hub_proxy: str = "127.0.0.1"
    """Addresses, with commas between, of servers with TLS whose word on who asks is believed."""
    hub_session_hours: float = Field(default=12.0, gt=0, le=720)
    """After which an operator signs in again."""
    metrics_token: SecretStr = SecretStr("")
    """What programs that read ``/metrics`` of the hub must know; empty: only who may read pages."""
    s3_endpoint: str = ""
    """Address of the S3 service behind ``s3://`` sources; empty: Amazon's."""
    s3_region: str = ""
    qc: Thresholds = Thresholds()
    """Limits of quality control."""
    organisation: str = "S2GM open service"
    email: str = "s2gm@example.org"
    url: str = "https://s2gm.example.org"
    license_url: str = "https://s2gm.example.org/terms"
    inspire_flavour: InspireFlavour = InspireFlavour.ISO_2007
    """Edition of ISO 19139 that INSPIRE records follow: 20070417 or 20060504."""

    @property
    def pixel_budget(self) -> int:
        """Bytes that one worker may use for the pixels that go into its work.

        The rest of the budget is for what comes out, GDAL's cache, and the program itself.
        """
        return self.memory_budget * 5 // 8 // self.workers

    @property
    def s3(self) -> S3Access:
        """How ``s3://`` addresses are reached."""
        return S3Access(self.s3_endpoint, self.s3_region)

    @property
    def database_url(self) -> str:
        """URL of the catalog."""
        return self.database or f"sqlite:///{self.home.resolve() / 'catalog.sqlite'}"


def bind_gdal_cache(settings: Settings) -> None:
    """Keep GDAL's cache of blocks within the budget; its default is a share of the machine.

    GDAL reads the variable once, at its first block. Who sets it for himself decides.
    """
    os.environ.setdefault("GDAL_CACHEMAX", str(max(settings.memory_budget >> 24, 16)))


def read_settings(home: Path) -> Settings:
    """Read the settings of a data root, or raise BadInput that names the wrong variable."""
    try:
        return Settings(home=home)
    except SettingsError as error:
        found = _FIELD.search(str(error))
        name = f"S2GM_{found[1].upper()}" if found else "S2GM_QC"
        raise BadInput(
            f"The setting {name} is a group of settings, and what it holds is not JSON; unset it, "
            f"and set the members one by one, like {name}__NAME."
        ) from error
    except ValidationError as error:
        wrong = error.errors()[0]
        if isinstance(reason := wrong.get("ctx", {}).get("error"), LimitOutOfRange):
            raise BadInput(str(reason)) from error
        name = f"S2GM_{'__'.join(str(part) for part in wrong['loc']).upper()}"
        reason = wrong["msg"].removeprefix("Value error, ")
        if wrong["type"] == "unexpected_keyword_argument":
            reason = "there is no such setting"
        raise BadInput(
            f"The setting {name} is {wrong['input']!r}, which cannot be used ({reason}); "
            "correct or unset it."
        ) from error
