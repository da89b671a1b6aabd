package watched

import (
	"path"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxDepth is how many folders "**" stands for at most.
const maxDepth = 4

// pattern is one path of a subject.
type pattern struct {
	subject int
	parts   []string
}

// index finds the subjects that a path belongs to. It is immutable.
type index struct {
	patterns []pattern
	bases    set    // last components without a pattern
	dirs     set    // folders of paths whose last component is a pattern
	names    set    // last components of these folders, which may be mounted elsewhere too
	above    set    // what is above watched paths, up to their first pattern
	middles  set    // components between the first pattern and the last component
	many     set    // folders below which a component is a pattern
	trees    []tree // paths that have patterns in the last two components
}

// set is a set of texts that says quickly of most that they are not in it: no
// text of their length is.
type set struct {
	texts   map[string]bool
	lengths [128]bool // the last one for all longer ones
}

func (s *set) add(text string) {
	if s.texts == nil {
		s.texts = map[string]bool{}
	}
	s.texts[text] = true
	s.lengths[min(len(text), len(s.lengths)-1)] = true
}

func (s *set) has(text string) bool {
	return s.lengths[min(len(text), len(s.lengths)-1)] && s.texts[text]
}

func newIndex(subjects []Subject) *index {
	x := &index{}
	for i, s := range subjects {
		for _, p := range s.Paths {
			x.add(i, path.Clean(p))
		}
	}
	return x
}

func (x *index) add(subject int, p string) {
	parts := strings.Split(strings.Trim(p, "/"), "/")
	x.patterns = append(x.patterns, pattern{subject, parts})
	last := len(parts) - 1
	first := 0 // component with a pattern
	for first < len(parts) && !isPattern(parts[first]) {
		first++
	}
	for i := 1; i <= min(first, last); i++ {
		x.above.add("/" + path.Join(parts[:i]...))
	}
	for i := first; i < last; i++ {
		if !isPattern(parts[i]) {
			x.middles.add(parts[i])
		} else if i == first {
			x.many.add("/" + path.Join(parts[:i]...))
		}
	}
	switch {
	case !isPattern(parts[last]):
		x.bases.add(parts[last])
	case first == last:
		x.dirs.add(path.Dir(p))
		x.names.add(path.Base(path.Dir(p)))
	case isPattern(parts[last-1]):
		x.tree("/"+path.Join(parts[:first]...)+"/", parts[first:])
	default:
		x.names.add(parts[last-1])
	}
}

func isPattern(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '*', '?', '[', '\\':
			return true
		}
	}
	return false
}

// maybe says whether an event about a path can matter; names says that it
// changes which names there are.
func (x *index) maybe(p string, names bool) bool {
	i := strings.LastIndexByte(p, '/')
	if i < 0 {
		return false
	}
	dir, base := p[:i], p[i+1:]
	if x.bases.has(base) || x.dirs.has(dir) || names && (x.above.has(p) || x.middles.has(base) || x.many.has(dir)) {
		return true
	}
	if x.names.has(dir[strings.LastIndexByte(dir, '/')+1:]) {
		return true
	}
	for _, t := range x.trees {
		if rest, ok := strings.CutPrefix(p, t.begin); ok && t.reaches(rest, names) {
			return true
		}
	}
	return false
}

// tree is paths that begin alike.
type tree struct {
	begin string     // ends with /
	rest  [][]string // components behind it
}

func (x *index) tree(begin string, rest []string) {
	for i := range x.trees {
		if x.trees[i].begin == begin {
			x.trees[i].rest = append(x.trees[i].rest, rest)
			return
		}
	}
	x.trees = append(x.trees, tree{begin, [][]string{rest}})
}

// reaches says whether a path below the begin is one of the tree, or a folder
// above one when that matters.
func (t *tree) reaches(p string, above bool) bool {
	for _, want := range t.rest {
		if reaches(want, p, above) {
			return true
		}
	}
	return false
}

func reaches(want []string, p string, above bool) bool {
	for more := true; more; want = want[1:] {
		if len(want) == 0 {
			return false
		}
		if want[0] == "**" {
			return above || matchParts(want, strings.Split(p, "/"))
		}
		var name string
		if name, p, more = strings.Cut(p, "/"); !matchName(want[0], name) {
			return false
		}
	}
	return above || len(want) == 0
}

// match returns the subjects that a path belongs to.
func (x *index) match(p string) []int {
	parts := strings.Split(strings.Trim(p, "/"), "/")
	var out []int
	for _, t := range x.patterns {
		if (len(out) == 0 || out[len(out)-1] != t.subject) && matchParts(t.parts, parts) {
			out = append(out, t.subject)
		}
	}
	return out
}

func matchParts(want, parts []string) bool {
	for i, w := range want {
		if w == "**" {
			for n := 0; n <= maxDepth && i+n <= len(parts); n++ {
				if matchParts(want[i+1:], parts[i+n:]) {
					return true
				}
			}
			return false
		}
		if i >= len(parts) || !matchName(w, parts[i]) {
			return false
		}
	}
	return len(want) == len(parts)
}

func matchName(pattern, name string) bool {
	if !isPattern(pattern) {
		return pattern == name
	}
	if name == "" || name[0] == '.' && pattern[0] != '.' {
		return false
	}
	if pattern == "*" {
		return true
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// touches says whether something that happens to a folder, such as a mount,
// changes watched files: it is above one or among them.
func (x *index) touches(dir string) bool {
	dir = path.Clean(dir)
	return x.above.has(dir) || x.dirs.has(dir) || x.dirs.has(path.Dir(dir)) || len(x.match(dir)) > 0
}

// below returns the subjects with paths below a folder.
func (x *index) below(dir string) []int {
	parts := strings.Split(strings.Trim(dir, "/"), "/")
	var out []int
	for _, t := range x.patterns {
		if len(out) > 0 && out[len(out)-1] == t.subject || len(parts) >= len(t.parts) {
			continue
		}
		if over(t.parts, parts) {
			out = append(out, t.subject)
		}
	}
	return out
}

func over(want, parts []string) bool {
	for i, p := range parts {
		if i >= len(want) {
			return false
		}
		if want[i] == "**" {
			return true
		}
		if !matchName(want[i], p) {
			return false
		}
	}
	return true
}

// alike returns the subjects that a path may belong to under another name: the
// last component is that of a watched path, or the folder's is that of a
// watched folder.
func (x *index) alike(p string) []int {
	base, folder := path.Base(p), path.Base(path.Dir(p))
	var out []int
	for _, t := range x.patterns {
		last := len(t.parts) - 1
		same := t.parts[last] == base
		if isPattern(t.parts[last]) {
			same = last > 0 && t.parts[last-1] == folder && matchName(t.parts[last], base)
		}
		if same && (len(out) == 0 || out[len(out)-1] != t.subject) {
			out = append(out, t.subject)
		}
	}
	return out
}

// aliases are other ways to the files that exist.
type aliases struct {
	paths  map[string]key // where symbolic links lead
	inodes map[uint64]key
}

func (a *aliases) has(f *event.File) bool {
	if _, ok := a.paths[f.Path]; ok {
		return true
	}
	_, ok := a.inodes[uint64(f.Inode)]
	return ok && f.Inode != 0
}
