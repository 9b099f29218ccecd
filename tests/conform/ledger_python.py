"""pybusinesscentral, a client generated from Business Central's own API description."""

import json
import os
from datetime import date

import msal
import pybusinesscentral as bc
from checks import check, expect, run, sandbox
from pybusinesscentral.api.account_api import AccountApi
from pybusinesscentral.api.company_api import CompanyApi
from pybusinesscentral.api.customer_api import CustomerApi
from pybusinesscentral.api.general_ledger_entry_api import GeneralLedgerEntryApi
from pybusinesscentral.api.sales_invoice_api import SalesInvoiceApi
from pybusinesscentral.api.sales_invoice_line_api import SalesInvoiceLineApi
from pybusinesscentral.model.post_customer_request import PostCustomerRequest
from pybusinesscentral.model.post_sales_invoice_line_for_sales_invoice_request import PostSalesInvoiceLineForSalesInvoiceRequest as Line
from pybusinesscentral.model.post_sales_invoice_request import PostSalesInvoiceRequest

credentials, bases = sandbox["credentials"], sandbox["tls"]["bases"]
JSON = "application/json"


def token():
    app = msal.ConfidentialClientApplication(
        credentials["service_client_id"],
        client_credential=credentials["service_client_secret"],
        authority=f"{bases['entra']}/{credentials['tenant']}",
        instance_discovery=False,
    )
    return app.acquire_token_for_client(["https://api.businesscentral.dynamics.com/.default"])["access_token"]


def client(access_token):
    host = f"{bases['business_central']}/v2.0/{credentials['tenant']}/{credentials['environment']}/api/v2.0"
    return bc.ApiClient(bc.Configuration(host=host, access_token=access_token, ssl_ca_cert=os.environ["SSL_CERT_FILE"]))


api = client(token())
customers, invoices, lines = CustomerApi(api), SalesInvoiceApi(api), SalesInvoiceLineApi(api)
company = next(one.id for one in CompanyApi(api).list_companies().value if one.display_name == credentials["company"])


def tag(get, *ids):
    """The ETag of what is there now; the client's own objects leave it out."""
    return json.loads(get(company, *ids).raw_data)["@odata.etag"]


@check
def signs_in():
    """is refused without a good token"""
    assert expect(bc.ApiException, CompanyApi(client("wrong")).list_companies).status == 401


@check
def reads():
    """reads a set page by page, by top and skip"""
    everybody = customers.list_customers(company).value
    assert len(everybody) > 10 and len({one.id for one in everybody}) == len(everybody)
    pages = [customers.list_customers(company, top=7, skip=at).value for at in range(0, len(everybody), 7)]
    assert [one.id for page in pages for one in page] == [one.id for one in everybody]
    assert all(one.last_modified_date_time is not None and one.number for one in everybody)
    assert customers.get_customer(company, everybody[3].id).display_name == everybody[3].display_name


@check
def filters():
    """filters, and is refused what cannot be filtered"""
    everybody = customers.list_customers(company).value
    one, other = everybody[2], everybody[5]
    ids = lambda text: [found.id for found in customers.list_customers(company, filter=text).value]
    assert ids(f"number eq '{one.number}'") == [one.id]
    assert sorted(ids(f"number eq '{one.number}' or number eq '{other.number}'")) == sorted([one.id, other.id])
    quoted = one.display_name.replace("'", "''")
    assert one.id in ids(f"displayName eq '{quoted}'")
    assert set(ids("startswith(displayName,'B')")) == {found.id for found in everybody if found.display_name.startswith("B")}
    assert ids("lastModifiedDateTime gt 2099-01-01T00:00:00Z") == []
    for refused in ("colour eq 'red'", "number eq 'A' or displayName eq 'B'", "number eq 5 eq"):
        assert expect(bc.ApiException, ids, refused).status in (400, 501), refused


@check
def selects():
    """reads only what was selected, and what was expanded"""
    few = customers.list_customers(company, top=3, select=["id", "displayName"]).value
    assert all(one.display_name and one.number is None for one in few)
    [invoice] = invoices.list_sales_invoices(company, top=1, expand=["salesInvoiceLines"]).value
    assert invoice.sales_invoice_lines and all(line.document_id == invoice.id for line in invoice.sales_invoice_lines)


@check
def dates_and_amounts():
    """reads dates and amounts of invoices and of the ledger"""
    found = invoices.list_sales_invoices(company, filter="invoiceDate ge 2020-01-01 and status eq 'Open'", top=20).value
    assert found and all(isinstance(one.invoice_date, date) and one.total_amount_including_tax > 0 for one in found)
    entries = GeneralLedgerEntryApi(api).list_general_ledger_entries(company).value
    assert entries and round(sum(entry.debit_amount - entry.credit_amount for entry in entries), 2) == 0
    assert any(account.number for account in AccountApi(api).list_accounts(company).value)


@check
def customer():
    """creates, changes and deletes a customer under its tag"""
    made = customers.post_customer(company, JSON, PostCustomerRequest(display_name="Ærø Bådværft", type="Company", city="Marstal"))
    assert (made.display_name, made.city, made.blocked) == ("Ærø Bådværft", "Marstal", "_x0020_"), made
    first = tag(customers.get_customer_with_http_info, made.id)
    changed = customers.patch_customer(company, made.id, JSON, first, PostCustomerRequest(city="Ærøskøbing"))
    assert (changed.city, changed.display_name) == ("Ærøskøbing", "Ærø Bådværft")
    stale = expect(bc.ApiException, customers.patch_customer, company, made.id, JSON, first, PostCustomerRequest(city="Rise"))
    assert stale.status == 409 and json.loads(stale.body)["error"]["code"] == "Request_EntityChanged"
    long = expect(bc.ApiException, customers.post_customer, company, JSON, PostCustomerRequest.model_construct(country="DENMARKDENMARK", display_name="Long"))
    assert long.status == 400, long
    customers.delete_customer(company, made.id)
    gone = expect(bc.ApiException, customers.get_customer, company, made.id)
    assert gone.status == 404 and json.loads(gone.body)["error"]["code"] == "Internal_RecordNotFound"


@check
def draft():
    """writes a draft invoice with lines, changes and deletes it"""
    payer = next(one for one in customers.list_customers(company).value if one.blocked == "_x0020_" and one.currency_code in ("", "DKK"))
    made = invoices.post_sales_invoice(
        company, JSON, PostSalesInvoiceRequest(customer_id=payer.id, external_document_number="py-1", invoice_date=date(2026, 11, 2))
    )
    assert (made.status, made.customer_number, made.external_document_number) == ("Draft", payer.number, "PY-1"), made
    account = next(one for one in AccountApi(api).list_accounts(company).value if one.category == "Income")
    body = Line(line_type="Account", account_id=account.id, description="Krus", quantity=3, unit_price=99.95)
    line = lines.post_sales_invoice_line_for_sales_invoice(company, made.id, JSON, body)
    assert (line.quantity, line.unit_price, line.amount_excluding_tax) == (3, 99.95, 299.85), line
    whole = invoices.get_sales_invoice(company, made.id, expand=["salesInvoiceLines"])
    assert whole.total_amount_excluding_tax == 299.85 and len(whole.sales_invoice_lines) == 1, whole
    changed = invoices.patch_sales_invoice(
        company, made.id, JSON, tag(invoices.get_sales_invoice_with_http_info, made.id), PostSalesInvoiceRequest(due_date=date(2026, 12, 24))
    )
    assert changed.due_date == date(2026, 12, 24)
    assert [one.id for one in lines.list_sales_invoice_lines_for_sales_invoice(company, made.id).value] == [line.id]
    # The client quotes the keys of lines, as the API did before v2.0; now they are plain GUIDs.
    quoted = expect(bc.ApiException, lines.delete_sales_invoice_line_for_sales_invoice, company, made.id, line.id)
    assert quoted.status == 404 and json.loads(quoted.body)["error"]["code"] == "BadRequest_NotFound"
    invoices.delete_sales_invoice(company, made.id)
    assert expect(bc.ApiException, invoices.get_sales_invoice, company, made.id).status == 404


run()
