package query

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake"
	"github.com/vedette-edr/vedette/internal/manager/lake/laketest"
	"github.com/vedette-edr/vedette/internal/manager/log/logtest"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// rig is a lake that takes what it is given, and a Query over it.
type rig struct {
	t     testing.TB
	dir   string
	log   *logtest.Memory
	lake  *lake.Lake
	query *Query
	sent  []*event.Event
}

func newRig(t testing.TB, o Options) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), log: logtest.NewMemory("test", 4<<30)}
	db, err := state.Open(context.Background(), filepath.Join(r.dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	if o.Now == nil {
		o.Now = func() time.Time { return start.Add(time.Hour) }
	}
	r.lake, err = lake.Open(context.Background(), lake.Options{Dir: filepath.Join(r.dir, "segments"), Log: r.log, State: db, FlushAge: time.Hour, FlushRows: 60000, FlushBytes: 1 << 30, MergeCount: 2, Maintain: time.Hour, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.lake.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = r.lake.Close()
		_ = r.log.Close()
		_ = db.Close()
	})
	r.query = New(r.lake, nil, o)
	return r
}

// put sends events and waits until they are searchable.
func (r *rig) put(events []*event.Event) {
	r.t.Helper()
	if err := laketest.Publish(context.Background(), r.log, events); err != nil {
		r.t.Fatal(err)
	}
	u, err := r.log.Usage(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	r.sent = append(r.sent, events...)
	for deadline := time.Now().Add(time.Minute); r.lake.Position() < u.Last; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("lake is at %d of %d", r.lake.Position(), u.Last)
		}
	}
}

func (r *rig) flush() {
	r.t.Helper()
	if err := r.lake.Flush(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func keyOf(e *event.Event) key { return key{e.Time, e.Agent, e.Epoch, e.Sequence} }

// mixed returns a rig with events in three segments and in memory.
func mixed(t testing.TB) *rig {
	r := newRig(t, Options{})
	gen := laketest.New(7, 4, start, 50)
	for range 3 {
		r.put(gen.Take(1500))
		r.flush()
	}
	r.put(append(gen.Take(700), oddities()...))
	return r
}

// oddities are events with the sections that work does not make.
func oddities() []*event.Event {
	at := event.At(start.Add(10 * time.Second))
	var out []*event.Event
	for i, e := range []*event.Event{
		{Kind: event.FindingRaise, Process: &event.Process{EntityID: "aa", Name: "curl"}, Finding: &event.Finding{RuleID: "r1", Level: "high", Techniques: []string{"T1059", "T1105"}, MatchedFields: []string{"process.name"}, MatchedValues: []string{"curl"}}},
		{Kind: event.AgentLoss, Status: &event.Status{LossStage: "kernel", LossCount: event.Some(0), LossState: "lost"}},
		{Kind: event.AgentHealth, Status: &event.Status{CPUPercent: 12.5, DiskUsed: 1}},
		{Kind: event.LogRecord, Log: &event.Log{Source: "auditd", Message: "user=Müller said 'hi'", Names: []string{"user", "empty", "user"}, Values: []string{"root", "", "Alice"}}},
		{Kind: event.ProcessEnd, Process: &event.Process{EntityID: "bb", Name: "sh", ExitCode: event.Some(0), MemoryBacked: true}},
		{Kind: event.FileRename, File: &event.File{Path: "/tmp/b", OriginalPath: "/tmp/a", Name: "b", Size: event.Some(0)}, Process: &event.Process{Name: "b"}},
	} {
		e.Agent, e.Epoch, e.Sequence, e.Time, e.Ingested, e.HostName = "odd-1", 3, int64(i+1), at+event.Time(i), at, "Odd"
		out = append(out, e)
	}
	return out
}

func conditions() []string {
	return []string{
		"", "process.name = 'git'", "process.name != 'git'", "process.name in ('GIT', 'make', 'dpkg')", "process.command_line contains '-o2'",
		"not process.command_line contains 'o'", "file.path startswith '/tmp/' and event.action = 'file_write'",
		"destination.ip = '151.101.2.132'", "destination.ip cidr '198.51.100.0/24'", "destination.ip = '192.0.2.300' or destination.port > 5000",
		"process.pid > 1000 and process.pid <= 1100", "file.size >= 20000", "file.size exists", "not file.size exists", "file.size = 0",
		"process.args = '-quiet'", "process.ancestors.name = 'sshd'", "process.ancestors.name != 'sshd'", "process.args matches '^--job$'",
		"event.category = 'network'", "event.type = 'creation' or event.type = 'deletion'", "user.name = 'root' and (process.name = 'dash' or process.name = 'find')",
		"process.hash.sha256 = 'ABCDEF'", "process.hash.md5 exists and event.outcome = 'success' and not process.exit_code = 0",
		"any contains 'origin'", "any = 'alice'", "any contains 'T1105'", "threat.technique.id = 't1059'", "log.data.user = 'alice'", "log.data.empty exists", "message contains 'MÜLLER'",
		"event.id = 'odd-1-3-2'", "event.id contains '-1-77'", "process.memory_backed = true", "host.cpu.percent > 12", "agent.loss.count = 0",
		"@timestamp > '2026-09-01T00:00:30Z'", "process.parent.name = 'make' and not (user.name = 'build' or file.name exists)",
		"process.start < '2026-09-01T00:00:05Z'", "event.sequence >= 100 and event.sequence < 120", "agent.epoch = 3", "process.name = file.name",
		"minute(@timestamp) = 1", "hour(@timestamp) exists and not minute(@timestamp) in (0, 2)", "hour(message) = 3 or day(log.data.user) exists",
	}
}

func parse(t testing.TB, text string) *expr.Expr {
	t.Helper()
	if text == "" {
		return &expr.Expr{Root: expr.And{}}
	}
	x, err := expr.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return x
}

// naive selects and orders events without the lake.
func naive(x *expr.Expr, events []*event.Event, from, to time.Time) []*event.Event {
	var out []*event.Event
	for _, e := range events {
		if e.Time >= event.At(from) && e.Time <= event.At(to) && x.Match(e) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *event.Event) int { return keyOf(b).compare(keyOf(a)) })
	return out
}

func ids(events []*event.Event) []string {
	out := []string{}
	for _, e := range events {
		out = append(out, e.ID())
	}
	return out
}

func stamp(t time.Time) string { return t.Format(time.RFC3339Nano) }

func eventQuery(text string, from, to time.Time) api.EventQuery {
	return api.EventQuery{EventSelect: selectOf(text, from, to)}
}

func selectOf(text string, from, to time.Time) api.EventSelect {
	return api.EventSelect{Range: api.Range{From: stamp(from), To: stamp(to)}, Query: text}
}
