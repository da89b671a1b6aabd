package wire

import (
	"bytes"
	"errors"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func full(t testing.TB) *event.Event {
	t.Helper()
	e := &event.Event{}
	for i, f := range event.Fields() {
		v := event.Value{Type: f.Type, Num: int64(i + 1), Flt: 1.5, Str: "text of " + f.Name, List: []string{"a", "", f.Name}}
		switch f.Type {
		case event.Address:
			v, _ = event.ParseValue(f.Type, "2001:db8::1")
		case event.Bool:
			v.Num = 1
		case event.KindName:
			v.Str = "process_start"
		}
		e.Set(f.ID, v)
	}
	return e
}

func batchOf(t testing.TB, es ...*event.Event) (*wirepb.Batch, []byte) {
	t.Helper()
	enc, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	var content []byte
	for _, e := range es {
		if content, err = enc.Append(content, e); err != nil {
			t.Fatal(err)
		}
	}
	b := &wirepb.Batch{Count: uint32(len(es))}
	enc.Fill(b, content)
	return b, content
}

func TestEventsSurvive(t *testing.T) {
	es := []*event.Event{full(t), {}, {Kind: event.ProcessEnd, Process: &event.Process{ExitCode: event.Some(0)}}}
	b, content := batchOf(t, es...)
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	got, err := d.Content(b)
	if err != nil || !bytes.Equal(got, content) {
		t.Fatalf("content differs: %v", err)
	}
	i := 0
	if err := d.Events(got, func(e *event.Event) error {
		if have, want := string(e.AppendJSON(nil)), string(es[i].AppendJSON(nil)); have != want {
			t.Fatalf("event %d\n got %s\nwant %s", i, have, want)
		}
		i++
		return nil
	}); err != nil || i != len(es) {
		t.Fatalf("%d events: %v", i, err)
	}
}

func TestDamagedContent(t *testing.T) {
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	b, content := batchOf(t, full(t))
	b.Size++
	if _, err := d.Content(b); !errors.Is(err, errContent) {
		t.Fatalf("wrong size: %v", err)
	}
	if _, err := d.Content(&wirepb.Batch{Size: MaxContent + 1}); !errors.Is(err, errContent) {
		t.Fatalf("too large: %v", err)
	}
	bomb, _ := batchOf(t)
	enc, _ := NewEncoder()
	enc.Fill(bomb, make([]byte, MaxContent+1))
	bomb.Size = 10
	if _, err := d.Content(bomb); !errors.Is(err, errContent) {
		t.Fatalf("a bomb: %v", err)
	}
	if err := d.Events(content[:len(content)-1], func(*event.Event) error { return nil }); !errors.Is(err, errContent) {
		t.Fatalf("cut: %v", err)
	}
}

func FuzzEvents(f *testing.F) {
	_, content := batchOf(f, full(f), &event.Event{Kind: event.NetConnect})
	f.Add(content)
	f.Add([]byte{eventTag, 2, 0x0a, 0})
	f.Fuzz(func(t *testing.T, content []byte) {
		d, err := NewDecoder()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		enc, err := NewEncoder()
		if err != nil {
			t.Fatal(err)
		}
		// Whatever decodes must encode and decode again to the same.
		_ = d.Events(content, func(e *event.Event) error {
			again, err := enc.Append(nil, e)
			if err != nil {
				t.Fatal(err)
			}
			other, err := NewDecoder()
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			return other.Events(again, func(o *event.Event) error {
				if !bytes.Equal(o.AppendJSON(nil), e.AppendJSON(nil)) {
					t.Fatalf("%s became %s", e.AppendJSON(nil), o.AppendJSON(nil))
				}
				return nil
			})
		})
	})
}
