package attack

import (
	_ "embed" // the two lists
	"strings"
)

//go:embed techniques.txt
var techniqueList string // immutable

//go:embed replaced.txt
var replacedList string // immutable

// Techniques are the ids of the techniques of ATT&CK v19 for enterprises, and
// those that it had before. Immutable after Read.
type Techniques struct {
	known    map[string]bool
	replaced map[string]string
}

// Read reads the lists that come with the program.
func Read() Techniques {
	t := Techniques{known: map[string]bool{}, replaced: map[string]string{}}
	for fields := range entries(techniqueList) {
		t.known[fields[0]] = true
		for _, sub := range fields[1:] {
			t.known[fields[0]+"."+sub] = true
		}
	}
	for fields := range entries(replacedList) {
		t.replaced[fields[0]] = strings.Join(fields[1:], "")
	}
	return t
}

func entries(list string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(list) {
			if fields := strings.Fields(line); len(fields) > 0 && fields[0] != "#" && !yield(fields) {
				return
			}
		}
	}
}

// Has reports whether ATT&CK has a technique.
func (t Techniques) Has(id string) bool { return t.known[id] }

// Replaced returns the technique that took the place of one that ATT&CK had, ""
// when none did; false for one that it never had or still has.
func (t Techniques) Replaced(id string) (by string, had bool) {
	by, had = t.replaced[id]
	return by, had
}
