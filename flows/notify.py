"""What is said of a refresh outside of the terminal: one document for programs, the note of the last run, and the webhook.

`PFS_WEBHOOK` names an address that gets the document when something was published, was stopped, or failed; never when nothing
was new. It is a secret: nothing here prints it, and `without_secrets` takes it out of every text that others print. A webhook
that does not answer is a warning: what was published stays published.
"""

from __future__ import annotations

import json
import logging
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flows.plain import as_json, clean
from warehouse.errors import CheckError, LockedError, SourceUnavailableError
from warehouse.home import Home, write_whole

if TYPE_CHECKING:
    from flows.outcome import Outcome, Result

logger = logging.getLogger("pfs")
_SECRETS = ("PFS_WEBHOOK", "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING")
_TIMEOUT_SECONDS = (5.0, 15.0)

PUBLISHED, NOTHING_NEW, PARTLY = "published", "nothing_new", "partly"
STOPPED, UNREACHABLE, LOCKED, FAILED = "stopped_by_check", "source_unreachable", "locked", "failed"


def status_of(result: Result) -> str:
    """One word for a refresh that ran to its end: published, nothing_new, partly (some releases failed), or why all failed."""
    if not result.failed:
        return PUBLISHED if result.published else NOTHING_NEW
    if result.loaded or len(result.failed) < len(result.outcomes):
        return PARTLY
    error = result.failed[0].error
    return status_of_error(error) if error else FAILED


def status_of_error(error: BaseException) -> str:
    """One word for an error that ended a refresh: stopped_by_check, source_unreachable, locked or failed."""
    kinds = ((CheckError, STOPPED), (SourceUnavailableError, UNREACHABLE), (LockedError, LOCKED))
    return next((word for kind, word in kinds if isinstance(error, kind)), FAILED)


def document(result: Result) -> dict[str, Any]:
    """What a refresh did, for programs: status, published file, outcomes, warnings, notes."""
    return {
        "status": status_of(result),
        "published": str(result.published) if result.published else None,
        "outcomes": [_outcome(outcome) for outcome in result.outcomes],
        "warnings": [
            {"check": check.name, "rows": check.rows_found, "meaning": check.meaning}
            for check in result.checks
            if check.rows_found
        ],
        "notes": list(result.notes),
    }


def error_document(error: BaseException) -> dict[str, Any]:
    """The same of a refresh that an error ended; `error` is the sentence."""
    return {"status": status_of_error(error), "published": None, "outcomes": [], "warnings": [], "notes": []} | {
        "error": without_secrets(clean(error)) or type(error).__name__
    }


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "archive": outcome.name,
        "label": outcome.label,
        "release_id": outcome.release_id,
        "status": outcome.status,
        "found": outcome.found,
        "detail": outcome.detail,
        "rows": dict(outcome.rows),
    }


def tell(home: Home, source: str, said: dict[str, Any], sentence: str) -> None:
    """Notes a run that has ended, and sends it to the webhook when there is one and something happened. Never raises."""
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": without_secrets(source),
        "machine": socket.gethostname(),
        "warehouse": str(home.published),
        "text": f"PFS Warehouse: {clean(sentence)}",
    }
    if said["status"] != LOCKED:  # the run that holds the lock has its own note
        note = about | {"status": said["status"], "error": said.get("error")}
        with suppress(OSError):  # a disk that is full or read-only has been said already
            write_whole(home.root / "last_refresh.json", json.dumps(note, indent=1))
    url = os.environ.get("PFS_WEBHOOK", "").strip()
    if url and said["status"] != NOTHING_NEW:
        _send(url, about | said)


def last_refresh(home: Home) -> dict[str, Any] | None:
    """The note of the last run that ended: at, status, source, text, error; None when there is none."""
    try:
        found = json.loads((home.root / "last_refresh.json").read_text(encoding="utf-8"))
        json.dumps(found, ensure_ascii=False).encode()  # what cannot be printed is none of ours
    except (OSError, ValueError):
        return None
    is_ours = isinstance(found, dict) and all(isinstance(found.get(name), str) for name in ("at", "status", "text"))
    return found if is_ours else None


def _send(url: str, body: dict[str, Any]) -> None:
    """One POST; no redirect is followed, since the body would go elsewhere.

    Tried three times where nobody took it. Where no answer comes in time it may have been taken, and news would come twice.
    """
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    try:
        parts = urlsplit(url)
    except ValueError:  # an address of IPv6 without its end
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        logger.warning("PFS_WEBHOOK holds no web address (https://...); nobody was told.")
        return
    retry = Retry(total=2, read=False, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=("POST",))
    retry.raise_on_status = False
    # It logs the path of each request, and of each one that it tries again as a warning.
    library = logging.getLogger("urllib3.connectionpool")
    before, library.disabled = library.disabled, True
    try:
        with requests.Session() as session:
            session.mount(f"{parts.scheme}://", HTTPAdapter(max_retries=retry))
            answer = session.post(
                url,
                data=as_json(body).encode(),
                headers={"Content-Type": "application/json"},
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
    except (requests.RequestException, ValueError) as error:
        # The text of the error holds the address, and the address is the secret.
        logger.warning("The webhook at %s did not take the message: %s.", parts.hostname, _why(error))
        return
    finally:
        library.disabled = before
    if not answer.ok or answer.is_redirect:
        logger.warning("The webhook at %s did not take the message: it answered %d.", parts.hostname, answer.status_code)


def _why(error: Exception) -> str:
    """Why there was no answer, in words of our own."""
    from requests import exceptions

    words: dict[type[Exception], str] = {
        exceptions.ReadTimeout: f"no answer came within {_TIMEOUT_SECONDS[1]:g} s, and whether it has it is not known",
        exceptions.ConnectTimeout: f"there was no connection within {_TIMEOUT_SECONDS[0]:g} s",
        exceptions.SSLError: "no secure connection was made (its certificate was not accepted, or it has none)",
        exceptions.ConnectionError: "there was no connection, or it broke off",
    }
    return next((said for kind, said in words.items() if isinstance(error, kind)), type(error).__name__)


def without_secrets(text: str) -> str:
    """A text without the values of the settings that are secrets, for whatever others put into their messages."""
    for name in _SECRETS:
        secret = os.environ.get(name, "").strip()
        if len(secret) >= 4:
            text = text.replace(secret, f"[{name}]")
    return text
