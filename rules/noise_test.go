package rules_test

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// recorded calls each with the events of a shared recording, as our sensors
// would have made them.
func recorded(t *testing.T, name string, each func(*event.Event)) {
	t.Helper()
	dir := os.Getenv("VEDETTE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "events", name+".jsonl.gz"))
	if err != nil {
		t.Skipf("SKIPPED: no recorded events: %v; set VEDETTE_DATA", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, record.MaxLine)
	for sc.Scan() {
		r, err := record.ParseJSON(sc.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		each(typed(r))
	}
}

func typed(r *record.Record) *event.Event {
	text := func(name string) string { return r.Data(name).Text() }
	base := func(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }
	e := &event.Event{Kind: event.ProcessStart,
		Process: &event.Process{Executable: text("Image"), Name: base(text("Image")), CommandLine: text("CommandLine"), WorkingDirectory: text("CurrentDirectory"),
			Parent: &event.Parent{Executable: text("ParentImage"), Name: base(text("ParentImage")), CommandLine: text("ParentCommandLine")}},
		User: &event.User{Name: text("User")}}
	switch r.Log.Channel {
	case "Linux-File":
		e.Kind, e.File = event.FileCreate, &event.File{Path: text("TargetFilename")}
	case "Linux-Network":
		e.Kind, e.Net = event.NetConnect, &event.Net{Direction: "egress"}
	}
	return e
}

// TestRulesAreQuiet bounds how often the rules fire on recorded everyday work,
// and says how much of the recorded attacks they see.
func TestRulesAreQuiet(t *testing.T) {
	set := load(t)
	for name, most := range map[string]float64{"linux_benign_dev": 0.001, "linux_art_derived": 1} {
		t.Run(name, func(t *testing.T) {
			events, hits := 0, map[string]int{}
			total := 0
			recorded(t, name, func(e *event.Event) {
				events++
				for _, m := range set.Match(e, nil) {
					hits[m.Rule.Level+" "+m.Rule.Path]++
					total++
					if testing.Verbose() && most < 1 {
						t.Logf("%s: %v", m.Rule.Path, m.Fields)
					}
				}
			})
			t.Logf("%d hits on %d events: %v", total, events, hits)
			if float64(total) > most*float64(events) {
				t.Errorf("%d hits on %d events: more than %v of them", total, events, most)
			}
		})
	}
}
