package expr

import (
	"maps"
	"slices"
)

// Container is a set of texts in which case does not count. It is immutable.
type Container struct {
	Name string // of a container that rules name; the set is printed by its name alone
	set  map[string]struct{}
}

// NewContainer makes a container of the values.
func NewContainer(name string, values []string) *Container {
	c := &Container{Name: name, set: make(map[string]struct{}, len(values))}
	for _, v := range values {
		c.set[Fold(v)] = struct{}{}
	}
	return c
}

// Has reports whether s is in the container.
func (c *Container) Has(s string) bool {
	var stack [scratch]byte
	_, ok := c.set[string(AppendFold(stack[:0], s))]
	return ok
}

// Len returns the number of texts.
func (c *Container) Len() int { return len(c.set) }

// Values returns the texts without case, in order.
func (c *Container) Values() []string { return slices.Sorted(maps.Keys(c.set)) }
