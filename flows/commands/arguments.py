"""Arguments that several commands take, checked once: dates, codes, modifiers, places."""

from __future__ import annotations

import re
from datetime import date

from warehouse.errors import UsageError


def day(text: str | None) -> date | None:
    """A date of service given as YYYY-MM-DD."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--on {text}: a date as YYYY-MM-DD was expected, for example 2026-05-01.") from None


def one_of_day_and_release(on: object, release: str | None) -> None:
    """Raises UsageError where both a date of service and a release are given."""
    if on is not None and release is not None:
        raise UsageError("--on and --release exclude each other: a date of service chooses its release. Give one of them.")


def hcpcs(text: str) -> str:
    """A CPT or HCPCS code in capitals."""
    if not re.fullmatch(r"[0-9A-Za-z]{5}", text):
        raise UsageError(
            f"{text!r} is no code: five letters or digits were expected, leading zeros included, for example 99213 or 00100."
        )
    return text.upper()


def modifier_of(text: str) -> str:
    """A modifier of two characters in capitals, or none."""
    if text and not re.fullmatch(r"[0-9A-Za-z]{2}", text):
        raise UsageError(f"--modifier {text}: two letters or digits were expected, for example 26 or TC.")
    return text.upper()


def place(mac: str | None, locality: str | None) -> tuple[str, str] | None:
    """A place as (mac, locality), or None for the nation; one without the other is an error."""
    if mac is None and locality is None:
        return None
    if mac is None or locality is None:
        raise UsageError(
            "--mac and --locality belong together: locality numbers repeat under different contractors. "
            "Give both, for example --mac 10112 --locality 00."
        )
    for option, text, most in (("--mac", mac, "five"), ("--locality", locality, "two")):
        if not re.fullmatch(r"\d{1,5}" if most == "five" else r"\d{1,2}", text):
            raise UsageError(f"{option} {text}: up to {most} digits were expected, for example --mac 10112 --locality 00.")
    return mac.zfill(5), locality.zfill(2)
