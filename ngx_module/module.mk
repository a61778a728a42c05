# The nginx module. Included by the top-level Makefile, which sets BUILD, and
# ASAN=1 for a build with sanitizers.
#
#   NGX_SRC      an nginx source tree; Debian's nginx-dev by default
#   NGX_FLAGS    configure arguments; Debian's own from its conf_flags
#
# The module is loadable by exactly the nginx whose sources it was built from.

NGX_SRC   ?= $(or $(NGINX_SRC),/usr/share/nginx/src)
NGX_BUILD  = $(BUILD)/nginx
MODULE     = $(BUILD)/ngx_http_pforte_module.so

MODULE_SRC = $(wildcard ngx_module/*.[ch]) config
CC_OPT     = -O2 -g -Wextra -Wshadow -fstack-protector-strong \
	-Wno-missing-field-initializers -Wno-sign-compare
LD_OPT     = -Wl,-z,relro -Wl,-z,now
ifdef ASAN
CC_OPT    += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
LD_OPT    += -fsanitize=address,undefined
else
CC_OPT    += -D_FORTIFY_SOURCE=2
endif

# Debian's tree has its flags in a bash array; any other is built --with-compat.
NGX_CONFIGURE = if [ -f conf_flags ]; then . ./conf_flags; else \
	NGX_CONF_FLAGS=(--with-compat --with-debug --with-http_ssl_module \
	--with-http_v2_module --with-http_realip_module --with-threads \
	--with-http_auth_request_module); fi; \
	configure=./configure; [ -f configure ] || configure=auto/configure; \
	$$configure "$${NGX_CONF_FLAGS[@]}" $(NGX_FLAGS)

# Which tree the build folder was made for: another one needs another Makefile.
$(NGX_BUILD)/tree: force
	@mkdir -p $(@D)
	@echo '$(NGX_SRC)' | cmp -s - $@ || echo '$(NGX_SRC)' >$@
.PHONY: force

# Again when a file appears or the options change, not when one is edited.
$(NGX_BUILD)/Makefile: config ngx_module/module.mk $(NGX_BUILD)/tree
	@mkdir -p $(@D)
	@root=$$PWD; build=$$(cd $(@D) && pwd); cd $(NGX_SRC) && \
	bash -c '$(NGX_CONFIGURE) --builddir='"$$build"' \
	    --add-dynamic-module='"$$root"' \
	    --with-cc-opt="$(CC_OPT)" --with-ld-opt="$(LD_OPT)"' \
	    >$$build/configure.log || { tail -n 20 $$build/configure.log; exit 1; }

$(MODULE): $(NGX_BUILD)/Makefile $(MODULE_SRC)
	@build=$$(cd $(NGX_BUILD) && pwd); cd $(NGX_SRC) && \
	$(MAKE) --no-print-directory -s -f $$build/Makefile modules
	@cp $(NGX_BUILD)/ngx_http_pforte_module.so $@.new
	@mv $@.new $@
ifdef ASAN
	@$(CC) -print-file-name=libasan.so >$(BUILD)/nginx.preload
endif

# nginx itself, for source trees that are not the installed nginx's.
$(BUILD)/sbin/nginx: $(NGX_BUILD)/Makefile
	@build=$$(cd $(NGX_BUILD) && pwd); cd $(NGX_SRC) && \
	$(MAKE) --no-print-directory -s -f $$build/Makefile binary
	@mkdir -p $(@D)
	@cp $(NGX_BUILD)/nginx $@

# Builds in a folder beside BUILD; NGX_SRC is a release or a checkout.
.PHONY: check-nginx
check-nginx: packages-test node-packages ## edge tests on another nginx (NGX_SRC=)
	@[ -f "$(NGX_SRC)/src/core/nginx.c" ] || { \
	    echo "NGX_SRC=$(NGX_SRC) is no tree of nginx's own sources"; exit 1; }
	@$(MAKE) --no-print-directory BUILD=build/other NGX_SRC="$(NGX_SRC)" \
	    module build/other/sbin/nginx tools
	PFORTE_BUILD=build/other node --test --test-concurrency=2 tests/edge/
