//! Text as Business Central holds it: fields count UTF-16 units and refuse what is longer.

/// Length as AL counts it.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Line breaks and runs of blanks as one blank.
pub(super) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The beginning that fits, cut between words where there is one.
pub(super) fn fits(text: &str, most: usize) -> String {
    wrap(text, most).into_iter().next().unwrap_or_default()
}

/// Pieces that fit, in order; together they are the whole text.
pub(super) fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for word in one_line(text).split(' ') {
        let joined = if piece.is_empty() { word.to_owned() } else { format!("{piece} {word}") };
        if units(&joined) <= most {
            piece = joined;
            continue;
        }
        if !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
        for c in word.chars() {
            if units(&piece) + c.len_utf16() > most {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push(c);
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// An enum member or name from the wire: `_xHHHH_` stands for one UTF-16 unit.
/// A blank member (`_x0020_`) is the empty text.
pub(super) fn unescape(member: &str) -> String {
    let mut out = String::new();
    let mut rest = member;
    while let Some(at) = rest.find("_x") {
        let code = rest.get(at + 2..at + 7).filter(|code| code.ends_with('_')).and_then(|code| u32::from_str_radix(&code[..4], 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => {
                out.push_str(&rest[..at]);
                out.push(c);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str(&rest[..at + 2]);
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_text_is_cut_between_words_and_nothing_is_lost() {
        assert_eq!(wrap("one two  three\nfour", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("abcdefgh ij", 5), ["abcde", "fgh", "ij"]);
        assert_eq!(wrap("", 5), Vec::<String>::new());
        assert_eq!(wrap("𝔘𝔘𝔘", 4), ["𝔘𝔘", "𝔘"], "two units each");
    }

    #[test]
    fn enum_members_are_read_back() {
        for (member, text) in [
            ("_x0020_", ""),
            ("In_x0020_Review", "In Review"),
            ("Non_x002D_Inventory", "Non-Inventory"),
            ("G_x002F_L_x0020_Account", "G/L Account"),
            ("Draft", "Draft"),
            ("_xZZZZ_", "_xZZZZ_"),
            ("a_x00", "a_x00"),
            ("_xé0200_", "_xé0200_"),
        ] {
            assert_eq!(unescape(member), text, "{member}");
        }
    }

    proptest! {
        #[test]
        fn every_piece_fits_and_the_words_stay(text in "\\PC{0,80}", most in 2usize..30) {
            let pieces = wrap(&text, most);
            prop_assert!(pieces.iter().all(|piece| units(piece) <= most && !piece.is_empty()));
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>();
            prop_assert_eq!(letters(&pieces.concat()), letters(&text));
        }

        #[test]
        fn any_text_can_be_unescaped(text in "(_x[0-9a-fA-F]{0,4}_?|\\PC){0,20}") {
            unescape(&text);
        }
    }
}
