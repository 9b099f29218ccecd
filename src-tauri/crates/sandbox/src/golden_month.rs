//! What both ledgers must close the golden month on, whatever way their own documents take there.

/// Balance of each G/L account, in the ledger's own currency.
pub const CLOSING: &[(&str, &str)] = &[
    ("AR", "980.00"),
    ("BADDEBT", "931.25"),
    ("BANK-DKK", "14918.60"),
    ("BANK-USD", "1020.00"),
    ("CLR-DKK", "1953.70"),
    ("CLR-USD", "297.84"),
    ("DISPUTED", "0.00"),
    ("EQUITY", "-7250.00"),
    ("FEE", "616.63"),
    ("FX", "37.45"),
    ("PLATFEE", "15.00"),
    ("RESERVE", "300.00"),
    ("REV-25", "-7623.98"),
    ("REV-EU", "-2984.00"),
    ("REV-EXP", "-1360.00"),
    ("REV-OSS", "0.00"),
    ("ROUND", "0.01"),
    ("TRANSIT-DKK", "386.50"),
    ("TRANSIT-USD", "0.00"),
    ("UNIDENTIFIED", "-333.00"),
    ("VAT-IN", "154.20"),
    ("VAT-OSS", "0.00"),
    ("VAT-OUT", "-1906.00"),
    ("VAT-RC", "-154.20"),
];
