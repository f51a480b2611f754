//! Words for messages: did you mean, and lists.

/// The known word that a mistyped one is closest to, if it is close at all.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // A half-typed word is far from the whole one and yet clear.
    let begun = known.iter().find(|known| word.len() >= 2 && known.starts_with(word));
    begun.copied().or_else(|| {
        let near = known.iter().map(|known| (distance(word, known), *known));
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

/// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<_>, Vec<_>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=to.len()).collect();
    for i in 1..=from.len() {
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[from.len()][to.len()]
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
