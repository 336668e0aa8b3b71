# The two commands of the README, and the ones that developers use. Meson and ninja do the work.
BUILD ?= build
.PHONY: run test build install-deps tidy sanitize sanitize-thread fuzz effects cost crash bench install format clean

build: install-deps
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) >/dev/null
	@ninja -C $(BUILD)

install-deps:
	@tools/install-deps

run: build
	@$(BUILD)/pawl dev

test: build
	@tools/run-tests $(BUILD)

tidy:
	@tools/tidy $(BUILD)

sanitize: install-deps
	@tools/test-sanitized

sanitize-thread: install-deps
	@tools/test-sanitized thread

fuzz:
	@tools/fuzz smoke

effects: build
	@python3 -B tests/api/effects_random.py $(BUILD)/pawl 10000

cost: build
	@$(BUILD)/tests/cost/cost_test --long

crash: build
	@tests/crash/crash.py $(BUILD)/pawl --kills 200

bench: install-deps
	@bench/run

install: build
	@meson install -C $(BUILD)

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf $(BUILD)
