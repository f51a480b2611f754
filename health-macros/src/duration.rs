//! `"1m 30s"`: durations as people write them.

/// From large to small, in milliseconds.
const UNITS: &[(&str, u64)] = &[("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// For messages about texts that look like no duration at all.
const FORMS: &str = "help: write a duration like `\"5s\"`, `\"250ms\"` or `\"1m 30s\"`";

/// The milliseconds of a duration; the error says what is wrong with the text, and what to write instead.
pub(crate) fn millis(text: &str) -> Result<u64, String> {
    if text.trim().is_empty() {
        return Err("a duration must not be empty\nhelp: write a number and a unit, as in `\"5s\"`".to_owned());
    }
    let mut rest = text.trim();
    let mut allowed = UNITS;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (number, unit);
        (number, rest) = split(rest, |c| c.is_ascii_digit());
        (unit, rest) = split(rest, |c| !c.is_ascii_digit() && !c.is_whitespace());
        let millis = part(number, unit)?;
        let Some(position) = allowed.iter().position(|(known, _)| *known == unit) else {
            return Err(format!("the units must go from `h` to `ms`, each at most once\n{FORMS}"));
        };
        allowed = &allowed[position + 1..];
        total = total.checked_add(millis).ok_or_else(|| too_long(text))?;
        rest = rest.trim_start();
    }
    Ok(total)
}

/// One number and its unit, in milliseconds.
fn part(number: &str, unit: &str) -> Result<u64, String> {
    if number.is_empty() {
        return Err(if unit.starts_with(['-', '−']) {
            format!("a duration must not be negative\n{FORMS}")
        } else {
            format!("`{unit}` has no number\nhelp: write a number and a unit, as in `\"5s\"`")
        });
    }
    if unit.is_empty() {
        return Err(format!("`{number}` has no unit\nhelp: write `\"{number}s\"` or `\"{number}ms\"`"));
    }
    if unit.starts_with(['.', ',']) {
        return Err(
            "a duration is made of whole numbers\nhelp: use the next smaller unit, as in `\"1s 500ms\"`".to_owned()
        );
    }
    let Some((_, millis)) = UNITS.iter().find(|(known, _)| *known == unit) else {
        return Err(format!("unknown unit `{unit}`\nnote: the units are `h`, `m`, `s`, and `ms`"));
    };
    let total = number.parse().ok().and_then(|number: u64| number.checked_mul(*millis));
    total.ok_or_else(|| too_long(&format!("{number}{unit}")))
}

fn too_long(text: &str) -> String {
    format!("`{text}` is too long to be measured\n{FORMS}")
}

/// The longest start of the text whose characters fit, and the rest.
fn split(text: &str, fits: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !fits(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        for (text, expected) in [
            ("5s", 5_000),
            ("250ms", 250),
            ("1m 30s", 90_000),
            ("1m30s", 90_000),
            (" 2h  1ms ", 7_200_001),
            ("90s", 90_000),
            ("0s", 0),
            ("007s", 7_000),
        ] {
            assert_eq!(millis(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn each_mistake_has_its_own_words() {
        for (text, message) in [
            ("", "a duration must not be empty"),
            ("  ", "a duration must not be empty"),
            ("5", "`5` has no unit"),
            ("5 s", "`5` has no unit"),
            ("1m 30", "`30` has no unit"),
            ("s", "`s` has no number"),
            ("+5s", "`+` has no number"),
            ("-1s", "a duration must not be negative"),
            ("1.5s", "a duration is made of whole numbers"),
            ("5sec", "unknown unit `sec`"),
            ("5µs", "unknown unit `µs`"),
            ("5S", "unknown unit `S`"),
            ("30s 1m", "the units must go from `h` to `ms`, each at most once"),
            ("1s 1s", "the units must go from `h` to `ms`, each at most once"),
            ("99999999999999999999s", "`99999999999999999999s` is too long to be measured"),
            ("18446744073709551615s", "`18446744073709551615s` is too long to be measured"),
            ("307445734561825m 18446744073709551615ms", "is too long to be measured"),
        ] {
            let error = millis(text).expect_err(text);
            assert!(error.lines().next().is_some_and(|line| line.ends_with(message)), "{text}: {error}");
        }
    }
}
