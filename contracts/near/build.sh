#!/bin/sh
# Builds artifacts/htlc.wasm, artifacts/token.wasm and, for the tests only, artifacts/dev/attacker.wasm.
# Only Debian's compiler and crates are used (README.md lists the packages); PATH is set so that a rustup
# toolchain, whose newer output not every NEAR node accepts, does not hide them.
set -eu
cd "$(dirname "$0")"
env -u CARGO_HOME -u RUSTUP_TOOLCHAIN -u RUSTFLAGS PATH=/usr/bin:/bin \
    cargo build --release --offline --target wasm32-unknown-unknown --target-dir target
mkdir -p artifacts/dev
for name in htlc token; do
    cp "target/wasm32-unknown-unknown/release/$name.wasm" artifacts/
done
if [ -f target/wasm32-unknown-unknown/release/attacker.wasm ]; then
    cp target/wasm32-unknown-unknown/release/attacker.wasm artifacts/dev/
fi
sha256sum artifacts/*.wasm artifacts/dev/*.wasm
