package sysctl

//go:generate go tool bpf2go -cc clang -tags linux -target bpfel -output-stem program -no-global-types program sysctl.bpf.c -- -O2 -mcpu=v3 -Wall -Werror
