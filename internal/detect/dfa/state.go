package dfa

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync/atomic"
	"unicode/utf8"
)

// state is what the automaton knows before it reads a character.
type state struct {
	pcs   []uint32 // instructions that come next, in order
	flags uint8    // what stands before
}

// Flags of a state: what stands before the next character.
const (
	atBegin uint8 = 1 << iota
	afterLine
	afterWord
)

// contextOf returns the flags that an assertion reads.
func contextOf(op syntax.EmptyOp) uint8 {
	var f uint8
	if op&syntax.EmptyBeginText != 0 {
		f |= atBegin
	}
	if op&syntax.EmptyBeginLine != 0 {
		f |= atBegin | afterLine
	}
	if op&syntax.EmptyEndLine != 0 {
		f |= afterLine // so that a new line is a class of its own
	}
	if op&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
		f |= afterWord
	}
	return f
}

// flagsBefore returns the flags of a state that c leads to.
func flagsBefore(c rune) uint8 {
	switch {
	case c == '\n':
		return afterLine
	case syntax.IsWordChar(c):
		return afterWord
	}
	return 0
}

// before returns a rune that stands for what is before a state.
func (s *state) before() rune {
	switch {
	case s.flags&atBegin != 0:
		return -1
	case s.flags&afterLine != 0:
		return '\n'
	case s.flags&afterWord != 0:
		return 'a'
	}
	return ' '
}

// maxMemory bounds the tables and states of one automaton, bytes.
const maxMemory = 256 << 10

// Costs of what is not a known transition, in steps of a budget.
const (
	newState   = 64
	eachVisit  = 4
	firstTable = 4 // states
)

// start makes the first state and its transitions. It is only called by
// Compile.
func (r *Regexp) start() {
	r.build = newSimulation(r)
	t := make([]uint32, len(r.rep)*firstTable)
	r.table.Store(&t)
	r.states = make([]state, 1, firstTable)
	r.begin = r.add(state{flags: atBegin & r.context})
	stays := 0
	budget := maxWork
	var stay [256]bool
	for c := range stay[:utf8.RuneSelf] {
		class := uint32(r.ascii[c])
		if stay[c] = r.step(r.begin, class, &budget) == r.begin; stay[c] {
			stays++
		}
	}
	if stays >= manyStay {
		r.stay = &stay
	}
}

// manyStay is from how many bytes on that do not leave the first state it is
// worth to skip them.
const manyStay = 40

// add returns the offset of a state, new or known; unknown when there is no
// room. The caller holds mu or is Compile.
func (r *Regexp) add(s state) uint32 {
	key := make([]byte, 0, 64)
	key = append(key, s.flags)
	for _, pc := range s.pcs {
		key = binary.AppendUvarint(key, uint64(pc))
	}
	if at, ok := r.byKey[string(key)]; ok {
		return at
	}
	if r.memory > maxMemory {
		return unknown
	}
	n := len(r.states)
	at := uint32(n * len(r.rep))
	if t := *r.table.Load(); int(at)+len(r.rep) > len(t) {
		grown := make([]uint32, 2*len(t))
		copy(grown, t) // writers hold mu
		r.table.Store(&grown)
		r.memory += 4 * len(t)
	}
	s.pcs = slices.Clone(s.pcs)
	r.states = append(r.states, s)
	r.byKey[string(key)] = at
	r.memory += 4*len(s.pcs) + len(key) + 100
	return at
}

// step makes the transition of the state at an offset for a class; unknown
// when there is no room or no budget for it.
func (r *Regexp) step(at, class uint32, budget *int) uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := *r.table.Load()
	if next := t[at+class]; next != unknown {
		return next
	}
	s := &r.states[int(at)/len(r.rep)]
	*budget -= newState
	next, ok := r.build.advance(s, class, budget)
	switch {
	case ok:
		class = at + class
		atomic.StoreUint32(&t[class], matched)
		return matched
	case *budget < 0:
		return unknown
	}
	to := uint32(dead)
	if len(next.pcs) > 0 || !r.anchored {
		if to = r.add(next); to == unknown {
			return unknown
		}
	}
	t = *r.table.Load() // add may have made a new one
	atomic.StoreUint32(&t[at+class], to)
	return to
}

// simulation follows the instructions of an expression for one character.
type simulation struct {
	r     *Regexp
	stack []uint32
	seen  []uint32 // by instruction: the step in which it was reached
	added []uint32 // by instruction: the step in which it was put in next
	gen   uint32
	next  []uint32
}

func newSimulation(r *Regexp) *simulation {
	n := len(r.prog.Inst)
	return &simulation{r: r, seen: make([]uint32, n), added: make([]uint32, n)}
}

// advance reads a character of the class in state s. It returns the state
// after it, whose pcs are good until the next call; or true when a match ends
// before the character.
func (m *simulation) advance(s *state, class uint32, budget *int) (state, bool) {
	r := m.r
	m.gen++
	m.next = m.next[:0]
	c := r.rep[class]
	holds := syntax.EmptyOpContext(s.before(), c)
	m.stack = append(m.stack[:0], s.pcs...)
	if !r.anchored || s.flags&atBegin != 0 {
		m.stack = append(m.stack, uint32(r.prog.Start))
	}
	visits := 0
	for len(m.stack) > 0 {
		pc := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if m.seen[pc] == m.gen {
			continue
		}
		m.seen[pc] = m.gen
		visits++
		in := &r.prog.Inst[pc]
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			m.stack = append(m.stack, in.Arg, in.Out)
		case syntax.InstCapture, syntax.InstNop:
			m.stack = append(m.stack, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^holds == 0 {
				m.stack = append(m.stack, in.Out)
			}
		case syntax.InstMatch:
			*budget -= eachVisit * visits
			return state{}, true
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if r.matches[int(pc)*len(r.rep)+int(class)] && m.added[in.Out] != m.gen {
				m.added[in.Out] = m.gen
				m.next = append(m.next, in.Out)
			}
		}
	}
	*budget -= eachVisit * visits
	slices.Sort(m.next)
	out := state{pcs: m.next}
	if c >= 0 {
		out.flags = flagsBefore(c) & r.context
	}
	return out, false
}

// simulate goes on from the state at an offset without keeping states.
func (r *Regexp) simulate(at uint32, text string, budget *int) (match, done bool) {
	r.mu.Lock()
	first := r.states[int(at)/len(r.rep)]
	r.mu.Unlock()
	m := newSimulation(r)
	s := state{pcs: slices.Clone(first.pcs), flags: first.flags}
	for i := 0; *budget >= 0; {
		class, size := uint32(len(r.rep)-1), 1
		if i < len(text) {
			c := rune(text[i])
			if c >= utf8.RuneSelf {
				c, size = utf8.DecodeRuneInString(text[i:])
				class = uint32(r.classOf(c))
			} else {
				class = uint32(r.ascii[c])
			}
		}
		next, ok := m.advance(&s, class, budget)
		if ok {
			return true, true
		}
		if i >= len(text) || len(next.pcs) == 0 && r.anchored {
			return false, true
		}
		s.pcs, s.flags = append(s.pcs[:0], next.pcs...), next.flags
		i += size
	}
	return false, false
}
