//! What the attributes write, compared with `expanded/*.rs`; `UPDATE_EXPECT=1` refreshes those.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::quote;

use crate::{details, health_check};

#[expect(clippy::needless_pass_by_value, reason = "both are made for this call")]
fn expect(expansion: TokenStream, expected: ExpectFile) {
    let file = syn::parse2(expansion).expect("an expansion is Rust");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn a_check_without_arguments() {
    let item = quote! {
        async fn heartbeat() {}
    };
    expect(health_check::expand(quote!(), &item), expect_file!["../expanded/no_arguments.rs"]);
}

#[test]
fn name() {
    let item = quote! {
        async fn database(State(pool): State<PgPool>) -> Result<PoolStats, sqlx::Error> {
            Ok(PoolStats::of(&pool))
        }
    };
    expect(health_check::expand(quote!(name = "db"), &item), expect_file!["../expanded/name.rs"]);
}

#[test]
fn timeout() {
    let item = quote! {
        /// Postgres answers a trivial query.
        ///
        /// On the main pool.
        #[tracing::instrument]
        pub(crate) async fn database(State(pool): State<PgPool>, cx: CheckContext) -> Outcome {
            Outcome::ok(())
        }
    };
    expect(health_check::expand(quote!(timeout = "1m 30s"), &item), expect_file!["../expanded/timeout.rs"]);
}

#[test]
fn blocking() {
    let item = quote! {
        /// The licence server answers.
        fn licence(State(server): State<Server>, cx: CheckContext) -> io::Result<Licence> {
            server.ask(cx.remaining())
        }
    };
    expect(health_check::expand(quote!(blocking), &item), expect_file!["../expanded/blocking.rs"]);
}

#[test]
fn settings_of_the_engine() {
    let item = quote! {
        async fn heartbeat() {}
    };
    for (name, argument) in [
        ("probes", quote!(probes(live, ready))),
        ("critical", quote!(critical = false)),
        ("cache", quote!(cache = "0s")),
        ("interval", quote!(interval = "15s")),
        ("failure_threshold", quote!(failure_threshold = 3)),
        ("success_threshold", quote!(success_threshold = 2)),
        ("slow", quote!(slow = "200ms")),
        ("tags", quote!(tags("storage", "eu"))),
        ("expose_errors", quote!(expose_errors)),
    ] {
        let expansion = health_check::expand(argument, &item).to_string();
        let (_, meta) = expansion.split_once("-> __rt :: CheckMeta {").expect("the settings");
        let (meta, _) = meta.split_once("} }").expect("their end");
        expect_file![format!("../expanded/settings/{name}.rs")].assert_eq(&format!("{}\n", meta.replace(' ', "")));
    }
}

#[test]
fn type_() {
    let item = quote! {
        pub async fn redis(State(client): State<redis::Client>) -> redis::RedisResult<()> {
            redis::cmd("PING").exec_async(&mut client.connection().await?).await
        }
    };
    expect(health_check::expand(quote!(type = RedisCheck), &item), expect_file!["../expanded/type.rs"]);
}

#[test]
fn crate_() {
    let item = quote! {
        async fn heartbeat() {}
    };
    expect(health_check::expand(quote!(crate = my::health), &item), expect_file!["../expanded/crate.rs"]);
}

#[test]
fn a_mistake_leaves_the_function_and_a_placeholder() {
    let item = quote! {
        pub async fn database() -> Result<PoolStats, sqlx::Error> {
            Ok(())
        }
    };
    expect(health_check::expand(quote!(timout = "5s", nmae = "db"), &item), expect_file!["../expanded/mistakes.rs"]);
}

/// While a user edits the function, an editor shows errors in that line only.
#[test]
fn a_half_typed_body_is_no_mistake_of_the_check() {
    let expand = |body: TokenStream| {
        let item = quote!(async fn database(State(pool): State<PgPool>) -> Result<PoolStats, sqlx::Error> { #body });
        let expansion = health_check::expand(quote!(name = "db"), &item).to_string();
        expansion.strip_prefix(&item.to_string()).expect("the function first, as it is").to_owned()
    };
    let whole = expand(quote!(Ok(PoolStats::of(&pool))));
    for half in
        [quote!(pool.), quote!(let stats = ), quote!(pool.get().await?.), quote!(if pool.is_closed() { Err() } else)]
    {
        assert_eq!(expand(half), whole);
    }
}

#[test]
fn details() {
    let item = quote! {
        /// The pool.
        #[derive(Clone)]
        #[serde(rename_all = "camelCase")]
        pub struct PoolStats<T> {
            /// Connections open.
            open: T,
        }
    };
    expect(details::expand(quote!(), &item), expect_file!["../expanded/details.rs"]);
}

#[test]
fn details_that_derive_one_themselves() {
    let item = quote! {
        #[derive(Debug, serde::Serialize)]
        enum Role { Primary, Replica }
    };
    expect(details::expand(quote!(crate = my::health), &item), expect_file!["../expanded/details_derived.rs"]);
}

/// Unfinished code can be any tokens: the attributes never panic, and keep the item.
#[test]
fn arbitrary_tokens_never_panic() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..5_000 {
        let (args, item) = (random.tokens(3), random.tokens(3));
        for expand in [health_check::expand, details::expand] {
            let expansion = expand(args.clone(), &item).to_string();
            assert!(expansion.contains(&item.to_string()), "{args} / {item}");
        }
    }
}

/// A xorshift generator: the same tokens in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits fit") % end
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn tokens(&mut self, depth: usize) -> TokenStream {
        (0..self.below(12)).map(|_| self.token(depth)).collect()
    }

    /// Mostly what nearly fits: a parser is hurt by its own words in the wrong places.
    fn token(&mut self, depth: usize) -> TokenTree {
        const WORDS: [&str; 23] = [
            "name", "timeout", "blocking", "type", "crate", "db", "async", "fn", "pub", "const", "unsafe", "extern",
            "self", "Self", "impl", "where", "mut", "struct", "enum", "derive", "Result", "Outcome", "_",
        ];
        match self.below(8) {
            0..=2 => Ident::new(self.one_of(&WORDS), Span::call_site()).into(),
            3 => self
                .one_of(&["\"5s\"", "\"\"", "\"1m 30\"", "5", "1.5", "'c'", "b\"x\"", "\"größe\""])
                .parse::<Literal>()
                .expect("a literal")
                .into(),
            4 | 5 => {
                let punct = self.one_of(&["=", ",", ":", "<", ">", "#", "!", "-", "&", ";", "."]);
                let spacing = [Spacing::Alone, Spacing::Joint][self.below(2)];
                Punct::new(punct.chars().next().expect("one character"), spacing).into()
            }
            _ if depth == 0 => Ident::new("x", Span::call_site()).into(),
            _ => {
                let delimiters = [Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None];
                Group::new(delimiters[self.below(4)], self.tokens(depth - 1)).into()
            }
        }
    }
}
