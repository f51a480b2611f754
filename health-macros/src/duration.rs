//! Parses durations such as `"1m 30s"`.

/// From large to small, in milliseconds.
const UNITS: &[(&str, u64)] = &[("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// For messages about a whole duration.
const FORMS: &str = "help: write a duration like `\"5s\"`, `\"250ms\"` or `\"1m 30s\"`";

/// The milliseconds of a duration. The error is the mistake, and what to write instead.
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
        let millis = part(number, unit, rest)?;
        let Some(position) = allowed.iter().position(|(known, _)| *known == unit) else {
            return Err(format!("a duration must have its largest unit first, and each unit once\n{FORMS}"));
        };
        allowed = &allowed[position + 1..];
        total = total.checked_add(millis).ok_or_else(|| too_long(text))?;
        rest = rest.trim_start();
    }
    Ok(total)
}

/// One number and its unit, in milliseconds; `rest` is the text behind them.
fn part(number: &str, unit: &str, rest: &str) -> Result<u64, String> {
    if number.is_empty() {
        return Err(if unit.starts_with(['-', '−']) {
            format!("a duration must not be negative\n{FORMS}")
        } else {
            format!("`{unit}` has no number\nhelp: write a number and a unit, as in `\"5s\"`")
        });
    }
    if unit.is_empty() {
        let (next, _) = split(rest.trim_start(), |c| !c.is_ascii_digit() && !c.is_whitespace());
        return Err(if UNITS.iter().any(|(known, _)| *known == next) {
            format!("there is a space between `{number}` and its unit\nhelp: write `\"{number}{next}\"`")
        } else if next.is_empty() {
            format!("`{number}` has no unit\nhelp: write `\"{number}s\"` or `\"{number}ms\"`")
        } else {
            unknown_unit(next)
        });
    }
    if unit.starts_with(['.', ',']) {
        return Err(
            "a duration is made of whole numbers\nhelp: use the next smaller unit, as in `\"1s 500ms\"`".to_owned()
        );
    }
    let Some((_, millis)) = UNITS.iter().find(|(known, _)| *known == unit) else {
        return Err(unknown_unit(unit));
    };
    let total = number.parse().ok().and_then(|number: u64| number.checked_mul(*millis));
    total.ok_or_else(|| too_long(&format!("{number}{unit}")))
}

fn unknown_unit(unit: &str) -> String {
    format!("unknown unit `{unit}`\nnote: the units are `h`, `m`, `s`, and `ms`")
}

fn too_long(text: &str) -> String {
    format!("`{text}` is too long\n{FORMS}")
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
            ("1m 30", "`30` has no unit"),
            ("5 30s", "`5` has no unit"),
            ("5 s", "there is a space between `5` and its unit"),
            ("1m 30 ms", "there is a space between `30` and its unit"),
            ("5 sec", "unknown unit `sec`"),
            ("s", "`s` has no number"),
            ("+5s", "`+` has no number"),
            ("-1s", "a duration must not be negative"),
            ("1.5s", "a duration is made of whole numbers"),
            ("5sec", "unknown unit `sec`"),
            ("5µs", "unknown unit `µs`"),
            ("5S", "unknown unit `S`"),
            ("30s 1m", "a duration must have its largest unit first, and each unit once"),
            ("1s 1s", "a duration must have its largest unit first, and each unit once"),
            ("99999999999999999999s", "`99999999999999999999s` is too long"),
            ("18446744073709551615s", "`18446744073709551615s` is too long"),
            ("307445734561825m 18446744073709551615ms", "is too long"),
        ] {
            let error = millis(text).expect_err(text);
            assert!(error.lines().next().is_some_and(|line| line.ends_with(message)), "{text}: {error}");
        }
    }
}
