"""The page of a code: a document of the feed in, what the template shows out. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from flows.notices import owner_of_code
from flows.site import plots, told
from flows.site.payment import amount_of, modifier_label, no_price, payment
from flows.site.render import markdown
from flows.site.shown import NONE, day, dollars, sentence
from flows.site.structured import code_structured
from flows.site.whole import Whole

Document = dict[str, Any]
_PARTS = ("w", "p", "m")
# Values of indicators that say that a rule is not about the code: "the concept does not apply".
_SILENT = {"calculation_flag": "0", "imaging_family": "99", "diagnostic_supervision": "09"}
_NA = (
    "NA: CMS marks the setting as one in which the service is rarely or never done; its practice expense repeats that of the "
    "other setting."
)
_SYSTEMS = {"CMS": "HCPCS Level II", "ADA": "CDT (dental)", "AMA": "CPT"}


def system_of(code: str) -> str:
    """The code set that a code belongs to."""
    return _SYSTEMS[owner_of_code(code)]


def code_page(whole: Whole, document: Document) -> Document:
    """What the template `code.html` shows of a code."""
    code, rows = document["code"], document["rows"]
    words, description = document.get("words"), document.get("description")
    name = (words or {}).get("title") or whole.names.get(code, "")
    worded, near = told.similar(whole, document)
    view: Document = {
        "path": f"codes/{code}.html",
        "root": "../",
        "code": code,
        "name": name,
        "heading": f"{code} {name}".strip(),
        "summary": _summary(document, name),
        "system": system_of(code),
        "section": document.get("section"),
        "crumbs": whole.crumbs(code, document.get("section")),
        "words": words,
        "description": description if description and description["text"] != name else None,
        "is_sample": document["source"]["is_sample"],
        "facts": _facts(document),
        "payment": payment(whole, rows),
        "no_price": no_price(rows),
        "rvu_rows": _rvu_rows(rows),
        "comparison": told.comparison(whole, document),
        "change": told.change(document),
        "history": told.history(document),
        "rules": _rules(whole, document),
        "specialties": _specialties(document),
        "worded_similar": worded,
        "similar": near,
        "questions": _questions(document),
        "source": document["source"],
        "line_number": rows[0]["line_number"]["value"],
    }
    view["contents"] = _contents(view)
    view["structured"] = code_structured(whole.site, view)
    return view


def _summary(document: Document, name: str) -> str:
    row, code = document["rows"][0], document["code"]
    amounts = _national(row)
    what = f"{code}{' ' + name if name else ''}"
    if not amounts:
        return f"{what}: no price under Medicare's physician fee schedule ({document['source']['release_id']}), and why."
    said = " and ".join(f"{dollars(amount)} {label}" for label, amount in amounts)
    return f"{what}: Medicare allows {said} nationally ({document['source']['release_id']}); RVUs, localities, history."


def _national(row: Document) -> list[tuple[str, str]]:
    paid = next((block for block in row["payments"] if block["qp_status"] == "non_qp"), None)
    if paid is None:
        return []
    found = [("non-facility", amount_of(row, paid, "nonfacility")), ("facility", amount_of(row, paid, "facility"))]
    return [(label, amount) for label, amount in found if amount is not None]


def _facts(document: Document) -> list[Document]:
    """The figures at the head of a page. Work and total are apart: the total is what the payment follows from."""
    row, source = document["rows"][0], document["source"]
    rvu, amounts = row["rvu"], dict(_national(row))
    found = []
    if row["payments"]:
        factor = row["payments"][0]["conversion_factor"]["value"]
        for key, label in (("non-facility", "Non-facility, national"), ("facility", "Facility, national")):
            is_there = key in amounts
            note = f"{source['label']}, ${factor} per RVU" if is_there else "rarely or never done there"
            found.append({"label": label, "value": dollars(amounts[key]) if is_there else "NA", "note": note})
    else:
        found.append({"label": "Medicare", "value": "No price", "note": f"status {row['status']['code']}"})
    if any(Decimal(rvu[name]) for name in ("nonfacility_total", "facility_total")):
        totals = {
            label: rvu[f"{setting}_total"]
            for setting, label in (("nonfacility", "non-facility"), ("facility", "facility"))
            if not row[f"{setting}_na"]
        }
        is_one = len(totals) == 2 and len(set(totals.values())) == 1
        shown = next(iter(totals.values())) if is_one else " / ".join(totals.values()) or NONE
        found.append({"label": "Total RVU", "value": shown, "note": "in both settings" if is_one else " / ".join(totals)})
        found.append({"label": "Work RVU", "value": rvu["work"], "note": "a part of the total"})
    period = next((entry for entry in row["indicators"] if entry["name"] == "global_days"), None)
    if period and row["payments"]:
        found.append({"label": "Global period", "value": _short_period(period["value"]), "note": _period_note(period["value"])})
    return found


def _short_period(value: str) -> str:
    return f"{int(value)} days" if value.isdigit() else value


def _period_note(value: str) -> str:
    notes = {
        "000": "care on the day is included",
        "010": "care on the day and 10 days after",
        "090": "care from the day before to 90 days after",
        "XXX": "the concept does not apply",
        "YYY": "set by the contractor",
        "ZZZ": "goes with another service",
        "MMM": "maternity care",
    }
    return notes.get(value, "")


def _rvu_rows(rows: list[Document]) -> list[Document]:
    """Both settings of each modifier with a bar; rows that have no RVUs at all are left out."""
    filled = [row for row in rows if any(Decimal(row["rvu"][name]) for name in ("nonfacility_total", "facility_total"))]
    largest = max(
        (Decimal(row["rvu"][name]) for row in filled for name in ("nonfacility_total", "facility_total")), default=Decimal(0)
    )
    found = []
    for row in filled:
        rvu, settings = row["rvu"], []
        for setting, label in (("nonfacility", "Non-facility"), ("facility", "Facility")):
            parts = [rvu["work"], rvu[f"{setting}_pe"], rvu["mp"]]
            is_na = row[f"{setting}_na"]
            settings.append(
                {
                    "label": f"{label} (NA)" if is_na else label,
                    "work": parts[0],
                    "pe": parts[1],
                    "mp": parts[2],
                    "total": rvu[f"{setting}_total"],
                    "bar": "" if is_na else plots.bar([Decimal(part) for part in parts], largest, _PARTS),
                }
            )
        na = row["nonfacility_na"] or row["facility_na"]
        found.append(
            {
                "label": modifier_label(row["modifier"]) if len(rows) > 1 else "",
                "settings": settings,
                "na": _NA if na else "",
            }
        )
    return found


def _rules(whole: Whole, document: Document) -> list[Document]:
    row = document["rows"][0]
    status = row["status"]
    found = [{"label": f"Status {status['code']}", "meaning": sentence(status["meaning"])}] if status["meaning"] else []
    found += [
        {"label": entry["label"], "meaning": sentence(entry["meaning"])}
        for entry in row["indicators"]
        if entry["meaning"] and _SILENT.get(entry["name"]) != entry["value"]
    ]
    if row["endoscopic_base_code"]:
        found.append({"label": "Endoscopic base code", "meaning": f"{row['endoscopic_base_code']}."})
    if row["fractions"]:
        parts = row["fractions"]
        found.append(
            {
                "label": "Parts of the global amount",
                "meaning": f"{_part(parts['preoperative'])} before the operation, {_part(parts['intraoperative'])} for it, "
                f"{_part(parts['postoperative'])} after it.",
            }
        )
    if row["not_used_for_medicare_payment"]:
        found.append({"label": "Medicare payment", "meaning": "The RVUs are not used for Medicare payment."})
    return [*found, _kind(whole, document["class"])] if document["class"] else found


def _kind(whole: Whole, kind: Document) -> Document:
    """What kind of service CMS says it is, with a way to the others of the kind, and since when CMS has the code."""
    names = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(
        part for part in (kind["category"], kind["subcategory"], kind["family"]) if part
    )
    said = [f"added by CMS on {day(kind['added_on'])}"] if kind["added_on"] else []
    said += [f"ended on {day(kind['ended_on'])}"] if kind["ended_on"] else []
    since = "; " + ", ".join(said) if said else ""
    page = whole.kinds.get((kind["category"], kind["subcategory"]))  # None where all codes of the kind are gone
    shown = Markup(f'<a href="../{page}">{escape(names)}</a>') if page else escape(names)
    source = f"CMS's Restructured BETOS Classification System, {kind['release']}"
    meaning = Markup(f'{shown}{since}. <span class="small">{escape(source)}</span>')
    return {"label": "Kind of service", "meaning": meaning}


def _part(fraction: str | None) -> str:
    return f"{Decimal(fraction or 0) * 100:.0f} %"


def _estimated(rows: list[Document]) -> str:
    """Which part of the services that shares are made of stands for hidden counts; the sentence itself names years and source."""
    parts = [row["estimated_percent"] for row in rows if row["estimated_percent"] is not None]
    return f"Of these services {parts[-1]} % are estimated: CMS hides counts below 11. The figures are rounded." if parts else ""


def _specialties(document: Document) -> Document | None:
    """Those that the site's words name, said as such, and what claims in Medicare tell, with how much of it is estimated."""
    named = (document.get("words") or {}).get("specialties")
    block = document.get("specialties")
    if not named and not block:
        return None
    own = f"Named by this site: {', '.join(named)}." if named else ""
    return {
        "lines": [text for text in (own, block["sentence"] if block else "") if text],
        "note": _estimated(block["rows"]) if block else "",
    }


def _questions(document: Document) -> list[Document]:
    """The site's own questions, whose answers are Markdown, then those that figures answer."""
    words = (document.get("words") or {}).get("questions") or []
    found = [{**entry, "shown": markdown(entry["answer"])} for entry in words]
    for entry in document.get("questions") or []:
        answer = told.reworded(entry["answer"])
        found.append({"question": entry["question"], "answer": answer, "shown": Markup(f"<p>{escape(answer)}</p>")})
    return found


def _contents(view: Document) -> list[tuple[str, str]]:
    """The table of contents: the parts that the page has."""
    words = view["words"] or {}
    parts = (
        ("payment", "Payment", True),
        ("rvus", "RVUs", view["rvu_rows"]),
        ("compare", "Comparison", view["comparison"]),
        ("change", "What changed", view["change"]),
        ("history", "History", view["history"]),
        ("rules", "Billing rules", view["rules"]),
        ("use", "When it is used", any(words.get(name) for name in ("clinical_context", "when_used", "documentation"))),
        ("specialties", "Specialties", view["specialties"]),
        ("similar", "Similar codes", view["similar"] or view["worded_similar"]),
        ("questions", "Questions", view["questions"]),
        ("source", "Source", True),
    )
    return [(target, label) for target, label, is_there in parts if is_there]


def gone_page(whole: Whole, document: Document) -> Document:
    """What the template `gone.html` shows of a code that is gone."""
    code, source = document["code"], document["source"]
    name = (document.get("words") or {}).get("title") or ""
    return {
        "path": f"codes/{code}.html",
        "root": "../",
        "is_hidden": True,
        "code": code,
        "name": name,
        "heading": f"{code} {name}".strip(),
        "summary": f"{code} is no longer in the Physician Fee Schedule.",
        "system": system_of(code),
        "reason": document["reason"],
        "last_release": document["last_release"],
        "words": document.get("words"),
        "notices": source["notices"] if source else list(whole.site.notices),
        "history": told.history(document),
        "kind": _kind(whole, document["class"]) if document["class"] else None,
        "specialties": _specialties(document),
    }
