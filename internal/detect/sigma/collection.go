package sigma

import "slices"

// collection resolves the actions of a file with several documents: a global
// document is part of all that follow until a reset, repeat is the document
// before with changes.
func collection(docs []value) ([]value, *mistake) {
	var out []value
	var global, last value
	for _, d := range docs {
		action, ok := d.get("action")
		if !ok {
			last = merge(global, d)
			out = append(out, last)
			continue
		}
		d.pairs = slices.DeleteFunc(slices.Clone(d.pairs), func(q pair) bool { return q.key == "action" })
		switch action.text {
		case "global":
			global = merge(global, d)
		case "reset":
			global = value{}
		case "repeat":
			last = merge(last, d)
			out = append(out, last)
		default:
			return nil, wrong(action.line, "action", "the actions are global, reset and repeat", "unknown action %q", action.text)
		}
	}
	return out, nil
}

// merge returns a with the keys of b: maps are merged, everything else is b's.
func merge(a, b value) value {
	if a.shape != isMap || b.shape != isMap {
		return b
	}
	out := value{shape: isMap, line: b.line, pairs: slices.Clone(a.pairs)}
	for _, q := range b.pairs {
		i := slices.IndexFunc(out.pairs, func(p pair) bool { return p.key == q.key })
		if i < 0 {
			out.pairs = append(out.pairs, q)
			continue
		}
		q.val = merge(out.pairs[i].val, q.val)
		out.pairs[i] = q
	}
	return out
}
