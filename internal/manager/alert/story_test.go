package alert

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestStory(t *testing.T) {
	curl := func() *event.Process {
		return &event.Process{Name: "curl", CommandLine: "curl http://x", Parent: &event.Parent{Name: "nginx"}}
	}
	www := &event.User{ID: "33", Name: "www-data"}
	for want, e := range map[string]*event.Event{
		"`curl`, started by `nginx`, ran `curl http://x` as `www-data`.":                       {Process: curl(), User: www, Finding: &event.Finding{EventKind: "process_start"}},
		"`curl`, started by `nginx`, changed `/tmp/x`.":                                        {Process: curl(), File: &event.File{Path: "/tmp/x"}, Finding: &event.Finding{EventKind: "file_write"}},
		"`curl`, started by `nginx`, renamed `/a` to `/b`.":                                    {Process: curl(), File: &event.File{Path: "/b", OriginalPath: "/a"}, Finding: &event.Finding{EventKind: "file_rename"}},
		"`curl`, started by `nginx`, changed the mode of `/b` from 0644 to 4755.":              {Process: curl(), File: &event.File{Path: "/b", PreviousMode: "0644", Mode: "4755"}, Finding: &event.Finding{EventKind: "file_chmod"}},
		"`curl`, started by `nginx`, connected to `evil.example (1.2.3.4):443`, which failed.": {Process: curl(), Outcome: "failure", Net: &event.Net{DestinationIP: netip.MustParseAddr("1.2.3.4"), DestinationDomain: "evil.example", DestinationPort: 443}, Finding: &event.Finding{EventKind: "net_connect"}},
		"`curl`, started by `nginx`, listens on `[::1]:80`.":                                   {Process: curl(), Net: &event.Net{SourceIP: netip.MustParseAddr("::1"), SourcePort: 80}, Finding: &event.Finding{EventKind: "net_listen"}},
		"A process opened `/etc/shadow` as `www-data` with the rights of `root`.":              {User: &event.User{ID: "33", Name: "www-data", EffectiveID: "0", EffectiveName: "root"}, File: &event.File{Path: "/etc/shadow"}, Finding: &event.Finding{EventKind: "file_open"}},
		"`x` ran from memory `/memfd:y`.":                                                      {Process: &event.Process{Name: "x", Executable: "/memfd:y", MemoryBacked: true}, Finding: &event.Finding{EventKind: "process_start"}},
		"`curl`, started by `nginx`, sent `SIGKILL` to `auditd` (pid 7), which failed.":        {Process: curl(), Outcome: "failure", Call: &event.Call{Name: "kill", Signal: "SIGKILL"}, Target: &event.Target{Name: "auditd", PID: 7}, Finding: &event.Finding{EventKind: "process_signal"}},
		"`curl`, started by `nginx`, sent `SIGTERM` to all processes.":                         {Process: curl(), Call: &event.Call{Name: "kill", Operation: "all processes", Signal: "SIGTERM"}, Finding: &event.Finding{EventKind: "process_signal"}},
		"`curl`, started by `nginx`, looked into `process` (pid 7) by `PTRACE_ATTACH`.":        {Process: curl(), Call: &event.Call{Name: "ptrace", Operation: "PTRACE_ATTACH"}, Target: &event.Target{PID: 7}, Finding: &event.Finding{EventKind: "process_access"}},
		"`curl`, started by `nginx`, loaded the kernel module `rk`.":                           {Process: curl(), File: &event.File{Path: "/tmp/rk.ko"}, Call: &event.Call{Name: "finit_module", ModuleName: "rk"}, Finding: &event.Finding{EventKind: "module_load"}},
		"`curl`, started by `nginx`, mounted `/dev/sda1` on `/mnt`.":                           {Process: curl(), Call: &event.Call{Name: "mount", MountSource: "/dev/sda1", MountDirectory: "/mnt"}, Finding: &event.Finding{EventKind: "mount_create"}},
		"A process met the rule.":                                                              {},
		"`a b`, started by `c d`, ran `" + strings.Repeat("é", maxQuoted-1) + "…`.":            {Process: &event.Process{Name: "a`b", CommandLine: strings.Repeat("é", 500), Parent: &event.Parent{Name: "c\nd"}}, Finding: &event.Finding{EventKind: "process_start"}},
	} {
		if got := Story(e); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
