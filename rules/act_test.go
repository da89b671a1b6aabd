package rules_test

import (
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// TestOneActIsOneAlert: the manager makes one alert of what one rule finds of
// one process. An act that two sensors tell of, that of files and that of
// settings, must therefore be found by one rule, and by it also when only one
// of them works.
func TestOneActIsOneAlert(t *testing.T) {
	set := load(t)
	by := &event.Process{EntityID: "tee-1", Name: "tee", Executable: "/usr/bin/tee", CommandLine: "tee"}
	file := func(kind event.Kind, path string) *event.Event {
		return &event.Event{Kind: kind, Process: by, File: &event.File{Path: path}}
	}
	change := func(path string, c event.Change) *event.Event {
		return &event.Event{Kind: event.SettingChange, Process: by, File: &event.File{Path: path}, Change: &c}
	}
	line := func(path, text string) *event.Event {
		return change(path, event.Change{Object: "setting", Name: path, Fields: []string{"file", "line"}, Before: []string{"", ""}, After: []string{"created", text}})
	}
	key := func(user, path string) *event.Event {
		return change(path, event.Change{
			Object: "key", Name: "SHA256:x", UserName: user,
			Fields: []string{"key_type", "fingerprint"}, Before: []string{"", ""}, After: []string{"ssh-ed25519", "SHA256:x"},
		})
	}
	const preload, sudo, root, bob = "/etc/ld.so.preload", "/etc/sudoers.d/x", "/root/.ssh/authorized_keys", "/home/bob/.ssh/authorized_keys"
	for name, tt := range map[string]struct {
		rule            string
		files, settings []*event.Event
	}{
		"preload":            {"persistence_preload.yml", []*event.Event{file(event.FileCreate, preload), file(event.FileWrite, preload)}, []*event.Event{line(preload, "/lib/libx.so")}},
		"sudo":               {"privilege_escalation_sudoers.yml", []*event.Event{file(event.FileCreate, sudo), file(event.FileWrite, sudo)}, []*event.Event{line(sudo, "bob ALL=(ALL) ALL")}},
		"sudo, no password":  {"privilege_escalation_sudoers.yml", []*event.Event{file(event.FileRename, sudo)}, []*event.Event{line(sudo, "bob ALL=(ALL) NOPASSWD: ALL")}},
		"key of root":        {"persistence_authorized_keys.yml", []*event.Event{file(event.FileWrite, root)}, []*event.Event{key("root", root)}},
		"key of another one": {"persistence_authorized_keys.yml", []*event.Event{file(event.FileRename, bob)}, []*event.Event{key("bob", bob)}},
	} {
		t.Run(name, func(t *testing.T) {
			for sensor, events := range map[string][]*event.Event{"files": tt.files, "settings": tt.settings} {
				found := map[string]bool{}
				for _, e := range events {
					for _, m := range set.Match(e, nil) {
						if m.Rule.Raises() {
							found[m.Rule.Path] = true
						}
					}
				}
				if len(found) != 1 || !found[tt.rule] {
					t.Errorf("by the sensor of %s: %v, want %s alone", sensor, found, tt.rule)
				}
			}
		})
	}
}
