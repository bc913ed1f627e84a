#!/usr/bin/env bash
# Everything that needs a GPU, into one dated text file: build, tests, compute-sanitizer, times.
# Needs nvcc, compute-sanitizer and a driver; STEREO_DATA names the folder of the real pairs.
# Usage: benchmarks/gpu.sh [FOLDER of the text file, by default the working directory]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
report="$(realpath "${1:-.}")/gpu-$(date +%Y-%m-%d-%H%M%S).txt"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
unset STEREO_BACKEND
export STEREO_REQUIRE=cuda,cuda_build

run() { # run TITLE COMMAND...: a headline, then what the command prints; its failure is the script's
  printf '\n=== %s\n' "$1"
  shift
  "$@"
}

sanitize() { # sanitize TOOL: the kernels under one tool of compute-sanitizer
  compute-sanitizer --tool "$1" --error-exitcode 1 --target-processes all \
    "$work/venv/bin/pytest" -q -x -p no:cacheprovider -m gpu \
    tests/test_parity.py tests/test_filters.py -k "cuda and (concurrent or threads or second)"
}

main() {
  cd "$root"
  run 'machine' nvidia-smi --query-gpu=name,driver_version,memory.total,power.limit --format=csv
  run 'revision' git rev-parse HEAD
  run 'compiler' nvcc --version
  python3 -m venv "$work/venv"
  run 'build' "$work/venv/bin/pip" install -q '.[cuda,test]' \
    -C cmake.define.STEREO_CUDA=ON -C cmake.define.STEREO_WERROR=ON
  run 'backends' "$work/venv/bin/stereo" backends
  run 'tests' "$work/venv/bin/pytest" -q -m gpu
  for tool in memcheck racecheck synccheck; do
    run "compute-sanitizer $tool" sanitize "$tool"
  done
  run 'times' "$work/venv/bin/python" benchmarks/gpu.py
}

main 2>&1 | tee "$report"
printf 'written to %s\n' "$report"
