// Package attack writes layers for the ATT&CK Navigator: techniques, coloured
// by how many rules look for them or how often rules found them.
package attack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Layer is a layer in the making.
type Layer struct {
	name, description string
	techniques        map[string]*technique
}

// New returns a layer without techniques.
func New(name string) *Layer {
	return &Layer{name: name, techniques: map[string]*technique{}}
}

// Describe sets what the layer says about itself.
func (l *Layer) Describe(text string) { l.description = text }

// Add counts a rule, or one of its findings, for a technique.
func (l *Layer) Add(id, rule string) {
	t := l.techniques[id]
	if t == nil {
		t = &technique{ID: id, Enabled: true, rules: map[string]int{}}
		l.techniques[id] = t
	}
	t.Score++
	t.rules[rule]++
}

// Count is how often a technique was added.
type Count struct {
	Technique string
	Score     int
	Rules     []string // those that were added most first
}

// Counts lists the techniques by their ids.
func (l *Layer) Counts() []Count {
	var out []Count
	for _, t := range l.techniques {
		out = append(out, Count{t.ID, t.Score, t.names()})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Compare(a.Technique, b.Technique) })
	return out
}

// technique is an entry of a layer as the Navigator reads it.
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

func (t *technique) names() []string {
	var names []string
	for name := range t.rules {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(t.rules[b], t.rules[a]), cmp.Compare(a, b))
	})
	return names
}

type document struct {
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

// layerVersion is the version of the layer format.
const layerVersion = "4.5"

// mostNamed is how many rules the comment of a technique names.
const mostNamed = 5

// Write writes the layer.
func (l *Layer) Write(w io.Writer) error {
	d := document{
		Name: l.name, Domain: "enterprise-attack", Versions: map[string]string{"layer": layerVersion}, Description: l.description,
		Techniques: []*technique{}, Gradient: gradient{Colors: []string{"#ffe8b3", "#e05a47"}, Min: 1, Max: 1},
	}
	for _, t := range l.techniques {
		out := *t
		names := t.names()
		for _, name := range names {
			out.Metadata = append(out.Metadata, named{name, fmt.Sprint(t.rules[name])})
		}
		out.Comment = strings.Join(names[:min(len(names), mostNamed)], "; ")
		d.Gradient.Max = max(d.Gradient.Max, t.Score)
		d.Techniques = append(d.Techniques, &out)
	}
	slices.SortFunc(d.Techniques, func(a, b *technique) int { return cmp.Compare(a.ID, b.ID) })
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}
