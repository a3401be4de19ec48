#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The forms of `sentryc check -o FORM` say the same, and are what their readers take: check_outputs.py reads each back
# and compares it with the JSON. Here are the policies, the options and the exit codes.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
reader=$(realpath "$(dirname "$0")/check_outputs.py")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failed=0 count=0

bad() { echo "not ok: $*"; failed=1; }
# expect CODE COMMAND…
expect() {
	local want=$1 code
	shift
	count=$((count + 1))
	"$@" >out 2>err </dev/null
	code=$?
	[ "$code" = "$want" ] || { bad "$* exits with $code, not $want"; head -c 600 err; }
	if grep -Eq 'Sanitizer|runtime error' err; then
		bad "$*: sanitizer report"
		head -c 3000 err
	fi
}
said() { grep -Eq -- "$1" "$2" || { bad "no '$1' in"; head -c 1000 "$2"; }; }
unsaid() { ! grep -Eq -- "$1" "$2" || { bad "'$1' in"; head -c 1000 "$2"; }; }
# Debian's own interpreter: the readers are Debian's packages.
read_back() { count=$((count + 1)); /usr/bin/python3 -B "$reader" "$@" || bad "check_outputs.py $*"; }

export SOURCE_DATE_EPOCH=$((20832 * 86400)) # 2027-01-14
mkdir dir
odd="dir/odd, 50%: a|b \`c\` <d> é.sp"
cat > "$odd" <<'EOF'
policy odd {
	owner "né|ops"; assert fails deny in ingress tcp port 443;
	net bad = { 198.51.100.0/24, 2001:db8:bad::/48 };
	ingress on a {
		rule lan deny from 10.0.0.0/8;
		rule mgmt allow from 10.20.0.0/16;
		rule old allow udp port 5 expires 2027-01-10 ticket "A|B `x` <y> @me, 50%: é";
		rule soon allow udp port 6 expires 2027-01-20;
		rule web allow tcp port 80;
		rule http allow tcp port { 80, 443 };
		rule late deny from bad to 192.0.2.0/24;
		default deny;
	}
	assert holds deny in ingress udp port 7;
	assert empty deny in ingress tcp length 0-30;
}
EOF
cat > broken.sp <<'EOF'
policy broken {
	ingress on a {
		rule one allow from nowhere;
		rule two allow from nobody and nowhere;
		rule two deny;
		default deny
	}
}
EOF
cat > unknown.sp <<'EOF'
policy unknown { ingress on a { rule zero allow from nowhere; rule one allow from nowhere; rule two allow from nobody; default deny; } }
EOF
cat > good.sp <<'EOF'
policy good {
	ingress on a { rule web allow tcp port 80; default deny; }
	assert web allow in ingress tcp port 80;
	assert no-mail deny in ingress tcp port 25;
}
EOF
cat > warned.sp <<'EOF'
policy warned {
	ingress on a { rule web allow tcp port 80; rule http allow tcp port { 80, 443 }; default deny; }
	assert web allow in ingress tcp port 80;
}
EOF
cat > lowered.sp <<'EOF'
policy lowered {
	lint failed-assert warning;
	ingress on a { rule web allow tcp port 80; default deny; }
	assert not-so deny in ingress tcp port 80;
	assert so deny in ingress tcp port 81;
}
EOF
cat > open.sp <<'EOF'
policy open {
	on-failure allow;
	ingress on a { rule web allow tcp port 80; default deny; }
	egress on a { default allow; }
}
EOF
# Rules that only a search through all of them decides.
{
	echo 'policy hard { lint redundant-rule off; lint crossing-rules off; ingress on a {'
	for i in $(seq 1 40); do
		echo "rule r$i allow tcp from $i.0.0.0/$((8 + i % 8)) port $i-$((i * 500)) dscp $((i % 60)) ttl $i-255;"
	done
	echo 'default deny; } assert deep deny in ingress tcp port 100-200 ttl 50-90; assert easy allow in ingress tcp from 1.0.0.0/16 port 1 dscp 1 ttl 255; }'
} > hard.sp
seq 0 149 | sed 's/.*/rule r& allow from nowhere;/; 1i policy many { ingress on a {' > many.sp
echo 'default deny; } }' >> many.sp

# The same findings in all forms, errors, warnings, notes, files in two places.
files=("$odd" broken.sp unknown.sp good.sp warned.sp lowered.sp)
for form in json sarif github junit markdown; do
	expect 1 "$sentryc" check -o $form "${files[@]}"
	cp out $form.out
	[ ! -s err ] || bad "-o $form also wrote to standard error"
	"$sentryc" check -o $form "${files[@]}" | cmp - $form.out || bad "-o $form is not the same twice"
done
read_back json json.out
for form in sarif github junit markdown; do
	read_back $form json.out $form.out "${files[@]}"
done
read_back severities json.out error warning note

# Fingerprints stay when lines come in above, and go with what they are about.
cp "$odd" before.sp
{ echo '# one'; echo '# two'; sed 's/^\tingress/\n\n\tingress/' before.sp; } > after.sp
"$sentryc" check -o sarif before.sp > before.sarif
"$sentryc" check -o sarif after.sp > after.sarif
"$sentryc" check -o sarif --date 2027-01-15 before.sp > later.sarif
sed 's/rule mgmt/rule boss/' before.sp > renamed.sp
"$sentryc" check -o sarif renamed.sp > renamed.sarif
read_back same-fingerprints before.sarif after.sarif
read_back same-fingerprints before.sarif later.sarif
read_back other-fingerprints before.sarif renamed.sarif

# Where nothing is to be said, and where there is no file.
for form in json sarif github junit markdown; do
	expect 0 "$sentryc" check -o $form good.sp
	cp out $form.good
	expect 3 "$sentryc" check -o $form nothere.sp
	cp out $form.gone
	# A file that cannot be read outweighs a policy at fault.
	expect 3 "$sentryc" check -o $form nothere.sp broken.sp good.sp many.sp
	cp out $form.many
done
for state in good gone; do
	[ $state = good ] && file=good.sp || file=nothere.sp
	for form in sarif github junit markdown; do
		read_back "$form" "json.$state" "$form.$state" "$file"
	done
done
for form in sarif github junit markdown; do
	read_back $form json.many $form.many nothere.sp broken.sp good.sp many.sp
done
# A machine is told everything, however much it is.
grep -q '"omitted"' json.many && { echo 'not ok: json.many leaves findings out'; failed=1; }

# Text: what was proved is said, and nothing else is.
expect 0 "$sentryc" check good.sp
said '^good.sp: policy good: 1 block, 1 rule, 2 assertions proved, no errors$' out
expect 0 "$sentryc" check warned.sp
said ', 1 assertion proved, no errors$' out
said 'warning\[E0402\]' err
expect 1 "$sentryc" check --deny-warnings warned.sp
unsaid . out
expect 0 "$sentryc" check lowered.sp
said ', 1 of 2 assertions proved, 1 failed, no errors$' out
expect 1 "$sentryc" check --deny-warnings lowered.sp

# Fail-open beside a default that denies is a note: nothing fails by it, unless the policy says so.
expect 0 "$sentryc" check --deny-warnings open.sp
said 'open.sp:2:2: note\[E0409\]: the policy fails open' err
said 'open.sp:3:45: note: ingress keeps out' err
unsaid 'egress' err
sed 's/on-failure/lint fail-open warning; &/' open.sp > warned-open.sp
expect 1 "$sentryc" check --deny-warnings warned-open.sp
for not in 's/on-failure/lint fail-open off; &/' 's/failure allow/failure deny/' 's/default deny/default allow/'; do
	sed "$not" open.sp > not-open.sp
	expect 0 "$sentryc" check not-open.sp
	unsaid E0409 err
done

# A rule that never decides is dead, and whether it crosses others is no matter.
cat > strict.sp <<'EOF'
policy orderly {
	strict;
	ingress on a {
		rule low deny tcp port 1-500;
		rule high deny tcp port 501-1000;
		rule dead allow tcp port { 400, 600 } ttl 1-9;
		rule dead-too deny tcp port { 401, 601 };
		rule late allow tcp port 601-2000 overrides high;
		default deny;
	}
}
EOF
expect 1 "$sentryc" check strict.sp
said "error\[E0401\]: rule 'dead' " err
said "error\[E0401\]: rule 'dead-too' " err
unsaid E0403 err
sed 's/ overrides high//' strict.sp > crossing.sp
expect 1 "$sentryc" check crossing.sp
said "error\[E0403\]: rule 'late' \(allow\) crosses 'high', of another" err

# What is not decided is never proved.
expect 0 "$sentryc" check --max-nodes 1 hard.sp
said ', [01] of 2 assertions proved, [12] undecided, no errors, but not all was decided$' out
said 'warning\[E0407\]' err
said 'help: 1 steps were allowed: `sentryc check --max-nodes N` gives more' err
expect 1 "$sentryc" check --max-nodes 1 --strict hard.sp
unsaid proved out
expect 1 "$sentryc" check --max-nodes 1 --deny-warnings hard.sp
sed 's/^policy hard {/& lint inconclusive note;/' hard.sp > noted.sp
expect 0 "$sentryc" check --max-nodes 1 --deny-warnings noted.sp
expect 1 "$sentryc" check --max-nodes 1 --strict noted.sp
expect 0 "$sentryc" check --max-nodes 1 -o junit hard.sp
said '<skipped ' out
unsaid '<(failure|error) ' out
expect 1 "$sentryc" check --max-nodes 1 --strict -o junit hard.sp
said '<error ' out
# Nor what was lost among a hundred other errors.
{
	echo 'policy flood { ingress on a { rule all allow tcp;'
	seq 120 | sed 's/.*/rule r& allow tcp port &;/'
	echo 'default deny; } assert wrong deny in ingress tcp port 80; }'
} > flood.sp
expect 1 "$sentryc" check -o junit flood.sp
said 'name="wrong">' out
said "assert 'wrong' does not hold" out
expect 0 "$sentryc" check --timeout 0 --strict good.sp
expect 0 "$sentryc" check --timeout 30s --strict good.sp
expect 0 "$sentryc" check --timeout 0.5m --max-nodes 1000000 --strict good.sp

# Options.
for time in '' x -1 0x10 nan 1y '1 s' 1e3 .; do
	expect 2 "$sentryc" check --timeout "$time" good.sp
done
for nodes in '' 0 -1 x 1x 99999999999999999999999; do
	expect 2 "$sentryc" check --max-nodes "$nodes" good.sp
done
expect 2 "$sentryc" check -o yaml good.sp
said 'markdown, not .yaml' err
expect 0 "$sentryc" check --explain dead-rule
cp out page
expect 0 "$sentryc" check --explain e0401
cmp -s out page || bad '--explain dead-rule is another page than that of its code'
expect 2 "$sentryc" check --explain undead-rule
for form in json sarif github junit markdown; do
	expect 3 bash -c "exec '$sentryc' check broken.sp -o $form > /dev/full"
done

echo "# $count runs"
exit $failed
