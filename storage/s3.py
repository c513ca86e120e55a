"""Objects behind ``s3://`` addresses, of Amazon or of any service that speaks S3."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from products.errors import GranuleRejected, NeedsOperator, SourceUnavailable

_TRIES = 3
_CHUNK = 1 << 20
_ABSENT = ("NoSuchKey", "404")
_REFUSED = (
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken",
    "AuthorizationHeaderMalformed",
)  # fmt: skip
_SETTINGS = (
    "check S2GM_S3_ENDPOINT, S2GM_S3_REGION and the credentials "
    "(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_PROFILE)"
)


@dataclass(frozen=True)
class S3Access:
    """Which S3 service is asked; credentials come from boto3's own chain (``AWS_*``)."""

    endpoint: str = ""
    """Address of the service; empty: Amazon's."""
    region: str = ""


def download_object(address: str, path: Path, access: S3Access) -> None:
    """Download ``s3://bucket/key`` to ``path``, whole or not at all.

    Raises GranuleRejected where the address is none, NeedsOperator where nobody could get it
    with these settings, SourceUnavailable where trying again may help.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
    )

    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise GranuleRejected(
            "unsupported-address", f"{address} names no bucket and key; mend it at its source."
        )
    try:
        _fetch(_client(access), bucket, key, path)
    except (NoCredentialsError, PartialCredentialsError, ProfileNotFound) as error:
        raise NeedsOperator(
            f"{address} cannot be fetched without credentials ({error}); {_SETTINGS}."
        ) from error
    except ClientError as error:
        raise _told(address, error) from error
    except ValueError as error:
        raise NeedsOperator(f"S3 cannot be asked for {address} ({error}); {_SETTINGS}.") from error
    except (BotoCoreError, _Cut) as error:
        raise SourceUnavailable(
            f"{address} cannot be fetched now ({error}); it is tried again with the next run. "
            "If that goes on, check S2GM_S3_ENDPOINT."
        ) from error


class _Cut(Exception):
    """The transfer ended before the object did."""


def _fetch(client: Any, bucket: str, key: str, path: Path) -> None:
    from botocore.exceptions import HTTPClientError, IncompleteReadError

    for attempt in range(1, _TRIES + 1):
        try:
            answer = client.get_object(Bucket=bucket, Key=key)
            with path.open("wb") as file:
                for piece in answer["Body"].iter_chunks(_CHUNK):
                    file.write(piece)
            size, stated = path.stat().st_size, answer["ContentLength"]
            if size != stated:
                raise _Cut(f"{size} of {stated} bytes came")
        except (HTTPClientError, IncompleteReadError, _Cut):
            path.unlink(missing_ok=True)
            if attempt == _TRIES:
                raise
        else:
            return


@lru_cache(maxsize=4)
def _client(access: S3Access) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if access.endpoint else "auto"},
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=access.endpoint or None,
        region_name=access.region or None,
        config=config,
    )


def _told(address: str, error: Any) -> Exception:
    """Return our error for what the service answered."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code in _ABSENT:
        return SourceUnavailable(
            f"{address} is named in the metadata but not in the bucket, where its upload may still "
            "go on; it is tried again with the next run."
        )
    if code in _REFUSED:
        return NeedsOperator(f"S3 does not accept the credentials for {address} ({code}); "
                             f"{_SETTINGS}.")  # fmt: skip
    if code in ("AccessDenied", "403", "NoSuchBucket", "PermanentRedirect"):
        return SourceUnavailable(f"S3 refuses {address} ({code}); {_SETTINGS}.")
    return SourceUnavailable(
        f"{address} cannot be fetched now ({code or error}); it is tried again with the next run."
    )
