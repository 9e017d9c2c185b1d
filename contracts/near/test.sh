#!/bin/sh
# Runs the Rust unit tests natively, on the host functions of env/src/mock.
set -eu
cd "$(dirname "$0")"
env -u CARGO_HOME -u RUSTUP_TOOLCHAIN -u RUSTFLAGS PATH=/usr/bin:/bin \
    cargo test --offline --quiet --target-dir target "$@"
