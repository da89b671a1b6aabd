package services

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/agent/sensor/bus/bustest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestParseUnit(t *testing.T) {
	const file = `# comment
[Unit]
Description=A test
; another
[Service]
ExecStart=/bin/one
ExecStart=
ExecStart = /bin/two \
# in between
   --more
ExecStart=/bin/three
User=nobody
no directive
=nameless
[Install]
WantedBy=multi-user.target
`
	got := ""
	items := parseUnit(watched.File{Content: []byte(file)})
	for _, f := range items[0].Fields {
		got += f.Name + "=" + f.Value + "\n"
	}
	want := `Unit.Description=A test
Service.ExecStart=/bin/two  --more; /bin/three
Service.User=nobody
Install.WantedBy=multi-user.target
`
	if got != want || len(items) != 1 || items[0].Key != itemUnit || items[0].Note != "" {
		t.Errorf("%+v is\n%swant\n%s", items, got, want)
	}
	if it := parseUnit(watched.File{Link: "/dev/null"}); len(it) != 1 || it[0].Key != itemLink || it[0].Get(fieldLink) != "/dev/null" {
		t.Errorf("link: %+v", it)
	}
	many := "[Service]\n"
	for i := range 200 {
		many += fmt.Sprintf("Key%d=%s\n", i, strings.Repeat("x", 3000))
	}
	it := parseUnit(watched.File{Content: []byte(many)})[0]
	size := 0
	for _, f := range it.Fields {
		size += len(f.Value)
	}
	if len(it.Fields) != maxDirectives || it.Note == "" || len(it.Fields[0].Value) != maxUnitValue || size > maxUnit+maxDirectives*23 {
		t.Errorf("%d fields of %d bytes, note %q", len(it.Fields), size, it.Note)
	}
	long := "[Service]\nExecStart=/bin/sh " + strings.Repeat("x", 5000)
	a, b := parseUnit(watched.File{Content: []byte(long)})[0], parseUnit(watched.File{Content: []byte(long + "y")})[0]
	if a.Fields[0].Value == b.Fields[0].Value {
		t.Error("a change at the end of a long line is not seen")
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		rootPath + "/unit/ssh_2eservice": "ssh.service", rootPath + "/unit/a_40b_2eservice": "a@b.service", "x_2": "x_2", "_zz": "_zz", "": "",
	} {
		if got := unescape(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	for _, unit := range []string{"ssh.service", "a@b-c.service", "9p.service"} {
		if got := unescape("/unit/" + escape(unit)); got != unit {
			t.Errorf("%s became %s", unit, got)
		}
	}
	if got := escape("my-unit.service"); got != "my_2dunit_2eservice" {
		t.Error(got)
	}
}

func FuzzUnit(f *testing.F) {
	f.Add([]byte("[Service]\nExecStart=/bin/a \\\n b\n"))
	f.Add([]byte("### BEGIN INIT INFO\n# Provides: x\n### END INIT INFO\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func(watched.File) []watched.Item{parseUnit, parseScript} {
			for _, it := range parse(watched.File{Path: "/x", Content: b}) {
				if len(it.Fields) > maxDirectives+1 {
					t.Fatalf("%d fields", len(it.Fields))
				}
				seen := map[string]bool{}
				for _, f := range it.Fields {
					if seen[f.Name] || len(f.Value) > maxUnitValue || len(f.Name) > 200 {
						t.Fatalf("field %q twice or of %d bytes", f.Name, len(f.Value))
					}
					seen[f.Name] = true
				}
			}
		}
	})
}

func TestSystemctl(t *testing.T) {
	for in, want := range map[string]string{
		"systemctl start a b.socket":                  "start a b.socket true",
		"systemctl --no-block -q --now disable a":     "disable a true",
		"systemctl -t service --property X restart a": "restart a true",
		"systemctl try-restart a":                     "restart a true",
		"systemctl --user start a":                    "  false",
		"systemctl -H other start a":                  "  false",
		"systemctl --machine=x start a":               "  false",
		"systemctl":                                   "  false",
		"systemctl daemon-reload":                     "daemon-reload  true",
	} {
		op, units, ok := parseSystemctl(strings.Fields(in))
		if got := fmt.Sprint(op, " ", strings.Join(units, " "), " ", ok); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"systemd-run --unit=x -p User=a /bin/true --user": "start [x] true", "systemd-run -u y.service sh": "start [y.service] true",
		"systemd-run --wait true": "start [run-*.service] true", "systemd-run --user true": " [] false", "systemd-run --scope true": " [] false",
	} {
		op, units, ok := parseRun(strings.Fields(in))
		if got := fmt.Sprint(op, " ", units, " ", ok); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[[2]string]bool{
		{"ssh", "ssh.service"}: true, {"ssh", "sshd.service"}: false, {"a.socket", "a.socket"}: true, {"ap*", "apache2.service"}: true, {"[", "[.service"}: true,
	} {
		if got := standsFor(in[0], in[1]); got != want {
			t.Errorf("%v: %t", in, got)
		}
	}
}

func TestRequestsAreBounded(t *testing.T) {
	var c requests
	for i := range 3 * maxRequests {
		c.started(&event.Event{Time: event.Time(i), Process: &event.Process{Executable: "/bin/systemctl", Args: []string{"systemctl", "stop", fmt.Sprint("u", i)}}})
	}
	c.started(&event.Event{Process: &event.Process{Executable: "/bin/other", Args: []string{"systemctl", "stop", "x"}}})
	if len(c.list) != maxRequests || c.find("stop", "u0.service", 1) != nil || c.find("stop", "x.service", 1) != nil {
		t.Errorf("%d executions", len(c.list))
	}
	if e := c.find("stop", "u191.service", 200); e == nil || e.by.Time != 191 {
		t.Errorf("the last one is %+v", e)
	}
	c.started(&event.Event{Time: 192, Process: &event.Process{Executable: "/bin/systemctl", Args: []string{"systemctl", "enable", "--now", "u191"}}})
	if e := c.find("stop", "u191.service", 200); e == nil || e.by.Time != 191 {
		t.Errorf("of two the one for the operation is %+v", e)
	}
	if e := c.find("start", "u191.service", 200); e == nil || e.by.Time != 192 {
		t.Errorf("of two for other operations the newest is %+v", e)
	}
	c.started(&event.Event{Time: 193, Process: &event.Process{Executable: "/bin/systemctl", Args: []string{"systemctl", "restart", "u191"}}})
	if e := c.find("start", "u191.service", 200); e == nil || e.by.Time != 193 {
		t.Errorf("a start that a restart became is of %+v", e)
	}
	if c.find("stop", "u191.service", 193+causing+1) != nil || c.find("daemon-reload", whole, 200) != nil {
		t.Error("an execution long before, or of another operation on all, is a cause")
	}
}

func iface(path string) string {
	if path == rootPath {
		return manager
	}
	return unitIface
}

// What a call on the bus carries, and calls that are not as systemd takes them.
func TestReadCalls(t *testing.T) {
	transient := []any{"run-1.service", "fail", []any{
		[]any{"User", bus.Variant{Signature: "s", Value: "nobody"}},
		[]any{"ExecStart", bus.Variant{Signature: "a(sasb)", Value: []any{[]any{"/bin/sh", []string{"sh", "-c", "id"}, false}}}},
	}, []any{}}
	cases := []struct {
		member, path, signature string
		args                    []any
		want                    string
	}{
		{"StartTransientUnit", rootPath, "ssa(sv)a(sa(sv))", transient, "start [run-1.service] /bin/sh -c id nobody the unit has no file <nil>"},
		{"EnqueueUnitJob", rootPath, "sss", []any{"a.service", "try-restart", "replace"}, "restart [a.service]    <nil>"},
		{"EnqueueUnitJob", rootPath, "sss", []any{"a.service", "nop", "replace"}, " [a.service]    " + errArguments.Error()},
		{"LinkUnitFiles", rootPath, "asbb", []any{[]string{"/tmp/x.service"}, true, true}, "link [x.service]    <nil> link=/tmp/x.service"},
		{"SetEnvironment", rootPath, "as", []any{[]string{"LD_PRELOAD=/tmp/x.so", "TOKEN=secret"}}, "set-environment [systemd]    <nil> LD_PRELOAD=/tmp/x.so TOKEN=set"},
		{"StartUnitReplace", rootPath, "sss", []any{"a.service", "b.service", "fail"}, "start [b.service]    <nil>"},
		{"StartUnit", rootPath, "u", []any{1}, "start []    " + errArguments.Error()},
		{"StartUnit", rootPath, "", nil, "start []    " + errArguments.Error()},
		{"Kill", rootPath + "/unit/a_2eservice", "si", []any{"all", 9}, "kill [a.service]    <nil>"},
	}
	socket, _ := bustest.Start(t)
	calls := make(chan *bus.Message, 1)
	bustest.Serve(t, socket, systemd, func(m *bus.Message) (string, []any, error) { calls <- m; return "", nil, nil })
	caller, err := bus.Dial(t.Context(), bus.Options{Socket: socket})
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	known := newCatalog()
	for _, c := range cases {
		if _, err := caller.Do(t.Context(), bus.Method{Destination: systemd, Path: c.path, Interface: iface(c.path), Member: c.member, Signature: c.signature, Args: c.args}); err != nil {
			t.Fatal(c.member, err)
		}
		m := <-calls
		op, ok := known.find(m)
		if !ok {
			t.Errorf("%s is not known", c.member)
			continue
		}
		a, err := op.read(m)
		got := fmt.Sprint(a.operation, " ", a.units, " ", a.change.ServiceCommand, " ", a.change.ServiceUser, " ", a.note, " ", err)
		for i, f := range a.change.Fields {
			got += " " + f + "=" + a.change.After[i]
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.member, got, c.want)
		}
	}
	for _, m := range []bus.Message{
		{Type: bus.Signal, Path: rootPath, Member: "StartUnit"}, {Type: bus.Call, Path: "/x", Member: "StartUnit"},
		{Type: bus.Call, Path: rootPath, Interface: "org.freedesktop.DBus.Properties", Member: "Reload"}, {Type: bus.Call, Path: rootPath, Member: "ListUnits"},
	} {
		if _, ok := known.find(&m); ok {
			t.Errorf("%+v is taken for an operation", m)
		}
	}
}

// TestCallsWithoutAnswerTakeNoPlace: anybody may call systemd and want no
// answer; the calls of others are heard all the same.
func TestCallsWithoutAnswerTakeNoPlace(t *testing.T) {
	l := &listener{catalog: newCatalog(), open: map[callKey]bool{}}
	m := bus.Message{Type: bus.Call, Sender: ":1.7", Path: rootPath, Interface: manager, Member: "StartUnit", NoReply: true}
	for m.Serial = 1; m.Serial < 2*maxCalls; m.Serial++ {
		if !l.wanted(&m) {
			t.Fatalf("call %d is not heard", m.Serial)
		}
	}
	m.NoReply = false
	if !l.wanted(&m) || l.overflow != 0 || len(l.open) != 1 {
		t.Errorf("the call behind them: %d lost, %d open", l.overflow, len(l.open))
	}
	if !l.wanted(&bus.Message{Type: bus.Return, Destination: ":1.7", Reply: m.Serial}) {
		t.Error("its answer is not heard")
	}
}
