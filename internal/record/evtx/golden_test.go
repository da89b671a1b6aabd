package evtx_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vedette-edr/vedette/internal/record/evtx/evtxtest"
)

var update = flag.Bool("update", false, "write the files of testdata anew")

// TestGolden reads a committed log, so that a change of the writer and the
// reader at once is seen. With -update both files are written.
func TestGolden(t *testing.T) {
	log, golden := filepath.Join("testdata", "sample.evtx.gz"), filepath.Join("testdata", "sample.golden")
	if *update {
		writeSample(t, log)
	}
	got, faults := read(t, log)
	for _, f := range faults {
		t.Error(f)
	}
	var text bytes.Buffer
	for i, m := range got {
		fmt.Fprintf(&text, "record %d\n", i)
		for _, name := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(&text, "  %s: %q\n", name, m[name])
		}
	}
	if *update {
		if err := os.WriteFile(golden, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("the records differ from %s:\n%s", golden, text.String())
	}
}

func writeSample(t *testing.T, path string) {
	t.Helper()
	file := evtxtest.File(
		logon(1, member("TargetUserName", evtxtest.String("Müller")), member("LogonType", evtxtest.Uint32(3)), member("LogonId", evtxtest.Hex64(0x3e7))),
		evtxtest.Event{Record: 2, Time: when, Provider: "Microsoft-Windows-Eventlog", Channel: "System", Computer: "h1", Code: 104, Part: "UserData",
			Data: []evtxtest.Member{member("SubjectUserName", evtxtest.String("eve")), member("Channel", evtxtest.String("Application")), member("BackupPath", evtxtest.Null())}},
		evtxtest.Event{Record: 3, Time: when, Provider: "PowerShell", Channel: "Windows PowerShell", Computer: "h1", Code: 800,
			Data: []evtxtest.Member{member("", evtxtest.Strings("one", "two")), member("", evtxtest.String("three"))}},
	)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
