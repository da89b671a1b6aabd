package kernel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

func raw(sensor, kind uint8, size uint32, body string) []byte {
	b := []byte{sensor, kind, 1, 0}
	b = binary.LittleEndian.AppendUint32(b, size)
	b = binary.LittleEndian.AppendUint64(b, 42)
	b = binary.LittleEndian.AppendUint64(b, 7)
	return append(b, body...)
}

func TestParseRecord(t *testing.T) {
	r, err := ParseRecord(raw(Exec, 1, 27, "abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Sensor != Exec || r.Kind != 1 || r.Flags != FlagUrgent || r.Time != 42 || r.Number != 7 || string(r.Body) != "abc" {
		t.Errorf("%+v", r)
	}
	for name, b := range map[string][]byte{
		"empty": nil, "short head": raw(Exec, 1, 24, "")[:23], "says more than it has": raw(Exec, 1, 28, "abc"),
		"says less than a head": raw(Exec, 1, 23, "abc"), "sensor": raw(sensors, 1, 24, ""), "kind": raw(Exec, kinds, 24, ""),
	} {
		if _, err := ParseRecord(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(raw(Exec, 1, 27, "abc"))
	f.Add(raw(Net, 31, 4096, "abc"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRecord(b)
		if err != nil {
			return
		}
		texts := NewTexts()
		c := NewCursor(r.Body)
		c.Actor()
		c.Image(texts)
		texts.Path(c.Name(c.U32() % 64))
		if c.Err() == nil && len(r.Body) < 104 {
			t.Fatalf("read 104 bytes of %d without an error", len(r.Body))
		}
	})
}

func TestCursorStopsAtTheEnd(t *testing.T) {
	c := NewCursor([]byte{1, 0, 0, 0, 2, 0})
	if c.U32() != 1 || c.Err() != nil {
		t.Fatal("first number")
	}
	if c.U32() != 0 || !errors.Is(c.Err(), ErrMalformed) {
		t.Error("half a number is not an error")
	}
	if c.Bytes(1) != nil || c.U64() != 0 {
		t.Error("something after the end")
	}
}

func TestTextsPath(t *testing.T) {
	texts := NewTexts()
	for in, want := range map[string]string{
		"": "/", "\x00": "/", "bin\x00": "/bin", "true\x00bin\x00usr\x00": "/usr/bin/true", "a b\x00ü\x00": "/ü/a b",
	} {
		for range 2 {
			if got := texts.Path([]byte(in)); got != want {
				t.Errorf("%q: %q, want %q", in, got, want)
			}
		}
	}
}

func TestTextsForget(t *testing.T) {
	texts := NewTexts()
	for n := range uint32(3 * maxTexts) {
		if got := texts.ID(n); got == "" {
			t.Fatal(n)
		}
		texts.Name(binary.LittleEndian.AppendUint32(nil, n))
		texts.Path(binary.LittleEndian.AppendUint32(nil, n|1<<31))
	}
	if len(texts.ids) > maxTexts || len(texts.names) > maxTexts || len(texts.paths) > maxTexts {
		t.Errorf("keeps %d, %d and %d texts, at most %d", len(texts.ids), len(texts.names), len(texts.paths), maxTexts)
	}
	if got := texts.ID(^uint32(0)); got != "" {
		t.Errorf("the id that was never set is %q", got)
	}
}

func TestMode(t *testing.T) {
	texts := NewTexts()
	for mode, want := range map[uint32]string{0o100755: "0755", 0o104711: "4711", 0: "0000", 0o7777: "7777"} {
		if got := texts.Mode(mode); got != want {
			t.Errorf("%o: %s, want %s", mode, got, want)
		}
	}
}

func TestActorSections(t *testing.T) {
	var b []byte
	b = binary.LittleEndian.AppendUint64(b, 1e9)
	for _, n := range []uint32{12, 1000, 1001, 0, ^uint32(0), 99} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	c := NewCursor(b)
	a := c.Actor()
	if c.Err() != nil || a.PID != 12 || a.Start != 1e9 || a.MountNamespace != 99 {
		t.Fatalf("%+v %v", a, c.Err())
	}
	if u := a.User(NewTexts()); *u != (event.User{ID: "1000", GroupID: "1001", EffectiveID: "0"}) {
		t.Errorf("%+v", u)
	}
}

func TestNameKey(t *testing.T) {
	if k := nameKey(string(bytes.Repeat([]byte("x"), 100))); len(k) != nameSize || k[nameSize-1] != 0 || k[nameSize-2] != 'x' {
		t.Errorf("%q", k)
	}
}
