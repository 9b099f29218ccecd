//! The levels of evidence that carry a weight: one name each, as the weights file has it.

use crate::fact::What;

macro_rules! levels {
    ($($(#[$doc:meta])* $level:ident $what:ident $name:literal)*) => {
        /// One thing that was seen of a pair.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub(crate) enum Level { $($(#[$doc])* $level),* }

        impl Level {
            pub const ALL: &'static [Level] = &[$(Level::$level),*];

            pub fn name(self) -> &'static str {
                match self { $(Level::$level => $name),* }
            }

            /// Whether it says that one side has nothing to compare.
            pub fn is_missing(self) -> bool {
                self.name().ends_with(".missing")
            }

            /// Which of the five facts it speaks of.
            pub fn what(self) -> What {
                match self { $(Level::$level => What::$what),* }
            }
        }
    };
}

levels! {
    // Customers: a payer of Stripe against a customer of the ledger.
    NameEqual Party "customer.name.equal"
    NameOtherForm Party "customer.name.other_form"
    NameNoForm Party "customer.name.without_form"
    NameAlike95 Party "customer.name.alike_95"
    NameAlike85 Party "customer.name.alike_85"
    NameAlike75 Party "customer.name.alike_75"
    NameAlike60 Party "customer.name.alike_60"
    NameShared Party "customer.name.a_word_in_common"
    NameOther Party "customer.name.other"
    NameMissing Party "customer.name.missing"
    MailEqual Party "customer.email.equal"
    MailNear Party "customer.email.near"
    MailDomain Party "customer.email.same_domain"
    MailDomainNear Party "customer.email.near_domain"
    MailLikeName Party "customer.email.like_the_name"
    MailOther Party "customer.email.other"
    MailMissing Party "customer.email.missing"
    VatEqual Party "customer.vat.equal"
    VatNear Party "customer.vat.near"
    VatOther Party "customer.vat.other"
    VatMissing Party "customer.vat.missing"
    PhoneEqual Party "customer.phone.equal"
    PhoneOther Party "customer.phone.other"
    PhoneMissing Party "customer.phone.missing"
    PostcodeEqual Party "customer.postcode.equal"
    PostcodeOther Party "customer.postcode.other"
    PostcodeMissing Party "customer.postcode.missing"
    StreetEqual Party "customer.street.equal"
    StreetOther Party "customer.street.other"
    StreetMissing Party "customer.street.missing"
    CityEqual Party "customer.city.equal"
    CityOther Party "customer.city.other"
    CityMissing Party "customer.city.missing"
    CountryEqual Party "customer.country.equal"
    CountryOther Party "customer.country.other"
    CountryMissing Party "customer.country.missing"
    NumberEqual Reference "customer.number.equal"
    NumberOther Reference "customer.number.other"
    NumberMissing Reference "customer.number.missing"
    PaidNamed Party "customer.payments.name_its_invoices"
    PaidNamedOthers Party "customer.payments.name_anothers_invoices"
    PaidNamedOnce Party "customer.payments.one_names_its_invoice"
    PaidAmounts Party "customer.payments.have_its_amounts"
    PaidAmountsOthers Party "customer.payments.have_anothers_amounts"
    PaidNothing Party "customer.payments.say_nothing"
    /// Nobody in the ledger.
    Nobody Party "customer.nobody"
    NobodyGuest Party "customer.nobody.guest"

    // Papers: an invoice or credit of Stripe against a document or credit memo of the ledger.
    PaperMeta Reference "document.metadata_names_it"
    PaperMark Reference "document.bears_our_mark"
    PaperText Reference "document.text_names_it"
    PaperCredit Reference "document.credits_the_linked_one"
    PaperOther Reference "document.another_is_named"
    PaperNone Reference "document.no_reference"
    TotalSame Amount "document.amount.same"
    TotalNear Amount "document.amount.rounding"
    TotalOther Amount "document.amount.other"
    TotalUnknown Amount "document.amount.not_comparable"
    PartyLinked Party "document.party.linked_before"
    PartyVat Party "document.party.vat_or_ean"
    PartyMail Party "document.party.email"
    PartyName Party "document.party.name_as_written"
    PartyWritten Party "document.party.name_written_otherwise"
    PartyAlike Party "document.party.alike"
    PartyMissing Party "document.party.missing"
    PartyOther Party "document.party.other"
    PaperSameDay Date "document.date.same"
    PaperDaysAfter Date "document.date.5_days_after"
    PaperDaysBefore Date "document.date.5_days_before"
    PaperMonthAfter Date "document.date.month_after"
    PaperMonthBefore Date "document.date.month_before"
    PaperFar Date "document.date.farther"
    PaperCurrency Currency "document.currency.same"
    PaperOtherCurrency Currency "document.currency.other"
    /// No document.
    NoPaper Amount "document.nothing"

    // Payments: a charge against one document, or several.
    MetaNames Reference "payment.metadata.names_it"
    MetaOther Reference "payment.metadata.names_another"
    MetaNothing Reference "payment.metadata.names_no_open_one"
    MetaMissing Reference "payment.metadata.missing"
    TextNames Reference "payment.text.names_it"
    TextNear Reference "payment.text.nearly_names_it"
    TextOther Reference "payment.text.names_another"
    TextNothing Reference "payment.text.names_no_open_one"
    TextMissing Reference "payment.text.missing"
    OrderEqual Reference "payment.purchase_order.equal"
    OrderOther Reference "payment.purchase_order.other"
    OrderMissing Reference "payment.purchase_order.missing"
    MonthEqual Date "payment.month.equal"
    MonthOther Date "payment.month.other"
    MonthMissing Date "payment.month.missing"
    PlanEqual Reference "payment.plan.equal"
    PlanOther Reference "payment.plan.other"
    PlanMissing Reference "payment.plan.missing"
    CodeEqual Party "payment.customer_number.equal"
    CodeOther Party "payment.customer_number.other"
    CodeMissing Party "payment.customer_number.missing"
    SaidEqual Party "payment.name_in_text.equal"
    SaidOther Party "payment.name_in_text.other"
    SaidMissing Party "payment.name_in_text.missing"
    Payer995 Party "payment.payer.surely"
    Payer97 Party "payment.payer.97"
    Payer90 Party "payment.payer.90"
    Payer70 Party "payment.payer.70"
    Payer40 Party "payment.payer.40"
    Payer10 Party "payment.payer.10"
    PayerLow Party "payment.payer.hardly"
    PayerOther95 Party "payment.payer.surely_another"
    PayerOther Party "payment.payer.perhaps_another"
    PayerGuestOther Party "payment.payer.guest_surely_another"
    PayerUnknown Party "payment.payer.unknown"
    /// Nobody known, and the customer has another name; or is in another country, or has another VAT number.
    PayerUnlike Party "payment.payer.unlike"
    PayerElsewhere Party "payment.payer.unlike_and_elsewhere"
    Exact Amount "payment.amount.exact"
    ExactRare Amount "payment.amount.exact.rare"
    ExactFew Amount "payment.amount.exact.few"
    ExactCommon Amount "payment.amount.exact.common"
    UnderCents Amount "payment.amount.under.cents"
    UnderRound Amount "payment.amount.under.rounded"
    UnderPercent Amount "payment.amount.under.percent"
    OverRound Amount "payment.amount.over.rounded"
    OverPercent Amount "payment.amount.over.percent"
    PartRound Amount "payment.amount.part.round"
    PartRoundMoney Amount "payment.amount.part.round_money"
    PartOdd Amount "payment.amount.part.odd"
    PartComplement Amount "payment.amount.part.with_its_rest"
    PartInstalment Amount "payment.amount.part.instalment"
    Rate0 Amount "payment.amount.rate.close"
    Rate1 Amount "payment.amount.rate.near"
    Rate2 Amount "payment.amount.rate.far"
    Different Amount "payment.amount.different"
    Sum2 Amount "payment.amount.sum_of_2"
    Sum3 Amount "payment.amount.sum_of_3"
    Sum4 Amount "payment.amount.sum_of_4"
    Sum5 Amount "payment.amount.sum_of_5"
    SumNamed Reference "payment.sum.all_named"
    SumNear Reference "payment.sum.nearly_all_named"
    SumSomeNamed Reference "payment.sum.some_named"
    SumNeighbours Amount "payment.sum.neighbours"
    SumGap1 Amount "payment.sum.one_left_out"
    SumGaps Amount "payment.sum.several_left_out"
    SumNewest Date "payment.sum.newest_in_a_week"
    SumSoon Date "payment.sum.newest_in_12_days"
    SumRecent Date "payment.sum.newest_in_a_month"
    SumOld Date "payment.sum.newest_older"
    Foreign Currency "payment.currency.not_the_customers"
    OnceEarly60 Date "payment.once.early_60"
    OnceEarly Date "payment.once.early"
    OnceBefore Date "payment.once.days_before"
    OnceSame Date "payment.once.same_day"
    Once3 Date "payment.once.3_days"
    Once14 Date "payment.once.14_days"
    Once28 Date "payment.once.28_days"
    Once36 Date "payment.once.36_days"
    Once60 Date "payment.once.60_days"
    Once100 Date "payment.once.100_days"
    OnceLater Date "payment.once.later"
    SeriesEarly60 Date "payment.series.early_60"
    SeriesEarly40 Date "payment.series.early_40"
    SeriesEarlyMonth Date "payment.series.early_month"
    SeriesEarly Date "payment.series.early"
    SeriesBefore Date "payment.series.3_days_before"
    SeriesSame Date "payment.series.same_day"
    Series1 Date "payment.series.1_day"
    Series2 Date "payment.series.2_days"
    Series7 Date "payment.series.7_days"
    Series14 Date "payment.series.14_days"
    Series24 Date "payment.series.24_days"
    Series38 Date "payment.series.38_days"
    Series55 Date "payment.series.55_days"
    Series90 Date "payment.series.90_days"
    SeriesLater Date "payment.series.later"
    Usual Date "payment.habit.as_usual"
    Usual3 Date "payment.habit.3_days_off"
    Usual6 Date "payment.habit.6_days_off"
    UsualMonthEarly Date "payment.habit.a_month_early"
    UsualMonthLate Date "payment.habit.a_month_late"
    Unusual Date "payment.habit.otherwise"
    UnusualFar Date "payment.habit.far_off"
    DueEarly Date "payment.due.days_before"
    DueNear Date "payment.due.at_it"
    DueAfter Date "payment.due.days_after"
    DueFar Date "payment.due.far"
    /// No open document.
    Nothing Amount "payment.nothing"
    NothingNumber Reference "payment.nothing.text_names_no_open_one"
    NothingMeta Reference "payment.nothing.metadata_names_no_open_one"
    NothingTwice Date "payment.nothing.made_twice"
    NothingGuest Party "payment.nothing.guest"
}

impl Level {
    /// How a payment lies to the date of an invoice of a series.
    pub fn is_of_series(self) -> bool {
        (Level::SeriesEarly60..=Level::SeriesLater).contains(&self)
    }

    /// The same where it is known how late the customer usually pays.
    pub fn is_of_habit(self) -> bool {
        (Level::Usual..=Level::UnusualFar).contains(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = Level::ALL.iter().map(|l| l.name()).collect();
        assert_eq!(names.len(), Level::ALL.len());
    }
}
