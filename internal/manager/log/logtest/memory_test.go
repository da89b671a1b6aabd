package logtest

import "testing"

func TestMemory(t *testing.T) {
	Check(t, func(_ *testing.T, limit int64) Queue { return NewMemory("memory", limit) })
}
