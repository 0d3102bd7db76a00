"""Reference files in the layouts of their eras, made from rows of figures: classification of codes, procedure summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from flows.raw_archive import Archive
from flows.references.read import read_reference
from warehouse.load import ReleaseContent
from warehouse.raw import sha256_of

_PSPS = (
    "HCPCS_CD,HCPCS_INITIAL_MODIFIER_CD,PROVIDER_SPEC_CD,CARRIER_NUM,PRICING_LOCALITY_CD,TYPE_OF_SERVICE_CD,PLACE_OF_SERVICE_CD,"
    "HCPCS_SECOND_MODIFIER_CD"
)
_AMOUNTS = (
    "SUBMITTED_SERVICE_CNT",
    "SUBMITTED_CHARGE_AMT",
    "ALLOWED_CHARGE_AMT",
    "DENIED_SERVICES_CNT",
    "DENIED_CHARGE_AMT",
    "ASSIGNED_SERVICES_CNT",
    "NCH_PAYMENT_AMT",
    "HCPCS_ASC_IND_CD",
    "ERROR_IND_CD",
)
# The headings of the procedure summary: public files of 2010 to 2019, of 2020 and later, and as they were before November 2020.
HEADING_2010 = ",".join([_PSPS, *_AMOUNTS, "BETOS_CD"])
HEADING_2020 = ",".join([_PSPS, *(f"PSPS_{name}" for name in _AMOUNTS), "HCPCS_BETOS_CD"])
HEADING_REGION = ",".join(
    [_PSPS, "REGION", "PSPS_SUBMITTED_SERVICE_CNT", "MTUS", "ANESTHESIA_UNITS", "MTUIND"]
    + [f"PSPS_{name}" for name in _AMOUNTS[1:]]
    + ["HCPCS_BETOS_CD"]
)
RBCS_17 = (
    "hcpcs_cd,rbcs_id,rbcs_cat,rbcs_cat_desc,rbcs_cat_subcat,rbcs_subcat_desc,rbcs_famnumb,rbcs_family_desc,rbcs_major_ind,"
    "hcpcs_cd_add_dt,hcpcs_cd_end_dt,rbcs_latest_assignment,first_rbcs_release_year,rbcs_analysis_start_dt,rbcs_analysis_end_dt,"
    "alt_assignment_method,rbcs_id_ever_reassigned"
)
RBCS_13 = (
    "HCPCS_Cd,RBCS_ID,RBCS_Cat,RBCS_Cat_Desc,RBCS_Cat_Subcat,RBCS_Subcat_Desc,RBCS_FamNumb,RBCS_Family_Desc,RBCS_Major_Ind,"
    "HCPCS_Cd_Add_Dt,HCPCS_Cd_End_Dt,RBCS_Assignment_Eff_Dt,RBCS_Assignment_End_Dt"
)

RBCS_12 = RBCS_13.removesuffix(",RBCS_Assignment_End_Dt")


def row(
    code: str,
    specialty: str,
    services: object,
    *,
    modifiers: tuple[str, str] = ("", ""),
    denied: object = "",
    paid: object = "0",
    heading: str = HEADING_2020,
) -> str:
    """A line of the procedure summary; what is not given stands as CMS writes it for a row of which nothing is known."""
    key = [code, modifiers[0], specialty, "01112", "05", "2", "11", modifiers[1]]
    amounts = [services, "", "", denied, "", "", paid, "", "0", "P6B"]
    more = (["", amounts[0], "", "", ""], amounts[1:]) if heading == HEADING_REGION else ([], amounts)
    return ",".join(str(cell) for cell in [*key, *more[0], *more[1]])


def write(path: Path, lines: Iterable[str], end: str = "\r\n") -> Path:
    """A csv file of these lines."""
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    return path


def read_psps(path: Path, label: str | None = None) -> ReleaseContent:
    """A file of the procedure summary, read as the refresh reads it."""
    return read_reference(Archive(path, sha256_of(path), path.name, None, reference="utilisation", label=label))


def read_rbcs(path: Path) -> ReleaseContent:
    """A file of the classification of codes, read as the refresh reads it."""
    return read_reference(Archive(path, sha256_of(path), path.name, None, reference="rbcs"))


def reduced(content: ReleaseContent, *columns: str) -> list[tuple[object, ...]]:
    """Columns of the reduced rows, decimals as text."""
    frame = content.frames["utilisation_count"]
    names: Sequence[str] = columns or [name for name in frame.columns if name != "visible_rows"]
    return [
        tuple(str(cell) if not isinstance(cell, (int, str)) else cell for cell in found) for found in frame.select(names).rows()
    ]
