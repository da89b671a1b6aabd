package kernel

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"testing"
)

// library is an ELF file with the functions first (0x1100) and second (0x1180)
// in a segment that is loaded at 0x1000 from byte 0x400, data and a function of
// another file.
func library() []byte {
	le := binary.LittleEndian
	names := []byte("\x00first\x00second\x00data\x00other\x00")
	symbol := func(name string, info byte, section uint16, address uint64) []byte {
		b := le.AppendUint32(nil, uint32(bytes.Index(names, []byte("\x00"+name+"\x00"))+1))
		b = append(b, info, 0)
		b = le.AppendUint16(b, section)
		return le.AppendUint64(le.AppendUint64(b, address), 16)
	}
	symbols := bytes.Join([][]byte{
		make([]byte, 24), symbol("first", 0x12, 1, 0x1100), symbol("data", 0x11, 1, 0x1140),
		symbol("other", 0x12, 0, 0), symbol("second", 0x22, 1, 0x1180),
	}, nil)
	b := []byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00\x01\x00\x00\x00")
	b = le.AppendUint64(b, 0)
	b = le.AppendUint64(b, 64)      // segments
	b = le.AppendUint64(b, 64+2*56) // sections
	b = le.AppendUint32(b, 0)
	for _, n := range []uint16{64, 56, 2, 64, 3, 0} {
		b = le.AppendUint16(b, n)
	}
	for _, s := range []struct {
		flags                 uint32
		offset, address, size uint64
	}{{4, 0, 0, 0x400}, {5, 0x400, 0x1000, 0x200}} {
		b = le.AppendUint32(le.AppendUint32(b, 1), s.flags)
		for _, n := range []uint64{s.offset, s.address, s.address, s.size, s.size, 4096} {
			b = le.AppendUint64(b, n)
		}
	}
	at := uint64(64 + 2*56 + 3*64)
	for _, s := range []struct {
		kind, link   uint32
		offset, size uint64
	}{{}, {11, 2, at, uint64(len(symbols))}, {3, 0, at + uint64(len(symbols)), uint64(len(names))}} {
		b = le.AppendUint32(le.AppendUint32(b, 0), s.kind)
		b = append(b, make([]byte, 16)...)
		b = le.AppendUint64(le.AppendUint64(b, s.offset), s.size)
		b = le.AppendUint32(b, s.link)
		b = append(b, make([]byte, 20)...)
	}
	return append(append(b, symbols...), names...)
}

func TestSymbolOffset(t *testing.T) {
	file := bytes.NewReader(library())
	for name, want := range map[string]uint64{"first": 0x500, "second": 0x580} {
		if got, err := symbolOffset(file, name); got != want || err != nil {
			t.Errorf("%s is at %#x, %v, want %#x", name, got, err, want)
		}
	}
	for _, name := range []string{"data", "other", "firs", "irst", "third"} {
		if at, err := symbolOffset(file, name); !errors.Is(err, ErrNoSymbol) {
			t.Errorf("%q is at %#x, %v, want ErrNoSymbol", name, at, err)
		}
	}
}

// What the file claims is not believed: sizes beyond the bounds or the end.
func TestSymbolOffsetOfBadFiles(t *testing.T) {
	le := binary.LittleEndian
	const section = 64 + 2*56 + 64
	for name, change := range map[string]func([]byte) []byte{
		"empty":                func([]byte) []byte { return nil },
		"32 bits":              func(b []byte) []byte { b[4] = 1; return b },
		"an object":            func(b []byte) []byte { b[16] = 1; return b },
		"no sections":          func(b []byte) []byte { le.PutUint16(b[58:], 0); return b },
		"too many sections":    func(b []byte) []byte { le.PutUint16(b[60:], 60000); return b },
		"too many segments":    func(b []byte) []byte { le.PutUint16(b[56:], 60000); return b },
		"many symbols":         func(b []byte) []byte { le.PutUint64(b[section+32:], 1<<40); return b },
		"symbols past the end": func(b []byte) []byte { le.PutUint64(b[section+24:], 1<<30); return b },
		"far away":             func(b []byte) []byte { le.PutUint64(b[section+24:], 1<<63); return b },
		"names in no section":  func(b []byte) []byte { le.PutUint32(b[section+40:], 9); return b },
		"no segment has it":    func(b []byte) []byte { le.PutUint64(b[64+56+16:], 0x9000); return b },
		"cut":                  func(b []byte) []byte { return b[:len(b)-10] },
	} {
		if at, err := symbolOffset(bytes.NewReader(change(library())), "first"); err == nil || errors.Is(err, ErrNoSymbol) {
			t.Errorf("%s: at %#x, %v, want an error of the file", name, at, err)
		}
	}
}

// The functions of a real program are where another reader finds them.
func TestSymbolOffsetOfAProgram(t *testing.T) {
	f, err := os.Open("/bin/bash")
	if err != nil {
		t.Skip("SKIPPED: no bash here: ", err)
	}
	defer f.Close()
	e, err := elf.NewFile(f)
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := e.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Section == elf.SHN_UNDEF || n == 50 {
			continue
		}
		n++
		section := e.Sections[s.Section]
		want := s.Value - section.Addr + section.Offset
		if got, err := symbolOffset(f, s.Name); got != want || err != nil {
			t.Errorf("%s is at %#x, %v, want %#x", s.Name, got, err, want)
		}
	}
	if n == 0 {
		t.Error("bash has no functions")
	}
}

func FuzzSymbolOffset(f *testing.F) {
	f.Add(library(), "first")
	f.Add(library()[:300], "second")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		if at, err := symbolOffset(bytes.NewReader(b), name); err != nil && at != 0 {
			t.Fatalf("at %#x with the error %v", at, err)
		}
	})
}
