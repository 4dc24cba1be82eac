# Pinned tools that are fetched when first used.
REDOCLY  := @redocly/cli@2.77.0
SPECTRAL := @stoplight/spectral-cli@6.16.3
GOLANGCI := go tool -modfile=tools/go.mod golangci-lint
BENCHSTAT := go tool -modfile=tools/benchstat/go.mod benchstat

ARGS     ?=
COUNT    ?= 6
PACKAGES ?= ./...
FUZZTIME ?= 5s
TALLY_SOAK ?= 30m
TALLY_KILLS ?= 200

.DEFAULT_GOAL := help
.PHONY: help demo run test whole whole-time whole-runs shared selftest exam build check vet fmt lint fuzz fuzz-wire lint-openapi bench bench-gate bench-peers microbench soak crowd large kill deploy-check clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## Build, start the mock, check it, and write all reports to out/
	@./.ci/demo

run: ## Build and start the mock on 127.0.0.1:8080; ARGS='--speed 60' adds flags
	@go build -o bin/tally ./cmd/tally
	@exec bin/tally mock $(ARGS)

# The longest packages come first, so that none of them is left alone at the end.
test: ## Run the tests with the race detector
	go test -race -timeout 20m ./mock ./conformance ./cmd/tally ./derive/... ./...
	./.ci/tests -race -cpu 1 ./cmd/internal/lane ./cmd/internal/crowd # on one processor, connections have a poller of their own
	./.ci/tests -race -cpu 1 -run '^Test(TooLargeIsAnswered|SlowClients|HeaderBound|ConnectionBound|Versions)$$' ./cmd/tally # under TLS and HTTP/2 too

WHOLE := Whole|Dashboard|PageCost|ForkCost|Hostile|SameSeed|Values|Huge|LargeEntry

whole: whole-time whole-runs ## Run the tests about size, time or whole runs, which the race detector would distort

whole-time: # those that compare times want nothing beside them
	./.ci/tests -count=1 -p 1 -run '$(WHOLE)' ./mock ./fixtures ./derive ./derive/changelog ./cmd/internal/bench

whole-runs:
	./.ci/tests -count=1 -run '$(WHOLE)' ./conformance

shared: ## Run three mocks on one PostgreSQL behind nginx: one of them, killed, restarted, measured; TALLY_CREATES=N
	./.ci/tests -count=1 -run '^TestWholeShared$$' -v ./cmd/tally

build: ## Build bin/tally, as deploy/Dockerfile does
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/tally ./cmd/tally

check: vet fmt lint test whole fuzz ## Everything that must hold for a change in Go: vet, format, lint, tests, fuzzing

vet:
	go vet ./...

fmt:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not in the form of gofmt:"; echo "$$unformatted"; exit 1; fi

lint: ## Run golangci-lint, as pinned in tools/go.mod
	$(GOLANGCI) run ./...

fuzz: ## Run each fuzz target for FUZZTIME (5s)
	@./.ci/fuzz $(FUZZTIME)

fuzz-wire: ## Run those fuzz targets longer that throw at the mock what may come over the wire
	@./.ci/beside './.ci/fuzz 30s FuzzRawRequest' './.ci/fuzz 30s FuzzPlain' './.ci/fuzz 30s FuzzToken' './.ci/fuzz 30s FuzzControlCall' './.ci/fuzz 30s FuzzSign'

selftest: build ## Plant every defect in the mock and see that the runner finds it, with no false alarm
	./bin/tally selftest --fail-fast

exam: build ## The long form: 20 seeds, and every fault of the second server
	./bin/tally selftest --seeds 20
	TALLY_SEEDS=20 TALLY_EXAM=1 go test -timeout 60m -run 'Conforms|Faults' -v ./conformance

lint-openapi: ## Hold openapi.yaml to Redocly's and Spectral's rules, the control API's document to their errors
	npx --yes $(REDOCLY) lint openapi.yaml
	npx --yes $(SPECTRAL) lint --fail-severity=warn openapi.yaml
	npx --yes $(REDOCLY) lint --format=summary --skip-rule=no-path-trailing-slash mock/control/openapi.yaml
	npx --yes $(SPECTRAL) lint --fail-severity=error --display-only-failures mock/control/openapi.yaml

soak: ## Put the mock under everything at once for TALLY_SOAK (30m), with the race detector
	TALLY_SOAK=$(TALLY_SOAK) go test -race -count=1 -timeout 0 -run '^TestSoak$$' -v ./mock

kill: ## Kill a mock that keeps its state TALLY_KILLS (200) times under load, and see that nothing acknowledged is lost
	TALLY_KILLS=$(TALLY_KILLS) go test -count=1 -timeout 60m -run '^TestKeptKilled$$' -v ./cmd/tally

crowd: ## Serve beside 10,000 idle connections and 1,000 that send a byte a second, and beside nobody, and compare
	TALLY_CROWD=1 go test -count=1 -run '^TestCrowd$$' -v ./cmd/tally

large: ## Measure lists, memory, due times, snapshots and reloads at a million instances
	TALLY_LARGE=1 go test -count=1 -timeout 60m -run 'WholeLargeList|WholeMemory|WholeArrears|WholeBeside' -v ./mock

bench: build ## Measure the mock against a bare Echo server; ARGS='--quick' or '--large' changes how much
	@mkdir -p out
	@go build -o bin/bench ./cmd/internal/bench
	bin/bench --json out/bench.json --svg out/bench.svg $(ARGS)

bench-gate: build ## Measure for 25 seconds, and fail when the mock has become slower than the committed baseline
	@go build -o bin/bench ./cmd/internal/bench
	bin/bench --quick --check cmd/internal/bench/baseline.json

bench-peers: build ## Measure the mock and the runner beside their peers, 45 minutes; ARGS='--resume' goes on where a run has ended
	@go build -o bin/bench ./cmd/internal/bench
	@bash tools/peers/install.sh; installed=$$?; bin/bench peers --markdown docs/benchmarks.md --svg docs/benchmarks.svg $(ARGS) && exit $$installed

microbench: ## Run the benchmarks of the packages COUNT (6) times, into out/microbench.txt; BASE=FILE compares with an earlier one
	@mkdir -p out
	@bash -o pipefail -c "go test -run '^$$' -bench . -benchmem -count $(COUNT) $(PACKAGES) | tee out/microbench.txt"
	$(BENCHSTAT) $(BASE) out/microbench.txt

deploy-check: build ## Hold deploy/ to the tools that read it, and build and run the image with buildah
	cd deploy && go vet ./... && go test -count=1 ./...

clean: ## Remove what was built
	rm -rf bin out
