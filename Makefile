# Pforte. `make help` lists what there is to type.

BUILD   ?= build
PREFIX  ?= /usr
DESTDIR ?=
PORT    ?= 8080
STATE   ?= state

# ---------------------------------------------------------------- packages
# Everything comes from Debian; nothing is downloaded by other means but the
# npm packages that the tests pin in package-lock.json.

BUILD_PACKAGES = gcc libc6-dev make pkg-config gettext gawk \
	nginx-dev libpcre2-dev zlib1g-dev libssl-dev \
	libsodium-dev libjansson-dev libfcgi-dev libmemcached-dev libsqlite3-dev \
	libcurl4-openssl-dev libpq-dev libicu-dev libconfuse-dev libcairo2-dev \
	libpango1.0-dev libqrencode-dev libpng-dev libturbojpeg0-dev libjemalloc-dev
RUN_PACKAGES   = nginx memcached libsodium23 libjansson4 libssl3 libfcgi0ldbl \
	libmemcached11 libsqlite3-0 libpq5 libcurl4 libicu72 libconfuse2 libcairo2 \
	libpangocairo-1.0-0 libqrencode4 libpng16-16 libturbojpeg0 zlib1g libjemalloc2 \
	fonts-dejavu-core curl ca-certificates
TEST_PACKAGES  = nodejs npm libcmocka-dev chromium poppler-utils sqlite3 postgresql-15 procps openssl \
	zbar-tools
LINT_PACKAGES  = clang-format cppcheck shellcheck universal-ctags gawk gettext
FUZZ_PACKAGES  = clang libclang-rt-14-dev
SOAK_PACKAGES  = valgrind
BENCH_PACKAGES = wrk libnginx-mod-http-lua apache2-bin libapache2-mod-auth-openidc
IMAGE_PACKAGES = podman runc debootstrap

# $(call install_packages,LIST): silent and quick when all are there.
define install_packages
	@missing=; for p in $(1); do \
	    dpkg-query -W -f='$${Status}' "$$p" 2>/dev/null | \
	        grep -q '^install ok' || missing="$$missing $$p"; \
	done; \
	$(2) \
	if [ -n "$$missing" ]; then \
	    echo "installing Debian packages:$$missing"; \
	    as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; \
	    $$as_root apt-get -qq update && \
	    DEBIAN_FRONTEND=noninteractive $$as_root apt-get -qq install -y \
	        --no-install-recommends $$missing >/dev/null; \
	fi
endef

# Node may be there from elsewhere, and then Debian's would only shadow it.
skip_node = if command -v node >/dev/null && command -v npm >/dev/null; then \
	    missing=$$(echo " $$missing " | sed 's/ nodejs / /; s/ npm / /'); \
	    missing=$${missing% }; [ "$$missing" = " " ] && missing=; fi;

# ---------------------------------------------------------------- variants
# ASAN=1 and COVER=1 build beside the plain build, not over it.

CC       ?= gcc
CFLAGS   ?= -O2 -g
STANDARD  = -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-fstack-protector-strong -fno-common
ifdef ASAN
BUILD    := $(BUILD)/asan
override CFLAGS += -O1 -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined
override LDFLAGS += -fsanitize=address,undefined
else ifdef COVER
BUILD    := $(BUILD)/cover
override CFLAGS += -O0 --coverage
override LDFLAGS += --coverage
else
STANDARD += -D_FORTIFY_SOURCE=2 -fPIE
override LDFLAGS += -pie -Wl,-z,relro,-z,now
endif

PC_PURE = libsodium jansson libcrypto
PC_APP  = $(PC_PURE) sqlite3 libpq libmemcached libcurl icu-uc icu-i18n libconfuse \
	cairo pangocairo libqrencode libpng libturbojpeg zlib
# Where no sanitizer keeps the memory itself (docs/decisions/0053-memory-is-jemallocs.md).
MALLOC  = $(if $(ASAN),,-ljemalloc)
# Asked once, and only after the packages are there.
PC_FILE := $(BUILD)/flags.mk

INCLUDES = -Ifcgi_app -Ingx_module -I$(BUILD)/gen
DEFINES  = -DPFORTE_SHARE='"$(PREFIX)/share/pforte"' \
	-DPFORTE_CONF='"/etc/pforte/pforte.conf"'

PURE_SRC = $(wildcard ngx_module/pf_*.c)
APP_SRC  = $(wildcard fcgi_app/*.c fcgi_app/*/*.c)
GEN_SRC  = $(BUILD)/gen/migrations.c
PURE_OBJ = $(PURE_SRC:%.c=$(BUILD)/%.o)
APP_OBJ  = $(APP_SRC:%.c=$(BUILD)/%.o) $(GEN_SRC:.c=.o)
LIB_OBJ  = $(filter-out %/main.o,$(APP_OBJ)) $(PURE_OBJ)
UNIT_SRC = $(wildcard tests/unit/test_*.c)
UNIT     = $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)
TOOL_SRC = $(wildcard tests/lib/*.c)
PRELOAD_SRC = $(wildcard tests/lib/preload/*.c)
TOOLS    = $(TOOL_SRC:tests/lib/%.c=$(BUILD)/tests/%) \
	$(PRELOAD_SRC:tests/lib/preload/%.c=$(BUILD)/tests/%.so)
BENCH_SRC = $(wildcard tests/bench/*.c)
BENCH    = $(BENCH_SRC:tests/bench/%.c=$(BUILD)/bench/%)
FUZZ_SRC = $(wildcard tests/fuzz/fuzz_*.c)
FUZZ     = $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/%)

# ---------------------------------------------------------------- building
.PHONY: all build help run link test check-unit check-edge check-app \
	check-browser check-http check-fault lint asan fuzz soak bench cover container install \
	rows pot clean packages-build packages-run packages-test node-packages

all: build

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "make %-14s %s\n", $$1, $$2}' \
	    Makefile ngx_module/module.mk

packages-build:
	$(call install_packages,$(BUILD_PACKAGES))

packages-run:
	$(call install_packages,$(RUN_PACKAGES))

packages-test: packages-build packages-run
	$(call install_packages,$(TEST_PACKAGES),$(skip_node))

# As many compilers as processors, unless make was told how many.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc) --output-sync)
SUBMAKE  = $(MAKE) --no-print-directory $(PARALLEL)

# Recursion, because flags are asked of packages that this may just install.
build: packages-build ## the module and the application, below build/
	@$(SUBMAKE) binaries

.PHONY: binaries app module share unit tools bench-tools
binaries: app module share
app: $(BUILD)/pforte
share: $(BUILD)/share/.stamp
unit: $(UNIT)
tools: $(TOOLS)
bench-tools: $(BENCH)

ifneq ($(filter binaries app module share unit tools bench-tools fuzzers tests,$(MAKECMDGOALS)),)
include $(PC_FILE)
endif

$(PC_FILE): Makefile
	@pkg-config --print-errors --exists $(PC_APP)
	@mkdir -p $(@D)
	@echo "PURE_CFLAGS = $$(pkg-config --cflags $(PC_PURE))" >$@.new
	@echo "PURE_LIBS = $$(pkg-config --libs $(PC_PURE))" >>$@.new
	@echo "APP_CFLAGS = $$(pkg-config --cflags $(PC_APP))" >>$@.new
	@echo "APP_LIBS = $$(pkg-config --libs $(PC_APP)) -lfcgi -lm" >>$@.new
	@mv $@.new $@

$(BUILD)/gen/migrations.c: fcgi_app/migrations/embed.sh \
		$(wildcard fcgi_app/migrations/*.sql)
	@mkdir -p $(@D)
	@sh $< $(filter %.sql,$^) >$@.new
	@mv $@.new $@

# V=1 shows the commands.
ifndef V
Q = @echo "  $(1) $@";
else
Q =
endif

COMPILE = $(CC) $(STANDARD) $(CFLAGS) $(INCLUDES) $(DEFINES) $(APP_CFLAGS) -MMD -MP

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call Q,CC)$(COMPILE) -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(call Q,CC)$(COMPILE) -c -o $@ $<

$(BUILD)/pforte: $(APP_OBJ) $(PURE_OBJ)
	$(call Q,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(APP_LIBS) $(MALLOC)

$(BUILD)/tests/test_%: tests/unit/test_%.c $(LIB_OBJ)
	@mkdir -p $(@D)
	$(call Q,LD)$(COMPILE) -Itests/unit $(LDFLAGS) -o $@ $< $(LIB_OBJ) $(APP_LIBS) -lcmocka

# Loaded into programs that have their own sanitizer, or none.
$(BUILD)/tests/%.so: tests/lib/preload/%.c
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -fPIC -shared -o $@ $<

$(BUILD)/tests/%: tests/lib/%.c $(PURE_OBJ)
	@mkdir -p $(@D)
	$(call Q,LD)$(COMPILE) $(LDFLAGS) -o $@ $< $(PURE_OBJ) $(PURE_LIBS)

$(BUILD)/bench/documents: tests/bench/documents.c $(LIB_OBJ)
	@mkdir -p $(@D)
	$(call Q,LD)$(COMPILE) $(LDFLAGS) -o $@ $< $(LIB_OBJ) $(APP_LIBS) $(MALLOC)

$(BUILD)/bench/%: tests/bench/%.c $(PURE_OBJ)
	@mkdir -p $(@D)
	$(call Q,LD)$(COMPILE) $(LDFLAGS) -o $@ $< $(PURE_OBJ) $(PURE_LIBS) -lfcgi

# What the application reads at run time: templates, static files, catalogues.
CATALOGUES = $(patsubst fcgi_app/po/%.po,$(BUILD)/share/po/%.mo,\
	$(wildcard fcgi_app/po/*.po))

$(BUILD)/share/po/%.mo: fcgi_app/po/%.po
	@mkdir -p $(@D)
	$(call Q,MO)msgfmt --check -o $@ $<

$(BUILD)/share/.stamp: $(CATALOGUES) $(wildcard fcgi_app/templates/* \
		fcgi_app/static/* conf/* conf/dev/*)
	@rm -rf $(@D)/templates $(@D)/static $(@D)/conf
	@cp -R fcgi_app/templates fcgi_app/static conf $(@D)/
	@touch $@

include ngx_module/module.mk
module: $(BUILD)/ngx_http_pforte_module.so

-include $(APP_OBJ:.o=.d) $(PURE_OBJ:.o=.d) $(UNIT:%=%.d) $(TOOLS:%=%.d) $(BENCH:%=%.d)

# ---------------------------------------------------------------- running
run: build packages-run ## the demo on http://127.0.0.1:8080 (PORT=, STATE=)
	@PFORTE_BUILD="$(BUILD)" exec conf/dev/run.sh "$(STATE)" "$(PORT)"

link: ## a fresh SSO link into the running demo (STATE=)
	@$(BUILD)/pforte --config "$(STATE)/pforte.conf" sso-link --tenant acme \
	    --user anna

install: build ## below PREFIX (/usr) and DESTDIR
	install -Dm755 $(BUILD)/pforte $(DESTDIR)$(PREFIX)/bin/pforte
	install -Dm644 $(BUILD)/ngx_http_pforte_module.so \
	    $(DESTDIR)$(PREFIX)/lib/nginx/modules/ngx_http_pforte_module.so
	install -d $(DESTDIR)$(PREFIX)/share/pforte
	cp -R $(BUILD)/share/templates $(BUILD)/share/static $(BUILD)/share/po \
	    $(BUILD)/share/conf $(DESTDIR)$(PREFIX)/share/pforte/

# ---------------------------------------------------------------- testing
ON_POSTGRESQL = node tests/lib/postgresql.mjs
# Several files at once: CONTRIBUTING.md says what that asks of a test.
POOL = env PFORTE_BUILD="$(BUILD)" node tests/lib/pool.mjs

node-packages: node_modules/.stamp
node_modules/.stamp: package.json package-lock.json
	@echo "installing npm packages of package-lock.json"
	@npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

test: build packages-test ## installs what tests need, runs every test
	@$(MAKE) --no-print-directory lint check-unit check-http check-fault

check-unit: packages-test ## unit tests (cmocka)
	@$(SUBMAKE) unit tools
	@BUILD="$(BUILD)" sh tests/lib/run-unit.sh $(UNIT)
	@BUILD="$(BUILD)" $(ON_POSTGRESQL) sh tests/lib/run-unit.sh $(BUILD)/tests/test_db

check-edge: build packages-test node-packages ## the module, over HTTP
	@$(SUBMAKE) tools
	$(POOL) edge

check-app: build packages-test node-packages ## the whole, over HTTP
	@$(SUBMAKE) tools
	$(POOL) app postgresql:app

check-fault: build packages-test node-packages ## kill, stop and hang parts
	@$(SUBMAKE) tools
	PFORTE_JOBS=2 $(POOL) fault

check-browser: build packages-test node-packages ## walks in Chromium
	@$(SUBMAKE) tools
	$(POOL) browser

check-http: build packages-test node-packages ## edge, app and browser in one go
	@$(SUBMAKE) tools
	$(POOL) edge app postgresql:app browser

lint: ## format, include levels, lists kept in two places
	$(call install_packages,$(LINT_PACKAGES))
	@$(SUBMAKE) app
	@BUILD="$(BUILD)" sh tests/lint/run.sh

asan: ## unit, edge and app tests under ASan + UBSan
	@$(MAKE) --no-print-directory ASAN=1 build check-unit check-edge check-app

fuzz: packages-build ## every fuzz target for FUZZ_SECONDS (60)
	$(call install_packages,$(FUZZ_PACKAGES))
	@$(SUBMAKE) fuzzers
	@BUILD="$(BUILD)" sh tests/fuzz/run.sh $(FUZZ)
	@$(MAKE) --no-print-directory fuzz-edge

fuzz-edge: packages-test node-packages ## nginx with the module, for FUZZ_SECONDS
	@$(MAKE) --no-print-directory ASAN=1 build tools
	@PFORTE_BUILD=$(BUILD)/asan node --test tests/fuzz/edge.test.mjs

FUZZ_SAN = -g -O1 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined
FUZZ_LIB = $(filter-out fcgi_app/main.c,$(APP_SRC)) $(GEN_SRC) $(PURE_SRC)
FUZZ_OBJ = $(FUZZ_LIB:%.c=$(BUILD)/fuzz/obj/%.o)
.PHONY: fuzzers fuzz-edge
.SECONDARY: $(FUZZ_OBJ)
fuzzers: $(FUZZ)
$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call Q,CC)clang -std=c11 -D_GNU_SOURCE -g -O1 \
	    -fsanitize=fuzzer-no-link,address,undefined \
	    -fno-sanitize-recover=undefined $(INCLUDES) $(DEFINES) $(APP_CFLAGS) \
	    -MMD -MP -c -o $@ $<
$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_OBJ)
	$(call Q,LD)clang -std=c11 -D_GNU_SOURCE $(FUZZ_SAN) $(INCLUDES) $(APP_CFLAGS) -o $@ \
	    $< $(FUZZ_OBJ) $(APP_LIBS)
-include $(FUZZ_OBJ:.o=.d)

soak: build packages-test node-packages ## 200 reloads under load, and in valgrind
	$(call install_packages,$(SOAK_PACKAGES))
	@$(SUBMAKE) tools
	@PFORTE_BUILD="$(BUILD)" node --test tests/soak/reloads.test.mjs
	@PFORTE_BUILD="$(BUILD)" SOAK_VALGRIND=1 node --test tests/soak/reloads.test.mjs

bench: build packages-test node-packages ## ratios, interleaved, CPU a request
	$(call install_packages,$(BENCH_PACKAGES))
	@$(MAKE) --no-print-directory bench-tools
	@PFORTE_BUILD="$(BUILD)" node tests/bench/run.mjs

cover: packages-test ## line coverage of the unit tests
	@$(MAKE) --no-print-directory COVER=1 check-unit
	@sh tests/lib/coverage.sh build/cover

container: packages-test node-packages ## image from conf/Containerfile, and its tests
	$(call install_packages,$(IMAGE_PACKAGES))
	@bash tests/container/run.sh

rows: ## rows of the requirements that no test names
	@node tests/lib/rows.mjs

pot: ## message template of all catalogues, on standard output
	@sh fcgi_app/po/extract.sh

clean: ## everything that was built
	rm -rf build node_modules
