#!/usr/bin/env bash
# The packages as they are published: they verify; a program outside of the repository, the README's Install and Use word for word,
# builds against them and answers; and they compile with the oldest dependencies that they promise to work with.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
work=packages
source tests/support/scripts.sh

missing=()
command -v curl >/dev/null || missing+=(curl)
command -v ip >/dev/null || missing+=(iproute2)
packages "${missing[@]}"

step "both verify"
cargo package --package health-macros --package health-runtime --allow-dirty --locked
rm -rf "$work"
outside="$work/outside"
mkdir -p "$outside/src"
version="$(sed --quiet 's/^version = "\(.*\)"/\1/p' Cargo.toml)"
for name in health-macros health-runtime; do
    tar --extract --gzip --directory "$work" --file "$target/package/$name-$version.crate"
    mv "$work/$name-$version" "$work/$name"
    for file in LICENSE-APACHE LICENSE-MIT; do cmp "$file" "$work/$name/$file"; done
done

# The first block of a language in the README.
readme() { awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```$/ && inside { exit } inside' README.md; }

step "the README's example, outside of the repository"
cat >"$outside/Cargo.toml" <<EOF
[package]
name = "outside"
version = "0.1.0"
edition = "2024"

$(readme toml)

[patch.crates-io]
health-macros = { path = "../health-macros" }
health-runtime = { path = "../health-runtime" }

[workspace]
EOF
readme rust >"$outside/src/main.rs"
# The versions that the tests of the workspace ran with.
cp Cargo.lock "$outside/"
cargo build --manifest-path "$outside/Cargo.toml" --target-dir "$target"
# The port is the README's, so in a network of its own, where the machine allows that.
own_network=(unshare --map-root-user --net)
"${own_network[@]}" true 2>/dev/null || own_network=()
"${own_network[@]}" "$here/serves.sh" "$target/debug/outside" "$work"

step "the oldest dependencies"
# The tests' own dependencies must not raise these.
for name in health-macros health-runtime; do
    awk '/^\[/ { tests = /^\[dev-dependencies/ } !tests' "$work/$name/Cargo.toml" >"$work/Cargo.toml"
    mv "$work/Cargo.toml" "$work/$name/Cargo.toml"
    rm -f "$work/$name/Cargo.lock"
done
cat >"$work/Cargo.toml" <<EOF
[workspace]
resolver = "3"
members = ["health-macros", "health-runtime"]

[patch.crates-io]
health-macros = { path = "health-macros" }
EOF
RUSTC_BOOTSTRAP=1 cargo update --manifest-path "$work/Cargo.toml" -Z direct-minimal-versions
cargo check --manifest-path "$work/Cargo.toml" --target-dir "$target" --locked --all-features
