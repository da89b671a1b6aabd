package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// Bounds of a tree.
const (
	maxTreeNodes  = 5000
	maxTreeDepth  = 64
	treeEvents    = 20000          // events that one part of a tree is made from
	treeReach     = 24 * time.Hour // how long after the event descendants are looked for
	defaultNodes  = 500
	defaultDepth  = 16
	maxAncestors  = 64
	maxSiblings   = 200
	siblingsReach = 5 * time.Minute // around the event
)

// Tree returns the processes above the process of an event, those beside it
// that began about the same time, and all below it.
func (q *Query) Tree(ctx context.Context, id string, in api.TreeQuery) (api.Tree, error) {
	e, err := q.Event(ctx, id)
	if err != nil {
		return api.Tree{}, err
	}
	if e.Process == nil || e.Process.EntityID == "" {
		return api.Tree{}, fmt.Errorf("event %s is about no process: %w", id, ErrNotFound)
	}
	t := &tree{focus: e, limit: bound(in.Limit, defaultNodes, maxTreeNodes), depth: bound(in.Depth, defaultDepth, maxTreeDepth), nodes: map[string]*node{}}
	t.path()
	to := event.At(q.opts.Now())
	if far := e.Time + event.Time(treeReach); far < to {
		to = far
	}
	to = max(to, e.Time)
	from := e.Time
	if e.Process.Start != 0 {
		from = min(from, e.Process.Start)
	}
	for _, look := range []func(context.Context, *Query, event.Time, event.Time) error{t.below, t.beside, t.above} {
		if err := look(ctx, q, from-event.Time(time.Second), to); err != nil {
			return api.Tree{}, err
		}
	}
	out := t.answer()
	out.Completeness, err = q.complete(ctx, from, to, e.Agent, nil)
	return out, err
}

func bound(n, normal, most int) int {
	if n <= 0 {
		return normal
	}
	return min(n, most)
}

// node is a process of a tree.
type node struct {
	api.TreeNode
	depth int // generations below the focus; negative above
}

// tree gathers the processes around one.
type tree struct {
	focus     *event.Event
	limit     int
	depth     int
	nodes     map[string]*node
	onPath    []string // from the focus up
	truncated bool
}

// path makes the nodes of the focus and its ancestors as the event knows them.
func (t *tree) path() {
	p := t.focus.Process
	t.learn(p, t.focus.User, 0)
	t.onPath = []string{p.EntityID}
	ancestors := p.Ancestors
	if ancestors == nil && p.Parent != nil && p.Parent.EntityID != "" {
		ancestors = &event.Ancestors{EntityIDs: []string{p.Parent.EntityID}, Names: []string{p.Parent.Name}, Executables: []string{p.Parent.Executable}}
	}
	if ancestors != nil {
		for i, id := range ancestors.EntityIDs[:min(len(ancestors.EntityIDs), maxAncestors)] {
			if id == "" || t.nodes[id] != nil {
				continue
			}
			n := &node{depth: -i - 1}
			n.EntityID, n.Name, n.Executable = id, at(ancestors.Names, i), at(ancestors.Executables, i)
			t.nodes[id] = n
			t.nodes[t.onPath[len(t.onPath)-1]].Parent = id
			t.onPath = append(t.onPath, id)
		}
	}
	if p.Parent != nil {
		if n := t.nodes[p.Parent.EntityID]; n != nil {
			n.PID, n.CommandLine = p.Parent.PID, p.Parent.CommandLine
		}
	}
	for _, id := range t.onPath {
		t.nodes[id].OnPath = true
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// learn adds or completes the node of a process.
func (t *tree) learn(p *event.Process, u *event.User, depth int) *node {
	n := t.nodes[p.EntityID]
	if n == nil {
		if len(t.nodes) >= t.limit {
			t.truncated = true
			return nil
		}
		n = &node{depth: depth}
		n.EntityID = p.EntityID
		t.nodes[p.EntityID] = n
	}
	if p.Parent != nil && n.Parent == "" {
		n.Parent = p.Parent.EntityID
	}
	fillText(&n.Name, p.Name)
	fillText(&n.Executable, p.Executable)
	fillText(&n.CommandLine, p.CommandLine)
	if u != nil {
		fillText(&n.User, u.Name)
		fillText(&n.User, u.ID)
	}
	n.PID = cmp.Or(n.PID, p.PID)
	if p.Start != 0 && n.Start.IsZero() {
		n.Start = std(p.Start)
	}
	return n
}

func fillText(to *string, from string) {
	if *to == "" {
		*to = from
	}
}

// see takes what an event says about its process.
func (t *tree) see(e *event.Event, depth int) {
	if e.Process == nil || e.Process.EntityID == "" {
		return
	}
	n := t.learn(e.Process, e.User, depth)
	if n == nil {
		return
	}
	n.Seen = true
	switch e.Kind {
	case event.ProcessStart: // an exec in place: the newest image is what the process is
		if n.EventID == "" || !std(e.Time).Before(n.Start) {
			n.EventID = e.ID()
			n.Name, n.Executable, n.CommandLine = e.Process.Name, e.Process.Executable, e.Process.CommandLine
		}
	case event.ProcessEnd:
		n.End = std(e.Time)
		if e.Process.End != 0 {
			n.End = std(e.Process.End)
		}
		if e.Process.ExitCode.OK {
			code := e.Process.ExitCode.N
			n.ExitCode = &code
		}
	case event.FindingRaise:
		n.Alerts++
		n.Level = worse(n.Level, e.Finding)
	}
}

// worse returns the higher of a level and that of a finding.
func worse(level string, f *event.Finding) string {
	levels := []string{"informational", "low", "medium", "high", "critical"}
	if f == nil || slices.Index(levels, f.Level) <= slices.Index(levels, level) {
		return level
	}
	return f.Level
}

// treeFields are what a tree needs of an event.
func treeFields() []event.FieldID {
	return append(identity(), event.FieldProcessEntityId, event.FieldProcessPid, event.FieldProcessName, event.FieldProcessExecutable,
		event.FieldProcessCommandLine, event.FieldProcessStart, event.FieldProcessEnd, event.FieldProcessExitCode, event.FieldUserId, event.FieldUserName,
		event.FieldProcessParentEntityId, event.FieldProcessAncestorsEntityId, event.FieldRuleLevel)
}

// look reads the events of the focus' host that meet a condition.
func (t *tree) look(ctx context.Context, q *Query, from, to event.Time, terms ...expr.Node) ([]*event.Event, error) {
	where := append(expr.And{equal(event.FieldAgentId, t.focus.Agent)}, terms...)
	p := &pick{selection: selection{where: &expr.Expr{Root: where}, from: from, to: to}, limit: treeEvents, oldest: true, fields: treeFields()}
	if err := q.scan(ctx, p.order, p); err != nil {
		return nil, err
	}
	if p.more {
		t.truncated = true
	}
	return p.events, nil
}

// below adds the descendants of the focus and what they did.
func (t *tree) below(ctx context.Context, q *Query, from, to event.Time) error {
	id := t.focus.Process.EntityID
	inside := expr.Or{equal(event.FieldProcessEntityId, id), equal(event.FieldProcessAncestorsEntityId, id)}
	events, err := t.look(ctx, q, from, to, inside, lifeKinds())
	if err != nil {
		return err
	}
	t.seeBelow(events)
	n := &tally{selection: selection{where: &expr.Expr{Root: expr.And{equal(event.FieldAgentId, t.focus.Agent), inside, equal(event.FieldEventCategory, "file", "network")}}, from: from, to: to},
		by: []event.FieldID{event.FieldProcessEntityId, event.FieldEventCategory}}
	if err := q.scan(ctx, byAge, n); err != nil {
		return err
	}
	var strangers []string // processes whose start was not seen
	for _, row := range n.result() {
		if t.nodes[row.Values[0]] == nil && len(strangers) < maxSiblings && row.Values[0] != "" {
			strangers = append(strangers, row.Values[0])
		}
	}
	if len(strangers) > 0 {
		if events, err = t.look(ctx, q, from, to, equal(event.FieldProcessEntityId, strangers...)); err != nil {
			return err
		}
		t.seeBelow(events)
	}
	for _, row := range n.result() {
		if n := t.nodes[row.Values[0]]; n != nil && row.Values[1] == "file" {
			n.Files = row.Count
		} else if n != nil {
			n.Networks = row.Count
		}
	}
	return nil
}

// lifeKinds is the condition of the events that say what a process is.
func lifeKinds() expr.Node {
	return equal(event.FieldEventAction, event.ProcessStart.String(), event.ProcessEnd.String(), event.ProcessFork.String(), event.FindingRaise.String())
}

// seeBelow takes events of the focus and its descendants.
func (t *tree) seeBelow(events []*event.Event) {
	id := t.focus.Process.EntityID
	for _, e := range events {
		depth := 0
		if e.Process.EntityID != id && e.Process.Ancestors != nil {
			depth = slices.Index(e.Process.Ancestors.EntityIDs, id) + 1
		}
		if depth > t.depth {
			t.truncated = true
			continue
		}
		t.see(e, depth)
	}
}

// beside adds the other children of the parent that began about the same time.
func (t *tree) beside(ctx context.Context, q *Query, _, _ event.Time) error {
	if len(t.onPath) < 2 {
		return nil
	}
	around := event.Time(siblingsReach)
	events, err := t.look(ctx, q, t.focus.Time-around, t.focus.Time+around,
		lifeKinds(), equal(event.FieldProcessParentEntityId, t.onPath[1]))
	added := 0
	for _, e := range events {
		if t.nodes[e.Process.EntityID] == nil {
			if added == maxSiblings {
				t.truncated = true
				continue
			}
			added++
		}
		t.see(e, 0)
	}
	return err
}

// above completes the ancestors from their own start events, however long ago.
func (t *tree) above(ctx context.Context, q *Query, _, to event.Time) error {
	if len(t.onPath) < 2 {
		return nil
	}
	events, err := t.look(ctx, q, 0, to, equal(event.FieldProcessEntityId, t.onPath[1:]...), lifeKinds())
	for _, e := range events {
		t.see(e, 0)
	}
	return err
}

// answer orders the nodes: parents before children, older before younger.
func (t *tree) answer() api.Tree {
	out := api.Tree{Host: t.focus.Agent, HostName: t.focus.HostName, Root: t.onPath[len(t.onPath)-1], Focus: t.focus.Process.EntityID, Truncated: t.truncated, Nodes: []api.TreeNode{}}
	children := map[string][]*node{}
	var roots []*node
	for _, n := range t.nodes {
		if t.nodes[n.Parent] == nil || n.Parent == n.EntityID {
			roots = append(roots, n)
			continue
		}
		children[n.Parent] = append(children[n.Parent], n)
	}
	order := func(a, b *node) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.EntityID, b.EntityID)) }
	slices.SortFunc(roots, order)
	done := map[string]bool{}
	var walk func(n *node)
	walk = func(n *node) {
		if done[n.EntityID] {
			return
		}
		done[n.EntityID] = true
		out.Nodes = append(out.Nodes, n.TreeNode)
		slices.SortFunc(children[n.EntityID], order)
		for _, c := range children[n.EntityID] {
			walk(c)
		}
	}
	for _, n := range roots {
		walk(n)
	}
	for _, n := range t.nodes { // a ring of parents, which only a hostile host tells of
		n.Parent = ""
		walk(n)
	}
	return out
}
