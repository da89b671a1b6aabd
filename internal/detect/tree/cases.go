package tree

import (
	"encoding/json"

	"github.com/vedette-edr/vedette/internal/detect"
)

// Cases reads the section vedette of a rule: the events that it must match,
// under match, and those that it must not, under no_match.
func (v *Value) Cases() ([]detect.Case, *Mistake) {
	var out []detect.Case
	for _, p := range v.Pairs {
		field := "vedette." + p.Key
		if p.Key != "match" && p.Key != "no_match" {
			return nil, Wrong(p.Line, field, "the keys are match and no_match", "unknown key %s", p.Key)
		}
		if p.Value.Shape != List {
			return nil, Wrong(p.Line, field, "", "is a list of events, not %s", p.Value.Shape)
		}
		for _, x := range p.Value.Items {
			object, err := json.Marshal(x.Plain())
			if err != nil {
				return nil, Wrong(x.Line, field, "", "%s", err)
			}
			c, err := detect.NewCase(x.Line, p.Key == "match", object)
			if err != nil {
				return nil, Wrong(x.Line, field, "", "%s", err)
			}
			out = append(out, c)
		}
	}
	return out, nil
}
