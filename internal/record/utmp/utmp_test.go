package utmp_test

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// read returns a file that the C library of a processor wrote.
func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const start = event.Time(1780000000e9)

func alice() utmp.Record {
	return utmp.Record{
		Type: utmp.UserProcess, PID: 1234, Line: "pts/3", ID: "ts/3", User: "alice", Host: "192.0.2.7", Session: 77,
		Time: start + 100.25e9, Address: netip.MustParseAddr("192.0.2.7"),
	}
}

// What the C library wrote is read, and written again it is the same bytes.
func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		layout utmp.Layout
		want   []utmp.Record
	}{
		"wtmp-x86-64": {utmp.Narrow(), []utmp.Record{
			{Type: utmp.BootTime, Line: "~", ID: "~~", User: "reboot", Host: "6.12.0", Time: start},
			alice(),
			{
				Type: utmp.UserProcess, PID: 1300, Line: "pts/4", ID: "ts/4", User: strings.Repeat("u", 32), Host: "2001:db8::5",
				Time: start + 200e9, Address: netip.MustParseAddr("2001:db8::5"),
			},
			{Type: utmp.DeadProcess, PID: 1234, Line: "pts/3", ID: "ts/3", Termination: 15, Exit: 1, Time: start + 300e9 + 7e3},
		}},
		"wtmp-arm64": {utmp.Wide(), []utmp.Record{alice()}},
	} {
		t.Run(name, func(t *testing.T) {
			b := read(t, name)
			size := c.layout.Size()
			if len(b) != size*len(c.want) {
				t.Fatalf("%d bytes, want %d records of %d", len(b), len(c.want), size)
			}
			for i, want := range c.want {
				raw := b[i*size : (i+1)*size]
				got, err := c.layout.Parse(raw)
				if err != nil || got != want {
					t.Errorf("record %d: %+v %v, want %+v", i, got, err, want)
				}
				if again := c.layout.Append(nil, got); !bytes.Equal(again, raw) {
					t.Errorf("record %d written again differs", i)
				}
			}
		})
	}
}

func TestParseLast(t *testing.T) {
	for name, layout := range map[string]utmp.Layout{"lastlog-x86-64": utmp.Narrow(), "lastlog-arm64": utmp.Wide()} {
		b := read(t, name)
		got, err := layout.ParseLast(b)
		if err != nil || got != (utmp.Last{Time: start + 100e9, Line: "pts/3", Host: "192.0.2.7"}) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		if !bytes.Equal(layout.AppendLast(nil, got), b) {
			t.Errorf("%s written again differs", name)
		}
		if got, err := layout.ParseLast(make([]byte, layout.LastSize())); err != nil || got != (utmp.Last{}) {
			t.Errorf("%s: a hole is %+v %v", name, got, err)
		}
	}
}

func TestParseFail(t *testing.T) {
	b := make([]byte, utmp.FailSize)
	b[0], b[2] = 4, 5
	copy(b[4:], "tty1")
	b[16] = 100
	got, err := utmp.ParseFail(b)
	if err != nil || got != (utmp.Fail{Count: 4, Most: 5, Line: "tty1", Time: 100e9}) {
		t.Errorf("%+v %v", got, err)
	}
}

func TestMalformed(t *testing.T) {
	l := utmp.Narrow()
	badType := l.Append(nil, utmp.Record{Type: 10})
	badMicros := l.Append(nil, alice())
	badMicros[346] = 0xff
	badWide := utmp.Wide().Append(nil, alice())
	badWide[350] = 0xff
	fails := make([]byte, utmp.FailSize)
	fails[1] = 0x80
	for name, err := range map[string]error{
		"short":       second(l.Parse(make([]byte, 383))),
		"type":        second(l.Parse(badType)),
		"micros":      second(l.Parse(badMicros)),
		"wide time":   second(utmp.Wide().Parse(badWide)),
		"short last":  second(l.ParseLast(nil)),
		"short fail":  second(utmp.ParseFail(nil)),
		"failed < 0":  second(utmp.ParseFail(fails)),
		"wrong place": second(utmp.Wide().Parse(make([]byte, l.Size()))),
	} {
		if !errors.Is(err, utmp.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r, err := l.Parse(make([]byte, l.Size())); err != nil || r != (utmp.Record{}) {
		t.Errorf("zeros are %+v %v", r, err)
	}
}

func second[T any](_ T, err error) error { return err }

// Whatever stands in a file: what is read can be written and read again.
func FuzzParse(f *testing.F) {
	f.Add(read(f, "wtmp-x86-64"))
	f.Add(read(f, "wtmp-arm64"))
	f.Add(make([]byte, 400))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, l := range []utmp.Layout{utmp.Narrow(), utmp.Wide()} {
			if len(b) < l.Size() {
				continue
			}
			r, err := l.Parse(b[:l.Size()])
			if err != nil {
				continue
			}
			if again, err := l.Parse(l.Append(nil, r)); err != nil || again != r {
				t.Fatalf("%+v was written and read again as %+v %v", r, again, err)
			}
			last, err := l.ParseLast(b[:l.LastSize()])
			if err == nil {
				if again, err := l.ParseLast(l.AppendLast(nil, last)); err != nil || again != last {
					t.Fatalf("%+v was written and read again as %+v %v", last, again, err)
				}
			}
			_, _ = utmp.ParseFail(b[:utmp.FailSize])
		}
	})
}
