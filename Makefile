# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Packet Sentry. `make help` lists the targets. Everything built goes below $(OUT).

OUT     ?= build
PREFIX  ?= /usr/local
ifeq ($(origin CC),default)
CC      := gcc
endif
CLANG   ?= clang
CFLAGS  ?= -O2 -g
WERROR  ?= $(if $(CI),-Werror)

# make SANITIZE=1 OUT=build/sanitize: the same tree with ASan and UBSan.
ifdef SANITIZE
CFLAGS  := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS += -fsanitize=address,undefined
endif

# make COVERAGE=1 OUT=build/coverage: the same tree, which counts the lines that ran. -Og keeps lines apart.
ifdef COVERAGE
CFLAGS  := -Og -g --coverage -fprofile-update=atomic
LDFLAGS += --coverage
endif

VERSION := 0.1.0
WARN    := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
           -Wconversion -Wsign-conversion -Wformat=2 -Wno-format-nonliteral -Wundef -Wno-unused-parameter $(WERROR)
DEFINES := -D_GNU_SOURCE -DSENTRY_VERSION='"$(VERSION)"'
LLVM    := /usr/lib/llvm-14
PG_INCLUDE := /usr/include/postgresql

# make V=1 shows the commands.
Q := $(if $(V),,@)
define say
@$(if $(V),:,printf '  %-5s %s\n' $(1) $(2))
endef

# Who may include whom: nobody sees a directory that is not named here.
INC_lang     := -Ilang -I$(OUT)/lang
INC_compiler := -Icompiler -Icompiler/classify $(INC_lang) -I$(OUT)/shared -I$(OUT)/native -isystem $(LLVM)/include
INC_runtime  := -Iruntime -I$(OUT)/shared
INC_daemon   := -Iruntime/daemon $(INC_runtime) -isystem $(PG_INCLUDE)
INC_tests    := $(INC_compiler)

LANG_SRC     := $(sort $(wildcard lang/*.c))
COMPILER_SRC := $(filter-out compiler/sentryc.c,$(sort $(wildcard compiler/*.c compiler/classify/*.c)))
RUNTIME_SRC  := $(filter-out runtime/sentry-apply.c runtime/sentryctl.c,$(sort $(wildcard runtime/*.c)))
DAEMON_SRC   := $(filter-out runtime/daemon/sentryd.c,$(sort $(wildcard runtime/daemon/*.c)))
TEMPLATES    := $(filter-out %/dispatch.h,$(sort $(wildcard bpf-templates/*.h)))

LANG_OBJ     := $(LANG_SRC:%.c=$(OUT)/%.o) $(OUT)/lang/grammar.o $(OUT)/lang/lexer.o
COMPILER_OBJ := $(COMPILER_SRC:%.c=$(OUT)/%.o) $(OUT)/compiler/templates.o
RUNTIME_OBJ  := $(RUNTIME_SRC:%.c=$(OUT)/%.o) $(OUT)/runtime/dispatcher_image.o
DAEMON_OBJ   := $(DAEMON_SRC:%.c=$(OUT)/%.o)

COMPILER_LIBS := -lbpf -lelf -ljansson -lpcap -lsodium -lbdd -lm -ldl
RUNTIME_LIBS  := -lbpf -ljansson -lsodium
CTL_LIBS      := $(RUNTIME_LIBS) -lsqlite3 -lncursesw -lm
DAEMON_LIBS   := $(RUNTIME_LIBS) -lyaml -lsqlite3 -lmicrohttpd -lcurl -lpq -lcap -lsystemd -lz -lpthread -lm

PROGRAMS := $(OUT)/sentryc $(OUT)/sentry-apply $(OUT)/sentryctl $(OUT)/sentryd

.PHONY: all
all: $(PROGRAMS) $(if $(filter build,$(OUT)),compile_commands.json)

$(OUT)/sentryc: $(OUT)/compiler/sentryc.o $(OUT)/libcompiler.a $(OUT)/liblang.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(COMPILER_LIBS)
$(OUT)/sentry-apply: $(OUT)/runtime/sentry-apply.o $(OUT)/libruntime.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(RUNTIME_LIBS)
$(OUT)/sentryctl: $(OUT)/runtime/sentryctl.o $(OUT)/libruntime.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(CTL_LIBS)

$(OUT)/sentryd: $(OUT)/runtime/daemon/sentryd.o $(OUT)/libdaemon.a $(OUT)/libruntime.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS)

$(OUT)/liblang.a: $(LANG_OBJ)
$(OUT)/libcompiler.a: $(COMPILER_OBJ)
$(OUT)/libruntime.a: $(RUNTIME_OBJ)
$(OUT)/libdaemon.a: $(DAEMON_OBJ)
$(OUT)/%.a:
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# The templates that user space shares.
SHARED := $(addprefix $(OUT)/shared/,dispatch.h hash.h set_table.h shared.h signature_trailer.h)
.SECONDARY: $(SHARED)
$(OUT)/shared/%.h: bpf-templates/%.h
	@mkdir -p $(@D)
	@cp $< $@
$(OUT)/native/native_abi.h: bpf-templates/native_abi.h
	@mkdir -p $(@D)
	@cp $< $@

define compile
$(call say,CC,$<)
@mkdir -p $(@D)
$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) $(INC_$(1)) -MMD -MP -c -o $@ $<
endef
$(OUT)/lang/%.o: lang/%.c | $(OUT)/lang/grammar.h
	$(call compile,lang)
$(OUT)/compiler/%.o: compiler/%.c | $(OUT)/lang/grammar.h $(SHARED) $(OUT)/native/native_abi.h
	$(call compile,compiler)
$(OUT)/runtime/daemon/%.o: runtime/daemon/%.c | $(SHARED)
	$(call compile,daemon)
$(OUT)/runtime/%.o: runtime/%.c | $(SHARED)
	$(call compile,runtime)

# Which objects fit the runtime: libclang measures the shared structs for each target, the build compares.
$(OUT)/layout-header: scripts/layout-header.c $(OUT)/libcompiler.a $(OUT)/liblang.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) $(INC_compiler) $(LDFLAGS) -o $@ $^ $(COMPILER_LIBS)
$(OUT)/shared/layout.h: $(OUT)/layout-header
	@mkdir -p $(@D)
	$(Q)$< > $@.tmp && { cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@; }
$(RUNTIME_OBJ) $(DAEMON_OBJ) $(OUT)/runtime/sentry-apply.o $(OUT)/runtime/sentryctl.o $(OUT)/runtime/daemon/sentryd.o: | $(OUT)/shared/layout.h

# Generated: parser, lexer, the templates as data.
$(OUT)/lang/grammar.c $(OUT)/lang/grammar.h &: lang/grammar.y
	@mkdir -p $(OUT)/lang
	$(call say,BISON,$<)
	$(Q)bison -Werror -o $(OUT)/lang/grammar.c --defines=$(OUT)/lang/grammar.h $<
$(OUT)/lang/lexer.c $(OUT)/lang/lexer.h &: lang/lexer.l
	@mkdir -p $(OUT)/lang
	$(call say,FLEX,$<)
	$(Q)flex -o $(OUT)/lang/lexer.c --header-file=$(OUT)/lang/lexer.h $<
$(OUT)/lang/grammar.o $(OUT)/lang/lexer.o: WARN := -std=gnu11 -Wall $(WERROR)
$(OUT)/lang/grammar.o: $(OUT)/lang/grammar.c $(OUT)/lang/lexer.h
	$(call compile,lang)
$(OUT)/lang/lexer.o: $(OUT)/lang/lexer.c $(OUT)/lang/grammar.h
	$(call compile,lang)
$(OUT)/compiler/templates.c: $(TEMPLATES) scripts/embed-templates.sh
	@mkdir -p $(@D)
	$(call say,EMBED,bpf-templates/)
	$(Q)sh scripts/embed-templates.sh $(TEMPLATES) > $@.tmp && mv $@.tmp $@
$(OUT)/compiler/templates.o: $(OUT)/compiler/templates.c
	$(call compile,compiler)

# The dispatcher is built here, once: a host that applies policies needs no compiler. clang builds for this machine's byte order.
$(OUT)/runtime/dispatcher.bpf.o: bpf-templates/dispatcher.bpf.c $(wildcard bpf-templates/*.h)
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) --target=bpf -mcpu=v3 -g -O2 -std=gnu11 -nostdinc -Wall -Wno-unused-const-variable -Werror -c -o $@ $<
$(OUT)/runtime/dispatcher_image.c: $(OUT)/runtime/dispatcher.bpf.o scripts/embed-object.sh
	$(Q)sh scripts/embed-object.sh $< > $@.tmp && mv $@.tmp $@
$(OUT)/runtime/dispatcher_image.o: $(OUT)/runtime/dispatcher_image.c
	$(call compile,runtime)

# Tests. Unit tests are one program per file; test_runtime_* see only the runtime.
UNIT         := $(sort $(wildcard tests/unit/test_*.c))
UNIT_RUNTIME := $(filter tests/unit/test_runtime_%,$(UNIT))
UNIT_DAEMON  := $(filter tests/unit/test_daemon_%,$(UNIT))
UNIT_BIN     := $(UNIT:%.c=$(OUT)/%)
ENGINES_BIN  := $(OUT)/tests/engines/compare $(OUT)/tests/engines/stateful
$(UNIT_RUNTIME:%.c=$(OUT)/%): $(OUT)/%: %.c $(OUT)/libruntime.a
	$(call say,TEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) $(INC_runtime) -MMD -MP $(LDFLAGS) -o $@ $< $(OUT)/libruntime.a $(RUNTIME_LIBS) -lcmocka
# Those that know sentryd; the driver hands made items to sinks as sentryd does, the metrics server shows a made-up state.
DRIVER_BIN   := $(OUT)/tests/sinks/driver
METRICS_BIN  := $(OUT)/tests/sinks/metrics-server
$(UNIT_DAEMON:%.c=$(OUT)/%) $(DRIVER_BIN) $(METRICS_BIN): $(OUT)/%: %.c $(OUT)/libdaemon.a $(OUT)/libruntime.a
	$(call say,TEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) $(INC_daemon) -MMD -MP $(LDFLAGS) -o $@ $< $(OUT)/libdaemon.a $(OUT)/libruntime.a \
		$(DAEMON_LIBS) -lcmocka
$(filter-out $(UNIT_RUNTIME:%.c=$(OUT)/%) $(UNIT_DAEMON:%.c=$(OUT)/%),$(UNIT_BIN)) $(ENGINES_BIN): $(OUT)/%: %.c $(OUT)/libcompiler.a $(OUT)/liblang.a
	$(call say,TEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) $(INC_tests) -MMD -MP $(LDFLAGS) -o $@ $< $(OUT)/libcompiler.a $(OUT)/liblang.a \
		$(COMPILER_LIBS) -lcmocka

# The prover's judge: brute force in a program that shares no code with what it judges.
ORACLE_BIN   := $(OUT)/tests/oracle/oracle
ORACLE_SRC   := $(sort $(wildcard tests/oracle/*.c))
$(ORACLE_BIN): $(ORACLE_SRC) $(wildcard tests/oracle/*.h)
	$(call say,TEST,tests/oracle/)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) -Itests/oracle $(LDFLAGS) -o $@ $(ORACLE_SRC) -ljansson

.PHONY: oracle
ORACLE_COUNT ?= 5000
ORACLE_SEED  ?= 100000
oracle: all $(ORACLE_BIN)
	@BUILD=$(abspath $(OUT)) ORACLE_COUNT=$(ORACLE_COUNT) ORACLE_SEED=$(ORACLE_SEED) tests/oracle/run.sh

# Fuzzers: make fuzz SECONDS=60. They and all they call are built by clang, below $(OUT)/fuzz; `make check` runs a short slice.
SECONDS      ?= 60
FUZZ_SECONDS ?= $(SECONDS)
FUZZ_OUT     := $(OUT)/fuzz
FUZZ_CFLAGS  := -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
FUZZ_BIN     := $(patsubst %.c,$(OUT)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_RUNTIME := $(patsubst %,$(OUT)/tests/fuzz/fuzz_%,event manifest object record set_file signature)
$(FUZZ_RUNTIME): $(OUT)/%: %.c $(OUT)/libruntime.a
	$(call say,FUZZ,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) -fsanitize=fuzzer $(INC_runtime) -MMD -MP -o $@ $< $(OUT)/libruntime.a $(RUNTIME_LIBS)
FUZZ_DAEMON  := $(patsubst %,$(OUT)/tests/fuzz/fuzz_%,block config)
$(FUZZ_DAEMON): $(OUT)/%: %.c $(OUT)/libdaemon.a $(OUT)/libruntime.a
	$(call say,FUZZ,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) -fsanitize=fuzzer $(INC_daemon) -MMD -MP -o $@ $< $(OUT)/libdaemon.a $(OUT)/libruntime.a \
		$(DAEMON_LIBS)
$(filter-out $(FUZZ_RUNTIME) $(FUZZ_DAEMON),$(FUZZ_BIN)): $(OUT)/%: %.c $(OUT)/libcompiler.a $(OUT)/liblang.a
	$(call say,FUZZ,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) -fsanitize=fuzzer $(INC_compiler) -MMD -MP -o $@ $< $(OUT)/libcompiler.a \
		$(OUT)/liblang.a $(COMPILER_LIBS)

# Random policies, held against what is promised of all: make fuzz-random COUNT=1000 SEED=1, or SECONDS=3600.
RANDOM_BIN   := $(OUT)/tests/fuzz/random-policy
RANDOM_OBJ   := $(patsubst %.c,$(OUT)/%.o,$(sort $(wildcard tests/fuzz/random/*.c)))
$(OUT)/tests/fuzz/random/%.o: tests/fuzz/random/%.c | $(OUT)/lang/grammar.h $(SHARED) $(OUT)/native/native_abi.h
	$(call compile,tests)
$(RANDOM_BIN): $(RANDOM_OBJ) $(OUT)/libcompiler.a $(OUT)/liblang.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(COMPILER_LIBS)
.PHONY: fuzz-random
fuzz-random: all $(RANDOM_BIN) $(ENGINES_BIN)
	@BUILD=$(abspath $(OUT)) CORPUS=$(CORPUS) COUNT=$(COUNT) SECONDS_MAX=$(if $(COUNT),,$(SECONDS)) SEED=$(SEED) tests/fuzz/random.sh

# Each night other policies: the seed is the day.
.PHONY: nightly
nightly:
	@$(MAKE) --no-print-directory fuzz-random SECONDS=3600 SEED=$$(($$(date +%s) / 86400))000000

# Debian's kernels under emulation, docs/kernels.md: make check-kernels COUNT=500 for more random policies.
EXPECT_BIN := $(OUT)/tests/kernels/expect
$(EXPECT_BIN): tests/kernels/expect.c $(OUT)/libcompiler.a $(OUT)/liblang.a
	$(call say,TEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) $(INC_tests) -MMD -MP $(LDFLAGS) -o $@ $< $(OUT)/libcompiler.a $(OUT)/liblang.a \
		$(COMPILER_LIBS)
.PHONY: check-kernels
check-kernels: all $(EXPECT_BIN) $(RANDOM_BIN)
	@BUILD=$(abspath $(OUT)) tests/kernels/run.sh

.PHONY: fuzz fuzzers fuzzers-here
fuzzers-here: $(FUZZ_BIN)
fuzzers:
	@$(MAKE) --no-print-directory OUT=$(FUZZ_OUT) CC=$(CLANG) CFLAGS='$(FUZZ_CFLAGS)' LDFLAGS=-fsanitize=address,undefined WERROR= \
		fuzzers-here
fuzz: all fuzzers
	@BUILD=$(abspath $(OUT)) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh
	@$(MAKE) --no-print-directory fuzz-random SECONDS=$(FUZZ_SECONDS)

# The tests proper run against a build with ASan and UBSan; what loads programs into the kernel, against the plain one.
SANE    := $(OUT)/sanitize
SINK_TESTS := $(sort $(wildcard tests/sinks/*.sh))
GOLDEN  := $(sort $(wildcard tests/golden/*.sh))
SCRIPTS := $(GOLDEN) $(sort $(wildcard tests/cli/*.sh tests/engines/*.sh tests/docs/*.sh tests/fuzz/*.sh tests/kernel/*.sh \
                                     tests/oracle/run.sh tests/kernels/run.sh)) $(SINK_TESTS)

# Those that take longest go first: what runs beside them is done when they are.
SLOW    := tests/engines/detection.sh tests/cli/verify.sh
.PHONY: check check-run test-programs update
test-programs: $(UNIT_BIN) $(ENGINES_BIN)
check:
	@sh scripts/deps.sh
	@[ "$$(id -u)" != 0 ] || sh scripts/deps.sh kernels || echo 'tests/kernels/run.sh will say what it lacks'
	@[ "$$(id -u)" != 0 -o -z "$(CI)" ] || sh scripts/deps.sh sinks || echo 'tests/sinks/ will say what they lack'
	@$(MAKE) --no-print-directory check-run
CHECK_BIN = fuzzers $(DRIVER_BIN) $(METRICS_BIN) $(OUT)/sentry-bench $(ENGINES_BIN) $(ORACLE_BIN) $(EXPECT_BIN) $(RANDOM_BIN)
check-run: all $(CHECK_BIN)
	@$(MAKE) --no-print-directory SANITIZE=1 OUT=$(SANE) all test-programs
	@BUILD=$(abspath $(OUT)) SENTRYC=$(abspath $(SANE)/sentryc) CORPUS=$(CORPUS) JOBS=$(JOBS) tests/run.sh $(TESTS)
TESTS   ?= $(SLOW) $(UNIT:%.c=$(SANE)/%) $(filter-out $(SLOW),$(SCRIPTS))
JOBS    ?= $(shell nproc)

# The inner loop: under three minutes. All units but the two longest, goldens, messages and outputs of sentryc, the engines
# on random steps, one policy attached and one looked up in tables, the documents. What is left to `make check`: captures,
# proofs against brute force, verify, damaged objects, fuzzers, and nearly all of what happens on real interfaces.
QUICK   := $(GOLDEN) $(addprefix tests/cli/,bad-input.sh budget.sh check-outputs.sh ci.sh compile.sh coverage.sh diff.sh \
             nft-refused.sh output.sh query.sh) $(addprefix tests/docs/,completion.sh configuration.sh examples.sh helpers.sh layering.sh \
             manual.sh maps.sh nft-catalogue.sh options.sh) tests/engines/stateful.sh tests/engines/transitions.sh \
           $(addprefix tests/kernel/,apply.sh classify.sh signed.sh)
# Sinks against real servers, one line each; `make check` has them, too.
.PHONY: check-sinks
check-sinks: all $(DRIVER_BIN) $(METRICS_BIN)
	@BUILD=$(abspath $(OUT)) SENTRYC=$(abspath $(OUT)/sentryc) CORPUS=$(CORPUS) tests/run.sh $(SINK_TESTS)

.PHONY: check-quick lint coverage
check-quick:
	@$(MAKE) --no-print-directory check-run \
		TESTS='$(filter-out %/test_verify %/test_daemon_worker,$(UNIT:%.c=$(SANE)/%)) $(QUICK)' CHECK_BIN='$(OUT)/sentry-bench $(ENGINES_BIN)'

# What reads the sources: clang-tidy, the analyzer, cppcheck, shellcheck, pyflakes. What was clean is remembered.
lint: all
	@BUILD=$(OUT) scripts/lint.sh

# Lines that ran: not counted are tests of rates and of kills, which a slower program changes, fuzzers, and other machines.
# The longest goes first.
COVERED := $(filter-out $(addprefix tests/kernel/,rates.sh consistency.sh carry-traffic.sh crash-traffic.sh crash.sh) \
             tests/fuzz/% tests/docs/% tests/kernels/%,$(SCRIPTS)) tests/docs/examples.sh tests/docs/options.sh
COVERED_UNITS = $(patsubst %.c,$(OUT)/coverage/%,tests/unit/test_verify.c $(filter-out %/test_verify.c,$(UNIT)))
coverage:
	@sh scripts/deps.sh
	@$(MAKE) --no-print-directory COVERAGE=1 OUT=$(OUT)/coverage all test-programs \
		$(patsubst $(OUT)/%,$(OUT)/coverage/%,$(OUT)/sentry-bench $(ORACLE_BIN) $(DRIVER_BIN) $(METRICS_BIN))
	@BUILD=$(OUT)/coverage CORPUS=$(CORPUS) JOBS=$(JOBS) scripts/coverage.sh $(COVERED_UNITS) $(COVERED)

update: all
	@for script in $(GOLDEN); do SENTRYC=$(abspath $(OUT)/sentryc) UPDATE=1 $$script || exit 1; done

.PHONY: demo deps deps-bench deps-kernels deps-sinks bench install help
demo:
	@sh scripts/deps.sh
	@$(MAKE) --no-print-directory all
	@BUILD=$(OUT) scripts/demo.sh
deps:
	@sh scripts/deps.sh
deps-bench:
	@sh scripts/deps.sh bench
deps-kernels:
	@sh scripts/deps.sh kernels
deps-sinks:
	@sh scripts/deps.sh sinks
BENCH_BIN  := $(OUT)/bench/tables-bench $(OUT)/sentry-bench
TABLES_SRC := bench/tables.c bench/measure.c bench/elements.c
BENCH_SRC  := $(filter-out %.bpf.c $(TABLES_SRC),$(sort $(wildcard bench/*.c)))
BENCH_OBJ  := $(BENCH_SRC:%.c=$(OUT)/%.o) $(OUT)/bench/classify_image.o $(OUT)/bench/cost_image.o
INC_bench  := -Ibench $(INC_compiler)
$(OUT)/bench/tables-bench: $(TABLES_SRC) $(wildcard bench/*.h) $(OUT)/libcompiler.a $(OUT)/liblang.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) $(INC_compiler) $(LDFLAGS) -o $@ $(TABLES_SRC) $(OUT)/libcompiler.a \
		$(OUT)/liblang.a $(COMPILER_LIBS) -lpthread
$(OUT)/bench/%.o: bench/%.c | $(OUT)/lang/grammar.h $(SHARED) $(OUT)/native/native_abi.h
	$(call compile,bench)
# What runs beside a policy is built here, from the policy's own templates.
$(OUT)/bench/%.bpf.o: bench/%.bpf.c bench/cost_shared.h $(wildcard bpf-templates/*.h)
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) --target=bpf -mcpu=v3 -g -O2 -std=gnu11 -nostdinc -Wall -Wno-unused-const-variable -Wno-unused-function -Werror \
		-Ibpf-templates -c -o $@ $<
.PRECIOUS: $(OUT)/bench/%.bpf.o $(OUT)/bench/%_image.c
$(OUT)/bench/%_image.c: $(OUT)/bench/%.bpf.o scripts/embed-object.sh
	$(Q)sh scripts/embed-object.sh $< $*_image $*_image.h > $@.tmp && mv $@.tmp $@
$(OUT)/bench/%_image.o: $(OUT)/bench/%_image.c
	$(call compile,bench)
$(OUT)/sentry-bench: $(BENCH_OBJ) $(OUT)/libcompiler.a $(OUT)/liblang.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(COMPILER_LIBS)
$(OUT)/bench/wire: bench/wire/wire.c bench/wire/wire.h
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) $(LDFLAGS) -o $@ $< -lbpf -lpthread
$(OUT)/bench/produce: bench/events/produce.c
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) $(LDFLAGS) -o $@ $< -lbpf
bench: all $(BENCH_BIN) $(OUT)/bench/wire $(OUT)/bench/produce
	@BUILD=$(OUT) bench/run.sh
	@echo
	@BUILD=$(OUT) bench/tables.sh
	@echo
	@BUILD=$(OUT) CORPUS=$(CORPUS) bench/classify.sh
	@echo
	@$(OUT)/sentry-bench cost
	@echo
	@BUILD=$(OUT) bench/account.sh
	@echo
	@BUILD=$(OUT) CORPUS=$(CORPUS) bench/prove.sh
	@echo
	@BUILD=$(OUT) bench/dispatch.sh
	@echo
	@BUILD=$(OUT) bench/apply.sh
	@echo
	@BUILD=$(OUT) bench/wire.sh
	@echo
	@BUILD=$(OUT) bench/events.sh

MAN := lang/sentry-policy.5 compiler/sentryc.1 runtime/sentry-apply.8 runtime/sentryctl.8 runtime/sentryd.8
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin
	install -m 755 $(OUT)/sentryc $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(OUT)/sentry-apply $(OUT)/sentryctl $(OUT)/sentryd $(DESTDIR)$(PREFIX)/sbin/
	for page in $(MAN); do install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; done
	install -D -m 644 deploy/completion/sentry.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sentryc
	ln -sf sentryc $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sentry-apply
	ln -sf sentryc $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sentryctl
	ln -sf sentryc $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sentryd
	install -D -m 644 deploy/completion/_sentry $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_sentry
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	for unit in packet-sentry sentryd; do sed 's|/usr/local|$(PREFIX)|' deploy/systemd/$$unit.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit.service || exit 1; done
	install -d $(DESTDIR)$(PREFIX)/share/packet-sentry
	cp -r deploy/grafana deploy/prometheus deploy/sentryd.yaml $(DESTDIR)$(PREFIX)/share/packet-sentry/
	install -d $(DESTDIR)$(PREFIX)/share/doc/packet-sentry
	cp -r examples README.md LICENSE deploy/sentryd.yaml $(DESTDIR)$(PREFIX)/share/doc/packet-sentry/

# For clangd and clang-tidy.
compile_commands.json: Makefile $(LANG_SRC) $(COMPILER_SRC) $(RUNTIME_SRC) $(DAEMON_SRC)
	@{ echo '['; sep=; for f in $(LANG_SRC) $(COMPILER_SRC) compiler/sentryc.c $(RUNTIME_SRC) runtime/sentry-apply.c \
	  runtime/sentryctl.c $(DAEMON_SRC) runtime/daemon/sentryd.c; do case $$f in lang/*) inc='$(INC_lang)';; compiler/*) inc='$(INC_compiler)';; \
	  runtime/daemon/*) inc='$(INC_daemon)';; *) inc='$(INC_runtime)';; esac; \
	  printf '%s{"directory":"%s","file":"%s","command":"%s"}' "$$sep" "$(CURDIR)" $$f \
	  "$(CC) $(subst ",\\\",$(DEFINES)) -std=gnu11 -Wall -Wextra $$inc -c $$f"; sep=','; echo; done; echo ']'; } > $@

help:
	@echo 'make            build the programs into $(OUT)/'
	@echo 'make deps       install the Debian packages that are needed (needs root; else says which)'
	@echo 'make demo       a policy decides real traffic between two network namespaces'
	@echo 'make check      all tests; as root also those that use the kernel'
	@echo 'make check-quick  the inner loop: the tests that take under three minutes in all'
	@echo 'make lint       the sources, held against clang-tidy, cppcheck, shellcheck and others'
	@echo 'make coverage   which lines the tests run: a table, and $(OUT)/coverage/html/'
	@echo 'make check-sinks   sinks of sentryd against real servers; make deps-sinks first'
	@echo 'make check-kernels  Debian kernels 6.1 and 6.12 for amd64, arm64, s390x, emulated; make deps-kernels first'
	@echo 'make deps-sinks install the servers that tests of sinks talk to; Debian starts them, the tests start their own'
	@echo 'make update     rewrite the golden files; review the difference'
	@echo 'make oracle     the prover against brute force, ORACLE_COUNT=5000 policies'
	@echo 'make fuzz       run the fuzzers, SECONDS=60 each, and random policies as long'
	@echo 'make fuzz-random  random policies through all engines: COUNT=30 SEED=1, or SECONDS=N'
	@echo 'make nightly    an hour of what a seed of the day finds'
	@echo 'make bench      measure; make deps-bench installs what it compares with'
	@echo 'make install    into $$(DESTDIR)$(PREFIX)'
	@echo 'make clean      remove $(OUT)/'
	@echo 'OUT=DIR, CC=, CFLAGS=, SANITIZE=1, CORPUS=DIR (more test data) change how.'

.PHONY: clean
clean:
	rm -rf $(OUT)

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
