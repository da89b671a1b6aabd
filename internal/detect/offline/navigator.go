package offline

import (
	"fmt"
	"io"

	"github.com/vedette-edr/vedette/internal/detect/attack"
)

// navigator writes a layer for the ATT&CK Navigator: the techniques of the
// rules that fired, scored by how often.
type navigator struct {
	w     io.Writer
	layer *attack.Layer
}

func newNavigator(w io.Writer) *navigator {
	return &navigator{w, attack.New("Vedette findings")}
}

func (n *navigator) Finding(f *Finding) error {
	for _, id := range f.Rule.Techniques {
		n.layer.Add(id, f.Rule.Name)
	}
	return nil
}

func (n *navigator) End(s Stats) error {
	n.layer.Describe(fmt.Sprintf("%s in %s", count(s.Findings, "finding"), count(s.Events, "record")))
	return n.layer.Write(n.w)
}
