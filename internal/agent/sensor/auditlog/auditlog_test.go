package auditlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs/procfstest"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/auditd"
)

// curl is an execution by somebody who became root, with the rules of fullmon.
const curl = `type=SYSCALL msg=audit(1700000000.100:900): arch=c000003e syscall=59 success=yes exit=0 a0=5 a1=6 a2=7 a3=8 items=2 ppid=40 pid=4242 auid=1000 uid=33 gid=34 euid=0 suid=0 fsuid=0 egid=34 sgid=34 fsgid=34 tty=pts3 ses=7 comm="curl" exe="/usr/bin/curl" key="PROCESS"
type=EXECVE msg=audit(1700000000.100:900): argc=3 a0="curl" a1="-o" a2=2F746D702F6120622E7368
type=CWD msg=audit(1700000000.100:900): cwd="/home/u"
type=PATH msg=audit(1700000000.100:900): item=0 name="/usr/bin/curl" inode=77 dev=08:11 mode=0104755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
type=PATH msg=audit(1700000000.100:900): item=1 name="/lib64/ld-linux-x86-64.so.2" inode=78 dev=08:11 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
type=PROCTITLE msg=audit(1700000000.100:900): proctitle=6375726C002D6F
`

const connect = `type=SYSCALL msg=audit(1700000000.%d:%d): arch=c000003e syscall=42 success=%s exit=%d a0=3 a1=7ffd a2=10 a3=0 items=0 ppid=40 pid=4242 auid=1000 uid=33 gid=34 euid=0 suid=0 fsuid=0 egid=34 sgid=34 fsgid=34 tty=pts3 ses=7 comm="curl" exe="/usr/bin/curl" key="NETCONN"
type=SOCKADDR msg=audit(1700000000.%d:%d): saddr=%s
type=PROCTITLE msg=audit(1700000000.%d:%d): proctitle=6375726C002D6F
`

// now returns records as they would be written now.
func now(records string) string {
	return strings.ReplaceAll(records, "1700000000.", fmt.Sprintf("%d.", time.Now().Unix()))
}

func connects(ms, serial int, success string, exit int, address string) string {
	return fmt.Sprintf(connect, ms, serial, success, exit, ms, serial, address, ms, serial)
}

// about returns the records of a call about files.
func about(serial, number int, args [4]string, paths ...string) string {
	b := fmt.Sprintf("type=SYSCALL msg=audit(1700000000.300:%d): arch=c000003e syscall=%d success=yes exit=3 a0=%s a1=%s a2=%s a3=%s items=2 ppid=40 pid=4242 auid=1000 uid=33 gid=34 euid=0 egid=34 tty=(none) ses=7 comm=\"curl\" exe=\"/usr/bin/curl\" key=\"FILEMOD\"\n",
		serial, number, args[0], args[1], args[2], args[3])
	b += fmt.Sprintf("type=CWD msg=audit(1700000000.300:%d): cwd=\"/tmp\"\n", serial)
	for i, p := range paths {
		kind, name, _ := strings.Cut(p, " ")
		b += fmt.Sprintf("type=PATH msg=audit(1700000000.300:%d): item=%d name=%s inode=9 dev=fd:01 mode=0100640 ouid=5 ogid=6 rdev=00:00 nametype=%s\n", serial, i, name, kind)
	}
	return b + fmt.Sprintf("type=EOE msg=audit(1700000000.300:%d): \n", serial)
}

// twin is a /proc, a log and a running rung.
type twin struct {
	*procfstest.Proc
	log string
	o   Options
}

func newTwin(t *testing.T) *twin {
	t.Helper()
	p := procfstest.New(t)
	w := &twin{Proc: p, log: filepath.Join(t.TempDir(), "audit.log")}
	w.o = Options{Path: w.log, Proc: p.Dir, Wait: 20 * time.Millisecond, Prove: 50 * time.Millisecond, Try: func(string) {}}
	w.add(t, "")
	return w
}

func (w *twin) add(t testing.TB, text string) {
	t.Helper()
	f, err := os.OpenFile(w.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// run runs a rung whose records are taken to come.
func (w *twin) run(t *testing.T, of func(Options) sensor.Source) (*sensortest.Recorder, func() error) {
	t.Helper()
	o := w.o
	o.Try = func(what string) {
		if what == "probe" {
			return
		}
		w.add(t, own(what))
	}
	return start(t, of(o))
}

// own is a record that the agent itself makes.
func own(what string) string {
	number := map[string]int{"exec": 59, "file": 87, "net": 42}[what]
	return fmt.Sprintf("type=SYSCALL msg=audit(1.5:1): arch=c000003e syscall=%d success=no exit=-2 ppid=%d pid=%d\ntype=EOE msg=audit(1.5:1):\n", number, os.Getpid(), os.Getpid())
}

func start(t *testing.T, src sensor.Source) (*sensortest.Recorder, func() error) {
	t.Helper()
	r := &sensortest.Recorder{}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var err error
	wg.Go(func() {
		err = src.Run(ctx, r.Emit, func(...string) { r.Emit(sensor.Took("x", src.Name, "", 1)) })
		if err != nil {
			r.Emit(sensor.Took("x", "ended", err.Error(), 1))
		}
	})
	stop := func() error { cancel(); wg.Wait(); return err }
	t.Cleanup(func() { _ = stop() })
	r.Wait(t, "the rung", 1, func(e *event.Event) bool { return e.Kind == event.AgentSensor })
	return r, stop
}

func not(kind event.Kind) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind != kind }
}

// TestFM4_GoldenVectors: an execution, its connections and the file that it
// makes, as the audit rules of fullmon log them. What fullmon has wrong is not:
// the user is the user and not the login, the program has its path, and an
// address of IPv6 is one.
func TestFM4_GoldenVectors(t *testing.T) {
	w := newTwin(t)
	execs, _ := w.run(t, Exec)
	files, _ := w.run(t, File)
	conns, _ := w.run(t, Net)
	w.add(t, curl+
		connects(200, 901, "yes", 0, "02000050010203040000000000000000")+
		connects(201, 902, "no", -115, "0A0000500000000020010DB80000000000000000000000010000000000000000")+
		connects(202, 903, "no", -111, "020000357F0000010000000000000000")+
		connects(203, 904, "yes", 0, "01002F72756E2F782E736F636B00")+
		about(905, 2, [4]string{"7f", "241", "1b6", "0"}, `PARENT "/tmp/"`, `CREATE "out"`)+
		about(906, 87, [4]string{"7f", "0", "0", "0"}, `PARENT "/tmp/"`, `DELETE "out"`))
	start := execs.Wait(t, "execution", 1, sensortest.Kinds(event.ProcessStart))[0]
	p := start.Process
	if p.PID != 4242 || p.Parent.PID != 40 || p.Executable != "/usr/bin/curl" || p.Name != "curl" || p.CommandLine != "curl -o /tmp/a b.sh" || len(p.Args) != 3 ||
		p.WorkingDirectory != "/home/u" || p.TTY != "pts3" || p.AuditUserID != "1000" || p.AuditSessionID != "7" || p.EntityID == "" {
		t.Errorf("process %+v", p)
	}
	if u := start.User; u.ID != "33" || u.GroupID != "34" || u.EffectiveID != "0" || u.EffectiveGroupID != "34" {
		t.Errorf("user %+v", u)
	}
	if f := start.File; f.Path != "/usr/bin/curl" || f.Inode != 77 || f.Device != 8<<20|0x11 || f.Mode != "4755" || f.Type != "file" {
		t.Errorf("file %+v", f)
	}
	if start.Time != 1700000000_100_000_000 || start.Provider != "exec" || start.Rung != "auditd" || start.SensorSequence != 1 {
		t.Errorf("%+v", start)
	}
	var hosts []string
	for _, e := range conns.Wait(t, "connections", 3, sensortest.Kinds(event.NetConnect)) {
		hosts = append(hosts, fmt.Sprintf("%s %s:%d %s %s %s", e.Process.Name, e.Net.DestinationIP, e.Net.DestinationPort, e.Net.Type, e.Outcome, e.ErrorCode))
		if e.Process.EntityID == "" || e.Net.Direction != "egress" {
			t.Errorf("%+v %+v", e.Process, e.Net)
		}
	}
	if want := []string{"curl 1.2.3.4:80 ipv4 success ", "curl 2001:db8::1:80 ipv6  ", "curl 127.0.0.1:53 ipv4 failure ECONNREFUSED"}; !slices.Equal(hosts, want) {
		t.Errorf("%q", hosts)
	}
	changed := files.Wait(t, "files", 2, sensortest.Kinds(event.FileCreate, event.FileDelete))
	for i, want := range []event.Kind{event.FileCreate, event.FileDelete} {
		if e := changed[i]; e.Kind != want || e.File.Path != "/tmp/out" || e.Process.Executable != "/usr/bin/curl" || e.User.ID != "33" || e.Process.TTY != "" {
			t.Errorf("%v %+v %+v", e.Kind, e.File, e.Process)
		}
	}
	if n := len(conns.All(not(event.AgentSensor))); n != 3 {
		t.Errorf("%d events of connections: a socket of the host is none", n)
	}
}

// A call on an open file is about the file that was opened a moment ago.
func TestOpenFile(t *testing.T) {
	w := newTwin(t)
	r, _ := w.run(t, File)
	w.add(t, about(1, 257, [4]string{"ffffff9c", "7f", "241", "1b6"}, `PARENT "/tmp/"`, `CREATE "/tmp/new"`)+about(2, 91, [4]string{"3", "9ed", "0", "0"}, `NORMAL (null)`))
	if e := r.Wait(t, "mode", 1, sensortest.Kinds(event.FileChmod))[0]; told(e) != "file_chmod /tmp/new 4755 was 0640 file" {
		t.Error(told(e))
	}
}

// Each call about files is told as what it did.
func TestFiles(t *testing.T) {
	const cwd = "ffffffffffffff9c"
	for name, c := range map[string]struct {
		number int
		args   [4]string
		paths  []string
		want   string
	}{
		"creates":          {257, [4]string{cwd, "7f", "241", "1b6"}, []string{`PARENT "sub"`, `CREATE "sub/new"`}, "file_create /tmp/sub/new 0640 file"},
		"opens to write":   {257, [4]string{cwd, "7f", "401", "0"}, []string{`NORMAL "/etc/passwd"`}, "file_write /etc/passwd 0640 file"},
		"opens to read":    {257, [4]string{cwd, "7f", "0", "0"}, []string{`NORMAL "/etc/passwd"`}, ""},
		"from a directory": {257, [4]string{"5", "7f", "241", "1b6"}, []string{`PARENT "sub"`, `CREATE "sub/new"`}, "file_create sub/new 0640 file the audit record does not say of which folder the name is"},
		"renames":          {82, [4]string{"7f", "7f", "0", "0"}, []string{`PARENT "/a/"`, `PARENT "/b/"`, `DELETE "/a/x"`, `DELETE "/b/y"`, `CREATE "/b/y"`}, "file_rename /b/y from /a/x 0640 file"},
		"renames at":       {316, [4]string{cwd, "7f", cwd, "7f"}, []string{`PARENT "."`, `PARENT "."`, `DELETE "x"`, `CREATE "y"`}, "file_rename /tmp/y from /tmp/x 0640 file"},
		"links":            {86, [4]string{"7f", "7f", "0", "0"}, []string{`NORMAL "/a/x"`, `PARENT "/b/"`, `CREATE "/b/y"`}, "file_create /b/y to /a/x 0640 file"},
		"removes":          {263, [4]string{cwd, "7f", "200", "0"}, []string{`PARENT "/a/"`, `DELETE 2F612F78200A`}, "file_delete /a/x \n 0640 file"},
		"changes the mode": {90, [4]string{"7f", "9ed", "0", "0"}, []string{`NORMAL "/a/x"`}, "file_chmod /a/x 4755 was 0640 file"},
		"owner":            {260, [4]string{cwd, "7f", "3e8", "ffffffff"}, []string{`NORMAL "/a/x"`}, "file_chown /a/x 1000:6 was 5:6 file"},
		"an attribute":     {188, [4]string{"7f", "7f", "7f", "14"}, []string{`NORMAL "/a/x"`}, "file_xattr /a/x 0640 file"},
		"makes it shorter": {76, [4]string{"7f", "0", "0", "0"}, []string{`NORMAL "/a/x"`}, "file_write /a/x 0640 file"},
		"an open file":     {91, [4]string{"63", "1ff", "0", "0"}, []string{`NORMAL (null)`}, "file_chmod  0777 was 0640 file the audit record does not say of which folder the name is"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTwin(t)
			r, stop := w.run(t, File)
			w.add(t, about(1, c.number, c.args, c.paths...)+about(2, 87, [4]string{"0", "0", "0", "0"}, `DELETE "/last"`))
			r.Wait(t, "the last", 1, func(e *event.Event) bool { return e.File != nil && e.File.Path == "/last" })
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range r.All(func(e *event.Event) bool { return e.File != nil && e.File.Path != "/last" }) {
				got = append(got, told(e))
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("%s\nwant %s", text, c.want)
			}
		})
	}
}

func told(e *event.Event) string {
	f := e.File
	text := e.Kind.String() + " " + f.Path
	switch {
	case f.OriginalPath != "":
		text += " from " + f.OriginalPath
	case f.TargetPath != "":
		text += " to " + f.TargetPath
	}
	switch e.Kind {
	case event.FileChown:
		text += fmt.Sprintf(" %s:%s was %s:%s", f.UID, f.GID, f.PreviousUID, f.PreviousGID)
	case event.FileChmod:
		text += " " + f.Mode + " was " + f.PreviousMode
	default:
		text += " " + f.Mode
	}
	text += " " + f.Type
	if e.Reason != "" {
		text += " " + e.Reason
	}
	return text
}

// A server is told by the address that it was bound to.
func TestServers(t *testing.T) {
	w := newTwin(t)
	r, _ := w.run(t, Net)
	call := func(serial, number int, a0, address string) string {
		text := fmt.Sprintf("type=SYSCALL msg=audit(1700000000.300:%d): arch=c000003e syscall=%d success=yes exit=0 a0=%s a1=1 a2=1c a3=0 ppid=1 pid=77 uid=0 gid=0 euid=0 egid=0 comm=\"srv\" exe=\"/srv\"\n", serial, number, a0)
		if address != "" {
			text += fmt.Sprintf("type=SOCKADDR msg=audit(1700000000.300:%d): saddr=%s\n", serial, address)
		}
		return text + fmt.Sprintf("type=EOE msg=audit(1700000000.300:%d):\n", serial)
	}
	w.add(t, call(1, 49, "3", "0A001F90000000000000000000000000000000000000000000000000")+call(2, 50, "3", "")+call(3, 50, "4", "")+
		call(4, 288, "3", "0A00D431"+"00000000"+"00000000000000000000FFFFC6336407"+"00000000"))
	got := r.Wait(t, "server", 2, sensortest.Kinds(event.NetListen, event.NetAccept))
	if n := got[0].Net; got[0].Kind != event.NetListen || n.SourceIP.String() != "::" || n.SourcePort != 8080 || n.Direction != "listen" || n.Transport != "tcp" {
		t.Errorf("%+v", n)
	}
	if n := got[1].Net; got[1].Kind != event.NetAccept || n.SourceIP.String() != "198.51.100.7" || n.SourcePort != 54321 || n.DestinationPort != 8080 || n.Type != "ipv4" || n.Direction != "ingress" {
		t.Errorf("%+v", n)
	}
}

// Scripts, memory, failed executions and ends.
func TestExecutions(t *testing.T) {
	w := newTwin(t)
	r, stop := w.run(t, Exec)
	event1 := func(serial int, syscall, pid int, success, exe, args string, paths ...string) string {
		b := fmt.Sprintf("type=SYSCALL msg=audit(1700000000.300:%d): arch=c000003e syscall=%d success=%s exit=0 a0=107 a1=1 ppid=40 pid=%d auid=4294967295 uid=0 gid=0 euid=0 egid=0 tty=(none) ses=4294967295 comm=\"x\" exe=%s key=(null)\n", serial, syscall, success, pid, exe)
		if args != "" {
			b += fmt.Sprintf("type=EXECVE msg=audit(1700000000.300:%d): %s\n", serial, args)
		}
		for i, p := range paths {
			b += fmt.Sprintf("type=PATH msg=audit(1700000000.300:%d): item=%d name=%q inode=%d dev=00:1a mode=0100755 nametype=NORMAL\n", serial, i, p, 10+i)
		}
		return b
	}
	w.add(t, event1(1, 59, 5, "yes", `"/usr/bin/dash"`, `argc=3 a0="/bin/sh" a1="./job" a2="now"`, "./job", "/bin/sh", "/lib/ld.so")+
		"type=CWD msg=audit(1700000000.300:1): cwd=\"/srv\"\n"+
		event1(2, 59, 6, "no", `"/usr/bin/bash"`, "")+
		event1(3, 322, 7, "yes", "2F6D656D66643A65202864656C6574656429", `argc=1 a0="e"`)+
		event1(4, 231, 7, "yes", `"/x"`, ""))
	got := r.Wait(t, "events", 3, sensortest.Kinds(event.ProcessStart, event.ProcessEnd)) // nothing says that they are whole
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if p := got[0].Process; p.Script != "/srv/job" || p.Executable != "/usr/bin/dash" || p.Name != "dash" || got[0].File.Inode != 11 || p.AuditUserID != "" || p.TTY != "" {
		t.Errorf("script: %+v %+v", p, got[0].File)
	}
	if p := got[1].Process; p.Executable != "/memfd:e" || !p.MemoryBacked {
		t.Errorf("from memory: %+v", p)
	}
	if p := got[2].Process; got[2].Kind != event.ProcessEnd || p.EntityID != got[1].Process.EntityID || p.ExitCode.N != 7 {
		t.Errorf("end: %v %+v", got[2].Kind, p)
	}
}

// The rung is taken only where records come, and left when they end.
func TestRecordsMustCome(t *testing.T) {
	w := newTwin(t)
	w.o.Path = w.log + "-none"
	if err := Exec(w.o).Run(t.Context(), func(*event.Event) {}, func(...string) {}); !errors.Is(err, sensor.ErrNotSupported) || !strings.Contains(err.Error(), "install auditd") {
		t.Errorf("without a log: %v", err)
	}
	w.o.Path = w.log
	w.add(t, curl) // years old
	if err := Exec(w.o).Run(t.Context(), func(*event.Event) {}, func(...string) { t.Error("taken") }); !errors.Is(err, sensor.ErrNotSupported) || !strings.Contains(err.Error(), "no records of executions") {
		t.Errorf("with a log that is silent: %v", err)
	}
	tries := 0
	w.o.Quiet = 60 * time.Millisecond
	w.o.Try = func(string) { tries++ }
	w.add(t, now(curl))
	r, stop := start(t, Exec(w.o))
	ended := r.Wait(t, "the end", 2, func(e *event.Event) bool { return e.Kind == event.AgentSensor })[1]
	if err := stop(); !errors.Is(err, errSilent) || ended.Status.Rung != "ended" || tries != 1 {
		t.Errorf("when nothing comes any more: %v, %d tries", err, tries)
	}
}

// TestFM6_SnapshotJoins: a process that was there before the agent is the same
// one in later records, and as the parent of later ones.
func TestFM6_SnapshotJoins(t *testing.T) {
	w := newTwin(t)
	w.Put(procfstest.Process{PID: 40, Parent: 1, Start: 100, Comm: "bash", Args: []string{"bash"}})
	w.Put(procfstest.Process{PID: 4242, Parent: 40, Start: 200, Comm: "curl", Args: []string{"curl"}})
	id := func(pid int64, ticks uint64) string {
		return event.EntityID("11111111-2222-3333-4444-555555555555", pid, ticks*uint64(event.EntityTick))
	}
	r, _ := w.run(t, Exec)
	w.add(t, now(curl))
	p := r.Wait(t, "execution", 1, sensortest.Kinds(event.ProcessStart))[0].Process
	if p.EntityID != id(4242, 200) || p.Parent.EntityID != id(40, 100) {
		t.Errorf("%s of %s, want %s of %s", p.EntityID, p.Parent.EntityID, id(4242, 200), id(40, 100))
	}
}

// A pid that another process has by now is not taken for the one of the
// record, and a process that is gone keeps its id.
func TestActors(t *testing.T) {
	p := procfstest.New(t)
	a, err := NewActors(p.Dir, "")
	if err != nil {
		t.Fatal(err)
	}
	const second = event.Time(time.Second)
	at := a.fs.Wall(0) + 1000*second
	p.Put(procfstest.Process{PID: 9, Parent: 1, Start: 200_000, Comm: "later"}) // 2,000 s
	first, ok := a.Of(9, 3, at)
	if !ok || a.Living(9, at) != nil || a.Alive(9) {
		t.Error("a younger process was taken for that of the record")
	}
	again, _ := a.Of(9, 3, at+300*second)
	if again.EntityID != first.EntityID {
		t.Error("a process that is gone has two ids")
	}
	other, _ := a.Of(9, 4, at+400*second)
	if other.EntityID == first.EntityID {
		t.Error("the child of another process has the same id")
	}
	live := a.Living(9, at+1500*second)
	if live == nil || live.EntityID == other.EntityID {
		t.Errorf("%+v", live)
	}
	p.Remove(9)
	if gone, _ := a.Of(9, 1, at+1600*second); gone.EntityID != live.EntityID {
		t.Error("a process has another id when it is gone")
	}
	a.Forget(9)
	for i := range int64(3 * maxActors) {
		a.Of(100+i, 1, at)
	}
	if len(a.known) > maxActors {
		t.Errorf("%d processes are known", len(a.known))
	}
}

func FuzzReader(f *testing.F) {
	f.Add(curl)
	f.Add(connects(1, 2, "no", -111, "02000035"))
	f.Add(about(1, 316, [4]string{"ffffff9c", "x", "5", ""}, `DELETE "a"`, `CREATE (null)`))
	f.Add(about(1, 82, [4]string{"", "", "", ""}, `CREATE "a"`))
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		log := filepath.Join(dir, "audit.log")
		if err := os.WriteFile(log, []byte("type=SYSCALL msg=audit("+fmt.Sprint(time.Now().Unix())+".1:0): arch=c000003e syscall=59\n"+
			"type=SYSCALL msg=audit("+fmt.Sprint(time.Now().Unix())+".1:0): arch=c000003e syscall=42\ntype=SYSCALL msg=audit("+fmt.Sprint(time.Now().Unix())+".1:0): arch=c000003e syscall=2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, of := range []func(Options) sensor.Source{Exec, File, Net} {
			ctx, cancel := context.WithCancel(t.Context())
			src := of(Options{Path: log, Wait: time.Millisecond, Try: func(string) {}})
			err := src.Run(ctx, func(e *event.Event) {
				if e.Process == nil || e.Kind == event.KindNone {
					t.Errorf("%+v", e)
				}
			}, func(...string) {
				f, err := os.OpenFile(log, os.O_WRONLY|os.O_APPEND, 0)
				if err != nil {
					t.Error(err)
				} else {
					_, _ = f.WriteString(text)
					f.Close()
				}
				cancel()
			})
			if err != nil {
				t.Error(err)
			}
			cancel()
		}
	})
}

// TestFolders: a name that starts from an open folder has the path of the
// folder where an earlier record told of it, and no other one's.
func TestFolders(t *testing.T) {
	w := newTwin(t)
	r, stop := w.run(t, File)
	const cwd = "ffffffffffffff9c"
	at := func(text, name, inode string) string { // gives an item its own number
		at := strings.Index(text, "name="+name)
		return text[:at] + strings.Replace(text[at:], "inode=9", "inode="+inode, 1)
	}
	dir := func(text, name string) string {
		at := strings.Index(text, "name="+name)
		return text[:at] + strings.Replace(text[at:], "mode=0100640", "mode=040755", 1)
	}
	w.add(t, dir(at(about(1, 258, [4]string{cwd, "7f", "1ed", "0"}, `PARENT "/tmp/"`, `CREATE "/tmp/sub"`), `"/tmp/sub"`, "70"), `"/tmp/sub"`)+
		at(about(7, 86, [4]string{"7f", "7f", "0", "0"}, `NORMAL "/other/x"`, `PARENT "/tmp/sub/"`, `CREATE "/tmp/sub/x"`), `"/tmp/sub/"`, "70")+
		at(about(2, 263, [4]string{"7", "7f", "0", "0"}, `PARENT "/root"`, `DELETE "x"`), `"/root"`, "70")+
		at(about(3, 263, [4]string{"8", "7f", "0", "0"}, `PARENT "/root"`, `DELETE "y"`), `"/root"`, "71")+
		dir(at(about(4, 82, [4]string{"7f", "7f", "0", "0"}, `PARENT "/tmp/"`, `PARENT "/tmp/"`, `DELETE "/tmp/sub"`, `CREATE "/tmp/new"`), `"/tmp/sub"`, "70"), `"/tmp/sub"`)+
		at(about(5, 263, [4]string{"7", "7f", "0", "0"}, `PARENT "/root"`, `DELETE "z"`), `"/root"`, "70")+
		about(6, 87, [4]string{"0", "0", "0", "0"}, `DELETE "/last"`))
	r.Wait(t, "the last", 1, func(e *event.Event) bool { return e.File != nil && e.File.Path == "/last" })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range r.All(func(e *event.Event) bool { return e.File != nil && e.File.Path != "/last" }) {
		got = append(got, e.Kind.String()+" "+e.File.Path)
	}
	if want := []string{"file_create /tmp/sub", "file_create /tmp/sub/x", "file_delete /tmp/sub/x", "file_delete y", "file_rename /tmp/new", "file_delete z"}; !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	seen := seenFiles{}
	for i := range event.Time(3 * maxSeen) {
		seen.put(&event.File{Path: "/f", Type: "file"}, lineOf(t, fmt.Sprintf("dev=1:1 inode=%d nametype=CREATE", i)), i)
	}
	newest := lineOf(t, fmt.Sprintf("dev=1:1 inode=%d nametype=NORMAL", 3*maxSeen-1))
	if len(seen) > maxSeen || seen.of(newest, 3*maxSeen) != "/f" || seen.of(newest, 3*maxSeen+forget) != "" {
		t.Errorf("%d files are known, the newest as %q, later as %q", len(seen), seen.of(newest, 3*maxSeen), seen.of(newest, 3*maxSeen+forget))
	}
	m := folders{}
	for i := range 3 * maxFolders {
		m.learn(&event.File{Path: fmt.Sprintf("/d%d/x", i)}, lineOf(t, `inode=1 nametype=CREATE`), lineOf(t, fmt.Sprintf("inode=%d dev=1:1", i)))
	}
	if len(m) > maxFolders {
		t.Errorf("%d folders are known", len(m))
	}
}

func lineOf(t *testing.T, fields string) *auditd.Line {
	t.Helper()
	l, err := auditd.Parse("type=PATH msg=audit(1.5:1): " + fields)
	if err != nil {
		t.Fatal(err)
	}
	return &l
}
