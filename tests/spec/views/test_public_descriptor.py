"""View public_descriptor: CMS's words for its own codes, without those that are the AMA's or the ADA's too."""

from __future__ import annotations

from flows.normalize.descriptors import fingerprint
from tests.warehouse import answer, tiny_warehouse


def test_a_descriptor_worded_like_a_protected_one_is_left_out_in_every_release() -> None:
    """The words count, not the release: CMS took over the words of a CPT code that was deleted years before."""
    protected = {"release_id": "RVU15A", "owner": "AMA", "hcpcs_code": "77777", "fingerprint": fingerprint("treatment of a sort")}
    con = tiny_warehouse(
        hcpcs_descriptor=[
            {"hcpcs_code": "G0001", "description": "Words of our own kind"},
            {"hcpcs_code": "G0002", "description": "Treatment  of a sort"},
            {"hcpcs_code": "G0003", "description": "Tx, treatment of a sort"},
            {"hcpcs_code": "G0004", "description": "Treatment of a sort with more"},
        ],
        protected_descriptor=[protected],
    )
    assert answer(con, "select hcpcs_code from public_descriptor order by 1") == [("G0001",), ("G0004",)]
