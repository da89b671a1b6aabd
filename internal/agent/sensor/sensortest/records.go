package sensortest

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Update is the flag -update of a test program: rewrite what the tests compare
// with.
func Update() *bool { return flag.Bool("update", false, "rewrite testdata") }

// Clock is a clock of the kernel's side that stands still: records of
// testdata/ decode to the same events everywhere.
type Clock struct{}

// Wall converts as if the host had started at the beginning of 2026.
func (Clock) Wall(boot uint64) event.Time { return event.Time(1767225600e9 + int64(boot)) }

// EntityID returns the id of a process of a fixed boot.
func (Clock) EntityID(pid uint32, start uint64) string {
	return event.EntityID("boot", int64(pid), start)
}

// Process returns the section of a process.
func (c Clock) Process(a kernel.Actor) *event.Process {
	return &event.Process{EntityID: c.EntityID(a.PID, a.Start), PID: int64(a.PID), Start: c.Wall(a.Start)}
}

// Raw returns a record as it stands in the ring.
func Raw(r kernel.Record) []byte {
	b := []byte{r.Sensor, r.Kind}
	b = binary.LittleEndian.AppendUint16(b, r.Flags)
	b = binary.LittleEndian.AppendUint32(b, uint32(24+len(r.Body)))
	b = binary.LittleEndian.AppendUint64(b, r.Time)
	b = binary.LittleEndian.AppendUint64(b, r.Number)
	return append(b, r.Body...)
}

// Records returns the records of testdata/*.record by name.
func Records(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.record")
	if err != nil || len(files) == 0 {
		t.Fatalf("no records in testdata: %v", err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".record")] = b
	}
	return out
}

// Golden decodes the records of testdata/ and compares the events, as JSON,
// with testdata/NAME.golden.
func Golden(t *testing.T, update bool, decode func(kernel.Record) (*event.Event, error)) {
	for name, raw := range Records(t) {
		t.Run(name, func(t *testing.T) {
			r, err := kernel.ParseRecord(raw)
			if err != nil {
				t.Fatal(err)
			}
			e, err := decode(r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(e, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			golden := filepath.Join("testdata", name+".golden")
			if update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// Capture returns a handler that keeps the first record that a name is found
// for, in $VEDETTE_OUT, from where it goes to testdata/.
func Capture(t testing.TB, sensor string, name func(kernel.Record) string) func(kernel.Record) error {
	dir := filepath.Join(os.Getenv("VEDETTE_OUT"), "records", sensor)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return func(r kernel.Record) error {
		n := name(r)
		if n == "" {
			return nil
		}
		file := filepath.Join(dir, n+".record")
		if _, err := os.Stat(file); err == nil {
			return nil
		}
		if err := os.WriteFile(file, Raw(r), 0o644); err != nil {
			return fmt.Errorf("keep a record: %w", err)
		}
		return nil
	}
}

// Fuzz feeds a decoder with changed records of testdata/: it must answer with
// an event or kernel.ErrMalformed and never reach outside the record.
func Fuzz(f *testing.F, decode func(kernel.Record) (*event.Event, error)) {
	for _, raw := range Records(f) {
		f.Add(raw)
		f.Add(raw[:len(raw)/2])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := kernel.ParseRecord(raw)
		if err != nil {
			return
		}
		e, err := decode(r)
		if err == nil && e == nil {
			t.Fatal("neither an event nor an error")
		}
		if err == nil {
			if _, err := e.MarshalJSON(); err != nil {
				t.Fatal("the event has no JSON:", err)
			}
		}
	})
}
