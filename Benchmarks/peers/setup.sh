#!/usr/bin/env bash
# Sets up what the peers need, in Benchmarks/peers/.venv: PyTorch, JAX, scikit-learn, ONNX Runtime.
set -euo pipefail
cd "$(dirname "$0")"

packages=(g++ libtcmalloc-minimal4 python3-venv)
missing=()
for package in "${packages[@]}"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
if [ ${#missing[@]} -gt 0 ]; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -q
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q "${missing[@]}"
fi

[ -x .venv/bin/python ] || python3 -m venv .venv
# Only when the list has changed: pip takes seconds to find that all is there.
if ! cmp -s requirements.txt .venv/installed.txt; then
    # PyTorch's own index has the build without CUDA; where it is out of reach, what else pip knows has to do.
    .venv/bin/pip install -q --retries 0 -r requirements.txt --extra-index-url https://download.pytorch.org/whl/cpu
    cp requirements.txt .venv/installed.txt
fi
