# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# make -f tests/kernels/guest.mk ARCH=amd64|arm64|s390x OUT=build LIBS=DIR TO=DIR: the programs of an emulated machine,
# static, for its architecture: init, sentry-apply, sentryctl. LIBS is what fetch.sh unpacked; not needed for amd64.

CC_amd64 := gcc
CC_arm64 := aarch64-linux-gnu-gcc
CC_s390x := s390x-linux-gnu-gcc
MULTIARCH_arm64 := aarch64-linux-gnu
MULTIARCH_s390x := s390x-linux-gnu
BPF_amd64 := bpfel
BPF_arm64 := bpfel
BPF_s390x := bpfeb
# Where this machine is one of them, its own compiler and libraries do.
NATIVE  := $(shell dpkg --print-architecture)
ifeq ($(ARCH),$(NATIVE))
CC      := gcc
FOREIGN :=
else
CC      := $(CC_$(ARCH))
TRIPLET := $(MULTIARCH_$(ARCH))
FOREIGN := -isystem $(LIBS)/usr/include -isystem $(LIBS)/usr/include/$(TRIPLET) -L$(LIBS)/usr/lib/$(TRIPLET)
endif
CLANG   ?= clang
CFLAGS  ?= -O2
WARN    := -std=gnu11 -Wall -Wextra -Wno-unused-parameter $(if $(CI),-Werror)
DEFINES := -D_GNU_SOURCE -DSENTRY_VERSION='"$(shell sed -n 's/^VERSION := //p' Makefile)"'
INC     := -Iruntime -I$(OUT)/shared -Itests/kernels
Q       := $(if $(V),,@)

RUNTIME := $(filter-out runtime/sentry-apply.c runtime/sentryctl.c,$(sort $(wildcard runtime/*.c)))
GUEST   := $(sort $(wildcard tests/kernels/guest*.c))
OBJ     := $(RUNTIME:%.c=$(TO)/%.o) $(TO)/runtime/dispatcher_image.o
PROGRAMS := $(TO)/init $(TO)/sentry-apply $(TO)/sentryctl

.PHONY: all
all: $(PROGRAMS)
$(TO)/init: $(GUEST:%.c=$(TO)/%.o)
$(TO)/sentry-apply: $(TO)/runtime/sentry-apply.o
$(TO)/sentryctl: $(TO)/runtime/sentryctl.o
# getpwuid in a static program: the linker warns, and a machine without users needs no more.
$(PROGRAMS): $(OBJ)
	$(Q)$(CC) $(FOREIGN) -static -s -o $@ $^ -lbpf -lelf -ljansson -lsodium -lz -lsqlite3 -lncursesw -ltinfo -lm 2>$@.log || { cat $@.log; false; }
$(TO)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(DEFINES) $(WARN) $(CFLAGS) $(INC) $(FOREIGN) -MMD -MP -c -o $@ $<
$(TO)/runtime/dispatcher_image.o: $(TO)/runtime/dispatcher_image.c
	$(Q)$(CC) $(CFLAGS) $(INC) $(FOREIGN) -c -o $@ $<
$(TO)/runtime/dispatcher_image.c: $(TO)/runtime/dispatcher.bpf.o scripts/embed-object.sh
	$(Q)sh scripts/embed-object.sh $< > $@.tmp && mv $@.tmp $@
$(TO)/runtime/dispatcher.bpf.o: bpf-templates/dispatcher.bpf.c $(wildcard bpf-templates/*.h)
	@mkdir -p $(@D)
	$(Q)$(CLANG) --target=$(BPF_$(ARCH)) -mcpu=v3 -g -O2 -std=gnu11 -nostdinc -Wall -Wno-unused-const-variable -Werror \
		-c -o $@ $<

-include $(shell find $(TO) -name '*.d' 2>/dev/null)
