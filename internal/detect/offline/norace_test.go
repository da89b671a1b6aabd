//go:build !race

package offline_test

// raced says that the race detector makes everything ten times slower.
const raced = false
