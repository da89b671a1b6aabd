# Vedette. `make up` builds and starts everything on this machine; `make test`
# passes the tests. Both need Go, git and make; `make test` as root adds what
# else it needs with apt (see test/prerequisites.sh).

GO        ?= go
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS   := -s -w -X github.com/vedette-edr/vedette/internal/wire.version=$(VERSION)
BUILD     := CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)'
PACKAGES  ?= ./...
VEDETTE_DATA ?= $(abspath ../shared/data)
export VEDETTE_DATA

.PHONY: all
all: lint test

## build: bin/vedette and bin/vedette-agent, static
.PHONY: build
build:
	@GO='$(GO)' LDFLAGS='$(LDFLAGS)' ./test/build.sh

## up: build, then manager + console + agent of this host
.PHONY: up
up: build
	@bin/vedette up $(ARGS)

## test: everything, with the race detector; as root in the sandbox
.PHONY: test
test:
	@./test/test.sh $(PACKAGES)

## sandbox: run CMD in namespaces, a cgroup and an overlay of its own
.PHONY: sandbox
sandbox: override export CMD := $(value CMD)
sandbox:
	@if [ -z "$$CMD" ]; then echo "usage: make sandbox CMD='command'"; exit 2; fi; ./test/sandbox/sandbox.sh bash -c "$$CMD"

## demo: a harmless attack on a guarded sandbox, and the table of what was seen
.PHONY: demo
demo: build
	@./test/sandbox/sandbox.sh $(GO) run ./test/demo $(ARGS)

## screenshots: the console's pages in dark and light, of a fresh demo, in .cache/out/screenshots
.PHONY: screenshots
screenshots: build
	@CGO_ENABLED=0 $(GO) build -trimpath -o .cache/ ./test/demo ./test/screenshots
	@./test/sandbox/sandbox.sh ./test/screenshots/run.sh

## corpus: record the techniques of test/corpus/linux again
.PHONY: corpus
corpus: build
	@VEDETTE_OUT=$(CURDIR)/.cache/out ./test/sandbox/sandbox.sh bash -c '$(GO) run ./test/corpus/record -out $$VEDETTE_OUT'
	@cp .cache/out/events.jsonl.gz test/corpus/linux/

## bench: cost of sensing, pipeline and store, one JSON object per figure
.PHONY: bench
bench: build
	@./test/sandbox/sandbox.sh $(GO) run ./bench $(ARGS)

## bench-sensors: what the sensors add to what programs do, here and (bench-vm) in guests
.PHONY: bench-sensors
bench-sensors: build
	@code=0; ./test/sandbox/sandbox.sh $(GO) run ./bench -only spawn,sensors || code=$$?; ./test/bench-vm.sh $(KERNELS) || code=$$?; exit $$code

## bench-vm: the same beside auditd in guests on KERNELS (6.1 and 6.12), in instructions, which do not depend on the machine's load
.PHONY: bench-vm
bench-vm: build
	@./test/bench-vm.sh $(KERNELS)

## bench-loss: storms at full speed, and the account of every event of them
.PHONY: bench-loss
bench-loss: build
	@./test/sandbox/sandbox.sh $(GO) run ./bench -only loss

## bench-detect: speed and memory of the detection engine, one JSON object per figure
.PHONY: bench-detect
bench-detect:
	@$(GO) build -o .cache/bench-detect ./bench/detect
	@$(GO) build -o .cache/bench-ioc ./bench/ioc
	@.cache/bench-detect $(ARGS)
	@.cache/bench-ioc

## detection-table: docs/detections.md, what the rules find and how much noise they make
.PHONY: detection-table
detection-table:
	@$(GO) build -o .cache/detections ./bench/detections
	@.cache/detections > .cache/detections.md
	@mv .cache/detections.md docs/detections.md

## exam: the self-exam in the sandbox: a JSON object for each row of docs/telemetry.md, and the score
.PHONY: exam
exam: build
	@./test/exam.sh $(ARGS)

## exam-vm: the same in guests with systemd on Debian's kernels, where modules are loaded and people log on
.PHONY: exam-vm
exam-vm: build
	@./test/exam-vm.sh $(KERNELS)

## exam-public: the exerciser of the public EDR Telemetry Project in DIR (a checkout of it), unchanged, in the guest
.PHONY: exam-public
exam-public: build
	@./test/exam-public.sh '$(DIR)' $(KERNELS)

## vm-image: the disk of these guests, made again only when what it is made of changed
.PHONY: vm-image
vm-image:
	@./test/vm/image.sh

## kill-rounds: kill -9 of agent and manager under load, ROUNDS times (20)
.PHONY: kill-rounds
kill-rounds: build
	@./test/sandbox/sandbox.sh $(GO) run ./test/killrounds -rounds $(or $(ROUNDS),20)

## support: docs/support.md from the sensors' tests here and on two guest kernels
.PHONY: support
support:
	@./test/support.sh $(ARGS)

## soak: mixed load for SOAK (20m), flat memory, ledger equal to the truth
.PHONY: soak
soak: build
	@./test/sandbox/sandbox.sh $(GO) run ./test/soak -for $(or $(SOAK),20m)

## fuzz: every fuzz test for FUZZTIME (10m)
.PHONY: fuzz
fuzz:
	@./test/fuzz.sh $(or $(FUZZTIME),10m)

## generate: what is made from the list of fields, the BPF objects, the console
.PHONY: generate
generate:
	$(GO) run -tags fieldgen ./internal/event/gen
	./internal/wire/generate.sh
	$(GO) generate ./internal/...

## changelog: CHANGELOG.md, from the files in changelog/
.PHONY: changelog
changelog:
	$(GO) test ./internal -run TestChangelog -update

## console: the web console's build, from web/
.PHONY: console
console:
	cd web && npm ci --no-audit --no-fund && npm run build

## lint: gofmt, go vet, staticcheck
.PHONY: lint
lint:
	@test -z "$$(gofmt -l cmd internal rules test bench)" || { echo "gofmt:"; gofmt -l cmd internal rules test bench; exit 1; }
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

## release: static programs for linux amd64 and arm64 in dist/
.PHONY: release
release:
	@for arch in amd64 arm64; do for cmd in vedette vedette-agent; do \
	  echo "dist/$$cmd-linux-$$arch"; \
	  GOOS=linux GOARCH=$$arch $(BUILD) -o dist/$$cmd-linux-$$arch ./cmd/$$cmd || exit 1; \
	done; done; cd dist && sha256sum vedette-* > SHA256SUMS

.PHONY: help
help:
	@sed -n 's/^## //p' Makefile
