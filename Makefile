# Two commands for a first visit: make demo, make test.

GO      ?= go
DEMO    := .demo
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

.PHONY: help build demo test race lint fuzz bench venv notebooks clean

help:
	@echo "make demo    release noised audiences of a real gift shop, twice"
	@echo "make test    run the tests"
	@echo "make build   build bin/throng"
	@echo "make race    run the tests with the race detector (needs a C compiler)"
	@echo "make lint    run the pinned linters"
	@echo "make fuzz    fuzz every reader of input, FUZZTIME each (default 30s)"
	@echo "make bench   run the Go benchmarks"
	@echo "make venv    make .venv with DuckDB, the oracle of some tests"
	@echo "make notebooks   run the notebooks on what the demo released (needs Python)"

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-X main.tag=$(VERSION)" -o bin/throng ./cmd/throng

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

bench:
	$(GO) test ./... -run '^$$' -bench . -benchmem

venv: .venv/bin/duckdb-ready
.venv/bin/duckdb-ready:
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@touch $@

notebooks: demo venv
	.venv/bin/python notebooks/run.py

clean:
	rm -rf bin $(DEMO)
