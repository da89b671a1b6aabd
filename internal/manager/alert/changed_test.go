package alert

import (
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestStoryOfAChange(t *testing.T) {
	for want, tt := range map[string]struct {
		kind   string
		path   string
		change event.Change
	}{
		"`bash` wrote `/tmp/x.so` into `/etc/ld.so.preload`.":        {"setting_change", "/etc/ld.so.preload", event.Change{Object: "setting", Name: "/etc/ld.so.preload", Fields: []string{"file", "line"}, Before: []string{"", ""}, After: []string{"created", "/tmp/x.so"}}},
		"`bash` removed `PasswordAuthentication no` from `/etc/a`.":  {"setting_change", "/etc/a", event.Change{Object: "setting", Name: "/etc/a", Fields: []string{"line"}, Before: []string{"PasswordAuthentication no"}, After: []string{""}}},
		"`bash` changed `/etc/a`.":                                   {"setting_change", "/etc/a", event.Change{Object: "setting", Name: "/etc/a"}},
		"`bash` wrote the key `eve@home` into `/root/.ssh/keys`.":    {"setting_change", "/root/.ssh/keys", event.Change{Object: "key", Name: "SHA256:x", Fields: []string{"fingerprint", "comment"}, Before: []string{"", ""}, After: []string{"SHA256:x", "eve@home"}}},
		"`bash` removed the key `SHA256:x` from `/root/.ssh/keys`.":  {"setting_change", "/root/.ssh/keys", event.Change{Object: "key", Name: "SHA256:x", Fields: []string{"fingerprint"}, Before: []string{"SHA256:x"}, After: []string{""}}},
		"`bash` created the user `eve`.":                             {"account_create", "/etc/passwd", event.Change{Object: "user", Name: "eve"}},
		"`bash` changed the group `sudo`.":                           {"account_modify", "/etc/group", event.Change{Object: "group", Name: "sudo"}},
		"`bash` removed the task `root /x`.":                         {"task_delete", "/etc/crontab", event.Change{Object: "task", Name: "root /x"}},
		"`bash` asked for the stop of the service `auditd.service`.": {"service_control", "", event.Change{Object: "service", Name: "auditd.service", ServiceOperation: "stop"}},
		"`bash` installed the package `nmap`.":                       {"package_install", "", event.Change{Object: "package", Name: "nmap"}},
		"`bash` set `kernel.core_pattern` to `|/tmp/x`.":             {"sysctl_change", "/proc/sys/kernel/core_pattern", event.Change{Object: "setting", Name: "kernel.core_pattern", After: []string{"|/tmp/x"}}},
		"`bash` changed the rules of the firewall.":                  {"firewall_change", "", event.Change{Object: "firewall", Name: "inet filter"}},
	} {
		e := &event.Event{
			Process: &event.Process{Name: "bash"}, Finding: &event.Finding{EventKind: tt.kind}, Change: &tt.change,
			Call: &event.Call{Count: 2}, // how many events it took
		}
		if tt.path != "" {
			e.File = &event.File{Path: tt.path}
		}
		if got := Story(e); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	e := &event.Event{
		Process: &event.Process{Name: "bash"}, Finding: &event.Finding{EventKind: "file_write"}, File: &event.File{Path: "/tmp/a"}, Call: &event.Call{Count: 900},
	}
	if got := Story(e); got != "`bash` changed `/tmp/a`." {
		t.Error(got)
	}
}
