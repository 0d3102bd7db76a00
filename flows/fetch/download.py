"""The HTTP part of fetch: the body of one url, an archive or a page, into a part file, through cuts, refusals, redirects.

Reads a url; writes its part file. Fails with a SourceUnavailableError when another try later may help (429, 5xx,
connection, a body that is cut again and again), with a SourceError when it will not (403, 404, a redirect elsewhere,
too large), and with a WarehouseError, before it writes, when the disk has no room for the length that the server declares.

Sessions and Retry-After are those of requests and urllib3. Retrying itself is done here: urllib3's Retry ends where the
body begins, and a cut body is what goes wrong with archives; it also shortens a long Retry-After without saying so. They are
loaded with the first request: a refresh from the disk has none.
"""

from __future__ import annotations

import importlib.metadata
import logging
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit

from flows.fetch.archive import HEAD_BYTES, ArchiveBounds, is_zip_start
from warehouse.counted import counted
from warehouse.errors import SiteSilentError, SourceError, SourceUnavailableError
from warehouse.home import require_room
from warehouse.raw import Part

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int | None], None]

CHUNK_BYTES = 64 * 1024
DISTRIBUTION = "pfs-warehouse"
BY_HAND = "or download the archive by hand and use --source DIRECTORY"

log = logging.getLogger(__name__)


def default_user_agent() -> str:
    """PFS_USER_AGENT when it is set, else the project's plain name and version."""
    try:
        version = importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that is not installed
        version = "dev"
    return os.environ.get("PFS_USER_AGENT", "").strip() or f"{DISTRIBUTION}/{version}"


@dataclass(frozen=True)
class FetchSettings:
    """How to fetch. Times are in seconds, `attempts` counts the first one, `max_wait` bounds the Retry-After kept."""

    max_bytes: int = 200_000_000
    attempts: int = 6
    backoff: float = 1.0
    max_backoff: float = 60.0
    max_wait: float = 300.0
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    body_timeout: float = 1800.0
    max_redirects: int = 5
    user_agent: str = field(default_factory=default_user_agent)
    bounds: ArchiveBounds = field(default_factory=ArchiveBounds)
    sleep: Callable[[float], None] = time.sleep


class Known(Protocol):
    """What a url gave last, as far as a conditional request needs it."""

    @property
    def etag(self) -> str | None:
        """The ETag that came with it."""

    @property
    def last_modified(self) -> str | None:
        """The Last-Modified date that came with it."""


@dataclass(frozen=True)
class Download:
    """What stays the same over the attempts to get one url. `known` is what it gave last, if that is still stored.

    `is_page`: an HTML page is expected, `is_table`: a csv file or a zip of one; else a body that does not begin as a zip archive
    is not read to its end.
    """

    url: str
    part: Part
    known: Known | None
    session: requests.Session
    settings: FetchSettings
    progress: Progress
    is_page: bool = False
    is_table: bool = False

    @property
    def is_any(self) -> bool:
        """Whether a body that is no zip archive may be what is wanted."""
        return self.is_page or self.is_table


class _AgainError(Exception):
    """This attempt failed in a way that another may not.

    `wait`: what the server asked for, in seconds. `is_silent`: there was no connection.
    """

    def __init__(self, reason: str, wait: float = 0.0, is_silent: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.is_silent = is_silent


def check_url(url: str) -> None:
    """SourceError unless this is an http(s) address of a host, without a user name or password in it."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"{url!r} is not a web address: one that begins with https:// or http:// was expected.")
    if parts.username or parts.password:  # would end up in the manifest and in logs
        raise SourceError(f"The address at {parts.hostname} holds a user name or password; put them into ~/.netrc.")


def download(job: Download) -> str | None:
    """Gets the whole body into the part file: the url that gave it in the end, or None when `known` is still it."""
    settings = job.settings
    for attempt in range(1, settings.attempts + 1):
        try:
            return _attempt(job)
        except _AgainError as fault:
            if attempt == settings.attempts:
                kind = SiteSilentError if fault.is_silent else SourceUnavailableError
                raise kind(_gave_up(job, fault)) from fault
            wait = _wait(fault, attempt, job)
            log.warning("%s: %s; attempt %d of %d in %.1f s", job.url, fault, attempt + 1, settings.attempts, wait)
            settings.sleep(wait)
    raise ValueError("FetchSettings.attempts must be at least 1")


def next_hop(origin: str, here: str, location: str) -> str:
    """Where a redirect leads. SourceError when that is another site than `origin`, or falls from https to http."""
    there = urldefrag(urljoin(here, location)).url
    check_url(there)
    if not _is_same_site(_split(origin), _split(there)):
        raise SourceError(
            f"{origin} redirects to another site ({there}), which is not followed. "
            f"If you trust it, give that address as the source, {BY_HAND}."
        )
    if _split(here).scheme == "https" and _split(there).scheme == "http":
        raise SourceError(
            f"{origin} redirects from https to plain http ({there}), which is not followed. "
            f"Look for its address on the CMS page, {BY_HAND}."
        )
    return there


def too_large(what: str, size: int, settings: FetchSettings, is_page: bool = False) -> str:
    """The sentence for an archive, or a page, above `settings.max_bytes`."""
    kind = "a page" if is_page else "an archive"
    return (
        f"{what} is larger than {kind} may be: {size:,} bytes, the bound is {settings.max_bytes:,}. "
        "The largest that CMS publishes is a tenth of that; check the address."
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read now: a port that is no number is an error only when asked for
    except ValueError as error:
        raise SourceError(f"{url!r} is not a web address ({error}).") from error
    return parts


def _is_same_site(origin: SplitResult, there: SplitResult) -> bool:
    """The same host, with or without www., or a host below it; on the same port, or each on its scheme's own."""
    base, host = ((parts.hostname or "").lower().removeprefix("www.") for parts in (origin, there))
    has_same_port = origin.port == there.port or (_has_default_port(origin) and _has_default_port(there))
    return has_same_port and (host == base or host.endswith(f".{base}"))


def _has_default_port(parts: SplitResult) -> bool:
    return parts.port in (None, {"http": 80, "https": 443}[parts.scheme])


def _wait(fault: _AgainError, attempt: int, job: Download) -> float:
    """Seconds until the next attempt: doubled each time, with jitter, and never less than the server asked for."""
    settings = job.settings
    if fault.wait > settings.max_wait:
        raise SourceUnavailableError(
            f"{job.url}: {fault} and asks to wait {fault.wait:,.0f} s; a run waits at most {settings.max_wait:,.0f} s. "
            f"Run again after that time, {BY_HAND}."
        ) from fault
    backoff = min(settings.max_backoff, settings.backoff * 2.0 ** (attempt - 1))
    return max(fault.wait, backoff * random.uniform(0.5, 1.5))


def _attempt(job: Download) -> str | None:
    """One request. Raises _AgainError for what a further attempt may mend."""
    from requests import exceptions
    from urllib3.exceptions import HTTPError

    try:
        final_url, response = _get(job)
        with response:
            if response.status_code not in (200, 206):
                _read_rest(response)
            if response.status_code == 304 and job.known:
                job.part.discard()
                return None
            _check_status(response, job)
            _take_body(response, job)
            return final_url
    except exceptions.SSLError as error:
        raise SourceError(
            f"{job.url}: the TLS certificate of the site could not be verified ({_innermost(error)}). This is never "
            f"skipped: check the clock and the certificates of this machine (REQUESTS_CA_BUNDLE), {BY_HAND}."
        ) from error
    except (exceptions.ConnectionError, exceptions.Timeout, HTTPError) as error:
        raise _AgainError(f"the connection failed ({_innermost(error)})", is_silent=_is_unconnected(error)) from error
    except exceptions.RequestException as error:
        raise SourceError(f"{job.url} cannot be requested: {error}. Check the address.") from error


def _get(job: Download) -> tuple[str, requests.Response]:
    """The first response that is no redirect, its body not yet read, and the url that gave it."""
    settings, here, headers = job.settings, job.url, _headers(job)
    for _ in range(settings.max_redirects + 1):
        response = job.session.get(
            here,
            headers=headers,
            stream=True,
            allow_redirects=False,
            verify=True,
            timeout=(settings.connect_timeout, settings.read_timeout),
        )
        if not response.is_redirect:
            return here, response
        _read_rest(response)
        response.close()
        here = next_hop(job.url, here, response.headers["location"])
    raise SourceError(f"{job.url} redirects more than {settings.max_redirects} times. Open the address in a browser.")


def _read_rest(response: requests.Response) -> None:
    """Reads a short body that nobody asked for, so that the connection serves the next request; a long one is hung up on."""
    length = 0 if response.status_code == 304 else _length(response)
    if length is not None and length <= CHUNK_BYTES:
        _ = response.content


def _headers(job: Download) -> dict[str, str]:
    """Asks for the rest of what was begun, else for what is newer than what is known, else for all."""
    # Packed in transit, the bytes would neither count up to Content-Length nor be the archive's own.
    headers = {"User-Agent": job.settings.user_agent, "Accept-Encoding": "identity"}
    validator = _strong_validator(job.part.note())
    if job.part.size() and validator:
        return headers | {"Range": f"bytes={job.part.size()}-", "If-Range": validator}
    if job.known and job.known.etag:
        headers["If-None-Match"] = job.known.etag
    if job.known and job.known.last_modified:
        headers["If-Modified-Since"] = job.known.last_modified
    return headers


def _strong_validator(note: Mapping[str, str | None]) -> str | None:
    """What If-Range may carry (RFC 9110, 13.1.5): an ETag that is not weak, else the date of the last change."""
    etag = note.get("etag")
    return etag if etag and not etag.startswith("W/") else note.get("last_modified")


def _check_status(response: requests.Response, job: Download) -> None:
    status, url = response.status_code, job.url
    said = f"the server answered {status} {response.reason or ''}".rstrip()
    if status in (200, 206):
        return
    if status == 416:  # the part is as long as the body or longer: of another version, or whole but never stored
        job.part.discard()
        raise _AgainError(f"{said} to a request for the rest of the file")
    if status in (408, 425, 429) or status >= 500:
        raise _AgainError(said, _retry_after(response))
    if status == 403:
        advice = "CMS sometimes refuses automated clients: set PFS_USER_AGENT to a name that it accepts"
    elif status in (404, 410):
        advice = "The file has moved or was withdrawn: look for its new address on the CMS page"
    else:
        advice = "The file itself (200) was expected: open the address in a browser"
    raise SourceError(f"{url}: {said}. {advice}, {BY_HAND}.")


def _retry_after(response: requests.Response) -> float:
    """Seconds that the server asks to wait, given as seconds or as a date; 0 when it does not ask, or not plainly."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return float(Retry().parse_retry_after(response.headers.get("Retry-After", "0")))
    except InvalidHeader:
        return 0.0


def _take_body(response: requests.Response, job: Download) -> None:
    """Writes the body to the part file, from where it stands for 206, anew for 200, and checks that all of it came."""
    part = job.part
    if (encoding := response.headers.get("Content-Encoding", "identity")) != "identity":
        raise SourceError(f"{job.url}: the server packs the body in transit ({encoding}) though asked not to, {BY_HAND}.")
    total = _total_when_resumed(response, part) if response.status_code == 206 else _length(response)
    if total is not None and total <= job.settings.max_bytes:  # what is larger is refused for that, however much room there is
        require_room(part.path.parent, total - part.size(), f"the rest of {job.url}" if part.size() else job.url)
    if response.status_code == 200:
        part.begin(job.url, response.headers.get("ETag"), response.headers.get("Last-Modified"))
    try:
        part.write(_chunks(response, job, total))
    except SourceError:
        part.discard()
        raise
    if total is not None and part.size() < total and (job.is_any or _begins_as_zip(part)):
        raise _AgainError(f"the body ended after {part.size():,} of {total:,} bytes")


def _length(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _total_when_resumed(response: requests.Response, part: Part) -> int | None:
    """The size of the whole file as a 206 states it, None for '*'. Starts anew when it is not the rest of our part."""
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range", "").strip())
    has_same_etag = response.headers.get("ETag") in (None, part.note().get("etag"))
    if not found or not part.size() or int(found[1]) != part.size() or not has_same_etag:
        part.discard()
        raise _AgainError("the server sent another range than the rest of the file")
    return None if found[3] == "*" else int(found[3])


def _chunks(response: requests.Response, job: Download, total: int | None) -> Iterator[bytes]:
    """The body as it comes in, reported and bounded; ends early once it is plain that it is a page and no archive.

    read1 gives what has arrived instead of waiting for a full block, so that a cut loses nothing of it.
    """
    settings, done = job.settings, job.part.size()
    head, deadline = b"", time.monotonic() + settings.body_timeout
    may_be_no_zip = done == 0 and not job.is_any
    if (total or 0) > settings.max_bytes:
        raise SourceError(too_large(job.url, total or 0, settings, job.is_page))
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        head, done = (head + chunk)[:4], done + len(chunk)
        if done > settings.max_bytes:
            raise SourceError(too_large(job.url, done, settings, job.is_page))
        yield chunk
        job.progress(done, total)
        if may_be_no_zip and done >= HEAD_BYTES and not is_zip_start(head):
            return
        if time.monotonic() > deadline:
            raise _AgainError(f"the body took longer than {settings.body_timeout:,.0f} s")


def _begins_as_zip(part: Part) -> bool:
    with part.path.open("rb") as file:
        return is_zip_start(file.read(4))


def _gave_up(job: Download, fault: _AgainError) -> str:
    kept = job.part.size() if _strong_validator(job.part.note()) else 0
    resumes = f"{kept:,} bytes are kept and the next run resumes there. " if kept else ""
    return (
        f"{job.url} could not be fetched in {counted(job.settings.attempts, 'attempt')}; at the last, {fault}. {resumes}"
        f"Check the connection and try again later, {BY_HAND}."
    )


def _is_unconnected(error: Exception) -> bool:
    """Whether the site was not reached at all: its name is not known, nobody listens, or nothing comes back."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def _innermost(error: BaseException) -> str:
    """What the operating system said, under the layers of requests and urllib3."""
    inner = [getattr(error, "reason", None), error.__cause__, error.__context__, *error.args]
    found = next((cause for cause in inner if isinstance(cause, BaseException)), None)
    return _innermost(found) if found else str(error) or type(error).__name__
