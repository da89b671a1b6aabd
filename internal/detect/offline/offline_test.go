package offline_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/offline"
	formats "github.com/vedette-edr/vedette/internal/record/all"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const rule = `title: Curl
id: curl
level: high
tags: [attack.t1105]
logsource: {product: linux, category: process_creation}
detection:
  s: {Image|endswith: /curl}
  condition: s
`

func set(t testing.TB, rules ...string) *detect.Set {
	t.Helper()
	var files []detect.File
	for i, text := range rules {
		files = append(files, detect.File{Path: fmt.Sprintf("%d.yml", i), Text: text})
	}
	s, problems := detect.Load(detect.Options{Formats: all.Formats(), Records: true, Whole: true}, files)
	if s == nil {
		t.Fatal(problems)
	}
	return s
}

// outcome is what a run reported.
type outcome struct {
	findings []string
	faults   []string
	stats    offline.Stats
}

func run(t testing.TB, s *detect.Set, jobs int, paths ...string) outcome {
	t.Helper()
	inputs, err := offline.Inputs(paths, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	return runInputs(t, s, jobs, inputs)
}

func runInputs(t testing.TB, s *detect.Set, jobs int, inputs []offline.Input) outcome {
	t.Helper()
	var out outcome
	stats, err := offline.Run(t.Context(), offline.Options{
		Set: s, Formats: formats.Formats(), Inputs: inputs, Jobs: jobs,
		Finding: func(f *offline.Finding) error {
			out.findings = append(out.findings, fmt.Sprintf("%s:%d %s", filepath.Base(f.Input), f.Line, f.Rule.ID))
			return nil
		},
		Fault: func(f offline.Fault) { out.faults = append(out.faults, f.Error()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	out.stats = stats
	return out
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	var b bytes.Buffer
	if strings.HasSuffix(name, ".gz") {
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	} else {
		b.WriteString(text)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func line(image string) string {
	return fmt.Sprintf(`{"Channel":"Linux-Process","EventID":"1","Image":%q,"_time":"1.5"}`+"\n", image)
}

func TestFindingsStandInTheOrderOfTheInputs(t *testing.T) {
	var text strings.Builder
	var want []string
	for i := range 20_000 {
		image := "/bin/true"
		if i%7 == 0 {
			image = "/usr/bin/curl"
			want = append(want, fmt.Sprintf("a.jsonl.gz:%d curl", i))
		}
		text.WriteString(line(image))
	}
	a := write(t, "a.jsonl.gz", text.String())
	b := write(t, "b.jsonl", line("/bin/true")+line("/usr/bin/curl"))
	want = append(want, "b.jsonl:1 curl")
	for _, jobs := range []int{1, 4} {
		got := run(t, set(t, rule), jobs, a, b)
		if !slices.Equal(got.findings, want) || len(got.faults) > 0 {
			t.Errorf("%d jobs: %d findings, want %d in order; faults %q", jobs, len(got.findings), len(want), got.faults)
		}
		if s := got.stats; s.Events != 20_002 || s.Inputs != 2 || s.Findings != int64(len(want)) || s.Match <= 0 {
			t.Errorf("%d jobs: stats %+v", jobs, s)
		}
	}
}

func TestWhatCannotBeReadIsToldAndTheRestIsSearched(t *testing.T) {
	whole := line("/bin/curl") + "{\"a\":\n" + line("/bin/curl")
	path := write(t, "x.jsonl", line("/bin/true")+whole)
	got := run(t, set(t, rule), 2, path)
	if !slices.Equal(got.findings, []string{"x.jsonl:1 curl", "x.jsonl:3 curl"}) {
		t.Errorf("findings %q", got.findings)
	}
	if want := path + ": line 2: value a: read JSON object: unexpected EOF"; !slices.Equal(got.faults, []string{want}) {
		t.Errorf("faults %q, want %q", got.faults, want)
	}
}

func TestCutGzipGivesWhatIsThere(t *testing.T) {
	path := write(t, "x.jsonl.gz", strings.Repeat(line("/bin/curl")+line("/bin/true"), 5000))
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, packed[:len(packed)*3/4], 0o600); err != nil {
		t.Fatal(err)
	}
	got := run(t, set(t, rule), 2, path)
	if len(got.findings) < 1000 || len(got.faults) == 0 || !strings.Contains(got.faults[len(got.faults)-1], "unexpected EOF") {
		t.Errorf("%d findings, faults %q", len(got.findings), got.faults)
	}
}

func TestFoldersAreWalkedAndOtherFilesLeftOut(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"b/x.json": line("/bin/curl"), "a.log": line("/bin/curl"), "c.png": "\x89PNG\r\n", "d.json": ""} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := run(t, set(t, rule), 2, dir)
	if !slices.Equal(got.findings, []string{"a.log:0 curl", "x.json:0 curl"}) || got.stats.Skipped != 1 || len(got.faults) > 0 {
		t.Errorf("%+v", got)
	}
	if got := run(t, set(t, rule), 2, filepath.Join(dir, "c.png")); len(got.faults) != 1 || !strings.Contains(got.faults[0], "not a format that is read here") {
		t.Errorf("a file that was named: %+v", got)
	}
	if _, err := offline.Inputs([]string{filepath.Join(dir, "none")}, nil); err == nil {
		t.Error("a file that is not there gives no error")
	}
}

func TestPipeIsSearchedWhileItIsOpen(t *testing.T) {
	r, w := io.Pipe()
	inputs, err := offline.Inputs([]string{offline.Stdin}, r)
	if err != nil {
		t.Fatal(err)
	}
	found := make(chan int)
	done := make(chan error)
	go func() {
		_, err := offline.Run(t.Context(), offline.Options{
			Set: set(t, rule), Formats: formats.Formats(), Inputs: inputs, Jobs: 2,
			Finding: func(f *offline.Finding) error { found <- f.Line; return nil },
			Fault:   func(f offline.Fault) { t.Error(f) },
		})
		done <- err
	}()
	for i := range 3 {
		if _, err := io.WriteString(w, line("/bin/curl")); err != nil {
			t.Fatal(err)
		}
		if n := <-found; n != i {
			t.Errorf("line %d, want %d", n, i)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRunEndsWhenItsContextOrItsFormEnds(t *testing.T) {
	path := write(t, "x.jsonl", strings.Repeat(line("/bin/curl"), 50_000))
	inputs, err := offline.Inputs([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := offline.Options{Set: set(t, rule), Formats: formats.Formats(), Inputs: inputs, Fault: func(offline.Fault) {}}
	full := errors.New("full")
	o.Finding = func(*offline.Finding) error { return full }
	if _, err := offline.Run(t.Context(), o); !errors.Is(err, full) {
		t.Errorf("got %v, want the error of the form", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	o.Finding = func(*offline.Finding) error { cancel(); return nil }
	if _, err := offline.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

func TestForms(t *testing.T) {
	path := write(t, "x.jsonl", `{"Channel":"Linux-Process","Image":"=cmd|x/curl","Computer":"=1+1","_time":"86400"}`+"\n"+
		`{"Channel":"Linux-Process","Image":"\u001b[2J/curl","_time":"1.5","Computer":"h1"}`+"\n"+line("/bin/true"))
	inputs, err := offline.Inputs([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for form, parts := range map[string][]string{
		"table":     {"1970-01-02T00:00:00.000Z  high           Curl  ", path + ":1", "Image=·[2J/curl", "2 findings in 3 records, 1 input"},
		"csv":       {"time,level,rule,", ",'=1+1,Linux-Process,", "\n1970-01-01T00:00:01.500Z,high,Curl,curl,h1,Linux-Process,,"},
		"timeline":  {"1970-01-01\n  00:00:01.500  high           h1  ", "1970-01-02\n  00:00:00.000"},
		"navigator": {`"techniqueID": "T1105"`, `"score": 2`, `"domain": "enterprise-attack"`},
		"json":      {`{"time":"1970-01-02T00:00:00.000Z","input":"` + path + `","line":0,`, `"rule":{"id":"curl","title":"Curl","level":"high",`},
	} {
		var b bytes.Buffer
		f, err := offline.NewForm(form, &b)
		if err != nil {
			t.Fatal(err)
		}
		stats, err := offline.Run(t.Context(), offline.Options{Set: set(t, rule), Formats: formats.Formats(), Inputs: inputs, Finding: f.Finding, Fault: func(f offline.Fault) { t.Error(f) }})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.End(stats); err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if form == "csv" {
				part = strings.ReplaceAll(part, ",'=1+1,Linux-Process,", ",Image==cmd|") // the value stands behind its name
			}
			if !strings.Contains(b.String(), part) {
				t.Errorf("%s: no %q in\n%s", form, part, b.String())
			}
		}
		if strings.Contains(b.String(), "\x1b") {
			t.Errorf("%s: an escape of a record reaches the terminal", form)
		}
		if form == "navigator" && !json.Valid(b.Bytes()) {
			t.Error("the layer is not JSON")
		}
	}
	if _, err := offline.NewForm("xml", nil); err == nil || !strings.Contains(err.Error(), "table, json") {
		t.Errorf("an unknown form: %v", err)
	}
}

const failures = `title: Failure
id: failure
name: failure
logsource: {product: windows, service: security}
detection:
  s: {EventID: 4625}
  condition: s
---
title: Three failures
id: three
level: high
correlation:
  type: event_count
  rules: [failure]
  group-by: [TargetUserName]
  timespan: 10s
  condition: {gte: 3}
`

func failure(at int, user string) string {
	return fmt.Sprintf(`{"Channel":"Security","EventID":"4625","TargetUserName":%q,"_time":"%d"}`+"\n", user, at)
}

func TestCorrelationsJoinRecordsOfAllInputsInTheOrderOfTime(t *testing.T) {
	a := write(t, "a.jsonl", failure(1000, "Eve")+failure(1008, "Eve")+failure(1000, "Bob")+failure(1001, "Bob"))
	b := write(t, "b.jsonl", failure(1004, "EVE")+failure(1100, "Bob"))
	inputs, err := offline.Inputs([]string{a, b}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, stream := range []bool{false, true} {
		var got []offline.Finding
		stats, err := offline.Run(t.Context(), offline.Options{
			Set: set(t, failures), Formats: formats.Formats(), Inputs: inputs, Jobs: 3, Stream: stream,
			Finding: func(f *offline.Finding) error { got = append(got, *f); return nil },
			Fault:   func(f offline.Fault) { t.Error(f) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].Rule.ID != "three" || got[0].Window == nil || !slices.Equal(got[0].Window.Group, []string{"eve"}) {
			t.Fatalf("stream %v: findings %+v", stream, got)
		}
		w := got[0].Window
		if w.Count != 3 || len(w.Events) != 3 || stats.Joined.Items != 6 {
			t.Errorf("stream %v: window %+v, stats %+v", stream, w, stats.Joined)
		}
		if late := stats.Joined.OutOfOrder > 0; late != stream {
			t.Errorf("stream %v: %d items out of order", stream, stats.Joined.OutOfOrder)
		}
	}
}
