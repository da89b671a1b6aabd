package syslog_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/internal/record/syslog"
)

var now = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want syslog.Message
	}{
		"auth.log":          {`Mar 27 13:06:56 ip-10 sshd[1291]: Server listening on 0.0.0.0 port 22.`, syslog.Message{Time: at("2025-03-27T13:06:56Z"), Host: "ip-10", Program: "sshd", PID: "1291", Priority: -1, Text: "Server listening on 0.0.0.0 port 22."}},
		"this year":         {`Feb  3 01:02:03 h CRON[7]: (root) CMD (x)`, syslog.Message{Time: at("2026-02-03T01:02:03Z"), Host: "h", Program: "CRON", PID: "7", Priority: -1, Text: "(root) CMD (x)"}},
		"with a priority":   {`<34>Oct 11 22:14:15 mymachine su: 'su root' failed`, syslog.Message{Time: at("2025-10-11T22:14:15Z"), Host: "mymachine", Program: "su", Priority: 34, Text: "'su root' failed"}},
		"kernel":            {`Feb 28 10:00:00 h kernel: [  1.5] usb: new device`, syslog.Message{Time: at("2026-02-28T10:00:00Z"), Host: "h", Program: "kernel", Priority: -1, Text: "[  1.5] usb: new device"}},
		"without a program": {`Feb 28 10:00:00 h last message repeated 3 times`, syslog.Message{Time: at("2026-02-28T10:00:00Z"), Host: "h", Priority: -1, Text: "last message repeated 3 times"}},
		"exact time":        {`2026-02-01T12:00:00.123456+01:00 h sudo: x : TTY=pts/0`, syslog.Message{Time: at("2026-02-01T11:00:00.123456Z"), Host: "h", Program: "sudo", Priority: -1, Text: "x : TTY=pts/0"}},
		"RFC 5424":          {`<165>1 2003-10-11T22:14:15.003Z mymachine evntslog - ID47 [ex@32473 iut="3" s="a\"]b"][x] BOMAn event`, syslog.Message{Time: at("2003-10-11T22:14:15.003Z"), Host: "mymachine", Program: "evntslog", ID: "ID47", Priority: 165, Data: []string{"iut", "3", "s", `a"]b`}, Text: "BOMAn event"}},
		"RFC 5424, empty":   {`<0>1 - - - - - -`, syslog.Message{Priority: 0}},
	} {
		got, err := syslog.Parse(c.line, now)
		c.want.Line = c.line
		if err != nil || got.Time != c.want.Time || got.Host != c.want.Host || got.Program != c.want.Program || got.PID != c.want.PID || got.Text != c.want.Text ||
			got.Priority != c.want.Priority || strings.Join(got.Data, "|") != strings.Join(c.want.Data, "|") || got.ID != c.want.ID {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, c.want)
		}
	}
	for _, line := range []string{"", "hello", "<999>x", "<1>1 x", "Xyz 27 13:06:56 h p: x", "Mar 27 13:06:56", "2026-02-01 x"} {
		if m, err := syslog.Parse(line, now); err == nil {
			t.Errorf("%q: %+v, want an error", line, m)
		}
	}
}

func at(text string) event.Time { return record.ParseTime(text) }

func read(t testing.TB, r io.Reader) ([]*record.Record, []string) {
	t.Helper()
	blocks, _, err := record.Open([]record.Format{syslog.Export(), record.JSONLines(), syslog.Format(now)}, r)
	if err != nil {
		t.Fatal(err)
	}
	var out []*record.Record
	var faults []string
	for {
		var b record.Block
		var batch record.Batch
		if blocks.Next(&b) != nil {
			return out, faults
		}
		blocks.Decode(&b, &batch)
		out = append(out, batch.Records()...)
		for _, f := range batch.Faults {
			faults = append(faults, f.Error())
		}
	}
}

func TestLines(t *testing.T) {
	got, faults := read(t, strings.NewReader("<38>Feb  1 10:00:00 h sshd[5]: one\n\tand two\nno line\nFeb  1 10:00:01 h sshd[5]: three\n"))
	if len(got) != 2 || len(faults) != 1 || !strings.HasPrefix(faults[0], "line 2: not a line of syslog") {
		t.Fatalf("%d records, %q", len(got), faults)
	}
	r := got[0]
	for name, want := range map[string]string{"Message": "<38>Feb  1 10:00:00 h sshd[5]: one\n\tand two", "hostname": "h", "program": "sshd", "pid": "5", "facility": "auth", "severity": "info"} {
		if v := r.Data(name).Text(); v != want {
			t.Errorf("%s is %q, want %q", name, v, want)
		}
	}
	if r.Log.Channel != "Linux-Syslog" || r.Line != 0 || got[1].Line != 3 || r.Host != "h" || r.Time == 0 {
		t.Errorf("%+v", r)
	}
}

// journal is an entry of the journal's export format; its message is no text.
func journal(message string) string {
	size := binary.LittleEndian.AppendUint64(nil, uint64(len(message)))
	return "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1600000000000001\n_HOSTNAME=h\n_COMM=sshd\n_PID=5\nPRIORITY=6\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=sshd\nUNIT_RESULT=x\nMESSAGE\n" + string(size) + message + "\n\n"
}

func TestJournal(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"export": strings.NewReader(journal("a\n\nb") + journal("two")),
		"pipe":   iotest.OneByteReader(strings.NewReader(journal("a\n\nb") + journal("two"))),
		"JSON": strings.NewReader(`{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1600000000000001","_HOSTNAME":"h","_COMM":"sshd","_PID":"5","PRIORITY":"6","SYSLOG_FACILITY":"10","SYSLOG_IDENTIFIER":"sshd","UNIT_RESULT":"x","MESSAGE":[97,10,10,98]}` + "\n" +
			`{"__REALTIME_TIMESTAMP":"1600000000000001","MESSAGE":"two"}` + "\n"),
	} {
		got, faults := read(t, r)
		if len(got) != 2 || len(faults) > 0 {
			t.Errorf("%s: %d records, %q", name, len(got), faults)
			continue
		}
		for field, want := range map[string]string{"Message": "a\n\nb", "hostname": "h", "program": "sshd", "pid": "5", "facility": "authpriv", "severity": "info", "_COMM": "sshd", "UNIT_RESULT": "x"} {
			if v := got[0].Data(field).Text(); v != want {
				t.Errorf("%s: %s is %q, want %q", name, field, v, want)
			}
		}
		if r := got[0]; r.Time != 1600000000000001000 || r.Host != "h" || r.Log.Channel != "Linux-Syslog" || got[1].Log.Message != "two" || got[1].Line != 1 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestCutJournal(t *testing.T) {
	whole := journal("one") + journal("two")
	got, faults := read(t, strings.NewReader(whole[:len(whole)-4]))
	if len(got) != 1 || len(faults) != 1 || !strings.HasPrefix(faults[0], "entry 1: a field is cut") {
		t.Errorf("%d records, %q", len(got), faults)
	}
}

func FuzzSyslog(f *testing.F) {
	f.Add([]byte("<34>Oct 11 22:14:15 m su: 'su root' failed\n x\n<165>1 2003-10-11T22:14:15.003Z m e - I [a b=\"c\\\"\"] d\n"))
	f.Add([]byte(journal("x") + "A=b\nC\n\x05\x00\x00\x00\x00\x00\x00\x00a\n\nbc\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, format := range []record.Format{syslog.Export(), syslog.Format(now)} {
			blocks, err := format.Open(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			var b record.Block
			var batch record.Batch
			for blocks.Next(&b) == nil {
				batch.Reset()
				blocks.Decode(&b, &batch)
				for _, r := range batch.Records() {
					if len(r.Log.Names) != len(r.Log.Values) {
						t.Fatal("names and values are not parallel")
					}
				}
			}
		}
	})
}
