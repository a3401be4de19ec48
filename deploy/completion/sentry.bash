# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# bash completion for sentryc, sentry-apply, sentryctl and sentryd

_sentryc_verbs="check test compile diff query explain replay fmt inspect sign verify"

# The long options of a verb.
_sentryc_options() {
	case $1 in
	check) echo --output --deny-warnings --strict --notes --timeout --max-nodes --date --explain --help --color ;;
	test) echo --engine --output --fail-on-empty --coverage --min --help --color ;;
	compile) echo --output --target --emit-c --dump --no-line --report --measure --verify --account --help --color ;;
	diff) echo --output --exit-code --max-regions --timeout --max-nodes --strict --help --color ;;
	query) echo --block --output --max-regions --timeout --max-nodes --strict --help --color ;;
	explain) echo --block --output --help --color ;;
	replay) echo --engine --block --set --output --per-packet --help --color ;;
	fmt) echo --check --help --color ;;
	inspect) echo --output --help --color ;;
	sign) echo --key --output --generate --help --color ;;
	verify) echo --key --engine --max-regions --witnesses --seed --output --help --color ;;
	*) echo --help --version ;;
	esac
}

# The values of an option of a verb; nothing where it takes a file or free text.
_sentryc_values() {
	case $1:$2 in
	*:--color) echo auto always never ;;
	*:--engine) echo model native kernel ;;
	compile:--target) echo bpfel bpfeb ;;
	compile:--dump) echo ast policy program classifier c ;;
	check:-o | check:--output) echo text json sarif github junit markdown ;;
	test:-o | test:--output) echo text json junit tap ;;
	diff:-o | diff:--output) echo text json markdown ;;
	compile:-o | compile:--output | sign:-o | sign:--output) ;;
	*:-o | *:--output) echo text json ;;
	*:--block) echo ingress egress ;;
	esac
}

# Files with one of these endings, and directories on the way to them.
_sentry_files() {
	local ending
	for ending; do
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -X "!*.$ending" -- "$cur")
	done
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur")
	compopt -o filenames 2>/dev/null
}

_sentry_directories() {
	mapfile -t COMPREPLY < <(compgen -d -- "$cur")
	compopt -o filenames 2>/dev/null
}

_sentry_words() {
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
}

# "--engine=na" arrives as three words: sets what is to be completed (cur), and what it is the value of (previous).
_sentry_value() {
	if [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	elif [ "$cur" = = ]; then
		cur=
	fi
}

_sentryc() {
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} values
	COMPREPLY=()

	if [ "$COMP_CWORD" -eq 1 ]; then
		_sentry_words "$_sentryc_verbs $(_sentryc_options '')"
		return
	fi
	_sentry_value
	values=$(_sentryc_values "$verb" "$previous")
	if [ "$verb:$previous" = sign:--key ]; then
		_sentry_files key
	elif [ "$verb:$previous" = verify:--key ]; then
		_sentry_files pub
	elif [ -n "$values" ]; then
		_sentry_words "$values"
	elif [[ $cur == -* ]]; then
		_sentry_words "$(_sentryc_options "$verb")"
	else
		case $verb in
		inspect | sign) _sentry_files o ;;
		diff | verify) _sentry_files sp o ;;
		replay) _sentry_files sp o pcap pcapng ;;
		*) _sentry_files sp ;;
		esac
	fi
}

_sentry_apply_options="--bind --message --confirm --probe --dry-run --account --atomic --tc --require-signature --netns --bpffs --state-dir
--set --set-add --set-del --set-list --status --history --rollback --confirm-now --reattach --remove --verbose --help --version"

# The numbers that --rollback takes. None where one may not look.
_sentry_generations() {
	sentry-apply --history 2>/dev/null | sed -nE 's/^ *([0-9]+)  [^ ]+  (ready|on disk) .*/\1/p'
}

_sentry_namespaces() {
	ip netns list 2>/dev/null | sed 's/ .*//'
}

_sentry_interfaces() {
	local path
	for path in /sys/class/net/*; do
		echo "${path##*/}"
	done
}

_sentry_apply() {
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()

	_sentry_value
	# --bind ROLE=IFACE or --bind=ROLE=IFACE: the part after the last sign is a word of its own.
	if [[ " ${COMP_WORDS[*]:0:COMP_CWORD+1}" =~ \ --bind\ (= )?[^\ =]+\ =(\ [^\ ]*)?$ ]]; then
		_sentry_words "$(_sentry_interfaces)"
		return
	fi
	case $previous in
	-o) _sentry_words text json ;;
	--tc) _sentry_words auto tcx clsact ;;
	--bind | --message | --probe | --set | --set-add | --set-del | --set-list) ;;
	--confirm) _sentry_words 60s 5m 10m ;;
	--netns) _sentry_words "$(_sentry_namespaces)" ;;
	--bpffs | --state-dir) _sentry_directories ;;
	--require-signature) _sentry_files pub ;;
	*)
		if [[ $cur == -* ]]; then
			_sentry_words "$_sentry_apply_options"
		elif [ "$previous" = --rollback ]; then
			_sentry_words "$(_sentry_generations)"
		else
			_sentry_files o sp
		fi
		;;
	esac
}

_sentryctl_verbs="rules events flows alerts top stats sets states limits"
_sentryctl_rule="--rule --verdict"
_sentryctl_packets="--source --dest --protocol --port"
_sentryctl_past="--since --until --db"

_sentryctl_options() {
	local common="--netns --bpffs --help --version"
	case $1 in
	rules) echo $_sentryctl_rule $_sentryctl_past $common ;;
	stats | sets | limits) echo $common ;;
	states) echo --list --most $_sentryctl_packets $common ;;
	events) echo --follow --schema --most --interface $_sentryctl_rule $_sentryctl_packets $_sentryctl_past $common ;;
	flows) echo --most --interface $_sentryctl_rule $_sentryctl_packets $_sentryctl_past $common ;;
	alerts) echo --most --interface $_sentryctl_rule $_sentryctl_past $common ;;
	top) echo --interval --count --sort --most --interface $_sentryctl_rule $_sentryctl_packets $_sentryctl_past $common ;;
	*) echo --help --version ;;
	esac
}

_sentryctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}
	COMPREPLY=()

	if [ "$COMP_CWORD" -eq 1 ]; then
		_sentry_words "$_sentryctl_verbs $(_sentryctl_options '')"
		return
	fi
	_sentry_value
	case $verb:$previous in
	events:-o) _sentry_words text json pcapng ;;
	*:-o) _sentry_words text json ;;
	*:--netns) _sentry_words "$(_sentry_namespaces)" ;;
	*:--verdict) _sentry_words allow deny reject ;;
	*:--schema) _sentry_words native ecs ocsf ;;
	*:--sort) _sentry_words bytes packets name ;;
	*:--since | *:--until) _sentry_words 10m 1h 24h 7d ;;
	*:--interval) _sentry_words 1s 2s 10s ;;
	*:--protocol) _sentry_words tcp udp icmp icmpv6 sctp ;;
	*:--interface) _sentry_words "$(_sentry_interfaces)" ;;
	*:--db) _sentry_files db ;;
	*:--rule | *:--source | *:--dest | *:--port | *:-n | *:--most | *:--count) ;;
	*:--bpffs) _sentry_directories ;;
	*) _sentry_words "$(_sentryctl_options "$verb")" ;;
	esac
}

_sentryd() {
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()

	_sentry_value
	case $previous in
	--config) _sentry_files yaml yml ;;
	--netns) _sentry_words "$(_sentry_namespaces)" ;;
	*) _sentry_words --config --check-config --netns --help --version ;;
	esac
}

complete -F _sentryc sentryc
complete -F _sentry_apply sentry-apply
complete -F _sentryctl sentryctl
complete -F _sentryd sentryd
