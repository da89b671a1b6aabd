package queue

import "github.com/vedette-edr/vedette/internal/event"

type item struct {
	e     *event.Event
	order uint64
	size  int
}

// ring is a first-in-first-out list that reuses its memory.
type ring struct {
	items []item // length is 0 or a power of two
	head  int
	n     int
}

func (r *ring) push(it item) {
	if r.n == len(r.items) {
		r.resize(max(16, 2*len(r.items)))
	}
	r.items[(r.head+r.n)&(len(r.items)-1)] = it
	r.n++
}

func (r *ring) first() *item { return &r.items[r.head] }

func (r *ring) pop() item {
	it := r.items[r.head]
	r.items[r.head] = item{}
	r.head = (r.head + 1) & (len(r.items) - 1)
	r.n--
	if len(r.items) > 1024 && r.n < len(r.items)/8 {
		r.resize(len(r.items) / 4)
	}
	return it
}

func (r *ring) resize(size int) {
	next := make([]item, size)
	for i := range r.n {
		next[i] = r.items[(r.head+i)&(len(r.items)-1)]
	}
	r.items, r.head = next, 0
}

// Size estimates the memory that e holds, bytes.
func Size(e *event.Event) int {
	n := 256
	if p := e.Process; p != nil {
		n += 512 + len(p.CommandLine)*2 + len(p.Executable) + len(p.WorkingDirectory) + 16*len(p.Args)
	}
	if f := e.File; f != nil {
		n += 384 + len(f.Path)*2 + len(f.OriginalPath) + len(f.TargetPath)
	}
	if e.Net != nil {
		n += 192
	}
	if c := e.Call; c != nil {
		n += 512 + len(c.ModuleArguments) + len(c.MountSource) + len(c.MountDirectory)
	}
	if g := e.Target; g != nil {
		n += 128 + len(g.CommandLine)
	}
	if l := e.Log; l != nil {
		n += 128 + len(l.Message)
		for i := range l.Values {
			n += 32 + len(l.Names[i]) + len(l.Values[i])
		}
	}
	if f := e.Finding; f != nil {
		n += 384
		for _, v := range f.MatchedValues {
			n += len(v)
		}
	}
	return n
}
