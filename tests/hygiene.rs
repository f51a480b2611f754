//! The attributes in odd surroundings: what compiles here without a warning is most of what is proven.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications)]
#![deny(clippy::pedantic, clippy::exhaustive_enums, clippy::allow_attributes_without_reason)]

use std::panic::Location;

use health_runtime::{CheckContext, CheckMeta, Health, HealthCheck as _, Outcome, Probe, health_check, health_details};

type Answer<T> = Result<T, String>;

// Imported where checks are: what generated code names in full could then be shorter.
const _: fn(&str) -> CheckMeta = |_| CheckMeta::new("imported");

/// A module that shadows what generated code could be tempted to use.
mod shadowed {
    #![expect(dead_code, reason = "the names are what matters")]

    pub(super) mod std {}
    pub(super) mod core {}
    pub(super) mod health_runtime {}
    pub(super) mod serde {}
    struct Result;
    struct Option;
    struct Box;
    struct Duration;
    struct String;
    trait HealthCheck {}
    trait Send {}
    fn drop() {}

    #[super::health_details]
    pub(super) struct Details {
        open: u32,
    }

    #[super::health_check(name = "shadowed", timeout = "1s")]
    pub(super) async fn check(cx: super::CheckContext) -> super::Answer<Details> {
        ::std::result::Result::Ok(Details { open: u32::from(cx.name() == "shadowed") })
    }

    #[super::health_check(name = "shadowed-blocking", blocking)]
    pub(super) fn blocks(cx: super::CheckContext) -> super::Answer<Details> {
        ::std::result::Result::Ok(Details { open: u32::from(cx.name() == "shadowed-blocking") })
    }
}

/// A module that hands on the whole runtime, and finds it there.
mod globbed {
    pub(super) use ::health_runtime::*;

    #[health_check(name = "globbed", crate = self)]
    pub(super) async fn check() {}

    pub(super) mod inner {
        #[super::health_check(name = "globbed-inner", crate = crate::globbed)]
        pub(crate) async fn check() {}
    }
}

/// A module without a prelude.
mod no_prelude {
    #![no_implicit_prelude]

    /// Says nothing.
    #[::health_runtime::health_check(name = "no-prelude", timeout = "1s")]
    pub(super) async fn check() -> ::std::result::Result<(), ::std::string::String> {
        ::std::result::Result::Ok(())
    }

    /// Blocks nobody.
    #[::health_runtime::health_check(name = "no-prelude-blocking", blocking)]
    pub(super) fn blocks() -> ::std::result::Result<(), ::std::string::String> {
        ::std::result::Result::Ok(())
    }
}

/// A module that knows the runtime under another name only.
mod renamed {
    mod platform {
        pub(super) use ::health_runtime as health;
    }

    use platform::health::{health_check, health_details};

    #[health_details(crate = platform::health)]
    pub(super) struct Details {
        open: u32,
    }

    #[health_check(name = "renamed", crate = platform::health)]
    pub(super) async fn check() -> super::Answer<Details> {
        Ok(Details { open: 1 })
    }
}

/// Two functions of one name in two modules are two checks with two names.
mod twins {
    pub(super) mod first {
        #[health_runtime::health_check(name = "first")]
        pub(in super::super) async fn twin() {}
    }

    pub(super) mod second {
        #[health_runtime::health_check(name = "second")]
        pub(crate) async fn twin() {}
    }
}

/// A raw name loses its prefix.
#[health_check]
async fn r#match() -> Outcome {
    Outcome::ok(())
}

#[health_check]
#[cfg(not(any()))]
#[cfg_attr(not(any()), doc = "Kept.")]
async fn configured() {}

#[health_check]
#[cfg(any())]
async fn configured() -> NotEvenAType {}

#[tracing::instrument]
#[health_check]
async fn instrumented_above() {}

#[health_check]
#[tracing::instrument]
async fn instrumented_below() {}

#[health_check(blocking)]
#[tracing::instrument]
fn instrumented_and_blocking() {}

/// What can also be asked when the program is compiled.
#[health_check(blocking)]
const fn constant() {}

#[health_check]
#[deprecated = "said to those who call it, and not to the attribute"]
async fn deprecated() {}

mod redis {
    pub(crate) fn ping() {}
}

#[health_check(type = RedisCheck)]
async fn redis() {
    redis::ping();
}

macro_rules! checks {
    ($($name:ident: $text:literal, $timeout:expr, $runtime:path => $answer:ty;)*) => {
        $(
            #[health_check(name = $text, timeout = $timeout, crate = $runtime)]
            async fn $name(_: CheckContext) -> $answer {
                Ok(())
            }
        )*
    };
    (blocking $name:ident: $text:literal, $parameter:ty => $answer:ty) => {
        #[health_check(name = $text, blocking)]
        fn $name(_: $parameter) -> $answer {
            Ok(())
        }
    };
}

checks! {
    made_by_a_macro: "made-by-a-macro", "5s", ::health_runtime => Result<(), String>;
}

checks! { blocking blocks_by_a_macro: "blocks-by-a-macro", CheckContext => Result<(), String> }

#[tokio::test]
async fn checks_run_wherever_they_stand() {
    #[health_check]
    async fn inside_a_function(_: CheckContext) {}

    let health = Health::builder().version("1.0.0").check::<inside_a_function>().build().unwrap();
    let report = health.probe(Probe::Ready).await;
    let names: Vec<_> = report.checks().map(|(name, _)| name).collect();
    let expected = [
        "blocks-by-a-macro",
        "configured",
        "constant",
        "deprecated",
        "first",
        "globbed",
        "globbed-inner",
        "here",
        "inside_a_function",
        "instrumented_above",
        "instrumented_and_blocking",
        "instrumented_below",
        "made-by-a-macro",
        "match",
        "no-prelude",
        "no-prelude-blocking",
        "redis",
        "renamed",
        "second",
        "shadowed",
        "shadowed-blocking",
    ];
    assert_eq!(names, expected);
    assert!(report.is_success(), "{report:?}");
    assert_eq!(report.check("shadowed").and_then(|check| check.details_json()), Some(r#"{"open":1}"#));
}

#[test]
fn the_place_of_a_check_is_its_functions_name() {
    #[health_check]
    async fn here() {}
    const HERE: &Location<'_> = Location::caller();

    let place = here {}.meta().place();
    assert_eq!((place.location().file(), place.location().line()), (file!(), HERE.line() - 1));
    assert_eq!(place.location().column(), 14);
}

#[tokio::test]
async fn the_function_is_still_a_function() {
    assert_eq!(r#match().await, Outcome::ok(()));
    twins::first::twin().await;
    twins::second::twin().await;
    const { constant() }
}

#[test]
fn the_type_stands_where_the_function_stands() {
    for meta in [
        twins::first::twin {}.meta(),
        twins::second::twin {}.meta(),
        shadowed::check {}.meta(),
        no_prelude::check {}.meta(),
    ] {
        assert_ne!(meta.place().name(), "");
    }
    assert_eq!(RedisCheck {}.meta().place().name(), "redis");
    assert_eq!(renamed::check {}.meta().place().name(), "renamed");
    assert_eq!(globbed::check {}.meta().place().name(), "globbed");
    assert_eq!(globbed::inner::check {}.meta().place().name(), "globbed-inner");
}
