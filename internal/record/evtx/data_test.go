package evtx_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/internal/record/evtx"
)

// shared returns the directory of the shared data.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("VEDETTE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "evtx")); err != nil {
		t.Skipf("SKIPPED: no event logs in %s; set VEDETTE_DATA", dir)
	}
	return dir
}

// read returns the records of a file and what could not be read.
func read(t testing.TB, path string) ([]map[string]string, []string) {
	t.Helper()
	return readAs(t, path, evtx.Format())
}

func readAs(t testing.TB, path string, format record.Format) ([]map[string]string, []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	blocks, _, err := record.Open([]record.Format{format}, f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var out []map[string]string
	var faults []string
	var b record.Block
	var batch record.Batch
	for blocks.Next(&b) == nil {
		batch.Reset()
		blocks.Decode(&b, &batch)
		for _, r := range batch.Records() {
			m := map[string]string{}
			for i, name := range r.Log.Names {
				value := strings.Clone(r.Log.Values[i]) // the batch is used again
				if old, twice := m[name]; twice && old != value {
					value = old + "\x00" + value
				}
				m[name] = value
			}
			out = append(out, m)
		}
		for _, f := range batch.Faults {
			faults = append(faults, f.Error())
		}
	}
	return out, faults
}

// flatLines reads the flat form of the records of all files, by file and number.
func flatLines(t testing.TB, path string) map[string]map[int]map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[int]map[string]string{}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, record.MaxLine)
	for sc.Scan() {
		m := map[string]string{}
		if err := json.Unmarshal(sc.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(m["_rec"])
		if err != nil {
			t.Fatal(err)
		}
		src := m["_src"]
		if out[src] == nil {
			out[src] = map[int]map[string]string{}
		}
		maps.DeleteFunc(m, func(k, _ string) bool { return strings.HasPrefix(k, "_") })
		out[src][n] = m
	}
	return out
}

// difference describes how two records differ; times are compared as times.
func difference(got, want map[string]string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[k]
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("%s: absent, want %.200q", k, want[k]))
		case g != want[k] && !sameTime(g, want[k]):
			out = append(out, fmt.Sprintf("%s: %.200q, want %.200q", k, g, want[k]))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			out = append(out, fmt.Sprintf("%s: %.200q, want it absent", k, got[k]))
		}
	}
	return out
}

// sameTime reports whether two texts are the same time, one of them in seconds
// since 1970 as a binary floating-point number.
func sameTime(a, b string) bool {
	x, y := record.ParseTime(a), record.ParseTime(b)
	return x != 0 && y != 0 && x-y <= 1000 && y-x <= 1000
}

func TestEqualToTheFlatFormOfTheSameFiles(t *testing.T) {
	dir := shared(t)
	want := flatLines(t, filepath.Join(dir, "events", "evtx_to_mitre.jsonl.gz"))
	root := filepath.Join(dir, "evtx", "EVTX-to-MITRE-Attack")
	records := 0
	flaws := map[string]int{}
	for _, src := range slices.Sorted(maps.Keys(want)) {
		got, faults := read(t, filepath.Join(root, src))
		for _, f := range faults {
			t.Errorf("%s: %s", src, f)
		}
		if len(got) != len(want[src]) {
			t.Errorf("%s: %d records, want %d", src, len(got), len(want[src]))
			continue
		}
		for n, w := range want[src] { // numbered from 1
			records++
			for _, d := range difference(got[n-1], w) {
				why := flaw(d, got[n-1], w)
				if why == "" {
					t.Errorf("%s record %d: %s", src, n, d)
				}
				flaws[why]++
			}
		}
	}
	t.Logf("%d records of %d files equal", records, len(want))
	if wanted := map[string]int{"one Data": 74, "Binary": 661, "Name of EventData": 1, "Int8": 2}; !maps.Equal(flaws, wanted) {
		t.Errorf("the flat form has flaws %v, known are %v", flaws, wanted)
	}
}

// flaw names what is known to be wrong in the flat form, which was made by way
// of another program's JSON: of an EventData with one Data that has a name it
// has Name and Value in place of the name; with several it leaves out all
// others, as Binary and the Name of EventData itself; a signed byte it shows as
// a character.
func flaw(d string, got, want map[string]string) string {
	key, _, _ := strings.Cut(d, ":")
	single := want["Data_Name"]
	if single == "" {
		single = want["Name"]
	}
	switch {
	case single != "" && got[single] == want["Value"] && slices.Contains([]string{"Name", "Data_Name", "Value", single}, key):
		return "one Data"
	case key == "Binary" && want["Binary"] == "":
		return "Binary"
	case key == "Name" && want["Name"] == "" && strings.HasPrefix(got["Name"], "DNS_EVENT_"):
		return "Name of EventData"
	case key == "Context" && got["Context"] == "110" && want["Context"] == "n":
		return "Int8"
	}
	return ""
}

func TestEqualToTheJSONBesideTheRegressionFiles(t *testing.T) {
	root := filepath.Join(shared(t), "sigma", "regression_data")
	files, records, fields, edited := 0, 0, 0, 0
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".evtx" {
			return err
		}
		files++
		got, faults := read(t, path)
		want, faults2 := readAs(t, strings.TrimSuffix(path, ".evtx")+".json", record.JSONDocuments())
		for _, f := range append(faults, faults2...) {
			t.Errorf("%s: %s", path, f)
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d records, the JSON has %d", path, len(got), len(want))
			return nil
		}
		for i, w := range want {
			records++
			fields += len(w)
			for k, v := range got[i] { // the JSON's texts have no blanks at their ends
				if v != w[k] && strings.TrimRight(v, " ") == w[k] {
					got[i][k] = w[k]
				}
			}
			for _, d := range difference(got[i], w) {
				if d == `ParentCommandLine: "C:\\Windows\\Explorer.EXE", want "C:\\Windows\\Explorer.exe"` {
					edited++ // the JSON was changed by hand
					continue
				}
				t.Errorf("%s record %d: %s", path, i, d)
			}
		}
		return nil
	})
	if err != nil || files == 0 || edited != 1 {
		t.Fatal(files, edited, err)
	}
	t.Logf("%d records of %d files, %d fields equal", records, files, fields)
}

func BenchmarkDecodeShared(b *testing.B) {
	var files [][]byte
	err := filepath.WalkDir(filepath.Join(shared(b), "evtx"), func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".evtx" {
			return err
		}
		text, err := os.ReadFile(path)
		files = append(files, text)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, files)
}
