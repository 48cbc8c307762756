# crier - one static program: multicast DNS and service discovery
#
#   make            build ./crier          make check   run all tests
#   make run        build it and see what is on the link
#
# Yours to set: CC CFLAGS CPPFLAGS LDFLAGS, STATIC=0 (shared libc), WERROR=1,
# PREFIX DESTDIR, BUILD (where objects go), BIN (the program), WITHOUT (verbs
# to leave out), CORE=1 (leave out all but the main ones).

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
BIN     ?= crier
STATIC  ?= 1
WERROR  ?= 0
CFLAGS  ?= $(CC_SMALL)

# A static program is smallest with musl; without it the system's libc does.
ifeq ($(origin CC),default)
CC := $(if $(filter 1,$(STATIC)),$(shell command -v musl-gcc))
CC := $(or $(notdir $(CC)),cc)
endif
# Tests run on the system's own libc, where the sanitizers are.
TEST_CC ?= cc
FUZZ_CC ?= clang

# Ours, kept apart so that "make CFLAGS=-O0" loses nothing the code needs.
# Assertions stay on: no NDEBUG here.
# Where long has 32 bits the system would refuse directories and files whose
# inode, size or time does not fit, and no date is later than 2038.
WIDE := -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
OURS := -std=c11 -D_DEFAULT_SOURCE $(WIDE) -Iinclude -Isrc -MMD -MP -Wall \
        -Wextra -Wpedantic -Wconversion -Wshadow \
        $(if $(filter 1,$(WERROR)),-Werror)
HARDEN = $(if $(filter -O1 -O2 -O3 -Os -Oz,$(CFLAGS)),-U_FORTIFY_SOURCE \
         -D_FORTIFY_SOURCE=2)

# What to leave out, as in WITHOUT='doctor dump hook': src/*/cmd_*.c of that
# name, and what only it uses ("ctl" has the verbs that ask a running daemon,
# "run" has check; without "serve", run has no control sockets). CORE=1 leaves
# all but the main verbs, for an initramfs.
VERBS   := serve $(patsubst cmd_%.c,%,$(notdir $(wildcard src/*/cmd_*.c)))
CORE    ?= 0
WITHOUT ?= $(if $(filter 1,$(CORE)),\
           $(filter-out run publish browse resolve query,$(VERBS)))
ifneq ($(filter-out $(VERBS),$(WITHOUT)),)
$(error WITHOUT: no "$(filter-out $(VERBS),$(WITHOUT))", there are $(VERBS))
endif

SRC     := $(sort $(wildcard src/*.c src/*/*.c))
PROGRAM := $(SRC:.c=.o)
LAYERS  := wire mdns dnssd autoip os daemon cli run nodes doctor

all: $(BIN)

# --- configurations ------------------------------------------------------
# Each has its own directory with its own objects: release (the program),
# test (sanitizers), sim (fast, assertions), fuzz (libFuzzer). `flags` holds
# the compiler and its options; when they change, its objects are remade.

REL  := $(BUILD)/release
TEST := $(BUILD)/test
SIM  := $(BUILD)/sim
FUZZ := $(BUILD)/fuzz

# $(1) directory, $(2) compiler, $(3) the variable that holds the flags
define CONFIG
$(1)/%.o: %.c $(1)/flags
	@mkdir -p $$(@D)
	$(2) $$($(3)) -c -o $$@ $$<
$(1)/flags: FORCE
	@mkdir -p $$(@D)
	@echo '$(2) $$($(3))' | cmp -s - $$@ || echo '$(2) $$($(3))' >$$@
-include $(wildcard $(1)/*/*.d $(1)/*/*/*.d)
endef

# What the compiler takes, found out once for each compiler and kept.
CC_ID := $(subst /,_,$(subst $() ,_,$(CC)))
ifeq ($(filter clean,$(MAKECMDGOALS)),)
include $(REL)/$(CC_ID).mk
endif
$(REL)/$(CC_ID).mk: tools/cc-probe
	@mkdir -p $(REL)
	@sh tools/cc-probe $(REL)/probe-$(CC_ID) $(CC) >$@

LINK_STATIC := $(and $(filter 1,$(STATIC)),$(CC_STATIC))
REL_FLAGS = -Iinclude/release $(OURS) $(HARDEN) $(CC_FLAGS) $(CC_LTO) \
            $(CC_KERNEL) $(CC_PIE) $(CPPFLAGS) $(CFLAGS)
$(eval $(call CONFIG,$(REL),$(CC),REL_FLAGS))
# Small but for this: all records sent pass through it, and it pays most by
# far for its bytes.
$(REL)/src/mdns/pack.o: private CFLAGS += -O2

# --- the program ---------------------------------------------------------

LEFT_OUT := $(foreach v,$(WITHOUT),$(filter %/cmd_$v.o,$(PROGRAM))) \
            $(if $(filter serve,$(WITHOUT)),src/run/serve%)
$(BIN): $(addprefix $(REL)/,$(filter-out $(LEFT_OUT),$(PROGRAM)))
	$(CC) $(CFLAGS) $(CC_LTO) $(CC_LDFLAGS) $(LDFLAGS) -o $@ $(LINK_STATIC) $^ \
	    $(LDLIBS) $(if $(LINK_STATIC),$(CC_STATIC_END))

run: $(BIN)
	./$(BIN) run --demo

# Nothing of the system is touched but these directories, and nothing started.
# With SYSTEMD=DIR (/usr/lib/systemd/system) also the unit file. Configuration
# and hooks are examples; initscripts are copied by hand from conf/.
TO      = $(DESTDIR)$(PREFIX)
SYSTEMD ?=
MAN     := $(wildcard man/*.[578])
HOOKS   := $(wildcard conf/hooks/*)
COMPAT  := crierd crier-inventory

install: $(BIN)
	install -d $(TO)/bin $(TO)/share/crier/hooks $(TO)/share/man/man5 \
	    $(TO)/share/man/man7 $(TO)/share/man/man8
	install -m 755 $(BIN) $(TO)/bin/crier
	for m in $(MAN); do \
	    install -m 644 $$m $(TO)/share/man/man$${m##*.}/ || exit 1; done
	install -m 644 conf/crier.conf $(TO)/share/crier/
	install -m 755 $(HOOKS) $(TO)/share/crier/hooks/
ifneq ($(SYSTEMD),)
	install -d $(DESTDIR)$(SYSTEMD)
	sed 's|=/usr/local/bin/|=$(PREFIX)/bin/|' conf/systemd/crier.service \
	    >$(DESTDIR)$(SYSTEMD)/crier.service
endif

# Other names that crier answers to, as links.
install-compat: install
	for name in $(COMPAT); do \
	    ln -sf crier $(TO)/bin/$$name || exit 1; done

# What is not ours in these directories stays, and so do they.
uninstall:
	rm -f $(TO)/bin/crier $(COMPAT:%=$(TO)/bin/%) \
	    $(TO)/share/crier/crier.conf \
	    $(HOOKS:conf/hooks/%=$(TO)/share/crier/hooks/%)
	for m in $(notdir $(MAN)); do \
	    rm -f $(TO)/share/man/man$${m##*.}/$$m || exit 1; done
	for dir in $(TO)/share/crier/hooks $(TO)/share/crier; do \
	    [ ! -d $$dir ] || rmdir $$dir || :; done
	$(if $(SYSTEMD),rm -f $(DESTDIR)$(SYSTEMD)/crier.service)

clean:
	rm -rf $(BUILD) $(BIN)

# --- tests ---------------------------------------------------------------

ifneq ($(filter check unit sim storm fuzz% layers %-programs,$(MAKECMDGOALS)),)
include $(TEST)/cc.mk
endif
$(TEST)/cc.mk: tools/cc-probe
	@mkdir -p $(TEST)
	@sh tools/cc-probe $(TEST)/probe $(TEST_CC) | sed 's/^CC_/TEST_/' >$@

DEBUG := -g -fno-omit-frame-pointer
TEST_FLAGS_ALL = -O1 $(DEBUG) $(OURS) $(TEST_FLAGS) $(TEST_SANITIZE) \
                 -Itests -Itests/unit
SIM_FLAGS  = -O2 $(DEBUG) $(OURS) $(TEST_FLAGS) -Itests -Itests/sim
FUZZ_FLAGS = -O1 $(DEBUG) $(OURS) -Itests -Itests/sim -Itests/fuzz \
             -fsanitize=fuzzer-no-link,address,undefined \
             -fno-sanitize-recover=all
$(eval $(call CONFIG,$(TEST),$(TEST_CC),TEST_FLAGS_ALL))
$(eval $(call CONFIG,$(SIM),$(TEST_CC),SIM_FLAGS))
$(eval $(call CONFIG,$(FUZZ),$(FUZZ_CC),FUZZ_FLAGS))

# All but main() as one archive a configuration, so that a test pulls what it
# uses; the helpers that stand beside unit tests and simulator likewise.
LIBRARY := $(filter-out src/main.o,$(PROGRAM))
UNIT_SRC := $(wildcard tests/unit/*.c)
UNIT_OBJ := $(patsubst %.c,%.o,$(filter-out tests/unit/test_%,$(UNIT_SRC)))
SIM_OBJ  := $(patsubst %.c,%.o,$(wildcard tests/sim/*.c))

# $(1) archive, $(2) objects
define ARCHIVE
$(1): $(2)
	@mkdir -p $$(@D) && rm -f $$@.new
	$(AR) rcs $$@.new $$^
	@mv -f $$@.new $$@
endef
$(foreach c,$(TEST) $(SIM) $(FUZZ),\
    $(eval $(call ARCHIVE,$c/libcrier.a,$(LIBRARY:%=$c/%)))\
    $(eval $(call ARCHIVE,$c/libsim.a,$(SIM_OBJ:%=$c/%))))
$(eval $(call ARCHIVE,$(TEST)/libunit.a,$(UNIT_OBJ:%=$(TEST)/%)))

# One archive a layer: its undefined symbols tell who uses whom.
$(foreach l,$(LAYERS),$(eval $(call ARCHIVE,$(REL)/lib$l.a,\
    $(addprefix $(REL)/,$(filter src/$l/%,$(PROGRAM))))))
layers: $(LAYERS:%=$(REL)/lib%.a)

UNIT := $(patsubst tests/unit/%.c,$(TEST)/%,$(filter tests/unit/test_%,$(UNIT_SRC)))
unit-programs: $(if $(TEST_CMOCKA),$(UNIT))
$(TEST)/test_%: $(TEST)/tests/unit/test_%.o $(TEST)/libunit.a \
                $(TEST)/libcrier.a
	$(TEST_CC) $(TEST_SANITIZE) -o $@ $^ $(TEST_CMOCKA)

sim-programs: $(SIM)/sim
$(SIM)/sim: $(SIM_OBJ:%=$(SIM)/%) $(SIM)/libcrier.a
	$(TEST_CC) -o $@ $^

# The corpus is replayed by a plain main() and needs no special compiler. A
# target may use the simulator (its archive) as its oracle.
FZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fz_*.c))
replay-programs: $(FZ:%=$(TEST)/%)
$(TEST)/fz_%: $(TEST)/tests/fuzz/fz_%.o $(TEST)/tests/fuzz/replay.o \
              $(TEST)/libsim.a $(TEST)/libcrier.a
	$(TEST_CC) $(TEST_SANITIZE) -o $@ $^
fuzz-programs: $(FZ:%=$(FUZZ)/%)
$(FUZZ)/fz_%: $(FUZZ)/tests/fuzz/fz_%.o $(FUZZ)/libsim.a $(FUZZ)/libcrier.a
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^

# tests/run builds what each kind needs, so that a test that does not
# compile is one failed test and the others still run.
check:
	@sh tests/run
unit sim net cli fuzz-replay interop soak:
	@sh tests/run $@

# More seeds than check runs; a failing one is printed and replayed, with its
# trace, by SEED=N here or with "make sim".
SEEDS ?= 1000
storm: sim-programs
	$(SIM)/sim $(if $(SEED),-v --seed $(SEED),--seeds $(SEEDS))

# Each target in turn for FUZZ_TIME seconds; findings go to tests/fuzz/corpus.
FUZZ_TIME ?= 1800
fuzz: fuzz-programs
	@for f in $(FZ); do mkdir -p $(FUZZ)/corpus/$$f tests/fuzz/corpus/$$f && \
	$(FUZZ)/$$f -max_total_time=$(FUZZ_TIME) -max_len=9000 \
	    -artifact_prefix=$(FUZZ)/corpus/$$f- \
	    $(FUZZ)/corpus/$$f tests/fuzz/corpus/$$f || exit 1; done

# All net tests as on a kernel that has little more than sockets.
strange: $(BIN)
	@sh tests/strange

# On all machines for which there are compilers; make check has one of them.
foreign:
	@sh tests/foreign

# Does each rule have a test that sees it broken? Ten minutes.
mutate:
	@sh tests/mutate

bench: $(BIN)
	tools/bench/run

.PHONY: all run install install-compat uninstall clean layers check unit sim \
        net cli interop soak fuzz fuzz-replay storm strange foreign mutate \
        bench unit-programs sim-programs replay-programs fuzz-programs FORCE
.PRECIOUS: $(TEST)/%.o $(FUZZ)/%.o
.DELETE_ON_ERROR:
