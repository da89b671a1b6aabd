GO ?= go
.PHONY: generate
generate:
	$(GO) run -tags fieldgen ./internal/event/gen
	./internal/wire/generate.sh
