#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# coverage.sh TEST...: runs tests against a build with gcov (BUILD), writes html/ in it, prints the lines that ran of
# each directory, and ends with 1 if one of them is below its floor or a test failed.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(realpath "${BUILD:-build/coverage}")
command -v gcovr >/dev/null 2>&1 || { echo "gcovr is missing: Debian's package gcovr" >&2; exit 1; }
find "$build" -name '*.gcda' -delete
# Some tests run as nobody: what they count belongs to the rest.
chmod -R a+rwX "$build"

# Tests that link with a library of the build say so by CC.
CC="${CC:-gcc} --coverage" BUILD=$build SENTRYC=$build/sentryc tests/run.sh "$@"
code=$?

mkdir -p "$build/html"
gcovr --root . --object-directory "$build" -j "$(nproc)" --gcov-ignore-parse-errors \
	--filter lang/ --filter compiler/ --filter runtime/ \
	--html-details "$build/html/index.html" --json-summary "$build/coverage.json" || exit 1
python3 - "$build/coverage.json" "$(id -u)" <<'EOF' || code=1
import json, sys

FLOORS = {"lang": 90, "compiler": 90, "runtime": 80}
files = json.load(open(sys.argv[1]))["files"]
low = False
for directory, floor in FLOORS.items():
    of = [f for f in files if f["filename"].startswith(directory + "/")]
    ran, lines = sum(f["line_covered"] for f in of), sum(f["line_total"] for f in of)
    share = 100 * ran / lines
    judged = directory != "runtime" or sys.argv[2] == "0"
    low |= judged and share < floor
    print(f"{directory:9} {ran:6} of {lines:6} lines ran: {share:5.1f} %, wanted {floor} %"
          + ("" if judged else "; not judged: only root can load programs"))
    worst = sorted(of, key=lambda f: f["line_covered"] - f["line_total"])[:5]
    for f in worst:
        print(f"  {f['line_total'] - f['line_covered']:5} did not in {f['filename']}")
sys.exit(low)
EOF
echo "$build/html/index.html"
exit "$code"
