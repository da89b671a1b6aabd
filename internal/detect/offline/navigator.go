package offline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// navigator writes a layer for the ATT&CK Navigator: the techniques of the
// rules that fired, scored by how often.
type navigator struct {
	w    io.Writer
	seen map[string]*technique
}

func newNavigator(w io.Writer) *navigator {
	return &navigator{w: w, seen: map[string]*technique{}}
}

// technique is an entry of a layer.
type technique struct {
	ID       string  `json:"techniqueID"`
	Score    int     `json:"score"`
	Comment  string  `json:"comment"`
	Enabled  bool    `json:"enabled"`
	Metadata []named `json:"metadata,omitempty"`
	rules    map[string]int
}

type named struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type layer struct {
	Name        string            `json:"name"`
	Versions    map[string]string `json:"versions"`
	Domain      string            `json:"domain"`
	Description string            `json:"description"`
	Techniques  []*technique      `json:"techniques"`
	Gradient    gradient          `json:"gradient"`
}

type gradient struct {
	Colors []string `json:"colors"`
	Min    int      `json:"minValue"`
	Max    int      `json:"maxValue"`
}

func (n *navigator) Finding(f *Finding) error {
	for _, id := range f.Rule.Techniques {
		t := n.seen[id]
		if t == nil {
			t = &technique{ID: id, Enabled: true, rules: map[string]int{}}
			n.seen[id] = t
		}
		t.Score++
		t.rules[f.Rule.Name]++
	}
	return nil
}

// layerVersion is the version of the layer format.
const layerVersion = "4.5"

func (n *navigator) End(s Stats) error {
	l := layer{
		Name: "Vedette findings", Domain: "enterprise-attack", Versions: map[string]string{"layer": layerVersion},
		Description: fmt.Sprintf("%s in %s", count(s.Findings, "finding"), count(s.Events, "record")),
		Techniques:  []*technique{},
		Gradient:    gradient{Colors: []string{"#ffe8b3", "#e05a47"}, Min: 1, Max: 1},
	}
	for _, t := range n.seen {
		var names []string
		for name := range t.rules {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int {
			return cmp.Or(cmp.Compare(t.rules[b], t.rules[a]), cmp.Compare(a, b))
		})
		for _, name := range names {
			t.Metadata = append(t.Metadata, named{name, fmt.Sprint(t.rules[name])})
		}
		t.Comment = strings.Join(names[:min(len(names), 5)], "; ")
		l.Gradient.Max = max(l.Gradient.Max, t.Score)
		l.Techniques = append(l.Techniques, t)
	}
	slices.SortFunc(l.Techniques, func(a, b *technique) int { return cmp.Compare(a.ID, b.ID) })
	enc := json.NewEncoder(n.w)
	enc.SetIndent("", "  ")
	return enc.Encode(l)
}
