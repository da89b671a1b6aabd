package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/agent/sensor/trace"
)

// calls is a twin of the tracer.
type calls []trace.Call

func (c calls) Run(_ context.Context, q trace.Request, begun func() error, each func(trace.Call) error) (trace.End, error) {
	if q.PID != 4711 {
		return trace.End{}, errors.Join(trace.ErrRefused, errors.New("outside the agent's scope"))
	}
	err := begun()
	for _, x := range c {
		err = errors.Join(err, each(x))
	}
	return trace.End{Why: "the time is over", Listed: uint64(len(c)), Limited: 3}, err
}

// TestGM9_TraceOverTheSocket: who asks on the control socket gets the calls and
// what was not listed; their bytes are in no file of the agent and in no log.
func TestGM9_TraceOverTheSocket(t *testing.T) {
	r := newRig(t)
	r.deps.Trace = calls{{Thread: 4711, Name: "write", Number: 1, Result: 12, Texts: []trace.Text{{Argument: 2, Text: "swordfish-77"}}}}
	r.start()
	ask := func(pid int64) (got []TraceLine, err error) {
		err = control.Client{Dir: r.settings.StateDir}.Trace(t.Context(), control.Trace{PID: pid, For: time.Second}, func(text []byte) error {
			var l TraceLine
			defer func() { got = append(got, l) }()
			return json.Unmarshal(text, &l)
		})
		return got, err
	}
	r.wait("the socket", func() bool {
		_, err := ask(1)
		return err != nil && strings.Contains(err.Error(), "outside the agent's scope")
	})
	got, err := ask(4711)
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].Call != nil || got[1].Call == nil || got[1].Call.Texts[0].Text != "swordfish-77" || got[2].End == nil || got[2].End.Limited != 3 {
		t.Errorf("%+v", got)
	}
	r.stop()
	if text := r.log.String(); !strings.Contains(text, "listed for root") || strings.Contains(text, "swordfish") {
		t.Errorf("log:\n%s", text)
	}
	files := 0
	err = filepath.WalkDir(r.settings.StateDir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		text, err := os.ReadFile(p)
		if bytes.Contains(text, []byte("swordfish")) {
			t.Errorf("%s holds what was traced", p)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
	for _, e := range r.stored() { // the spool's segments are compressed
		if text, err := json.Marshal(e); err != nil || bytes.Contains(text, []byte("swordfish")) {
			t.Errorf("%s, %v", text, err)
		}
	}
}
