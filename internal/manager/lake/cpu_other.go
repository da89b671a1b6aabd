//go:build !linux

package lake

import "time"

// threadTime is not measured here.
func threadTime() time.Duration { return 0 }
