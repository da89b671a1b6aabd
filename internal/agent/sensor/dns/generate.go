package dns

//go:generate go tool bpf2go -cc clang -tags linux -target amd64,arm64 -output-stem program -no-global-types program dns.bpf.c -- -O2 -mcpu=v3 -Wall -Werror
//go:generate go tool bpf2go -cc clang -tags linux -target amd64,arm64 -output-stem hooks -no-global-types hooks hooks.bpf.c -- -O2 -mcpu=v3 -Wall -Werror
