package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"unsafe"

	"github.com/vedette-edr/vedette/internal/event"
)

// Why an encoded event cannot be read; immutable.
var (
	errCut     = errors.New("parse event: it ends within a field")
	errAddress = errors.New("parse event: address is not of 4 or 16 bytes")
	errKind    = errors.New("event.action is no kind")
)

// Reader decodes the events of one batch. It makes their sections many at a
// time, so that one event that is kept keeps some of its neighbours. An event
// that says of its process or user byte for byte what the one before said
// shares the section with it: sections are read-only. A reader is for one
// goroutine.
type Reader struct {
	agent  string
	epoch  int64
	left   int // events that may still come
	lots   lots
	texts  []string // of lists, not taken yet
	shared shared
	open   span
}

// NewReader returns a reader of about n events that agent sent under epoch.
func NewReader(agent string, epoch int64, n int) *Reader {
	return &Reader{agent: agent, epoch: epoch, left: n}
}

// Event decodes one event, which shares raw, or says why it is malformed.
func (r *Reader) Event(raw []byte) (*event.Event, error) {
	if len(raw) > MaxEvent {
		return nil, fmt.Errorf("%d bytes: %w", len(raw), ErrTooLarge)
	}
	e := r.lots.events.take(r.left)
	err := r.begin(e, raw, header())
	if errors.Is(err, errOrder) { // right, but no agent of ours
		*e, r.shared = event.Event{}, shared{}
		err = r.begin(e, raw, span{width: math.MaxUint64})
	}
	if err != nil {
		return nil, err
	}
	if err := r.check(e); err != nil {
		return nil, err
	}
	r.left = max(r.left-1, 1)
	e.Agent, e.Epoch = r.agent, r.epoch
	if f := e.Finding; f != nil {
		f.EventID = r.whole(f.EventID)
		for i, id := range f.EventIDs {
			f.EventIDs[i] = r.whole(id)
		}
	}
	return e, nil
}

// check tests what an agent must not say, and what others rely on.
func (r *Reader) check(e *event.Event) error {
	switch {
	case e.Agent != "" && e.Agent != r.agent:
		return fmt.Errorf("agent.id %.64q: %w", e.Agent, ErrForeign)
	case e.Epoch != 0 && e.Epoch != r.epoch:
		return fmt.Errorf("agent.epoch %d is not the batch's %d", e.Epoch, r.epoch)
	case e.Sequence <= 0:
		return fmt.Errorf("event.sequence %d is not positive", e.Sequence)
	case e.Kind == event.KindNone:
		return errKind
	case e.Time <= 0:
		return fmt.Errorf("@timestamp %d is no time", e.Time)
	case e.Log != nil && len(e.Log.Names) != len(e.Log.Values):
		return fmt.Errorf("log has %d names and %d values", len(e.Log.Names), len(e.Log.Values))
	case e.Change != nil && (len(e.Change.Before) != len(e.Change.Fields) || len(e.Change.After) != len(e.Change.Fields)):
		return fmt.Errorf("change has %d fields, %d values before and %d after", len(e.Change.Fields), len(e.Change.Before), len(e.Change.After))
	case e.DNS != nil && (len(e.DNS.AnswerTypes) != len(e.DNS.Answers) || len(e.DNS.AnswerNames) != len(e.DNS.Answers)):
		return fmt.Errorf("dns has %d answers, %d names and %d types", len(e.DNS.Answers), len(e.DNS.AnswerNames), len(e.DNS.AnswerTypes))
	}
	f := e.Finding
	if f == nil {
		return nil
	}
	if f.EventID != "" && !r.own(f.EventID) {
		return fmt.Errorf("finding.event.id %.64q: %w", f.EventID, ErrForeign)
	}
	for _, id := range f.EventIDs {
		if !r.own(id) {
			return fmt.Errorf("finding.event.ids %.64q: %w", id, ErrForeign)
		}
	}
	if len(f.MatchedFields) != len(f.MatchedValues) {
		return fmt.Errorf("finding has %d matched fields and %d values", len(f.MatchedFields), len(f.MatchedValues))
	}
	return nil
}

// own reports whether an id is of an event of the agent that sends; the agent
// may leave out its own id.
func (r *Reader) own(id string) bool {
	return strings.HasPrefix(id, "-") || strings.HasPrefix(id, r.agent+"-")
}

// whole puts the agent's id in front of the id of one of its events.
func (r *Reader) whole(id string) string {
	if strings.HasPrefix(id, "-") {
		return r.agent + id
	}
	return id
}

// lot is values of one type that were made together.
type lot[T any] struct {
	free []T
	size int // of the newest lot
}

// maxLot bounds a lot: more would not cost less, and keeps more alive.
const maxLot = 32

// take returns an empty value; left is how many may be wanted still.
func (l *lot[T]) take(left int) *T {
	if len(l.free) == 0 {
		l.size = min(max(2*l.size, 2), maxLot, max(left, 1))
		l.free = make([]T, l.size)
	}
	v := &l.free[0]
	l.free = l.free[1:]
	return v
}

// textLot is how many texts of lists are made together.
const textLot = 256

// list appends to a list the text at b, and those that follow under the same key.
func (r *Reader) list(list []string, key uint64, b []byte) ([]string, []byte, bool) {
	if list == nil {
		n := follow(key, b)
		if n > len(r.texts) {
			r.texts = make([]string, max(n, min(textLot, 8*min(r.left, maxLot))))
		}
		list, r.texts = r.texts[:0:n], r.texts[n:]
	}
	for {
		text, rest, ok := cutText(b)
		if !ok {
			return nil, nil, false
		}
		list = append(list, text)
		next, behind, ok := cutVarint(rest)
		if !ok || next != key {
			return list, rest, true
		}
		b = behind
	}
}

// follow counts the texts from b on that stand under one key without another
// field between them.
func follow(key uint64, b []byte) int {
	for n := 1; ; n++ {
		_, rest, ok := cutText(b)
		if !ok {
			return n
		}
		next, behind, ok := cutVarint(rest)
		if !ok || next != key {
			return n
		}
		b = behind
	}
}

// pass skips a field that is not known. A known one of another wire type is
// malformed.
func pass(key uint64, b []byte) ([]byte, error) {
	number := key >> 3
	if number == 0 || isField(number) {
		return nil, fmt.Errorf("parse event: field %d has wire type %d", number, key&7)
	}
	ok := false
	switch key & 7 {
	case 0:
		_, b, ok = cutVarint(b)
	case 1:
		_, b, ok = cutFixed(b)
	case 2:
		_, b, ok = cutText(b)
	case 5:
		if ok = len(b) >= 4; ok {
			b = b[4:]
		}
	}
	if !ok {
		return nil, errCut
	}
	return b, nil
}

func cutVarint(b []byte) (uint64, []byte, bool) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), b[1:], true
	}
	if len(b) > 1 && b[1] < 0x80 {
		return uint64(b[0]&0x7f) | uint64(b[1])<<7, b[2:], true
	}
	n, w := binary.Uvarint(b)
	if w <= 0 {
		return 0, nil, false
	}
	return n, b[w:], true
}

func cutFixed(b []byte) (uint64, []byte, bool) {
	if len(b) < 8 {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint64(b), b[8:], true
}

// cutText returns a text that shares b.
func cutText(b []byte) (string, []byte, bool) {
	n, rest, ok := cutVarint(b)
	if !ok || n > uint64(len(rest)) {
		return "", nil, false
	}
	return unsafe.String(unsafe.SliceData(rest), int(n)), rest[n:], true
}

func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

func address(text string) (netip.Addr, bool) {
	return netip.AddrFromSlice([]byte(text))
}
