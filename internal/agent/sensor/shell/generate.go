package shell

//go:generate go tool bpf2go -cc clang -tags linux -target amd64,arm64 -output-stem program -no-global-types program shell.bpf.c -- -O2 -mcpu=v3 -Wall -Werror
