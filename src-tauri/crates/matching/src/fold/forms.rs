//! Company forms, as [`super::letters`] leaves them, and the little words between names.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::lookup::Quick;

/// By country, and each form with its spellings: "Aktiebolag" is "AB". What several countries have stands once.
const FORMS: &[&[&[&str]]] = &[
    // Denmark
    &[&["aps", "anpartsselskab"], &["as", "aktieselskab", "aksjeselskap"], &["is", "interessentskab"], &["ks", "kommanditselskab"]],
    &[&["ps"], &["ivs"], &["amba"], &["smba"], &["fmba"]],
    // Norway
    &[&["asa"], &["ans"], &["enk"], &["nuf"]],
    // Sweden
    &[&["ab", "aktiebolag"], &["abp"], &["hb", "handelsbolag"], &["kb", "kommanditbolag"]],
    // Finland
    &[&["oy", "osakeyhtio"], &["oyj"], &["ky"], &["tmi"], &["osk"]],
    // Germany, Austria, Switzerland
    &[&["gmbh", "gesmbh", "mbh"], &["ag", "aktiengesellschaft"], &["kg", "kommanditgesellschaft"], &["ohg"], &["gbr", "gesbr"], &["ug"]],
    &[&["haftungsbeschrankt"], &["ek"], &["ev"], &["eg"], &["kga"], &["se"], &["keg"], &["partg"], &["partgmbb"], &["sagl"], &["klg"]],
    // Netherlands, Belgium
    &[&["bv"], &["nv"], &["vof"], &["cv"], &["bvba"], &["sprl"], &["cvba"], &["scrl"], &["vzw"], &["asbl"]],
    // France
    &[&["sarl"], &["sas"], &["sasu"], &["eurl"], &["sa"], &["sci"], &["snc"], &["scop"], &["selarl"]],
    // Italy
    &[&["srl"], &["srls"], &["spa"], &["sapa"], &["scarl"]],
    // Spain, Portugal
    &[&["sl"], &["slu"], &["sau"], &["sll"], &["cb"], &["lda", "limitada", "ltda"], &["unipessoal"]],
    // Poland: "Sp. z o.o." is three words.
    &[&["sp"], &["z"], &["o", "oo"], &["spzo", "spzoo"], &["spk"], &["spj"], &["ska"]],
    // Czechia, Slovakia
    &[&["sro"], &["spol"], &["ro"]],
    // Britain, Ireland, United States
    &[&["ltd", "limited"], &["plc"], &["llp"], &["lp"], &["cic"], &["dac"], &["clg"], &["teo", "teoranta"]],
    &[&["inc", "incorporated"], &["corp", "corporation"], &["llc"], &["pllc"], &["co", "company", "cie"], &["pty"]],
];

/// Little words between names, and "v/", which says who stands behind a firm: they tell nothing.
const LITTLE: &[&str] = &["and", "et", "och", "og", "s", "the", "und", "v", "y"];

static FORM: LazyLock<HashMap<&str, &str, Quick>> = LazyLock::new(|| {
    let spellings = FORMS.iter().flat_map(|country| country.iter()).flat_map(|form| form.iter().map(|spelling| (*spelling, form[0])));
    spellings.chain(LITTLE.iter().map(|little| (*little, ""))).collect()
});

/// Forms that also stand before a name: "AB Svensk Bygg", "A/S Bryggeriet".
const BEFORE: &[&str] = &["ab", "as", "is", "ks", "oy"];

/// The words of a folded name without its company form and little words, and the form in its usual spelling. A form is
/// what stands at the end, or before all: "KB Auto" is no Kommanditbolag. A name of nothing else stays whole.
pub(crate) fn without_form(folded: &str) -> (Vec<&str>, String) {
    let form = |word: &str| FORM.get(word).copied();
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let core = words.iter().rposition(|word| form(word).is_none()).map_or(0, |at| at + 1);
    let before = words.first().and_then(|word| form(word)).filter(|form| core > 1 && BEFORE.contains(form));
    let forms = before.into_iter().chain(words[core..].iter().filter_map(|word| form(word))).collect();
    let kept = words[usize::from(before.is_some())..core.max(usize::from(before.is_some()))].iter();
    let kept: Vec<&str> = kept.copied().filter(|word| form(word) != Some("")).collect();
    if kept.is_empty() { (words, String::new()) } else { (kept, forms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_stands_at_the_end_or_before_all() {
        for (name, words, form) in [
            ("moller vvs as", vec!["moller", "vvs"], "as"),
            ("ab svensk bygg", vec!["svensk", "bygg"], "ab"),
            ("schmidt und sohne gmbh co kg", vec!["schmidt", "sohne"], "gmbhcokg"),
            ("nordic sp z oo", vec!["nordic"], "spzo"),
            ("kb auto", vec!["kb", "auto"], ""),
            ("as", vec!["as"], ""),
            ("", vec![], ""),
        ] {
            assert_eq!(without_form(name), (words, form.to_owned()), "{name}");
        }
    }

    #[test]
    fn each_spelling_is_of_one_form() {
        let all = FORMS.iter().flat_map(|country| country.iter()).map(|form| form.len()).sum::<usize>() + LITTLE.len();
        assert_eq!(FORM.len(), all, "a spelling stands twice");
        for spelling in FORM.keys() {
            assert_eq!(super::super::letters(spelling), *spelling, "not as letters leave it");
        }
    }
}
