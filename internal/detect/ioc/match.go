package ioc

import (
	"bytes"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// scan is what matching one record needs; it is used again.
type scan struct {
	d     *Database
	visit func(name string, v event.Value) bool
	field string // whose value is looked up
	rec   expr.Record
	text  []byte // scratch: a path or a URL as it is looked up
	buf   []byte // scratch: a record of the file
	ids   []int  // scratch: regular expressions
	one   oneText
	hits  []hit
}

// hit is an indicator and the value that it is about.
type hit struct {
	indicator    Indicator
	field, value string
}

func newScan(d *Database) *scan {
	s := &scan{d: d}
	s.visit = func(name string, v event.Value) bool {
		if l := d.lookOf(name); l != lookNothing {
			s.field = name
			s.value(l, v)
		}
		return true
	}
	return s
}

// Match appends a match for each indicator that rec has. It allocates nothing
// when there is none.
func (d *Database) Match(rec expr.Record, dst []detect.Match) []detect.Match {
	s := d.scans.Get().(*scan)
	s.rec = rec
	switch kind := event.Kind(rec.Get(event.FieldEventAction).Num); kind {
	case event.KindNone, event.LogRecord:
		rec.Each(s.visit)
	case event.FindingRaise, event.ResponseRun, event.ProcessEnd, event.ProcessFork:
	case event.ProcessStart:
		s.typed(d.program)
	default:
		s.others()
	}
	if len(s.hits) > 0 {
		dst = append(dst, matches(s.hits)...)
	}
	clear(s.hits)
	s.rec, s.hits = nil, s.hits[:0]
	d.scans.Put(s)
	return dst
}

// others looks at what an event is about; sections that it does not have are
// not asked.
func (s *scan) others() {
	e, ok := s.rec.(*event.Event)
	if !ok || e.File != nil {
		s.typed(s.d.files)
	}
	if !ok || e.File == nil {
		s.typed(s.d.net)
	}
}

func (s *scan) typed(fields []typedField) {
	for _, f := range fields {
		if v := s.rec.Get(f.id); v.Present() {
			s.field = f.id.Info().Name
			s.value(f.look, v)
		}
	}
}

func (s *scan) value(l look, v event.Value) {
	switch v.Type {
	case event.String, event.KindName:
		s.look(l, v.Str)
	case event.Strings:
		for _, t := range v.List {
			s.look(l, t)
		}
	case event.Address:
		s.address(v.IP, "")
	}
}

// look looks a value up.
func (s *scan) look(l look, text string) {
	if text == "" {
		return
	}
	if len(text) > expr.MaxField {
		text = text[:expr.MaxField]
	}
	switch l {
	case lookMD5:
		s.hash(MD5, text)
	case lookSHA1:
		s.hash(SHA1, text)
	case lookSHA256:
		s.hash(SHA256, text)
	case lookImphash:
		s.hash(Imphash, text)
	case lookTLSH:
		s.similar(text)
	case lookHashes:
		s.hashes(text)
	case lookAddress:
		s.addressText(text)
	case lookDomain:
		s.domainOrAddress(text)
	case lookAnswers:
		s.answers(text)
	case lookURL:
		s.url(text)
	case lookPath:
		s.path(text)
	case lookText:
		s.urlsIn(text)
		s.expressions(text)
	}
}

// find looks a key up and notes what is there.
func (s *scan) find(t Type, hash uint64, key []byte, value string) {
	slot := s.d.table.start(hash)
	for {
		place, next, ok := s.d.table.next(hash, slot)
		if !ok {
			return
		}
		slot = next
		s.verify(t, place, key, value)
	}
}

// verify reads the indicator at a place and notes it when it has the key.
func (s *scan) verify(t Type, place uint32, key []byte, value string) {
	i, err := s.d.record(place, &s.buf)
	if err != nil {
		s.d.damaged.Add(1)
		return
	}
	if i.Type == t && bytes.Equal(keyOf(i.Type, i.Value), key) {
		s.note(i, value)
	}
}

// note notes an indicator unless it has expired.
func (s *scan) note(i Indicator, value string) {
	at := event.Time(s.rec.Get(event.FieldTimestamp).Num)
	if at == 0 {
		at = event.At(s.d.now())
	}
	if i.valid(at) {
		s.hits = append(s.hits, hit{i, s.field, strings.Clone(short(value, maxValue))})
	}
}

// hash looks a hash up that is written in hexadecimal.
func (s *scan) hash(t Type, text string) {
	var raw [32]byte
	n := len(text) / 2
	if s.d.foot.Counts[t] == 0 || n != digestSize(t) || len(text)%2 != 0 {
		return
	}
	bad := byte(0)
	for i := range n {
		hi, lo := nibbles[text[2*i]], nibbles[text[2*i+1]]
		bad |= hi | lo
		raw[i] = hi<<4 | lo
	}
	if bad > 15 {
		return
	}
	s.find(t, hashKey(s.d.foot.Seed, t, raw[:n]), raw[:n], text)
}

func digestSize(t Type) int {
	switch t {
	case SHA1:
		return 20
	case SHA256:
		return 32
	}
	return 16
}

// hashes looks up one hash of any kind, or a list of names and hashes as Sysmon
// writes it.
func (s *scan) hashes(text string) {
	for len(text) > 0 {
		part := text
		if i := strings.IndexAny(text, ",; "); i >= 0 {
			part, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		name, value, named := strings.Cut(part, "=")
		if !named {
			value = name
		}
		switch {
		case named && strings.EqualFold(name, "IMPHASH"):
			s.hash(Imphash, value)
		case named && strings.EqualFold(name, "TLSH"), len(value) >= 70:
			s.similar(value)
		default:
			s.hash(typeBySize(value), value)
		}
	}
}

// typeBySize tells hashes by their length.
func typeBySize(digits string) Type {
	switch len(digits) {
	case 40:
		return SHA1
	case 64:
		return SHA256
	}
	return MD5
}
