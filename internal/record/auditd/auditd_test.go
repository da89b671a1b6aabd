package auditd_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/internal/record/auditd"
)

func parse(t testing.TB, r io.Reader) ([]map[string]string, []string) {
	t.Helper()
	blocks, _, err := record.Open([]record.Format{auditd.Format()}, r)
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	var faults []string
	var b record.Block
	var batch record.Batch
	for blocks.Next(&b) == nil {
		batch.Reset()
		blocks.Decode(&b, &batch)
		for _, r := range batch.Records() {
			m := map[string]string{"_line": fmt.Sprint(r.Line), "_channel": r.Log.Channel, "_time": r.Time.Std().Format("15:04:05.000")}
			for i, name := range r.Log.Names {
				if old, ok := m[name]; ok {
					m[name] = old + "|" + r.Log.Values[i]
					continue
				}
				m[name] = strings.Clone(r.Log.Values[i]) // the batch is used again
			}
			out = append(out, m)
		}
		for _, f := range batch.Faults {
			faults = append(faults, f.Error())
		}
	}
	return out, faults
}

const exec = `type=SYSCALL msg=audit(1604996384.965:93777): arch=c000003e syscall=59 success=yes exit=0 a0=558e ppid=29002 pid=2168 auid=1000 uid=0 comm="dd" exe="/bin/dd" key=61756F6D7301657865637665
type=EXECVE msg=audit(1604996384.965:93777): argc=3 a0="dd" a1="if=/dev/zero" a2=6F663D6120622063
type=CWD msg=audit(1604996384.965:93777): cwd="/home/u"
type=PATH msg=audit(1604996384.965:93777): item=0 name="/bin/dd" nametype=NORMAL
type=PROCTITLE msg=audit(1604996384.965:93777): proctitle=64640069663D2F6465762F7A65726F
`

func TestExecution(t *testing.T) {
	got, faults := parse(t, strings.NewReader(exec))
	if len(got) != 6 || len(faults) > 0 {
		t.Fatalf("%d records, %q", len(got), faults)
	}
	for i, want := range []map[string]string{
		{"type": "SYSCALL", "_channel": "Linux-Auditd", "SYSCALL": "execve", "syscall": "59", "exe": "/bin/dd", "key": "auoms|execve", "a0": "558e", "_line": "0", "_time": "08:19:44.965"},
		{"type": "EXECVE", "a0": "dd", "a1": "if=/dev/zero", "a2": "of=a b c", "_line": "1"},
		{"type": "CWD", "cwd": "/home/u"},
		{"type": "PATH", "name": "/bin/dd", "nametype": "NORMAL"},
		{"type": "PROCTITLE", "proctitle": "dd if=/dev/zero", "_line": "4"},
		{"_channel": "Linux-Process", "Image": "/bin/dd", "CommandLine": "dd if=/dev/zero of=a b c", "CurrentDirectory": "/home/u", "User": "root", "ProcessId": "2168", "ParentProcessId": "29002", "LogonId": "1000", "_line": "0"},
	} {
		for k, v := range want {
			if got[i][k] != v {
				t.Errorf("record %d: %s is %q, want %q", i, k, got[i][k], v)
			}
		}
	}
}

func TestWhatLinesMean(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want map[string]string // of the last record
	}{
		"fields inside msg":   {`type=USER_AUTH msg=audit(1.5:2): pid=1 uid=0 msg='op=PAM:authentication acct="root" exe="/bin/su" hostname=? res=failed'`, map[string]string{"op": "PAM:authentication", "acct": "root", "res": "failed", "hostname": "?"}},
		"enriched":            {"type=SYSCALL msg=audit(1.5:2): arch=c000003e syscall=59 uid=33\x1dARCH=x86_64 SYSCALL=execve UID=\"www-data\"", map[string]string{"SYSCALL": "execve", "UID": "www-data", "uid": "33"}},
		"of another machine":  {`type=SYSCALL msg=audit(1.5:2): arch=c00000b7 syscall=221`, map[string]string{"SYSCALL": "execve"}},
		"old and new":         {`type=LOGIN msg=audit(1.5:2): login pid=8169 uid=0 old auid=1 new auid=700 old ses=2 new ses=3`, map[string]string{"old-auid": "1", "auid": "700", "old-ses": "2", "ses": "3"}},
		"avc":                 {`type=AVC msg=audit(1.5:2): avc:  denied  { read write } for  pid=1 comm="x" scontext=a:b tclass=dir`, map[string]string{"seresult": "denied", "seperms": "read,write", "tclass": "dir", "comm": "x"}},
		"kernel log":          {`Mar  1 10:00:00 h kernel: audit: type=1400 audit(1.5:2): apparmor="DENIED" name="/etc/x"`, map[string]string{"type": "AVC", "apparmor": "DENIED", "name": "/etc/x"}},
		"node":                {`node=h7 type=EOE msg=audit(1.5:2): `, map[string]string{"type": "EOE"}},
		"a name with a blank": {`type=PATH msg=audit(1.5:2): item=0 name=2F746D702F6120622F63 nametype=CREATE`, map[string]string{"name": "/tmp/a b/c"}},
		"a name that is none": {`type=PATH msg=audit(1.5:2): item=0 name=(null) nametype=PARENT`, map[string]string{"name": "(null)"}},
		"an unended quote":    {`type=CWD msg=audit(1.5:2): cwd="/a`, map[string]string{"cwd": "/a"}},
		"a connection": {`type=SYSCALL msg=audit(1.5:2): arch=c000003e syscall=42 success=no exit=-115 pid=7 uid=5 exe="/usr/bin/curl"` + "\n" +
			`type=SOCKADDR msg=audit(1.5:2): saddr=020001BB010203040000000000000000` + "\n" + `type=EOE msg=audit(1.5:2):`,
			map[string]string{"_channel": "Linux-Network", "DestinationIp": "1.2.3.4", "DestinationPort": "443", "Image": "/usr/bin/curl", "User": "5", "Initiated": "true"}},
		"a new file": {`type=SYSCALL msg=audit(1.5:2): arch=c000003e syscall=257 success=yes exit=3 pid=7 uid=5 UID="eve" exe="/bin/bash"` + "\n" +
			`type=CWD msg=audit(1.5:2): cwd="/etc/cron.d"` + "\n" + `type=PATH msg=audit(1.5:2): item=1 name="x" nametype=CREATE`,
			map[string]string{"_channel": "Linux-File", "TargetFilename": "/etc/cron.d/x", "User": "eve"}},
		"arguments in parts": {`type=SYSCALL msg=audit(1.5:2): arch=c000003e syscall=59 success=yes exe="/bin/echo"` + "\n" +
			`type=EXECVE msg=audit(1.5:2): argc=3 a0="echo" a1_len=6 a1[0]="abc" a1[1]="def" a2="x"` + "\n" + `type=EOE msg=audit(1.5:2):`,
			map[string]string{"_channel": "Linux-Process", "CommandLine": "echo abcdef x"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, faults := parse(t, strings.NewReader(c.text+"\n"))
			if len(got) == 0 || len(faults) > 0 {
				t.Fatalf("%d records, %q", len(got), faults)
			}
			for k, v := range c.want {
				if last := got[len(got)-1]; last[k] != v {
					t.Errorf("%s is %q, want %q in %v", k, last[k], v, last)
				}
			}
		})
	}
}

func TestEventsAreWholeWhereverTheTextIsCut(t *testing.T) {
	var text strings.Builder
	const n = 3000
	for i := range n {
		text.WriteString(strings.ReplaceAll(exec, "93777", fmt.Sprint(i)))
		if i%100 == 0 {
			text.WriteString("type=USER_END msg=audit(2.0:1): pid=1\n")
		}
	}
	for name, r := range map[string]io.Reader{"file": strings.NewReader(text.String()), "pipe": iotest.HalfReader(strings.NewReader(text.String()))} {
		got, faults := parse(t, r)
		executions := 0
		for _, m := range got {
			if m["_channel"] != "Linux-Process" {
				continue
			}
			executions++
			if m["CommandLine"] != "dd if=/dev/zero of=a b c" || m["CurrentDirectory"] != "/home/u" {
				t.Fatalf("%s: a part of an event: %v", name, m)
			}
		}
		if executions != n || len(got) != 6*n+n/100 || len(faults) > 0 {
			t.Errorf("%s: %d executions in %d records, %q", name, executions, len(got), faults)
		}
	}
}

func TestBadLines(t *testing.T) {
	got, faults := parse(t, strings.NewReader(exec+"hello\ntype=X msg=audit(y:1): a=1\n"+exec))
	if len(got) != 12 || len(faults) != 2 || !strings.HasPrefix(faults[0], "line 5: not an audit record") || !strings.HasPrefix(faults[1], `line 6: time "y"`) {
		t.Errorf("%d records, %q", len(got), faults)
	}
	if auditd.Format().Accepts([]byte("hello\n")) || auditd.Format().Accepts(nil) {
		t.Error("a text without audit records is accepted")
	}
}

// TestEqualToTheFlatFormOfTheSameLines compares the records of a raw log with
// the flat form of it, which has the texts of cmd, data and a few other fields
// in hexadecimal.
func TestEqualToTheFlatFormOfTheSameLines(t *testing.T) {
	dir := os.Getenv("VEDETTE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "linux", "auditd_raw.log"))
	if err != nil {
		t.Skipf("SKIPPED: no audit log in %s; set VEDETTE_DATA", dir)
	}
	var lines []auditd.Line
	for text := range bytes.Lines(raw) {
		if bytes.HasPrefix(text, []byte("#")) {
			continue
		}
		if l, err := auditd.Parse(strings.TrimRight(string(text), "\n")); err == nil {
			lines = append(lines, l)
		}
	}
	want := flat(t, filepath.Join(dir, "events", "linux_auditd_records.jsonl.gz"))
	at, equal, decoded := 0, 0, 0
	for _, w := range want {
		for at < len(lines) && (lines[at].Serial != w["_serial"] || lines[at].Type != w["type"] && !strings.HasPrefix(w["type"], "UNKNOWN[")) {
			at++
		}
		if at == len(lines) {
			t.Fatalf("no line %v after %d", w, equal)
		}
		l := lines[at]
		at++
		for k, v := range w {
			if strings.HasPrefix(k, "_") || k == "type" || k == "Channel" || k == "EventID" || l.Get(k) == v {
				continue
			}
			if l.Get("new-"+k) == v || l.Get(k)+"," == v || l.Get(k)+")" == v || l.Get("selected-"+k) == v { // the flat form cuts the name, and leaves commas and brackets
				continue
			}
			if k == "key" && strings.EqualFold(fmt.Sprintf("%x", keys(l)), v) {
				decoded++
				continue
			}
			if strings.EqualFold(fmt.Sprintf("%x", strings.ReplaceAll(l.Get(k), " ", "\x00")), v) || strings.EqualFold(fmt.Sprintf("%x", l.Get(k)), v) {
				decoded++
				continue
			}
			if has(l, k, v) || l.Get(k) == v+"g" && v == "rsyslo" { // a name that stands twice; a text that was cut
				continue
			}
			if b, err := hex.DecodeString(v); err == nil && string(b) == l.Get(k) {
				decoded++
				continue
			}
			t.Errorf("%s %s: %s is %.200q, want %.200q", l.Serial, l.Type, k, l.Get(k), v)
		}
		equal++
	}
	t.Logf("%d records, %d fields that the flat form has in hexadecimal", equal, decoded)
}

// has reports whether one of the values under a name is v.
func has(l auditd.Line, name, v string) bool {
	for i, n := range l.Names {
		if n == name && l.Values[i] == v {
			return true
		}
	}
	return false
}

// keys joins the keys of a line as the kernel does.
func keys(l auditd.Line) string {
	var out []string
	for i, n := range l.Names {
		if n == "key" {
			out = append(out, l.Values[i])
		}
	}
	return strings.Join(out, "\x01")
}

func flat(t *testing.T, path string) []map[string]string {
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
	var out []map[string]string
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, record.MaxLine)
	for sc.Scan() {
		m := map[string]string{}
		if err := json.Unmarshal(sc.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(exec))
	f.Add([]byte("node=x type=UNKNOWN[1400] msg=audit(1:2): a=\"\x1d msg='b=c"))
	f.Fuzz(func(t *testing.T, text []byte) {
		blocks, err := auditd.Format().Open(bytes.NewReader(text))
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
	})
}
