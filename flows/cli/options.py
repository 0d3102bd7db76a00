"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print one JSON document, for programs.")]
CptLicence = Annotated[str | None, Parameter(name="--cpt-licence")]
Reread = Annotated[bool, Parameter(name="--reread", negative="")]
DentalLicence = Annotated[str | None, Parameter(name="--dental-licence")]
