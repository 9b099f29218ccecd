"""The official SDK for Python."""

import http.server
import json
import os
import threading
import urllib.parse
import urllib.request
import uuid

import stripe
from checks import check, expect, run, sandbox

# The SDK brings its own list of authorities.
stripe.ca_bundle_path = os.environ["SSL_CERT_FILE"]
credentials, bases = sandbox["credentials"], sandbox["bases"]


def client(key, **more):
    base = sandbox["tls"]["bases"]["stripe"]
    settings = {"max_network_retries": 0, "client_id": credentials["connect_client_id"], **more}
    return stripe.StripeClient(key, base_addresses={"api": base, "connect": base}, **settings)


api = client(credentials["platform_key"])


def ids(page):
    return [one.id for one in page.auto_paging_iter()]


def weather(*rules):
    """Faults for the next requests."""
    headers = {"x-sandbox-token": credentials["token"], "content-type": "application/json"}
    body = json.dumps({"rules": list(rules)}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{bases['admin']}/_sandbox/weather", body, headers)).read()


def fault(method, path, fault, times=1):
    return {"port": "stripe", "method": method, "path": path, "times": times, "fault": fault}


@check
def lists():
    """lists page by page to the end, forwards and backwards"""
    for service in (api.v1.invoices, api.v1.charges, api.v1.customers, api.v1.balance_transactions, api.v1.events):
        small, large = ids(service.list({"limit": 7})), ids(service.list({"limit": 100}))
        assert len(small) > 7 and small == large, (service, len(small), len(large))
        backwards = ids(service.list({"limit": 9, "ending_before": large[-1]}))
        assert backwards[::-1] == large[:-1]


@check
def expands():
    """expands to four levels"""
    page = api.v1.invoices.list({"status": "paid", "limit": 5, "expand": ["data.customer", "data.payments.data.payment.payment_intent"]})
    assert all(invoice.customer.object == "customer" for invoice in page.data)
    intents = [payment.payment.payment_intent for invoice in page.data for payment in invoice.payments.data]
    assert any(intent is not None and intent.object == "payment_intent" for intent in intents)
    refused = expect(stripe.InvalidRequestError, api.v1.invoices.list, {"expand": ["data.a.b.c.d"]})
    assert refused.http_status == 400
    expect(stripe.InvalidRequestError, api.v1.invoices.list, {"expand": ["data.number"]})


@check
def writes():
    """creates, reads, updates and deletes a customer"""
    made = api.v1.customers.create({"name": "Ærø Bådværft", "address": {"city": "Marstal"}, "metadata": {"a": "1", "b": "2"}})
    changed = api.v1.customers.update(made.id, {"metadata": {"a": "", "c": "3"}, "name": "Ærø Værft"})
    assert (changed.name, changed.metadata.to_dict()) == ("Ærø Værft", {"b": "2", "c": "3"}), changed
    assert api.v1.customers.retrieve(made.id).address.city == "Marstal"
    assert api.v1.customers.delete(made.id).deleted
    assert api.v1.customers.retrieve(made.id).deleted


@check
def invoices():
    """takes an invoice through its life and credits it"""
    customer = api.v1.customers.create({"name": "Conform"}).id
    rate = api.v1.tax_rates.create({"display_name": "Moms", "percentage": 25.0, "inclusive": True}).id
    draft = api.v1.invoices.create({"customer": customer, "currency": "dkk", "collection_method": "send_invoice", "days_until_due": 14, "auto_advance": False})
    api.v1.invoice_items.create({"customer": customer, "invoice": draft.id, "amount": 12500, "currency": "dkk", "tax_rates": [rate]})
    opened = api.v1.invoices.finalize_invoice(draft.id)
    assert (opened.status, opened.total, opened.total_excluding_tax) == ("open", 12500, 10000), opened
    note = api.v1.credit_notes.create({"invoice": draft.id, "amount": 2500})
    assert (note.total, note.type, note.status) == (2500, "pre_payment", "issued"), note
    assert api.v1.invoices.retrieve(draft.id).amount_remaining == 10000
    assert api.v1.invoices.void_invoice(draft.id).status == "void"
    expect(stripe.InvalidRequestError, api.v1.invoices.delete, draft.id)


@check
def idempotency():
    """replays a request with the same idempotency key"""
    key = f"conform-{uuid.uuid4()}"
    first = api.v1.customers.create({"name": "Once"}, {"idempotency_key": key})
    second = api.v1.customers.create({"name": "Once"}, {"idempotency_key": key})
    assert first.id == second.id
    assert second.last_response.headers["idempotent-replayed"] == "true"
    expect(stripe.IdempotencyError, api.v1.customers.create, {"name": "Twice"}, {"idempotency_key": key})


@check
def retries():
    """retries by itself after a lost answer, a refused one and a key in use, and writes once"""
    retrying = client(credentials["platform_key"], max_network_retries=4)
    for n, kind in enumerate(["lose_after", {"reply": {"status": 500}}, {"lose_while_running": {"seconds": 1}}]):
        email = f"retry{n}@conform.example"
        weather(fault("POST", "/v1/customers", kind))
        made = retrying.v1.customers.create({"email": email})
        assert ids(api.v1.customers.list({"email": email})) == [made.id], kind
    weather()


@check
def errors():
    """gives errors as their own exceptions"""
    assert expect(stripe.AuthenticationError, client("sk_test_wrong").v1.balance.retrieve).http_status == 401
    denied = expect(stripe.PermissionError, client(credentials["stripe_key_without_disputes"]).v1.disputes.list)
    assert denied.http_status == 403 and denied.request_id.startswith("req_")
    missing = expect(stripe.InvalidRequestError, api.v1.invoices.retrieve, "in_missing")
    assert (missing.http_status, missing.code, missing.param) == (404, "resource_missing", "invoice")
    unknown = expect(stripe.InvalidRequestError, api.v1.customers.create, {"colour": "red"})
    assert (unknown.http_status, unknown.code) == (400, "parameter_unknown")
    declined = {"amount": 5000, "currency": "dkk", "payment_method": "pm_card_chargeDeclined", "confirm": True}
    card = expect(stripe.CardError, api.v1.payment_intents.create, declined)
    assert (card.http_status, card.code, card.error.decline_code) == (402, "card_declined", "generic_decline"), card.json_body
    assert card.error.payment_intent.status == "requires_payment_method", card.json_body
    small = expect(stripe.InvalidRequestError, api.v1.payment_intents.create, {"amount": 10, "currency": "dkk"})
    assert small.code == "amount_too_small"
    weather(fault("GET", "/v1/balance", {"reply": {"status": 429, "body": '{"error":{"message":"slow"}}'}}))
    expect(stripe.RateLimitError, api.v1.balance.retrieve)
    weather(fault("POST", "/v1/customers", "break_inside"))
    assert expect(stripe.APIError, api.v1.customers.create, {}).http_status == 500
    weather(fault("GET", "/v1/balance", "lose_before"))
    expect(stripe.APIConnectionError, api.v1.balance.retrieve)
    weather()


@check
def accounts():
    """sees its own account, and no other"""
    account = api.v1.accounts.retrieve_current()
    assert account.object == "account" and account.default_currency == "dkk"
    other = client(credentials["platform_key"], stripe_account="acct_other")
    foreign = expect(stripe.PermissionError, other.v1.balance.retrieve)
    assert foreign.error.code == "account_invalid", foreign.json_body


@check
def search():
    """searches page by page"""
    found = [one.status for one in api.v1.invoices.search({"query": "status:'paid' AND currency:'dkk'", "limit": 10}).auto_paging_iter()]
    assert len(found) > 10 and set(found) == {"paid"}, len(found)


@check
def webhooks():
    """verifies the signature of a webhook"""
    arrived = {}

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            arrived["body"] = self.rfile.read(int(self.headers["content-length"]))
            arrived["signature"] = self.headers["stripe-signature"]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Hook) as server:
        server.timeout = 30
        endpoint = api.v1.webhook_endpoints.create({"url": f"http://127.0.0.1:{server.server_port}/", "enabled_events": ["product.*"]})
        waiting = threading.Thread(target=server.handle_request)
        waiting.start()
        made = api.v1.products.create({"name": "Ler"})
        waiting.join()
    api.v1.webhook_endpoints.delete(endpoint.id)
    event = api.construct_event(arrived["body"], arrived["signature"], endpoint.secret)
    assert (event.type, event.data.object.id) == ("product.created", made.id)
    expect(stripe.SignatureVerificationError, api.construct_event, arrived["body"] + b" ", arrived["signature"], endpoint.secret)


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def consent(url, action):
    """What comes back to the program when a person answers the page."""
    try:
        urllib.request.build_opener(Stay).open(url, urllib.parse.urlencode({"action": action}).encode())
    except urllib.error.HTTPError as answer:
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["location"]).query))
    raise AssertionError("there was no redirect")


@check
def oauth():
    """connects an account by OAuth and disconnects it"""
    url = api.oauth.authorize_url({"scope": "read_only", "state": "s 1"})
    assert consent(url, "cancel")["error"] == "access_denied"
    back = consent(url, "connect")
    assert back["state"] == "s 1"
    token = api.oauth.token({"grant_type": "authorization_code", "code": back["code"]})
    assert token["scope"] == "read_only"
    connected = client(token["access_token"])
    assert connected.v1.balance.retrieve().object == "balance"
    expect(stripe.PermissionError, connected.v1.customers.create, {})
    again = api.oauth.token({"grant_type": "refresh_token", "refresh_token": token["refresh_token"]})
    assert again["stripe_user_id"] == token["stripe_user_id"]
    assert api.oauth.deauthorize({"stripe_user_id": token["stripe_user_id"]})["stripe_user_id"] == token["stripe_user_id"]
    expect(stripe.AuthenticationError, connected.v1.balance.retrieve)
    expect(stripe.oauth_error.InvalidGrantError, api.oauth.token, {"grant_type": "authorization_code", "code": "ac_missing"})
    expect(stripe.oauth_error.InvalidClientError, client("sk_test_wrong").oauth.token, {"grant_type": "authorization_code", "code": "ac_x"})


run()
