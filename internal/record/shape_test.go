package record_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/internal/record/all"
)

func read(t testing.TB, r io.Reader) ([]*record.Record, []string, string) {
	t.Helper()
	blocks, format, err := record.Open(all.Formats(), r)
	if err != nil {
		t.Fatal(err)
	}
	var out []*record.Record
	var faults []string
	for {
		var b record.Block
		var batch record.Batch
		if err := blocks.Next(&b); err != nil {
			if err != io.EOF {
				faults = append(faults, err.Error())
			}
			return out, faults, format.Name
		}
		blocks.Decode(&b, &batch)
		out = append(out, batch.Records()...)
		for _, f := range batch.Faults {
			faults = append(faults, f.Error())
		}
	}
}

func values(r *record.Record) map[string]string {
	out := map[string]string{}
	for i, name := range r.Log.Names {
		if old, ok := out[name]; ok {
			out[name] = old + "|" + r.Log.Values[i]
			continue
		}
		out[name] = r.Log.Values[i]
	}
	return out
}

// TestFormsOfWindowsEvents checks that all tools' forms of one event give the
// same record.
func TestFormsOfWindowsEvents(t *testing.T) {
	for name, text := range map[string]string{
		"flat":           `{"Channel":"Security","EventID":"4625","Computer":"h1","Provider_Name":"P","EventRecordID":"7","TargetUserName":"eve","ThreatName":"x y","_time":"1638309959.943116","_rec":"1"}`,
		"flat, numbers":  `{"Channel":"Security","EventID":4625,"Computer":"h1","Provider_Name":"P","EventRecordID":7,"TargetUserName":"eve","Threat Name":"x y","TimeCreated_SystemTime":"2021-11-30T22:05:59.943116Z"}`,
		"winlogbeat":     `{"@timestamp":"2021-11-30T22:05:59.943116Z","winlog":{"channel":"Security","event_id":4625,"computer_name":"h1","provider_name":"P","record_id":7,"event_data":{"TargetUserName":"eve","Threat Name":"x y"}}}`,
		"old winlogbeat": `{"@timestamp":"2021-11-30T22:05:59.943116Z","log_name":"Security","event_id":4625,"computer_name":"h1","source_name":"P","record_number":"7","event_data":{"TargetUserName":"eve","ThreatName":"x y"}}`,
		"NXLog":          `{"EventTime":"2021-11-30 22:05:59.943116","Hostname":"h1","Channel":"Security","SourceName":"P","EventID":4625,"RecordNumber":7,"TargetUserName":"eve","ThreatName":"x y"}`,
		"XML as JSON":    `{"Event":{"#attributes":{"xmlns":"u"},"System":{"Provider":{"#attributes":{"Name":"P"}},"EventID":{"#attributes":{"Qualifiers":0},"#text":4625},"TimeCreated":{"#attributes":{"SystemTime":"2021-11-30T22:05:59.943116Z"}},"EventRecordID":7,"Correlation":null,"Channel":"Security","Computer":"h1"},"EventData":{"TargetUserName":"eve","Threat Name":"x y"}}}`,
		"Name and Value": `{"System":{"Provider":{"Name":"P"},"EventID":{"Value":4625},"TimeCreated":{"SystemTime":1638309959.943116},"EventRecordID":7,"Channel":"Security","Computer":"h1"},"EventData":{"Data":[{"Name":"TargetUserName","Value":"eve"},{"Name":"Empty"},{"Name":"Threat Name","Value":"x y"}]}}`,
		"at, text":       `{"Event":{"System":{"Provider":{"@Name":"P"},"EventID":"4625","TimeCreated":{"@SystemTime":"2021-11-30T22:05:59.943116Z"},"EventRecordID":"7","Channel":"Security","Computer":"h1"},"EventData":{"Data":[{"@Name":"TargetUserName","#text":"eve"},{"@Name":"ThreatName","#text":"x y"}]}}}`,
	} {
		got, faults, _ := read(t, strings.NewReader(text))
		if len(got) != 1 || len(faults) > 0 {
			t.Errorf("%s: %d records, %q", name, len(got), faults)
			continue
		}
		r := got[0]
		v := values(r)
		for field, want := range map[string]string{"Channel": "Security", "EventID": "4625", "Computer": "h1", "Provider_Name": "P", "EventRecordID": "7", "TargetUserName": "eve", "ThreatName": "x y"} {
			if v[field] != want {
				t.Errorf("%s: %s is %q, want %q in %v", name, field, v[field], want, v)
			}
		}
		if r.Log.Channel != "Security" || r.Log.Code != "4625" || r.Host != "h1" || r.Log.Provider != "P" || r.Log.RecordID != "7" {
			t.Errorf("%s: fields %+v", name, r.Log)
		}
		if at := r.Time.Std().Format("15:04:05.000000"); at != "22:05:59.943116" {
			t.Errorf("%s: time %s", name, at)
		}
	}
}

func TestDataWithoutNamesAndUserData(t *testing.T) {
	got, _, _ := read(t, strings.NewReader(`{"Event":{"System":{"Channel":"Application","EventID":1},"EventData":{"Data":{"#text":["one","two"]},"Binary":"00"},"UserData":{"X":{"#attributes":{"xmlns:a":"u"},"Path":"p","Channel":"other"}}}}`))
	if v := values(got[0]); v["Data"] != "one\ntwo" || v["Binary"] != "00" || v["Path"] != "p" || v["UserData_Channel"] != "other" || got[0].Log.Channel != "Application" {
		t.Errorf("%v", v)
	}
}

func TestECSAndOurOwnEvents(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		kind event.Kind
	}{
		"ours":        {`{"@timestamp":"2026-01-02T03:04:05.000000006Z","event":{"action":"process_start"},"host":{"name":"h1"},"process":{"executable":"/bin/x","args":["x","-a"],"pid":5},"user":{"name":"eve"}}`, event.ProcessStart},
		"another's":   {`{"@timestamp":"2026-01-02T03:04:05.000000006Z","event":{"action":"exec","category":["process"],"type":["start"]},"host":{"name":"h1","os":{"type":"linux"}},"process":{"executable":"/bin/x","args":["x","-a"],"pid":5},"user":{"name":"eve"}}`, event.ProcessStart},
		"a file":      {`{"@timestamp":"2026-01-02T03:04:05.000000006Z","event":{"category":"file","type":"creation"},"host":{"name":"h1"},"process":{"executable":"/bin/x","command_line":"x -a","pid":5},"user":{"name":"eve"},"file":{"path":"/a"}}`, event.FileCreate},
		"a rename":    {`{"@timestamp":"2026-01-02T03:04:05.000000006Z","event":{"category":"file","type":"change","action":"rename"},"host":{"name":"h1"},"process":{"executable":"/bin/x","command_line":"x -a","pid":5},"user":{"name":"eve"}}`, event.FileRename},
		"connected":   {`{"@timestamp":"2026-01-02T03:04:05.000000006Z","event":{"category":["network"],"type":["connection","start"]},"host":{"name":"h1"},"process":{"executable":"/bin/x","command_line":"x -a","pid":5},"user":{"name":"eve"},"network":{"direction":"egress"}}`, event.NetConnect},
		"was reached": {`{"@timestamp":"2026-01-02T03:04:05.000000006Z","event":{"category":["network"],"type":["connection","start"]},"host":{"name":"h1"},"process":{"executable":"/bin/x","command_line":"x -a","pid":5},"user":{"name":"eve"},"network":{"direction":"ingress"}}`, event.NetAccept},
	} {
		got, faults, _ := read(t, strings.NewReader(c.text))
		if len(got) != 1 || len(faults) > 0 {
			t.Errorf("%s: %d records, %q", name, len(got), faults)
			continue
		}
		r := got[0]
		e := r.Event()
		if e.Kind != c.kind || e.HostName != "h1" || e.Process.Executable != "/bin/x" || e.Process.CommandLine != "x -a" || e.Process.PID != 5 || e.User.Name != "eve" || r.Time%1e9 != 6 {
			t.Errorf("%s: %+v %+v", name, e, e.Process)
		}
		if r.Get(event.FieldProcessExecutable).Str != "/bin/x" {
			t.Errorf("%s: the record does not have the event's fields", name)
		}
	}
	got, _, _ := read(t, strings.NewReader(`{"event":{"category":["process"],"type":["start"]},"host":{"os":{"type":"windows"}},"process":{"executable":"C:\\x"}}`))
	if got[0].Typed != nil || values(got[0])["process.executable"] != `C:\x` {
		t.Errorf("an event of a Windows host: %+v", got[0])
	}
}

func TestDocumentsOverSeveralLines(t *testing.T) {
	one := "{\n  \"Channel\": \"a}\\\"{\",\n  \"EventID\": 1\n}"
	for name, text := range map[string]string{"one after the other": one + "\n" + one + "\n", "a list": "[\n" + one + ",\n" + one + "\n]\n", "on one line": "[" + one + "," + one + "]"} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			got, faults, format := read(t, r)
			if len(got) != 2 || len(faults) > 0 || format != "json" || got[1].Log.Channel != `a}"{` || got[1].Line-got[0].Line < 3 {
				t.Errorf("%s: %d records as %s, %q", name, len(got), format, faults)
			}
		}
	}
	got, faults, _ := read(t, strings.NewReader(one+"\nhello\n"+one+"\n{\n\"a\": 1"))
	if len(got) != 2 || len(faults) != 2 || !strings.HasPrefix(faults[0], "line 3: \"hello\" between") || !strings.HasPrefix(faults[1], "line 9: read JSON object: unexpected EOF") {
		t.Errorf("%d records, %q", len(got), faults)
	}
}

func TestUTF16(t *testing.T) {
	text := "\ufeff" + `{"Channel":"grüße 😀"}` + "\r\n"
	for _, big := range []bool{false, true} {
		var b []byte
		for _, u := range utf16.Encode([]rune(text)) {
			if big {
				b = append(b, byte(u>>8), byte(u))
			} else {
				b = append(b, byte(u), byte(u>>8))
			}
		}
		for _, r := range []io.Reader{bytes.NewReader(b), iotest.OneByteReader(bytes.NewReader(b))} {
			got, faults, _ := read(t, r)
			if len(got) != 1 || len(faults) > 0 || got[0].Log.Channel != "grüße 😀" {
				t.Errorf("big %v: %d records, %q", big, len(got), faults)
			}
		}
	}
	if got, _, _ := read(t, strings.NewReader("\xef\xbb\xbf"+`{"Channel":"x"}`)); len(got) != 1 || got[0].Log.Channel != "x" {
		t.Error("UTF-8 with a mark is not read")
	}
}

func TestLinesAreNumberedAndLongOnesLeftOut(t *testing.T) {
	long := `{"a":"` + strings.Repeat("x", 3*record.MaxLine) + `"}`
	text := `{"n":"0"}` + "\n\n" + `{"n":"2"}` + "\r\n" + long + "\n" + `{"n":"4"}` + "\n" + strings.Repeat(`{"n":"5"}`+"\n", 100_000) + `{"n":"end"}`
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(text), "halves": iotest.HalfReader(strings.NewReader(text)), "with its end": iotest.DataErrReader(strings.NewReader(text))} {
		got, faults, _ := read(t, r)
		if len(got) != 100_004 || len(faults) != 1 || !strings.HasPrefix(faults[0], "line 3: l") || !strings.Contains(faults[0], fmt.Sprintf(" than %d", record.MaxLine)) {
			t.Errorf("%s: %d records, %q", name, len(got), faults)
			continue
		}
		for i, line := range map[int]int{0: 0, 1: 2, 2: 4, 3: 5, 100_003: 100_005} {
			if got[i].Line != line {
				t.Errorf("%s: record %d is of line %d, want %d", name, i, got[i].Line, line)
			}
		}
	}
	if _, faults, _ := read(t, iotest.TimeoutReader(iotest.HalfReader(strings.NewReader(text)))); len(faults) == 0 || !strings.Contains(faults[len(faults)-1], "timeout") {
		t.Errorf("an error of reading: %q", faults)
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]event.Time{
		"1638309959.943116": 1638309959943116000, "1638309959": 1638309959e9, "1638309959943": 1638309959943e6, "1638309959943116": 1638309959943116e3, "1638309959943116001": 1638309959943116001,
		"2021-11-30T22:05:59.943116Z": 1638309959943116000, "2021-11-30 22:05:59.943": 1638309959943e6, "2021-11-30T23:05:59+01:00": 1638309959e9,
		"": 0, "x": 0, "1/1/1601 12:00:00 AM": 0, "-5": 0, "9999-99-99T00:00:00Z": 0, "12345678x": 0,
	} {
		if got := record.ParseTime(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestRecordWithoutATimeOfItsOwnHasNone(t *testing.T) {
	got, _, _ := read(t, strings.NewReader(`{"Channel":"x","TimeCreated_SystemTime":"2021-11-30T22:05:59Z","_time":""}`))
	if got[0].Time != 0 {
		t.Error("_time says that there is no time")
	}
	if maps.Equal(values(got[0]), map[string]string{}) {
		t.Error("no values")
	}
}
