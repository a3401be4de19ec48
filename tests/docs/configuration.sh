#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryd(8) has the keys that the sources ask for, each in the section of who asks, and no others; the example is
# accepted, as it is and with what is commented out.
set -u
build=$(realpath "${BUILD:-build}")
cd "$(dirname "$0")/../.." || exit 1
failed=0 count=0

bad() { echo "not ok: $*"; failed=1; }

# What is asked for: the key is the second argument of everything that reads one.
asked() { # SOURCE...
	grep -ohE '\b(config_[a-z]+|duration|identifier)\((map|root|&[a-z]+), "[a-z0-9-]+"' "$@" |
		sed -E '/^config_(error|has)\(/d; s/^([a-z_]+)\([^"]*"([^"]*)"/\1 \2/' |
		while read -r function key; do
			echo "$key"
			[ "$function" != config_secret ] || echo "$key-file"
		done | sort -u
}

# The keys of some sections of the page: words of .It lines, and of lines of the maps below a key.
described() { # SECTION...
	local section
	for section; do
		awk -v section=".Ss $section" -v whole=".Sh $section" '
			/^\.S[sh] / { on = $0 == section || $0 == whole }
			on && /^\.(It )?Li [a-z]/ { sub(/^\.(It )?Li /, ""); gsub(/ [,.()]+/, ""); print }' runtime/sentryd.8 |
			tr ' ' '\n'
	done | grep -E '^[a-z0-9-]+$' | sort -u
}

# compare SECTIONS SOURCE...: each is separated by ';'.
compare() {
	local sections=$1 key there
	shift
	IFS=';' read -ra sections <<<"$sections"
	there=$(described "${sections[@]}")
	for key in $(asked "$@"); do
		count=$((count + 1))
		grep -qx -- "$key" <<<"$there" || bad "sentryd(8), ${sections[*]}: there is no '$key', for which $* ask"
	done
}

compare 'CONFIGURATION;flows;http;alerts;anomalies;sinks' runtime/daemon/settings.c
compare 'http' runtime/daemon/http_server.c runtime/daemon/http_pages.c
compare 'alerts;anomalies' runtime/daemon/alerts.c
compare 'sinks' runtime/daemon/worker_settings.c
compare 'JSON' runtime/daemon/sinks.c
compare 'HTTP of sinks' runtime/daemon/http_client.c
compare 'host' runtime/daemon/item_columns.c
for source in runtime/daemon/sink_*.c; do
	type=${source##*/sink_}
	type=${type%.c}
	grep -qx ".Ss $type" runtime/sentryd.8 || bad "sentryd(8) has no section about the type $type"
	compare "$type;sinks" "$source"
done

# What the page lists as a key, somebody asks for.
everywhere=$(asked runtime/daemon/*.c)
while read -r key; do
	count=$((count + 1))
	grep -qx -- "$key" <<<"$everywhere" || bad "sentryd(8) has '$key', for which nobody asks"
done < <(sed -n '/^\.Sh CONFIGURATION/,/^\.Sh SIGNALS/s/^\.It Li \([a-z].*\)/\1/p' runtime/sentryd.8 | tr -d ',' | tr ' ' '\n' | grep .)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$build/sentryd" --check-config --config deploy/sentryd.yaml || bad "deploy/sentryd.yaml is refused"
sed -E 's/^( *)# (- (name|type): |  [a-z-]+: )/\1\2/; s|/etc/packet-sentry/([a-z.]*)$|'"$scratch"'/\1|' deploy/sentryd.yaml >"$scratch/all.yaml"
for secret in warehouse.password clickhouse.password influx.token; do
	echo secret >"$scratch/$secret"
done
"$build/sentryd" --check-config --config "$scratch/all.yaml" || bad "deploy/sentryd.yaml with all sinks is refused"
for source in runtime/daemon/sink_*.c; do
	type=${source##*/sink_}
	type=${type%.c}
	[ "$type" = stdout ] || grep -q "type: $type\$" "$scratch/all.yaml" || bad "deploy/sentryd.yaml has no sink of type $type"
done
# The example of the page.
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' runtime/sentryd.8 | grep -v '^\.' >"$scratch/page.yaml"
if [ ! -s "$scratch/page.yaml" ] || ! "$build/sentryd" --check-config --config "$scratch/page.yaml"; then
	bad "the example of sentryd(8) is refused"
fi

echo "# $count keys"
[ "$count" -gt 100 ] || bad "only $count keys: are they read in another way?"
exit $failed
