package act

import (
	"maps"
	"slices"
)

// Names lists the acts that there are.
func Names() []string { return slices.Sorted(maps.Keys(acts())) }
