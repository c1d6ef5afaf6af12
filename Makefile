# One entry for everything. `make help` prints the targets; tools/ holds what is longer than a line.
# Objects and products live in build/$(FLAVOUR), which has the shape of an installation (docs/architecture.md),
# so that a program finds its data in the same way there and under `make install`.
# Sources are found by folder: a new file needs no entry here, only the right room.

VERSION  := 0.1.0
FLAVOUR  ?= release
PREFIX   ?= /usr/local
libdir   ?= $(PREFIX)/lib
DESTDIR  ?=
CC       := $(if $(filter default,$(origin CC)),gcc,$(CC))
PYTHON   ?= python3

B   := build/$(FLAVOUR)
O   := $(B)/obj
LIB := $(B)/lib/fleproof
VENV := build/venv

export PYTHONDONTWRITEBYTECODE := 1

# --- flags -----------------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2
LINKHARD := -Wl,-z,relro -Wl,-z,now

FLAGS_release := -O2 -g -fno-plt $(HARDEN)
FLAGS_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
FLAGS_tsan    := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
FLAGS_cov     := -O0 -g --coverage
FLAGS_fuzz    := $(FLAGS_asan) -fsanitize=fuzzer-no-link
FLAGS_fuzzfast := -O2 -g -fsanitize=fuzzer-no-link
FLAGS_afl     := -O2 -g
FLAGS_cmplog  := -O2 -g
LINK_release  := $(LINKHARD)
LINK_asan     := -fsanitize=address,undefined
LINK_tsan     := -fsanitize=thread
LINK_cov      := --coverage
LINK_fuzz     := $(LINK_asan)
NODEFS        := $(filter-out release,$(FLAVOUR))

ifeq ($(filter release asan tsan cov fuzz fuzzfast afl cmplog,$(FLAVOUR)),)
$(error FLAVOUR is one of release asan tsan cov fuzz fuzzfast afl cmplog, not "$(FLAVOUR)")
endif

# The library is optimised as a whole: its layers are many small files. The objects hold plain code too, which tests are linked from
# (-fno-lto there: thirty times faster, and nobody measures them).
LTO_release := $(if $(findstring gcc,$(notdir $(CC))),-flto=auto -ffat-lto-objects)

# EXTRA_CFLAGS is for people and for tools that build a variant (`make mutants` sets FLP_MUTANT by it).
BASE_CFLAGS := -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden -pthread $(WARNINGS) $(FLAGS_$(FLAVOUR)) \
               -I. -Iref/mongocrypt/include -DFLP_VERSION='"$(VERSION)"' $(EXTRA_CFLAGS) $(CFLAGS)
# One short line a command; `make V=1` shows them whole.
Q    := $(if $(V),,@)
HUSH := $(V)$(findstring s,$(firstword -$(filter-out --%,$(MAKEFLAGS))))
say   = @$(if $(HUSH),:,echo '  $(1)  $(patsubst build/%,%,$@)')

BASE_LDFLAGS := -pthread $(LINK_$(FLAVOUR)) $(LDFLAGS)

# libbson is linked statically: the subject in the same process brings its own, and the two must not meet.
BSON_CFLAGS := -isystem /usr/include/libbson-1.0 -DBSON_STATIC
BSON_LIBS    = $(shell pkg-config --libs --static libbson-static-1.0 2>/dev/null || echo -lbson-static-1.0)
BSON_CFLAGS := $(or $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libbson-static-1.0 2>/dev/null)),$(BSON_CFLAGS))
REF_LIBS    := $(BSON_LIBS) -lcrypto
HOST_LIBS   := $(BSON_LIBS) -lcrypto -ljansson -lffi -ldl
RUNNER_LIBS := $(BSON_LIBS) -lcrypto -ljansson -lyaml

# --- sources ---------------------------------------------------------------------------------------------------

notest = $(sort $(foreach f,$(1),$(if $(findstring /test/,$(f)),,$(f))))

BASE_SRC    := $(call notest,$(wildcard ref/base/*.c))
REF_SRC     := $(BASE_SRC) $(call notest,$(wildcard ref/mongocrypt/*.c ref/mongocrypt/*/*.c))
HOST_MAIN   := runner/host/abi/main.c
HOST_SRC    := $(BASE_SRC) $(call notest,$(wildcard mocks/*/*.c runner/host/*.c runner/host/abi/*.c runner/abi_table.c))
RUNNER_MAIN := runner/main.c
RUNNER_SRC  := $(BASE_SRC) $(call notest,$(wildcard runner/*.c $(foreach d,grammar material judge supervise verbs,runner/$(d)/*.c)))
TEST_SRC    := $(sort $(wildcard */test/test_*.c */*/test/test_*.c */*/*/test/test_*.c))
SUPPORT_SRC := $(sort $(wildcard */test/support_*.c */*/test/support_*.c */*/*/test/support_*.c))

obj = $(patsubst %.c,$(O)/%.o,$(1))

REF_OBJ    := $(call obj,$(REF_SRC))
HOST_OBJ   := $(call obj,$(HOST_SRC))
RUNNER_OBJ := $(call obj,$(RUNNER_SRC))
TESTS      := $(patsubst %.c,$(B)/test/%,$(TEST_SRC))

# A product whose main source is not written yet is left out, so that a part can be built while another begins.
LIBRARY  := $(if $(wildcard ref/mongocrypt/abi/*.c),$(LIB)/libmongocrypt.so.0)
HOST     := $(if $(wildcard $(HOST_MAIN)),$(LIB)/host-abi)
PROGRAM  := $(if $(wildcard $(RUNNER_MAIN)),$(B)/bin/fleproof)
PRODUCTS := $(LIBRARY) $(HOST) $(PROGRAM)

# --- everyday targets ------------------------------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all setup setup-all conformance check bench sanitize mutants states fuzz-smoke lint vectors vectors-check install outdated screenshot man clean help \
        valgrind build tree unit-tests fuzz-targets print-tests print-objects print-libs print-compile print-fuzz-targets

all: setup ## build the library, the host and the program into build/release
	@$(MAKE) --no-print-directory build

setup: ## install what building and testing needs, once (root: by itself; else prints the line, or SETUP=sudo)
	@tools/setup.sh base

setup-all: ## as setup, and the second set: browsers, engines, other languages
	@tools/setup.sh all

conformance: all ## judge the reference and the official libraries found here; table, report folder, exit code
	@tools/conformance.sh

check: setup ## run every test: unit, scenarios, states, memory, meta, pytest, install, fuzz-smoke
	@$(VENV)/bin/python tools/check.py $(STAGES)

bench: all ## run the benchmarks; each checks its own result
	@tools/bench.sh

sanitize: setup ## unit tests and scenarios under ASan+UBSan and under TSan
	@tools/sanitize.sh

mutants: all ## build each seeded bug and see the case that it names fail
	@$(VENV)/bin/python tools/mutants.py $(ARGS)

states: all ## print how often each state met each driving call in the cases; 1 where one never did
	@$(VENV)/bin/python tools/states.py

fuzz-smoke: setup ## run every fuzz target for FUZZ_SECONDS (10) over its corpus
	@tools/fuzz_smoke.sh

valgrind: all ## every scenario with the host under valgrind, and the fuzz corpora
	@tools/valgrind.sh

lint: setup ## format, layers, machine paths, Python
	@tools/lint.sh

vectors: setup ## write the vector files by their generators; build/vectors-hazard gets those that may end a library
	@PYTHONPATH=vectors $(VENV)/bin/python -m generate vectors
	@PYTHONPATH=vectors $(VENV)/bin/python -m generate --hazards build/vectors-hazard

vectors-check: setup ## compute the vector files anew and compare byte for byte
	@rm -rf build/vectors-check
	@PYTHONPATH=vectors $(VENV)/bin/python -m generate build/vectors-check
	@cd vectors && for f in *.json ../build/vectors-check/*.json; do cmp "$${f##*/}" "../build/vectors-check/$${f##*/}" || exit 1; done
	@echo "vectors-check: $$(ls vectors/*.json | wc -l) files are what the generators compute"

install: all ## install below PREFIX (DESTDIR and libdir as usual)
	@VERSION=$(VERSION) B=$(B) DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' LIBDIR='$(libdir)' tools/install.sh

outdated: all ## print newer versions of the pinned packages, and what the newest wheel does differently; never fails
	@tools/outdated.sh

screenshot: all ## make docs/page.png anew: the page of a run, with a failing case open
	@$(VENV)/bin/python tools/screenshot.py

man: all ## write the man page, docs/fleproof.1, from what the program says of itself
	@$(VENV)/bin/python tools/manpage.py

clean: ## remove what was built (build/venv and build/wheels stay; `rm -rf build` removes all)
	rm -rf build/release build/asan build/tsan build/cov build/fuzz build/fuzzfast build/afl build/cmplog build/valgrind build/mutants build/check build/report

help: ## print this list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
	  printf '  make %-12s %s\n' "$$name" "$$text"; done

# --- the build itself: needs the packages, asks for nothing -----------------------------------------------------

build: $(PRODUCTS) tree # what `all` builds, without set-up
unit-tests: $(TESTS)
print-tests:
	@echo $(TESTS)
print-objects: # of PART: ref, host or runner, its main apart
	@echo $(PART_OBJ_$(PART))
print-compile:
	@echo '$(subst ','\'',$(COMPILE))'
print-libs:
	@echo $(LIBS_$(PART))

# The tree beside the products: data by links to the sources, never copied while one works on them.
UP := ../../..
tree: $(LIB)/pkgconfig/fleproof-mongocrypt.pc | $(B)/share/fleproof $(LIB)
	@ln -sfn $(UP)/python $(LIB)/python
	@ln -sfn $(UP)/../ref/mongocrypt/include $(LIB)/include
	@ln -sfn libmongocrypt.so.0 $(LIB)/libmongocrypt.so
	@for d in spec-tests vectors schemas reports; do ln -sfn $(UP)/../$$d $(B)/share/fleproof/$$d; done
	@ln -sfn $(UP)/../runner/subjects $(B)/share/fleproof/subjects

$(B)/share/fleproof $(LIB):
	@mkdir -p $@

$(LIB)/pkgconfig/fleproof-mongocrypt.pc: tools/fleproof-mongocrypt.pc.in Makefile
	@mkdir -p $(@D)
	@sed -e 's|@libdir@|$${pcfiledir}/..|' -e 's|@VERSION@|1.20.1|' $< > $@

$(REF_OBJ): LTO = $(LTO_$(FLAVOUR))
$(LIB)/libmongocrypt.so.0: $(REF_OBJ) ref/mongocrypt/libmongocrypt.map
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) -shared -O2 $(LTO_$(FLAVOUR)) -ffile-prefix-map=$(CURDIR)=. -o $@.$$$$ -Wl,-soname,libmongocrypt.so.0 -Wl,--version-script=ref/mongocrypt/libmongocrypt.map \
	  -Wl,--exclude-libs,ALL $(if $(NODEFS),,-Wl,-z,defs) $(BASE_LDFLAGS) $(REF_OBJ) $(REF_LIBS) && mv $@.$$$$ $@

# Products appear whole: a program that runs keeps the file it began with.
# Not -rdynamic: the host gives the subject only the interposed functions of its list.
$(LIB)/host-abi: $(HOST_OBJ) $(wildcard runner/host/abi/exports.list)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) -o $@.$$$$ $(if $(wildcard runner/host/abi/exports.list),-Wl$(comma)--dynamic-list=runner/host/abi/exports.list) \
	  $(BASE_LDFLAGS) $(HOST_OBJ) $(HOST_LIBS) && mv $@.$$$$ $@

comma := ,

$(B)/bin/fleproof: $(RUNNER_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) -o $@.$$$$ $(BASE_LDFLAGS) $(RUNNER_OBJ) $(RUNNER_LIBS) && mv $@.$$$$ $@

# Archives for the unit tests: a test links what it uses of its part, main excepted.
define archive
$(O)/lib$(1).a: $(2)
	@mkdir -p $$(@D)
	@rm -f $$@ && ar rcs $$@ $(2)
endef
PART_OBJ_ref    := $(REF_OBJ)
PART_OBJ_host   := $(filter-out $(call obj,$(HOST_MAIN)),$(HOST_OBJ))
PART_OBJ_runner := $(filter-out $(call obj,$(RUNNER_MAIN)),$(RUNNER_OBJ))
PART ?= ref
$(foreach p,ref host runner,$(eval $(call archive,$(p),$(PART_OBJ_$(p)))))

# part_of PATH -> ref, host, fuzz or runner: whose objects the test at PATH is linked with.
part_of = $(if $(filter ref/%,$(1)),ref,$(if $(filter fuzz/%,$(1)),fuzz,$(if $(filter mocks/% runner/host/%,$(1)),host,runner)))
LIBS_ref := $(REF_LIBS)
LIBS_host := $(HOST_LIBS)
LIBS_runner := $(RUNNER_LIBS)
LIBS_fuzz := $(BSON_LIBS)

# Files named support_*.c in a test folder are linked with every test of that folder.
define unit_test
$(B)/test/$(basename $(1)): $(call obj,$(1) $(wildcard $(dir $(1))support_*.c)) $(O)/lib$(call part_of,$(1)).a
	@mkdir -p $$(@D)
	$$(call say,LINK)
	$$(Q)$$(CC) -fno-lto -o $$@ $$(BASE_LDFLAGS) $$^ $$(LIBS_$(call part_of,$(1))) -lcmocka -ljansson
endef
$(foreach t,$(TEST_SRC),$(eval $(call unit_test,$(t))))

# Programs of one file: the stress test, the benchmarks.
$(B)/test/ref/mongocrypt/test/stress_threads: $(O)/ref/mongocrypt/test/stress_threads.o $(O)/libref.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) -fno-lto -o $@ $(BASE_LDFLAGS) $^ $(REF_LIBS)

# One program measures every library; it reaches them by dlopen like any other user.
$(B)/bench/bench: $(call obj,$(wildcard bench/*.c))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) -o $@ $(BASE_LDFLAGS) $^ $(RUNNER_LIBS) -ldl -lm

# Fuzz targets: one source for libFuzzer (FLAVOUR=fuzz, fuzzfast without sanitizers), AFL++ (afl, cmplog) and plain replay (all others).
# A target's line `// fuzz: ref|host|runner` names the part whose objects it is linked with.
FUZZ_TARGETS := $(shell grep -H '^// fuzz:' fuzz/*.c 2>/dev/null | sed 's|^fuzz/\([^.]*\)\.c:// fuzz: *\([a-z]*\).*|\1=\2|')
FUZZ_NAMES   := $(foreach t,$(FUZZ_TARGETS),$(firstword $(subst =, ,$(t))))
FUZZ_ENGINE  := $(if $(filter fuzz fuzzfast afl cmplog,$(FLAVOUR)),-fsanitize=fuzzer)
export AFL_QUIET := 1
ifeq ($(FLAVOUR),cmplog)
export AFL_LLVM_CMPLOG := 1
endif
$(eval $(call archive,fuzz,$(call obj,$(addprefix fuzz/support/,support.c states_material.c bson_mutate.c text_mutate.c))))
define fuzz_target
$(B)/targets/$(1): $(call obj,fuzz/$(1).c $(if $(FUZZ_ENGINE),,fuzz/support/replay_main.c)) $(O)/libfuzz.a $(O)/lib$(2).a
	@mkdir -p $$(@D)
	$$(call say,LINK)
	$$(Q)$$(CC) -fno-lto -o $$@ $$(BASE_LDFLAGS) $$(FUZZ_ENGINE) $$^ $$(LIBS_$(2))
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call fuzz_target,$(firstword $(subst =, ,$(t))),$(lastword $(subst =, ,$(t))))))

fuzz-targets: $(addprefix $(B)/targets/,$(FUZZ_NAMES))
	@$(PYTHON) fuzz/dictionaries.py --check
print-fuzz-targets: # NAME=PART of each
	@echo $(FUZZ_TARGETS)

# The mutators for AFL++, built by the plain compiler.
build/afl/mutator.so: $(wildcard fuzz/support/*.[ch])
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)gcc -std=c11 -O2 -fPIC -shared -fvisibility=hidden $(WARNINGS) -I. -o $@ fuzz/support/afl_mutator.c fuzz/support/bson_mutate.c fuzz/support/text_mutate.c

# The command is part of the object: other flags or another compiler rebuild it. The folder is not: a copy of the tree
# is not rebuilt, and no product knows where it was made.
COMPILE = $(CC) $(BASE_CFLAGS) $(BSON_CFLAGS)

$(O)/%.o: %.c $(O)/.command
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(COMPILE) $(LTO) -ffile-prefix-map=$(CURDIR)=. -MMD -MP -c -o $@ $<

$(O)/.command: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(COMPILE))' | cmp -s - $@ || echo '$(subst ','\'',$(COMPILE))' > $@

FORCE:
.PHONY: FORCE

-include $(patsubst %.o,%.d,$(sort $(REF_OBJ) $(HOST_OBJ) $(RUNNER_OBJ)) $(call obj,$(TEST_SRC) $(SUPPORT_SRC) $(wildcard bench/*.c fuzz/*.c fuzz/support/*.c)))
