#!/usr/bin/env python3
"""Derives the facts the sandbox needs of e-conomic's two APIs: names, types and limits only, no prose.

    derive.py <entities.json>        writes legacy.facts and open.facts beside itself

The entities file is made from e-conomic's published JSON schemas and OpenAPI documents as kept in
github.com/Pogoe/EConomic.NET, specs/legacy/*.schema.json and specs/openapi/*.json (commit fdd22ab); the
corrections of what can be filtered and sorted from its docs/legacy-api-verification.md.
"""
import json, pathlib, sys

SOURCE = """# {what}: one fact a line. Made by derive.py; sources are named there.
#
# {unit} NAME {head}
# p NAME TYPE [in=LGCU] [req=CU] [ro=LGCU] [min=n] [max=n] [len=a..b] [dec=n] [enum=a|b] [f] [f500] [f500ne] [s]
#   TYPE: s text, d date, t date and time, i integer, n number, b boolean, o object, a list
#   in: shown in a List or a Get, taken by Create or Update; req: required by those; ro: ignored by those
#   f: can be filtered; f500: a filter on it fails in the service itself; f500ne: only $ne and $null do; s: can be sorted
"""
# Shown in the shape of booked invoices, or of draft orders.
SAME_SHAPE = {"paidInvoices", "unpaidInvoices", "overdueInvoices", "notDueInvoices", "sentOrders", "archivedOrders"}
SKIPPED = SAME_SHAPE | {"customerInvoiceTemplate", "customerInvoiceLineTemplate", "invoiceTotals", "draftInvoiceLines"}
KINDS = {"string": "s", "integer": "i", "number": "n", "boolean": "b", "object": "o", "array": "a", "enum": "s"}
CONTACT = "references.customerContact.customer.customerNumber"


# Branches that the sandbox never states.
DROPPED = ("accrual.", "productGroup.accrual")


def corrected(name, filterable, sortable):
    crashing, crashing_ne = set(), set()
    if name == "customers":
        filterable.add("pNumber")
    if name.endswith(("Orders", "Quotes")):
        crashing.add("paymentTerms.paymentTermsNumber")
        sortable.discard("paymentTerms.paymentTermsNumber")
    if name == "products":
        crashing.add("departmentalDistribution.departmentalDistributionNumber")
        crashing_ne.add("barred")
        filterable = {p for p in filterable if not p.startswith("inventory.")}
        sortable.discard("barred")
    if name == "employees":
        filterable -= {"email", "phone"}
    if name == "customerGroups":
        filterable = {"name", "customerGroupNumber"}
    if name.endswith("Invoices"):
        filterable.discard(CONTACT)
    return filterable, sortable, crashing, crashing_ne


def line(name, fact, flags):
    kind = KINDS.get(fact.get("type", "object"), "o")
    if fact.get("type", "").startswith("ref "):
        kind = "i"  # all of them are numbered enums
    if fact.get("format") == "full-date" and not name.endswith("lastUpdated"):
        kind = "d"
    if fact.get("format") == "date-time":
        kind = "t"
    words = ["p", name, kind]
    if "in" in fact:
        words.append("in=" + fact["in"])
    required = "C" * fact.get("requiredOnCreate", False) + "U" * fact.get("requiredOnUpdate", False)
    if required:
        words.append("req=" + required)
    if fact.get("readOnlyIn"):
        words.append("ro=" + fact["readOnlyIn"])
    elif fact.get("readOnly"):
        words.append("ro=CU")
    for key, word in (("min", "min"), ("max", "max"), ("maxDecimals", "dec")):
        if key in fact:
            words.append(f"{word}={fact[key]}")
    if "maxLength" in fact:
        words.append(f"len={fact.get('minLength', 0)}..{fact['maxLength']}")
    values = [str(v) for v in fact.get("enum", []) if v is not None]
    if values:
        words.append("enum=" + "|".join(values))
    return " ".join(words + flags)


def legacy(resources):
    lines = [SOURCE.format(what="e-conomic REST", unit="resource", head="PATH [key=PROPERTY]")]
    for name, resource in resources.items():
        if name in SKIPPED:
            continue
        facts = resource["properties"]
        filterable, sortable, crashing, crashing_ne = corrected(name, set(resource.get("filterable") or []), set(resource.get("sortable") or []))
        key = f" key={resource['key']}" if resource.get("key") and " " not in resource["key"] else ""
        lines.append(f"resource {name} {resource['path']}{key}")
        for path, fact in facts.items():
            if path.startswith(DROPPED) and path != "lines[].accrual":
                continue
            if path in ("lines[].lineNumber", "lines[].sortKey"):
                fact = fact | {"min": 1}  # observed; the schemas say 0
            if name == "self" and "." in path and not path.startswith(("settings.", "application.", "company.")):
                continue
            flags = ["f"] * (path in filterable) + ["f500"] * (path in crashing) + ["f500ne"] * (path in crashing_ne) + ["s"] * (path in sortable)
            lines.append(line(path, fact, flags))
        lines.append("")
    return "\n".join(lines)


def opened(services):
    lines = [SOURCE.format(what="e-conomic OpenAPI services", unit="entity", head="below `service NAME`")]
    for name, service in services.items():
        lines.append(f"service {name}")
        for entity, facts in service["entities"].items():
            if "properties" not in facts or entity.endswith(("Result", "ResultArray")):
                continue
            lines.append(f"entity {entity}")
            for path, fact in facts["properties"].items():
                flags = ["f"] * bool(fact.get("filter")) + ["s"] * bool(fact.get("sortable"))
                lines.append(line(path, fact, flags))
        lines.append("")
    return "\n".join(lines)


def main():
    data = json.loads(pathlib.Path(sys.argv[1]).read_text())
    here = pathlib.Path(__file__).parent
    (here / "legacy.facts").write_text(legacy(data["legacyRest"]["resources"]))
    (here / "open.facts").write_text(opened(data["openApi"]["services"]))


if __name__ == "__main__":
    main()
