# The two commands of the README, and the ones that developers use. Meson and ninja do the work.
BUILD ?= build
.PHONY: run test check build install-deps format tidy bench clean

build: install-deps
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) >/dev/null
	@ninja -C $(BUILD)

install-deps:
	@tools/install-deps

run: build
	@$(BUILD)/pawl dev

test: build
	@tools/run-tests $(BUILD)

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf $(BUILD)
