package condition

import (
	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/tree"
)

// Foreign compiles the rule for records of Windows logs, whose names Sigma's
// taxonomy has, for who writes it in another form.
func (d *Document) Foreign(f detect.File) (*detect.Rule, expr.Node, *tree.Mistake) {
	r, m := d.rule(f, detect.Options{})
	if m != nil {
		return nil, nil, m
	}
	targets := targetsOf(d.Type, false)
	var either expr.Or
	for i := range targets {
		t := &targets[i]
		if !t.foreign() || t.rename[0] != "" {
			continue
		}
		root, m := d.where(t, false)
		if m != nil {
			return nil, nil, m
		}
		if len(either) > 0 && expr.Text(root) == expr.Text(either[0]) {
			continue
		}
		either = append(either, root)
	}
	if len(either) > 1 { // it matters who began
		for i, t := range []string{"true", "false"} {
			either[i] = expr.And{initiated(t), either[i]}
		}
	}
	return r, one(either), nil
}
