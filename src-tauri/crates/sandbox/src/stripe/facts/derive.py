#!/usr/bin/env python3
"""Derives the facts the sandbox needs of Stripe's API from its OpenAPI description.

    derive.py <openapi.json>        writes operations.json and shapes.json beside itself

Names, types and limits only, no prose. The source is the OpenAPI description of API version
2026-10-28.endive (stripe/openapi and the npm package stripe 23.1.0, MIT, Copyright Stripe).

Types: s[:max] text, i integer, b boolean, n number, d decimal as text, e:a|b one of, f free, {..} object, {"[]": t} list,
{"*": t} map; "#" is the scalar that may stand in place of the object. `x:` lists what an id expands to, `r:` is
an object of that kind in place.
A name ends in "!" when it must be there, "?" when an empty text unsets it or it may be null.
"""
import json, pathlib, sys

SKIP_OPERATIONS = ("/v1/issuing", "/v1/reporting", "/v1/exchange_rates", "/v1/accounts", "/v1/tax_codes",
                   "/v1/application_fees", "/v1/balance_settings", "/v1/shipping_rates", "/v1/promotion_codes")
# Objects the sandbox plays. An id of any other kind never expands there.
PLAYED = """account balance balance_transaction charge checkout.session coupon credit_note credit_note_line_item
customer customer_balance_transaction deleted_coupon deleted_customer deleted_discount deleted_invoice deleted_invoiceitem
deleted_product deleted_subscription_item deleted_tax_id deleted_webhook_endpoint discount dispute event invoice invoice_payment
invoiceitem item line_item payment_intent payment_link payment_method payout plan price product refund subscription
subscription_item tax_id tax_rate topup webhook_endpoint""".split()
# Sub-objects with a branch for each payment method; the sandbox plays these.
METHODS = {"card", "sepa_debit", "bank_transfer", "customer_balance", "type", "card_present"}
BRANCHING = {"payment_method_details", "payment_method_options", "destination_details", "payment_method_data", "confirmation_method_options"}
# Whole branches that are never sent and never stated.
DROPPED = {"account": {"company", "individual", "capabilities", "requirements", "future_requirements"},
           "payment_intent": {"next_action", "last_payment_error", "payment_method_options"},
           "invoice": {"last_finalization_error"}}


def leaf(schema):
    kind = schema.get("type")
    values = [v for v in schema.get("enum", []) if v != ""]
    if kind == "string" and values:
        return "e:" + "|".join(values) if len(values) <= 24 else "s"
    if kind == "string":
        return "d" if schema.get("format") == "decimal" else f"s:{schema['maxLength']}" if "maxLength" in schema else "s"
    return {"integer": "i", "boolean": "b", "number": "n"}.get(kind, "f")


def emptyable(schema):
    return any(part.get("enum") == [""] for part in schema.get("anyOf", [])) or "" in schema.get("enum", [])


def request(schema, name=""):
    parts = [part for part in schema.get("anyOf", []) if part.get("enum") != [""]]
    if len(parts) == 1:
        return request(parts[0], name)
    if parts:
        forms = [request(part, name) for part in parts]
        objects = [form for form in forms if isinstance(form, dict)]
        scalars = [form for form in forms if not isinstance(form, dict)]
        merged = {key: value for form in objects for key, value in form.items()}
        if scalars and merged:
            merged["#"] = scalars[0]
        return merged or scalars[0]
    if schema.get("type") == "array":
        return {"[]": request(schema["items"], name)}
    if schema.get("type") == "object":
        if "properties" not in schema:
            extra = schema.get("additionalProperties")
            return {"*": request(extra, name) if isinstance(extra, dict) and extra else "s"}
        required = schema.get("required", [])
        fields = schema["properties"].items()
        if name in BRANCHING:
            fields = [(key, value) for key, value in fields if key in METHODS]
        return {key + ("!" if key in required else "?" if emptyable(value) else ""): request(value, key) for key, value in fields}
    return leaf(schema)


def response(schema, name="", owner=""):
    if "$ref" in schema:
        return "r:" + schema["$ref"].split("/")[-1]
    targets = schema.get("x-expansionResources", {}).get("oneOf")
    if targets:
        return "x:" + "|".join(t for t in (target["$ref"].split("/")[-1] for target in targets) if t in PLAYED)
    parts = schema.get("anyOf") or schema.get("oneOf")
    others = [other for part in (parts or [])[1:] for other in part.get("anyOf", [part])]
    if others and parts[0].get("type") == "string" and all("$ref" in other for other in others):
        kinds = [other["$ref"].split("/")[-1] for other in others]
        return "x:" + "|".join(kind for kind in kinds if kind in PLAYED)
    if parts:
        forms = [response(part, name) for part in parts]
        texts = [form for form in forms if isinstance(form, str)]
        return forms[0] if len(forms) == 1 else texts[0] if len(texts) == 1 else "f"
    if schema.get("type") == "array":
        return {"[]": response(schema["items"], name)}
    if schema.get("type") == "object":
        if "properties" not in schema:
            return {"*": "f"}
        required = schema.get("required", [])
        fields = schema["properties"].items()
        if name in BRANCHING:
            fields = [(key, value) for key, value in fields if key in METHODS]
        fields = [(key, value) for key, value in fields if key not in DROPPED.get(owner, ())
                  or key in required]
        return {key + ("!" if key in required else "") + ("?" if value.get("nullable") else ""):
                "f" if key in DROPPED.get(owner, ()) else response(value, key) for key, value in fields}
    return leaf(schema)


def operation(method, body):
    if method == "get":
        listed = [p for p in body.get("parameters", []) if p["in"] == "query"]
        params = {p["name"] + ("!" if p.get("required") else ""): request(p["schema"], p["name"]) for p in listed}
    else:
        form = body.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {}).get("schema", {})
        params = request(form) if form.get("properties") else {}
    params.setdefault("expand", {"[]": "s:5000"})
    return params


def lines(entries):
    return "{\n" + ",\n".join(json.dumps(key) + ":" + json.dumps(value, separators=(",", ":")) for key, value in entries) + "\n}\n"


def main():
    spec = json.load(open(sys.argv[1]))
    here = pathlib.Path(__file__).parent
    operations = [(f"{method.upper()} {path}", operation(method, body))
                  for path, methods in sorted(spec["paths"].items()) if not path.startswith(SKIP_OPERATIONS)
                  for method, body in sorted(methods.items()) if method in ("get", "post", "delete")]
    schemas = spec["components"]["schemas"]
    shapes = [(kind, response(schemas[kind], owner=kind)) for kind in sorted(PLAYED)]
    (here / "operations.json").write_text(lines(operations))
    (here / "shapes.json").write_text(lines(shapes))


if __name__ == "__main__":
    main()
