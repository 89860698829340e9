# Two commands for a first visit: make demo, make test.

GO      ?= go
DEMO    := .demo
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

.PHONY: help build demo test accuracy race lint fuzz venv notebooks clean \
	venv-spark bench bench-large bench-shapes bench-slopes bench-kernels bench-peers peers data-s data-m data-l FORCE
.PRECIOUS: .bench/%/complete .venvs/%/complete

help:
	@echo "make demo    release noised audiences of a real gift shop, twice"
	@echo "make test    run the tests"
	@echo "make accuracy   draw hundreds of releases and hold their errors to the goals"
	@echo "make build   build bin/throng"
	@echo "make mutants seed privacy bugs, one at a time, and demand that a named test finds each"
	@echo "make audit   attack releases until their noise is known to half a per cent"
	@echo "make soak    kill, stop, starve and mislead the real binary for most of an hour"
	@echo "make man     write the manual pages into bin/man"
	@echo "make shells  install zsh, fish and mandoc, which some tests run (Debian; needs root)"
	@echo "make race    run the tests with the race detector (needs a C compiler)"
	@echo "make lint    run the pinned linters"
	@echo "make fuzz    fuzz every reader of input, FUZZTIME each (default 30s)"
	@echo "make bench   measure Throng beside DuckDB, polars and bare decoding, on invented data;"
	@echo "             bench-large: 100 million events; bench-shapes: other data; bench-kernels: Go benchmarks;"
	@echo "             bench-ledger: releases paid a second; bench-consent: builds with opt-outs of many;"
	@echo "             bench-peers: beside libraries of differential privacy (needs Java 17)"
	@echo "make data-s  invent 2 million events below .bench; data-m: 20 million; data-l: 100 million"
	@echo "make venv    make .venv with DuckDB, the oracle of some tests, and what benchmarks compare with"
	@echo "make venv-spark   make .venv-spark with Spark, a writer of some tests' files (needs Java 17)"
	@echo "make postgres   install PostgreSQL's server, which some tests start (Debian; needs root)"
	@echo "make new-user   in a fresh clone, README's way from a CSV file to a report, with its time"
	@echo "make chromium axe   install a browser (Debian; needs root) and rules of accessibility (needs npm), which some tests use"
	@echo "make release build archives, bills of materials and checksums into dist; make reproducible builds them twice"
	@echo "make notebooks   make the releases that the notebooks read, and run them (needs Python)"

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-X main.tag=$(VERSION)" -o bin/throng ./cmd/throng

# The same commit gives the same bytes: see tools/ship/release.sh.
.PHONY: release reproducible
release:
	rm -rf dist
	tools/ship/release.sh dist
reproducible:
	tools/ship/reproducible.sh

# The demo's ledger stays in .demo, so a second run finds the release and pays nothing.
demo: build
	@mkdir -p $(DEMO)
	@test -f $(DEMO)/ledger.db || bin/throng ledger init --ledger sqlite:$(DEMO)/ledger.db
	@bin/throng ledger account --ledger sqlite:$(DEMO)/ledger.db --epsilon 8 --delta 1e-7 --period 364d --ceiling 24 \
		--policy datasets/plans/gift-shop.policy.yaml --if-missing gift-shop
	bin/throng build datasets/plans/gift-shop.yaml --data datasets/online-retail --date 2011-12-09 \
		--ledger sqlite:$(DEMO)/ledger.db --out $(DEMO)/releases

test:
	$(GO) test ./...

# The simulations of docs/benchmarks.md, with as many releases as it says.
accuracy:
	THRONG_ACCURACY=1 $(GO) test ./dp -run '^TestAccuracy|^TestReference$$|^TestOptimality$$|^TestBoundVectors$$|^TestSpeed$$' -v -count=1 -timeout 30m

# Privacy tests that take long. MUTANTS is a pattern of names; `go run ./cmd/mutants -list` prints them.
.PHONY: mutants audit
MUTANTS ?= .
mutants:
	$(GO) run ./cmd/mutants -run '$(MUTANTS)'

# What of the privacy tests needs many runs; make test runs them with few.
audit:
	THRONG_AUDIT=full $(GO) test -tags audit ./dp -run 'TestAudit|TestNoiseLayer' -count=1 -v
	THRONG_PAIRS=100 $(GO) test ./cmd/throng -run TestNeighboursLookAlike -count=1 -v

# What of the fault tests needs many runs; make test runs them with few. SOAK is
# a pattern of names.
.PHONY: soak
SOAK ?= .
soak:
	THRONG_SOAK=1 $(GO) test ./cmd/throng/soak ./dp/ledger/sqlite/... ./dp/ledger/postgres -run '$(SOAK)' -count=1 -v -timeout 3h

# Shells whose completion tests run, and mandoc, which looks at manual pages.
.PHONY: shells man
shells:
	@for tool in zsh fish mandoc; do command -v $$tool >/dev/null || missing=1; done; [ -z "$$missing" ] \
		|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends zsh fish mandoc; }

man: build
	bin/throng man --dir bin/man

race:
	CGO_ENABLED=1 $(GO) test -race ./...

lint:
	cd tools && $(GO) build -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	bin/golangci-lint run ./...

FUZZTIME ?= 30s
fuzz:
	@set -e; for f in $$(grep -rlE '^func Fuzz' --include='*_test.go' audience cmd dp); do \
		for name in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' $$f); do \
			echo "fuzz $$(dirname $$f) $$name"; \
			$(GO) test ./$$(dirname $$f) -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME); \
		done; \
	done

# Invented data are made once and kept; `make clean` leaves them.
BENCH  := .bench
ROUNDS ?= 3
SHAPE_FEW    := --size M --people 200000
SHAPE_PERSON := --size M --layout person
SHAPE_SNAPPY := --size M --codec snappy
SHAPE_HEX    := --size M --ids hex
SHAPE_INT    := --size M --ids int
SHAPE_WIDE   := --size M --ids wide

data-s: $(BENCH)/S/complete
data-m: $(BENCH)/M/complete
data-l: $(BENCH)/L/complete
$(BENCH)/S/complete: FLAGS = --size S
$(BENCH)/M/complete: FLAGS = --size M
$(BENCH)/L/complete: FLAGS = --size L
$(BENCH)/M-few/complete: FLAGS = $(SHAPE_FEW)
$(BENCH)/M-person/complete: FLAGS = $(SHAPE_PERSON)
$(BENCH)/M-snappy/complete: FLAGS = $(SHAPE_SNAPPY)
$(BENCH)/M-hex/complete: FLAGS = $(SHAPE_HEX)
$(BENCH)/XS-int/complete: FLAGS = --events 200000 --people 20000 --ids int
$(BENCH)/XS-wide/complete: FLAGS = --events 200000 --people 20000 --ids wide
$(BENCH)/M-int/complete: FLAGS = $(SHAPE_INT)
$(BENCH)/M-wide/complete: FLAGS = $(SHAPE_WIDE)
$(BENCH)/%/complete:
	$(GO) run ./cmd/datagen --out $(@D) $(FLAGS)
	@touch $@

bin/bench: build FORCE
	CGO_ENABLED=0 $(GO) build -trimpath -o $@ ./cmd/bench

# Speed counts only where all count the same people: a test inside the clean
# room compares exact counts first. WORKLOAD is w50, w500 for 500 segments,
# or mixed for rules of other kinds.
WORKLOAD ?= w50
check-%: $(BENCH)/%/complete bin/bench venv
	bin/bench plan --plan $(WORKLOAD) $(BENCH)/$*
	THRONG_W50=$(abspath $(BENCH)/$*) $(GO) test ./audience/cleanroom/local -run 'TestW50/$(WORKLOAD)$$' -count=1 -timeout 2h
measure-%: check-%
	bin/bench run --plan $(WORKLOAD) --rounds $(ROUNDS) --doc docs/benchmarks.md --title "$*$(if $(filter-out w50,$(WORKLOAD)), $(WORKLOAD))" $(BENCH)/$*

bench: ; $(MAKE) measure-S && $(MAKE) measure-M
bench-large: ; $(MAKE) measure-L
bench-shapes:
	for shape in M-few M-person M-snappy M-hex M-int M-wide; do $(MAKE) measure-$$shape || exit 1; done
	for shape in M M-few M-wide; do $(MAKE) measure-$$shape WORKLOAD=mixed || exit 1; done

# How a build grows with people, segments and events, and with threads.
bench-slopes: $(BENCH)/S/complete $(BENCH)/M/complete $(BENCH)/M-few/complete bin/bench
	bin/bench plan $(BENCH)/S && bin/bench plan $(BENCH)/M && bin/bench plan $(BENCH)/M-few && bin/bench plan --plan w500 $(BENCH)/M
	bin/bench slopes --rounds $(ROUNDS) --doc docs/benchmarks.md $(BENCH)

# What opt-outs of one person in ten cost a build, by the form of their file.
.PHONY: bench-consent
bench-consent: $(BENCH)/M/complete bin/bench
	bin/bench plan $(BENCH)/M
	bin/bench consent --rounds $(ROUNDS) --doc docs/benchmarks.md --title consent $(BENCH)/M

# Releases reserved and posted a second, in SQLite and in PostgreSQL. The disk
# syncs twice for each, so that is what it measures most.
.PHONY: bench-ledger
bench-ledger:
	$(GO) test ./dp/ledger/sqlite/... ./dp/ledger/postgres -run '^$$' -bench BenchmarkPair -benchtime 2000x
	$(GO) test ./dp/ledger/sqlite -run '^$$' -bench BenchmarkVerify -benchtime 3x -timeout 30m

bench-kernels:
	$(GO) run ./cmd/bench kernels --doc docs/benchmarks.md

# Libraries of differential privacy, from membership that DuckDB has worked out.
# Each has an environment of its own, because what they need conflicts.
PEERS := opendp pipelinedp tumult
bench-peers: check-S peers
	.venv/bin/python cmd/bench/peers/dp_members.py $(BENCH)/S $(BENCH)/S/w50.json
	bin/bench peers --rounds $(ROUNDS) --title peers --doc docs/benchmarks.md $(BENCH)/S

peers: $(PEERS:%=.venvs/%/complete) bin/beam
.venvs/%/complete: tools/peers/%.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@
bin/beam: FORCE
	cd cmd/bench/peers/beam && CGO_ENABLED=0 $(GO) build -o ../../../../$@ .

venv: .venv/bin/duckdb-ready
.venv/bin/duckdb-ready: tools/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@touch $@

venv-spark: .venv-spark/bin/spark-ready
.venv-spark/bin/spark-ready: tools/requirements-spark.txt
	python3 -m venv .venv-spark
	.venv-spark/bin/pip install --quiet --disable-pip-version-check -r tools/requirements-spark.txt
	@touch $@

# A server for the tests that need one. They start it themselves, in a folder of
# their own; without it they are skipped, and in CI they fail.
.PHONY: postgres
postgres:
	@command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 \
		|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql; }

# A browser, and rules of accessibility, for the tests of pages. Without them the
# tests are skipped, and in CI they fail.
.PHONY: chromium axe
chromium:
	@command -v chromium >/dev/null && command -v fc-match >/dev/null \
		|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fontconfig fonts-dejavu-core; }
axe: tools/axe/node_modules/axe-core/axe.min.js
tools/axe/node_modules/axe-core/axe.min.js: tools/axe/package-lock.json
	npm ci --prefix tools/axe --no-audit --no-fund --ignore-scripts
	@touch $@

notebooks: demo .venv-notebooks/complete
	.venv-notebooks/bin/python notebooks/prepare.py
	.venv-notebooks/bin/python notebooks/run.py

.venv-notebooks/complete: notebooks/requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

# README's five commands for data of one's own, in a fresh clone of what is committed.
.PHONY: new-user
new-user:
	.ci/new-user

clean:
	rm -rf bin dist $(DEMO)
