//go:build !race

package ioc

func raced() bool { return false }
