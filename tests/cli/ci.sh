#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The CI files of deploy/ci, run as GitHub, GitLab and git run them, on a repository of policies: a good change is
# accepted, a bad one refused, in each with the words that this CI shows.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
root=$(realpath "$(dirname "$0")/../..")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0 count=0
export SENTRYC="$sentryc" HOME="$tmp/home" SOURCE_DATE_EPOCH=$((20832 * 86400))
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE
mkdir "$HOME"

bad() { echo "not ok: $*"; failed=1; }
said() { grep -Eq -- "$1" "$2" || { bad "no '$1' in $2"; head -c 2000 "$2"; }; }
# expect CODE COMMAND…: 1 is any failure.
expect() {
	local want=$1 code
	shift
	count=$((count + 1))
	"$@" >"$tmp/out" 2>&1 </dev/null
	code=$?
	[ "$code" = "$want" ] || { bad "$* exits with $code, not $want"; head -c 3000 "$tmp/out"; }
}

# The script lines of a CI file: those that are ours, and not those that install.
lines_of() { # github STEP | gitlab
	/usr/bin/python3 - "$root" "$@" <<'EOF'
import sys, yaml
root, kind = sys.argv[1:3]
if kind == "github":
    with open(f"{root}/deploy/ci/github-workflow.yml") as file:
        workflow = yaml.safe_load(file)
    steps = [s for s in workflow["jobs"]["check"]["steps"] if s.get("name") == sys.argv[3]]
    assert len(steps) == 1, "no such step"
    print(steps[0]["run"])
else:
    with open(f"{root}/deploy/ci/gitlab-ci.yml") as file:
        print("\n".join(yaml.safe_load(file)["packet-sentry"]["script"]))
EOF
}
lines_of github 'Check the policies' > "$tmp/github-check" || bad 'github-workflow.yml'
lines_of github Summary > "$tmp/github-summary" || bad 'github-workflow.yml'
lines_of gitlab | sed "s|/opt/packet-sentry/|$root/|" > "$tmp/gitlab-script" || bad 'gitlab-ci.yml'
said 'sentry-ci.sh' "$tmp/github-check"
said "$root/deploy/ci/sentry-ci.sh" "$tmp/gitlab-script"

# shellcheck disable=SC2317 # called by expect
# As the runner does: bash with -e and -o pipefail, in the work tree.
github() {
	rm -rf reports
	: > "$tmp/summary"
	ln -sfn "$root" .packet-sentry
	GITHUB_WORKSPACE=$PWD GITHUB_BASE_REF=main GITHUB_STEP_SUMMARY="$tmp/summary" \
		bash --noprofile --norc -eo pipefail "$tmp/github-check"
	local code=$?
	GITHUB_STEP_SUMMARY="$tmp/summary" bash --noprofile --norc -eo pipefail "$tmp/github-summary" || return 9
	return "$code"
}
# shellcheck disable=SC2317
gitlab() {
	rm -rf reports
	CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git rev-parse origin/main) bash -eo pipefail "$tmp/gitlab-script"
}

# A repository: two policies that include names, of which one lies in a directory with an odd name.
git init -q -b main "$tmp/origin"
cd "$tmp/origin" || exit 1
mkdir -p nets 'sites/a b'
echo 'net mgmt = 10.20.0.0/16;' > nets/corp.sp
cat > edge.sp <<'EOF'
include "nets/corp.sp";

policy edge {
    ingress on a {
        rule ssh allow tcp from mgmt to any port 22;
        rule web allow tcp port 443;
        default deny;
    }
    assert no-telnet deny in ingress tcp port 23;
    test "web" in ingress {
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn expect allow by web;
    }
}
EOF
sed 's|"nets|"../../nets|; s/policy edge/policy site/' edge.sp > 'sites/a b/site.sp'
"$sentryc" fmt edge.sp nets/corp.sp 'sites/a b/site.sp' || bad 'fmt'
git add . && git commit -qm start
git clone -q . "$tmp/work"
cd "$tmp/work" || exit 1
git config core.excludesFile "$tmp/ignore"
printf '/.packet-sentry\n/reports\n' > "$tmp/ignore"

# A good change.
git checkout -qb good
sed -i 's/rule web allow tcp port 443/rule web allow tcp port { 80, 443 }/' edge.sp
"$sentryc" fmt edge.sp
git commit -qam good
expect 0 github
said '^edge.sp|1 assertion' "$tmp/summary"
said '### sentryc check: passed' "$tmp/summary"
said '^## edge.sp' reports/diff.md
said '^## sites/a b/site.sp' reports/diff.md
said 'web' reports/diff.md
! grep -q 'cannot be compared' reports/diff.md || bad 'diff does not compare'
! grep -q '^## nets' reports/diff.md || bad 'a file that is only included was taken for a policy'
expect 0 gitlab
said '<testcase classname="edge" name="no-telnet"/>' reports/check-junit.xml
said '<testcase .*name="web"' reports/test-junit.xml

# A policy that is new.
sed 's/policy edge/policy fresh/' edge.sp > fresh.sp
git add fresh.sp && git commit -qm fresh
expect 0 github
said 'A new policy' reports/diff.md

# One that is gone.
git rm -qr 'sites/a b' && git commit -qm gone
expect 0 github
said '^## sites/a b/site.sp' reports/diff.md
said 'The policy is gone' reports/diff.md

# Seen from a directory of the repository; and where nothing is left.
git checkout -q good && git checkout -qb sub
mkdir sub && cp edge.sp sub/one.sp && cp edge.sp sub/two.sp && sed -i 's|"nets|"../nets|' sub/*.sp && "$sentryc" fmt sub/*.sp
git add sub && git commit -qm sub && git rm -q sub/two.sp && git commit -qm less && cd sub || exit 1
expect 0 "$root/deploy/ci/sentry-ci.sh" --base HEAD~1
said '^## two.sp' "$tmp/out"
touch stays
git rm -q one.sp && git commit -qm none
expect 0 "$root/deploy/ci/sentry-ci.sh" --base HEAD~1
said '^## one.sp' "$tmp/out"
cd .. || exit 1
rm -r sub
# A file that is only included: its layout.
expect 0 "$root/deploy/ci/sentry-ci.sh" nets/corp.sp
echo 'net   mgmt = 10.20.0.0/16;' > "$tmp/odd.sp"
expect 1 "$root/deploy/ci/sentry-ci.sh" "$tmp/odd.sp"

# refused WHAT GITHUB GITLAB: the change in the work tree is refused by both, with these words.
refused() {
	git commit -qam "$1"
	expect 1 github
	said "$2" "$tmp/out"
	expect 1 gitlab
	said "$3" "$tmp/out"
}
git checkout -q good && git checkout -qb telnet
sed -i 's/port { 80, 443 }/port { 23, 443 }/' edge.sp
refused 'an assertion fails' '^::error file=edge.sp,line=[0-9]+,endLine=[0-9]+,col=[0-9]+,endColumn=[0-9]+,title=E0405' \
	'edge.sp:[0-9]+:[0-9]+: error\[E0405\]'
said '<failure ' reports/check-junit.xml
said '"ruleId": "E0405"' reports/check.sarif
git checkout -q good && git checkout -qb included
echo 'net mgmt = 10.20.0.0/33;' > nets/corp.sp
refused 'an included file is at fault' '^::error file=nets/corp.sp,line=1' 'nets/corp.sp:1:'
git checkout -q good && git checkout -qb warning
sed -i '/rule web/i\        rule http allow tcp port 80;' edge.sp
refused 'a rule can go' '^::warning file=edge.sp,.*E0402' 'warning\[E0402\]'
git checkout -q good && git checkout -qb layout
sed -i 's/^policy/  policy/' edge.sp
refused 'the layout' 'edge.sp' 'edge.sp'
git checkout -q good && git checkout -qb included-layout
sed -i 's/^net/   net/' nets/corp.sp
refused 'the layout of an included file' 'nets/corp.sp' 'nets/corp.sp'
git checkout -q good && git checkout -qb test
sed -i 's/expect allow by web/expect deny/' edge.sp
refused 'a test fails' 'FAIL' 'FAIL'
git checkout -q good && git checkout -qb crowd
python3 - edge.sp <<'PY'
import sys
text = open(sys.argv[1]).read().replace("policy edge {", "policy edge {" +
    "".join(f"set s{i} : addr max 100;" for i in range(64)))
text = text.replace("default deny;", "".join(f"rule r{i} deny from @s{i};" for i in range(64)) + "default deny;")
open(sys.argv[1], "w").write(text)
PY
"$sentryc" fmt edge.sp
refused 'what no kernel takes' 'E0502' 'E0502'
git checkout -q good && git checkout -qb untested
sed -i '/test "web"/,/^    }/d' edge.sp
"$sentryc" fmt edge.sp
refused 'no tests' 'has no tests' 'has no tests'
said '<failure message="policy edge has no tests"/>' reports/test-junit.xml

# The hook.
git checkout -q good
ln -s "$root/deploy/ci/pre-commit" .git/hooks/pre-commit
sed -i 's/port { 80, 443 }/port { 23, 443 }/' edge.sp
expect 1 git commit -qam 'bad'
said 'E0405' "$tmp/out"
# What counts is what is added, not what lies there.
git checkout -q HEAD -- edge.sp
sed -i 's/port { 80, 443 }/port { 80, 443, 8443 }/' edge.sp
git add edge.sp
sed -i 's/8443/23/' edge.sp
expect 0 git commit -qm 'good'
git checkout -q HEAD -- edge.sp
echo 'net mgmt = nonsense;' > nets/corp.sp
expect 1 git commit -qam 'bad include'
said 'nets/corp.sp:1:' "$tmp/out"
git checkout -q HEAD -- nets/corp.sp

# The framework's hook is the same script.
entry=$(/usr/bin/python3 -c 'import sys, yaml; print(yaml.safe_load(open(sys.argv[1]))[0]["entry"])' "$root/.pre-commit-hooks.yaml")
expect 0 "$root/$entry"
sed -i 's/443, 8443/443, 23/' edge.sp
expect 1 "$root/$entry"

# The script's own usage.
expect 2 "$root/deploy/ci/sentry-ci.sh" --format yaml
expect 2 "$root/deploy/ci/sentry-ci.sh" --reports
expect 3 env SENTRYC=/nowhere/sentryc "$root/deploy/ci/sentry-ci.sh"
mkdir "$tmp/empty" && cd "$tmp/empty" || exit 1
expect 3 "$root/deploy/ci/sentry-ci.sh"

echo "# $count runs"
exit $failed
