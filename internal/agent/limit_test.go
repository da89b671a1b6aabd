package agent

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/govern"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/event"
)

// eachSecond is how many events of a kind come in a simulated second.
const eachSecond = 20

// load is what the agent's work would cost, in percent of a core.
type load struct {
	name                                              string
	vital, network, write, read, programs, allContent float64
}

// costly is an enricher whose work takes simulated time of the processor.
type costly struct {
	enricher
	load               load
	programs, contents atomic.Bool
	cpu                atomic.Int64 // ns
	handled            [event.Classes]atomic.Int64
}

func (c *costly) SetHashing(programs, contents bool) {
	c.programs.Store(programs)
	c.contents.Store(contents)
}

func (c *costly) Enrich(e *event.Event) {
	if e.Provider != "load" {
		return
	}
	percent := map[event.Class]float64{
		event.ClassVital: c.load.vital, event.ClassNetwork: c.load.network, event.ClassWrite: c.load.write, event.ClassRead: c.load.read,
	}[e.Kind.Class()]
	if e.Kind == event.ProcessStart && c.programs.Load() {
		percent += c.load.programs
	}
	if e.Kind == event.FileWrite && c.contents.Load() {
		percent += c.load.allContent
	}
	c.cpu.Add(int64(percent / 100 * float64(time.Second) / eachSecond))
	c.handled[e.Kind.Class()].Add(1)
}

// TestAE11_CPULimit: under a load that would take 20 % of a core the agent
// gives up work until it keeps to its limit of 5 % within one point; what it
// sheds is counted, and no vital event is.
func TestAE11_CPULimit(t *testing.T) {
	for _, l := range []load{
		{name: "of all kinds", vital: 4.4, network: 2, write: 3, read: 4, programs: 3, allContent: 3.6},
		{name: "reads", vital: 4.5, read: 15.5},
		{name: "network alone can be given up", vital: 2, network: 18},
		{name: "hashing", vital: 4.2, programs: 15.8},
	} {
		t.Run(l.name, func(t *testing.T) {
			s := simulate(t, l)
			if s.before < 19.5 || s.before > 20.5 {
				t.Errorf("%.2f %% before anything is given up, want 20", s.before)
			}
			if s.percent < 4 || s.percent > 6 {
				t.Errorf("%.2f %% over 60 s, want 5 within one point", s.percent)
			}
			if s.handled[event.ClassVital] != s.pushed[event.ClassVital] {
				t.Errorf("%d of %d vital events went on", s.handled[event.ClassVital], s.pushed[event.ClassVital])
			}
			var missing int64
			for c := range event.Classes {
				missing += s.pushed[c] - s.handled[c]
			}
			if s.shed != missing {
				t.Errorf("%d events are counted as shed for the limit, %d are missing", s.shed, missing)
			}
			if l.name != "hashing" && missing == 0 {
				t.Error("nothing was shed")
			}
			t.Logf("%.2f %% over 60 s, %d events shed", s.percent, missing)
		})
	}
}

// simulated is what came of a load.
type simulated struct {
	before, percent float64 // in the first second, and over the 60 s after the agent has settled
	pushed, handled [event.Classes]int64
	shed            int64 // that the ledger has
}

// simulate has an agent with a limit of 5 % handle a load on a clock of its own.
func simulate(t *testing.T, l load) simulated {
	t.Helper()
	const settle, measured = 20, 60
	r := newRig(t)
	work := &costly{load: l}
	work.SetHashing(true, true)
	var now atomic.Int64
	now.Store(time.Now().Unix())
	r.settings.Policy.CPULimit = 5
	r.deps.Enrich = work
	r.deps.Tick = time.Hour // the test ticks
	r.deps.Now = func() time.Time { return time.Unix(now.Load(), 0) }
	r.start()
	a := r.agent
	a.governor = govern.New(govern.Options{CPU: func() time.Duration { return time.Duration(work.cpu.Load()) }})
	var out simulated
	var unhashed event.Time
	a.govern(&unhashed, a.now())
	at := [settle + measured + 1]int64{}
	for second := 1; second < len(at); second++ {
		now.Add(1)
		for _, k := range []event.Kind{event.ProcessStart, event.NetConnect, event.FileWrite, event.FileOpen} {
			for range eachSecond {
				e := execution("good", 1000)
				e.Kind, e.Provider, e.Time = k, "load", a.now()
				a.queue.Push(e)
				out.pushed[k.Class()]++
			}
		}
		a.queue.Flush()
		r.wait("the events of a second", func() bool { return work.sum()+cpuShed(a) == sum(out.pushed) })
		at[second] = work.cpu.Load()
		a.govern(&unhashed, a.now())
	}
	if limit := a.governor.State().Limit; limit != 5 {
		t.Errorf("limit %g", limit)
	}
	out.before = float64(at[1]) / float64(time.Second) * 100
	out.percent = float64(at[settle+measured]-at[settle]) / float64(measured*time.Second) * 100
	for c := range event.Classes {
		out.handled[c] = work.handled[c].Load()
	}
	out.shed = cpuShed(a)
	r.stop()
	return out
}

func (c *costly) sum() (n int64) {
	for i := range c.handled {
		n += c.handled[i].Load()
	}
	return n
}

func sum(n [event.Classes]int64) (total int64) {
	for _, x := range n {
		total += x
	}
	return total
}

// cpuShed is how many events the ledger says were shed for the limit.
func cpuShed(a *Agent) (n int64) {
	for _, l := range a.deps.Ledger.Totals() {
		if l.Stage == ledger.Queue && l.Reason == "cpu limit" {
			n += l.Count
		}
	}
	return n
}
