package query

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

// family makes the events of processes that start each other: each name has
// the index of its parent, -1 for none.
type family struct {
	events []*event.Event
	ids    map[string]*event.Process
}

func (f *family) add(kind event.Kind, name string, at time.Duration) *event.Event {
	e := &event.Event{Kind: kind, Agent: "a", Epoch: 1, Sequence: int64(len(f.events) + 1), Time: event.At(start.Add(at)), Ingested: event.At(start.Add(at)), HostName: "h", Process: f.ids[name]}
	f.events = append(f.events, e)
	return e
}

func (f *family) start(name, parent string, at time.Duration) {
	p := &event.Process{EntityID: "id-" + name, PID: int64(100 + len(f.ids)), Name: name, Executable: "/bin/" + name, CommandLine: name + " -x", Start: event.At(start.Add(at))}
	if q := f.ids[parent]; q != nil {
		p.Parent = &event.Parent{EntityID: q.EntityID, PID: q.PID, Name: q.Name, Executable: q.Executable, CommandLine: q.CommandLine}
		p.Ancestors = &event.Ancestors{EntityIDs: []string{q.EntityID}, Names: []string{q.Name}, Executables: []string{q.Executable}}
		if a := q.Ancestors; a != nil {
			p.Ancestors.EntityIDs = append(p.Ancestors.EntityIDs, a.EntityIDs...)
			p.Ancestors.Names = append(p.Ancestors.Names, a.Names...)
			p.Ancestors.Executables = append(p.Ancestors.Executables, a.Executables...)
		}
	}
	f.ids[name] = p
	f.add(event.ProcessStart, name, at)
}

func attack() *family {
	f := &family{ids: map[string]*event.Process{}}
	f.start("init", "", 0)
	f.start("sshd", "init", time.Second)
	f.start("bash", "sshd", 20*time.Minute)
	f.start("vim", "bash", 20*time.Minute+time.Second)
	f.start("curl", "bash", 21*time.Minute)
	f.add(event.NetConnect, "curl", 21*time.Minute+time.Second).Net = &event.Net{DestinationPort: 443}
	f.start("sh", "curl", 21*time.Minute+2*time.Second)
	f.start("chmod", "sh", 21*time.Minute+3*time.Second)
	f.add(event.FileChmod, "chmod", 21*time.Minute+4*time.Second).File = &event.File{Path: "/tmp/x"}
	f.start("nc", "sh", 21*time.Minute+5*time.Second)
	f.add(event.FindingRaise, "nc", 21*time.Minute+6*time.Second).Finding = &event.Finding{RuleID: "r", Level: "high"}
	f.add(event.FindingRaise, "nc", 21*time.Minute+7*time.Second).Finding = &event.Finding{RuleID: "r", Level: "low"}
	end := *f.ids["nc"]
	end.ExitCode, end.End = event.Some(0), event.At(start.Add(22*time.Minute))
	f.add(event.ProcessEnd, "nc", 22*time.Minute).Process = &end
	f.start("ghost", "sh", 22*time.Minute)
	f.events = f.events[:len(f.events)-1] // its start was not seen
	f.add(event.FileWrite, "ghost", 23*time.Minute).File = &event.File{Path: "/tmp/y"}
	f.start("cron", "init", 30*time.Minute) // beside the attack
	f.start("job", "cron", 30*time.Minute+time.Second)
	return f
}

func treeOf(t *testing.T, r *rig, e *event.Event, q api.TreeQuery) (api.Tree, map[string]api.TreeNode) {
	t.Helper()
	tree, err := r.query.Tree(t.Context(), e.ID(), q)
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[string]api.TreeNode{}
	for _, n := range tree.Nodes {
		if n.Parent != "" && nodes[n.Parent[3:]].EntityID == "" {
			t.Fatalf("%s stands before its parent %s", n.EntityID, n.Parent)
		}
		nodes[n.EntityID[3:]] = n
	}
	return tree, nodes
}

func TestTree(t *testing.T) {
	r := newRig(t, Options{})
	f := attack()
	half := len(f.events) / 2
	r.put(f.events[:half])
	r.flush()
	r.put(f.events[half:])
	for _, e := range f.events {
		if e.Kind != event.NetConnect {
			continue
		}
		tree, nodes := treeOf(t, r, e, api.TreeQuery{})
		var names []string
		for n := range nodes {
			names = append(names, n)
		}
		slices.Sort(names)
		if want := "[bash chmod curl ghost init nc sh sshd vim]"; fmt.Sprint(names) != want || tree.Truncated {
			t.Fatalf("tree of curl has %v, want %s", names, want)
		}
		if tree.Focus != "id-curl" || tree.Root != "id-init" || tree.Host != "a" || tree.HostName != "h" || tree.Completeness.State != api.Complete {
			t.Fatalf("%+v", tree)
		}
		for name, parent := range map[string]string{"sshd": "id-init", "bash": "id-sshd", "vim": "id-bash", "curl": "id-bash", "sh": "id-curl", "nc": "id-sh"} {
			if n := nodes[name]; n.Parent != parent || n.PID == 0 || n.Executable != "/bin/"+name || n.CommandLine != name+" -x" || !n.Seen || n.EventID == "" || n.Start.IsZero() {
				t.Errorf("%s is %+v", name, n)
			}
		}
		for _, name := range []string{"init", "sshd", "bash", "curl"} {
			if !nodes[name].OnPath {
				t.Errorf("%s is not on the path", name)
			}
		}
		if g := nodes["ghost"]; g.Files != 1 || g.EventID != "" || g.Parent != "id-sh" || g.Name != "ghost" {
			t.Errorf("%+v", g)
		}
		nc := nodes["nc"]
		if nc.OnPath || nc.Alerts != 2 || nc.Level != "high" || nc.ExitCode == nil || *nc.ExitCode != 0 || nc.End.IsZero() || nodes["curl"].Networks != 1 || nodes["chmod"].Files != 1 {
			t.Errorf("%+v", nodes)
		}
	}
}

func TestTreeIsBounded(t *testing.T) {
	r := newRig(t, Options{})
	f := &family{ids: map[string]*event.Process{}}
	f.start("root", "", 0)
	for i := range 100 {
		f.start(fmt.Sprintf("c%d", i), "root", time.Duration(i+1)*time.Second)
	}
	parent := "c0"
	for i := range 20 {
		name := fmt.Sprintf("d%d", i)
		f.start(name, parent, time.Duration(200+i)*time.Second)
		parent = name
	}
	r.put(f.events)
	tree, _ := treeOf(t, r, f.events[0], api.TreeQuery{Limit: 50})
	if len(tree.Nodes) != 50 || !tree.Truncated {
		t.Fatalf("%d nodes, truncated %v", len(tree.Nodes), tree.Truncated)
	}
	tree, nodes := treeOf(t, r, f.events[1], api.TreeQuery{Depth: 5})
	if nodes["d4"].EntityID == "" || nodes["d5"].EntityID != "" || !tree.Truncated {
		t.Fatalf("%d nodes, truncated %v", len(nodes), tree.Truncated)
	}
}

// TestTreeOfAHostileHost has processes that are each other's parents.
func TestTreeOfAHostileHost(t *testing.T) {
	r := newRig(t, Options{})
	f := &family{ids: map[string]*event.Process{}}
	f.start("x", "", 0)
	f.start("y", "x", time.Second)
	f.ids["x"].Parent = &event.Parent{EntityID: "id-y"}
	f.ids["x"].Ancestors = &event.Ancestors{EntityIDs: []string{"id-y", "id-x", ""}, Names: []string{"y"}}
	f.add(event.FileWrite, "x", 2*time.Second).File = &event.File{Path: "/x"}
	r.put(f.events)
	tree, err := r.query.Tree(t.Context(), f.events[2].ID(), api.TreeQuery{})
	if err != nil || len(tree.Nodes) != 2 {
		t.Fatalf("%+v %v", tree, err)
	}
}

func TestTreeWithoutAProcess(t *testing.T) {
	r := mixed(t)
	if _, err := r.query.Tree(t.Context(), "odd-1-3-2", api.TreeQuery{}); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	if _, err := r.query.Tree(t.Context(), "nothing", api.TreeQuery{}); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
}
