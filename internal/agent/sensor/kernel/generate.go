package kernel

//go:generate go tool bpf2go -cc clang -tags linux -target amd64,arm64 -output-stem returns -no-global-types returns returns.bpf.c -- -O2 -mcpu=v3 -Wall -Werror
