package agent

import (
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// TestLateHash: a rule that reads the digests of an executable finds it when
// they become known after its process_start, and acts; one that had found it
// at the start does not find it again.
func TestLateHash(t *testing.T) {
	const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	named := func(id, detection string) string {
		return strings.NewReplacer(ruleID, id, "Image|endswith: /evil", detection).Replace(rule)
	}
	const hash, either, other, written = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002", "11111111-0000-4000-8000-000000000003", "11111111-0000-4000-8000-000000000004"
	r := newRig(t)
	r.write("hash.yml", named(hash, "process.hash.sha256: "+sum+"\n    CommandLine|contains: hunter2"))
	r.write("either.yml", strings.Replace(named(either, "Image|endswith: /late"), "  condition: evil", "  sum: {process.hash.sha256: "+sum+"}\n  condition: evil or sum", 1))
	r.write("other.yml", named(other, "process.hash.sha256: "+strings.Repeat("0", 64)))
	r.write("written.yml", strings.NewReplacer(ruleID, written, "category: process_creation", "category: file_event",
		"Image|endswith: /evil", "file.hash.sha256: "+sum).Replace(rule))
	r.settings.Policy.Respond = "on"
	r.start()
	send := func(k event.Kind, name, reason string, pid int64, h *event.Hash) {
		e := execution(name, pid)
		e.Kind, e.Reason, e.File = k, reason, &event.File{Path: "/tmp/late", Hash: h}
		r.exec.events <- e
	}
	send(event.ProcessStart, "late", "", 7, &event.Hash{Status: "pending"})
	send(event.FileHash, "late", "process_start", 7, &event.Hash{SHA256: sum})
	send(event.FileWrite, "writer", "", 8, &event.Hash{Status: "pending"})
	send(event.FileHash, "writer", "file_write", 8, &event.Hash{SHA256: sum})
	r.exec.events <- execution("evil", 9)
	r.wait("kill", func() bool {
		r.killer.mu.Lock()
		defer r.killer.mu.Unlock()
		return slices.Contains(r.killer.pids, 7)
	})
	r.stop()
	var got []string
	for _, f := range only(r.stored(), event.FindingRaise) {
		got = append(got, f.Finding.RuleID+" "+f.Finding.EventKind+" "+f.Process.Name)
	}
	slices.Sort(got)
	if want := []string{ruleID + " process_start evil", hash + " file_hash late", either + " process_start late", written + " file_hash writer"}; !slices.Equal(got, want) {
		t.Errorf("findings:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
