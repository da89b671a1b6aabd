package event

import (
	"slices"
	"testing"
)

func TestEachGivesFieldsThenData(t *testing.T) {
	e := &Event{Kind: LogRecord, HostName: "a", Log: &Log{
		Channel: "Linux-Auditd",
		Names:   []string{"type", "key", "type"}, Values: []string{"SYSCALL", "", "PATH"},
	}}
	var got []string
	e.Each(func(name string, v Value) bool {
		got = append(got, name+"="+v.Text())
		return true
	})
	want := []string{"event.action=log_record", "event.category=host", "event.type=info", "host.name=a",
		"log.channel=Linux-Auditd", "type=SYSCALL", "key=", "type=PATH"}
	if !slices.Equal(got, want) {
		t.Errorf("Each gave %q, want %q", got, want)
	}
	if v := e.Data("key"); !v.Present() || v.Text() != "" {
		t.Errorf("the empty text must be present and empty, got %+v", v)
	}
	if v := e.Data("type"); !slices.Equal(v.List, []string{"SYSCALL", "PATH"}) {
		t.Errorf("a name that stands twice must give both values, got %+v", v)
	}
	if e.Data("none").Present() {
		t.Error("a name that is not there must be absent")
	}
}

func TestEachStops(t *testing.T) {
	e := &Event{Kind: ProcessStart, HostName: "a", Log: &Log{Names: []string{"x"}, Values: []string{"y"}}}
	n := 0
	e.Each(func(string, Value) bool { n++; return false })
	if n != 1 {
		t.Errorf("yield was called %d times after false, want 1", n)
	}
}
