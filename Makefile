# Systole in C people's words; the work is in src/xtask (cargo run -p xtask -- help).
#
#   make                 build for release, stage below the target folder
#   make demo            two virtual hosts of this machine, and an address that survives a power loss (as root)
#   make check           every test; installs the Debian packages it needs when root
#   make sim             simulated clusters under faults: SEEDS= how many, FROM= which first, TRACE=1 every event of FROM;
#                        FIGURES=1 what forming rings costs, instead
#   make compare         C programs and tools alone, on what is staged; ONLY=cpg the programs of one folder
#   make fuzz            TARGET= SECONDS=    coverage-guided fuzzing, of all targets unless one is named
#   make clusters        clusters of the reference's daemons and ours through all faults, about an hour
#   make pacemaker       Debian's pacemaker and quorum device on clusters of ours and mixed ones (as root)
#   make bench           reference and ours side by side; ONLY=cib CIB managers, ONLY=execd executors (as root), ONLY=alone
#                        corosync on one host, ONLY=ring rings of several (as root), of them
#                        FIGURE=start, death, plain or encrypted alone, which shows the table and doesn't keep it
#   make install         DESTDIR= prefix= libdir= sbindir= includedir= sysconfdir= localstatedir= mandir= unitdir=
#   make uninstall       with the same settings

DESTDIR ?=
prefix ?=
libdir ?=
sbindir ?=
includedir ?=
sysconfdir ?=
localstatedir ?=
mandir ?=
unitdir ?=
TARGET ?=
SECONDS ?= 20
SEEDS ?= 1000
FROM ?= 0
TRACE ?=
ONLY ?=
FIGURE ?=
FIGURES ?=

CARGO ?= cargo
XTASK = @command -v $(CARGO) >/dev/null || { echo "cargo is missing: install Rust 1.88 or later, https://rustup.rs" >&2; exit 1; }; \
	$(CARGO) run --quiet --package xtask --
LAYOUT = --destdir "$(DESTDIR)" --prefix "$(prefix)" --libdir "$(libdir)" --sbindir "$(sbindir)" \
	--includedir "$(includedir)" --sysconfdir "$(sysconfdir)" --localstatedir "$(localstatedir)" \
	--mandir "$(mandir)" --unitdir "$(unitdir)"

all:
	$(XTASK) build

demo check clusters pacemaker:
	$(XTASK) $@

compare:
	$(XTASK) compare $(if $(ONLY),--only "$(ONLY)")

bench:
	$(XTASK) bench $(if $(ONLY),--only "$(ONLY)") --figure "$(FIGURE)"

fuzz:
	$(XTASK) fuzz --target "$(TARGET)" --seconds "$(SECONDS)"

sim:
	$(XTASK) sim --from "$(FROM)" --seeds "$(SEEDS)" $(if $(TRACE),--trace) $(if $(FIGURES),--figures)

install uninstall:
	$(XTASK) $@ $(LAYOUT)

clean:
	$(CARGO) clean

.PHONY: all demo check compare clusters pacemaker fuzz sim bench install uninstall clean
