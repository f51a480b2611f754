#!/usr/bin/env bash
# rustdoc with its unstable options on the pinned compiler. Only rustdoc gets them: build scripts that saw the variable would build all
# dependencies again.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
