#!/usr/bin/env python3
"""Derives what the tests hold Business Central's $metadata against: the published sets, their properties and types.

    derive.py <entities.json>        writes business-central.facts beside itself

Names, types and lengths only. The entities file is read from the source of the API pages: github.com/microsoft/BCApps,
src/Apps/W1/APIV2/app/src/pages (MIT); companies and subscriptions from github.com/MicrosoftDocs/dynamics365smb-devitpro-pb,
dev-itpro/api-reference/v2.0/resources (CC BY 4.0).
"""
import json, pathlib, sys

HEAD = "# Made by derive.py, which names the sources. One property a line: SET NAME TYPE[:LONGEST]; an enumeration is `enum`.\n"


def line(entity, prop):
    kind = prop["type"] if prop["type"].startswith("Edm.") else "enum"
    longest = f":{prop['maxLength']}" if kind == "Edm.String" and prop.get("maxLength") else ""
    return f"{entity} {prop['name']} {kind}{longest}\n"


entities = json.loads(pathlib.Path(sys.argv[1]).read_text())["entities"]
facts = [line(name, prop) for name in sorted(entities) for prop in entities[name]["properties"]]
(pathlib.Path(__file__).parent / "business-central.facts").write_text(HEAD + "".join(facts))
