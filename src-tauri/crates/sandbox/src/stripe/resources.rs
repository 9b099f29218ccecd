//! The kinds of objects: where they are listed, who may see them, what filters them.

/// What a restricted key can be given, each for reading or writing. Names as `docs: Restricted API keys`
/// groups them; the spelling inside a key's messages is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    Account,
    Balance,
    Charges,
    CheckoutSessions,
    Coupons,
    CreditNotes,
    Customers,
    Disputes,
    Events,
    Invoices,
    PaymentIntents,
    PaymentLinks,
    PaymentMethods,
    Payouts,
    Prices,
    Products,
    Refunds,
    Subscriptions,
    TaxRates,
    TopUps,
    Transfers,
    WebhookEndpoints,
}

impl Permission {
    pub const ALL: [Permission; 22] = {
        use Permission::*;
        [
            Account,
            Balance,
            Charges,
            CheckoutSessions,
            Coupons,
            CreditNotes,
            Customers,
            Disputes,
            Events,
            Invoices,
            PaymentIntents,
            PaymentLinks,
            PaymentMethods,
            Payouts,
            Prices,
            Products,
            Refunds,
            Subscriptions,
            TaxRates,
            TopUps,
            Transfers,
            WebhookEndpoints,
        ]
    };

    /// Such as `rak_invoice_read` without its ends: `invoice`.
    pub fn name(self) -> &'static str {
        use Permission::*;
        match self {
            Account => "accounts",
            Balance => "balance",
            Charges => "charge",
            CheckoutSessions => "checkout_session",
            Coupons => "coupon",
            CreditNotes => "credit_note",
            Customers => "customer",
            Disputes => "dispute",
            Events => "event",
            Invoices => "invoice",
            PaymentIntents => "payment_intent",
            PaymentLinks => "payment_links",
            PaymentMethods => "payment_method",
            Payouts => "payout",
            Prices => "plan",
            Products => "product",
            Refunds => "refund",
            Subscriptions => "subscription",
            TaxRates => "tax_rate",
            TopUps => "top_up",
            Transfers => "transfer",
            WebhookEndpoints => "webhook",
        }
    }

    /// By the first name of a path behind `/v1/`.
    pub fn of_path(first: &str) -> Option<Self> {
        use Permission::*;
        Some(match first {
            "account" | "accounts" => Account,
            "balance" | "balance_transactions" => Balance,
            "charges" => Charges,
            "checkout" => CheckoutSessions,
            "coupons" => Coupons,
            "credit_notes" => CreditNotes,
            "customers" | "tax_ids" => Customers,
            "disputes" => Disputes,
            "events" => Events,
            "invoices" | "invoiceitems" | "invoice_payments" => Invoices,
            "payment_intents" => PaymentIntents,
            "payment_links" => PaymentLinks,
            "payouts" => Payouts,
            "prices" => Prices,
            "products" => Products,
            "refunds" => Refunds,
            "subscriptions" | "subscription_items" => Subscriptions,
            "tax_rates" => TaxRates,
            "topups" => TopUps,
            "transfers" => Transfers,
            "webhook_endpoints" => WebhookEndpoints,
            _ => return None,
        })
    }
}

/// One kind of object.
#[derive(Debug)]
pub struct Resource {
    pub kind: &'static str,
    /// The list it is in, if it has one of its own.
    pub list: &'static str,
    pub prefix: &'static str,
    pub permission: Permission,
    /// A list's filter, and where its value stands in the object.
    pub filters: &'static [(&'static str, &'static str)],
}

const fn resource(
    kind: &'static str,
    list: &'static str,
    prefix: &'static str,
    permission: Permission,
    filters: &'static [(&'static str, &'static str)],
) -> Resource {
    Resource { kind, list, prefix, permission, filters }
}

pub const RESOURCES: &[Resource] = {
    use Permission::*;
    &[
        resource(
            "balance_transaction",
            "/v1/balance_transactions",
            "txn_",
            Balance,
            &[("currency", "currency"), ("payout", "_payout"), ("source", "source"), ("type", "type")],
        ),
        resource(
            "charge",
            "/v1/charges",
            "ch_",
            Charges,
            &[("customer", "customer"), ("payment_intent", "payment_intent"), ("transfer_group", "transfer_group")],
        ),
        resource(
            "checkout.session",
            "/v1/checkout/sessions",
            "cs_test_",
            CheckoutSessions,
            &[
                ("payment_link", "payment_link"),
                ("payment_intent", "payment_intent"),
                ("customer", "customer"),
                ("status", "status"),
                ("subscription", "subscription"),
            ],
        ),
        resource("coupon", "/v1/coupons", "", Coupons, &[]),
        resource("credit_note", "/v1/credit_notes", "cn_", CreditNotes, &[("customer", "customer"), ("invoice", "invoice")]),
        resource("customer", "/v1/customers", "cus_", Customers, &[("email", "email")]),
        resource("customer_balance_transaction", "", "cbtxn_", Customers, &[("customer", "customer"), ("invoice", "invoice")]),
        resource("discount", "", "di_", Coupons, &[]),
        resource("dispute", "/v1/disputes", "du_", Disputes, &[("charge", "charge"), ("payment_intent", "payment_intent")]),
        resource("event", "/v1/events", "evt_", Events, &[("type", "type")]),
        resource(
            "invoice",
            "/v1/invoices",
            "in_",
            Invoices,
            &[
                ("customer", "customer"),
                ("status", "status"),
                ("collection_method", "collection_method"),
                ("subscription", "parent.subscription_details.subscription"),
            ],
        ),
        resource(
            "invoice_payment",
            "/v1/invoice_payments",
            "inpay_",
            Invoices,
            &[
                ("invoice", "invoice"),
                ("status", "status"),
                ("payment.type", "payment.type"),
                ("payment.payment_intent", "payment.payment_intent"),
                ("payment.payment_record", "payment.payment_record"),
            ],
        ),
        resource("invoiceitem", "/v1/invoiceitems", "ii_", Invoices, &[("customer", "customer"), ("invoice", "invoice")]),
        resource("item", "", "li_", CheckoutSessions, &[]),
        resource("payment_intent", "/v1/payment_intents", "pi_", PaymentIntents, &[("customer", "customer")]),
        resource("payment_link", "/v1/payment_links", "plink_", PaymentLinks, &[("active", "active")]),
        resource("payment_method", "", "pm_", PaymentMethods, &[("customer", "customer")]),
        resource("payout", "/v1/payouts", "po_", Payouts, &[("status", "status"), ("destination", "destination")]),
        resource(
            "price",
            "/v1/prices",
            "price_",
            Prices,
            &[("active", "active"), ("product", "product"), ("lookup_keys", "lookup_key"), ("type", "type"), ("currency", "currency")],
        ),
        resource("product", "/v1/products", "prod_", Products, &[("active", "active"), ("url", "url"), ("ids", "id")]),
        resource("refund", "/v1/refunds", "re_", Refunds, &[("charge", "charge"), ("payment_intent", "payment_intent")]),
        resource("subscription", "/v1/subscriptions", "sub_", Subscriptions, &[("customer", "customer"), ("status", "status"), ("price", "_price")]),
        resource("subscription_item", "/v1/subscription_items", "si_", Subscriptions, &[("subscription", "subscription")]),
        resource("tax_id", "", "txi_", Customers, &[("customer", "customer"), ("owner", "owner.type")]),
        resource("tax_rate", "/v1/tax_rates", "txr_", TaxRates, &[("active", "active"), ("inclusive", "inclusive")]),
        resource("transfer", "/v1/transfers", "tr_", Transfers, &[("destination", "destination"), ("transfer_group", "transfer_group")]),
        resource("topup", "/v1/topups", "tu_", TopUps, &[("status", "status")]),
        resource("webhook_endpoint", "/v1/webhook_endpoints", "we_", WebhookEndpoints, &[]),
    ]
};

pub fn of(kind: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.kind == kind)
}

/// The kind whose list is at this path template.
pub fn listed_at(template: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| !resource.list.is_empty() && resource.list == template)
}
