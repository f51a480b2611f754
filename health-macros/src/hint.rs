//! Parts of messages: suggestions and lists.

use strsim::osa_distance;

/// The known word that is closest to a mistyped one; `None` if none is close.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // An unfinished word is far from the whole word, but unambiguous.
    let begun = known.iter().find(|known| word.len() >= 2 && known.starts_with(word));
    begun.copied().or_else(|| {
        let near = known.iter().map(|known| (osa_distance(word, known), *known));
        let (distance, nearest) = near.min_by_key(|(distance, _)| *distance)?;
        (distance <= nearest.len().max(3) / 3).then_some(nearest)
    })
}

/// "`a`, `b`, and `c`".
pub(crate) fn list(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [init @ .., last] => format!("{}, and {last}", init.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["name", "timeout", "type", "crate"];

    #[test]
    fn a_typo_finds_its_word() {
        for (typo, word) in [("timout", "timeout"), ("tiemout", "timeout"), ("nmae", "name"), ("time", "timeout")] {
            assert_eq!(nearest(typo, KNOWN), Some(word), "{typo}");
        }
    }

    #[test]
    fn another_word_finds_none() {
        for word in ["", "x", "shutdown", "größe", "retries"] {
            assert_eq!(nearest(word, KNOWN), None, "{word}");
        }
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b"]), "`a` and `b`");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b`, and `c`");
    }
}
