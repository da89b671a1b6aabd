package trace

//go:generate go tool bpf2go -cc clang -tags linux -target amd64,arm64 -output-stem program -no-global-types program trace.bpf.c -- -O2 -mcpu=v3 -Wall -Werror
