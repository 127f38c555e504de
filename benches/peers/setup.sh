#!/usr/bin/env bash
# Sets up the Python peers of `cargo bench --bench review` from PyPI, DuckDB's extensions included, in target/bench/peers-venv.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
venv="${1:-$here/../../target/bench/peers-venv}"
mkdir -p "$(dirname "$venv")"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
"$venv/bin/python" -B "$here/review.py" check
