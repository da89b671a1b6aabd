#!/bin/sh
# Writes the Go code of the wire messages; needs protoc. Run by `make generate`.
set -eu
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
GOBIN=$bin go install google.golang.org/protobuf/cmd/protoc-gen-go \
  google.golang.org/grpc/cmd/protoc-gen-go-grpc \
  github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto
cd "$(dirname "$0")"
for f in eventpb/event.proto wirepb/wire.proto; do
  PATH="$bin:$PATH" protoc -I . --go_out=. --go_opt=paths=source_relative \
    --go-vtproto_out=. --go-vtproto_opt=paths=source_relative,features=marshal+unmarshal+unmarshal_unsafe+size+pool "$f"
done
PATH="$bin:$PATH" protoc -I . --go-grpc_out=. --go-grpc_opt=paths=source_relative wirepb/wire.proto
