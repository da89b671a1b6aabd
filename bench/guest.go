package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vedette-edr/vedette/test/rig"
)

// hooks are the names of the rungs that hook functions of the kernel.
func hooks() []string { return []string{"fentry", "lsm", "kprobe"} }

// column is one watcher and what it adds to each act.
type column struct {
	name  string
	hooks bool // it is the agent with function hooks, which has marks
	acts  []*act
	idle  float64 // percent of a core when nothing happens
}

// guestCost compares the agent, the agent without function hooks and the audit
// system on the acts of spawnCost and sensorCost. It is for a guest with one
// processor whose clock counts instructions: a nanosecond of CPU time is one
// instruction, whatever the machine does besides. So few rounds do, and the acts
// without a watcher are done once for all; a start of the agent is dear there.
// See test/bench-vm.sh.
func guestCost(ctx context.Context, r *report) error {
	answering, err := rig.Resolver(resolverPort)
	if err != nil {
		return err
	}
	defer answering()
	scope, err := rig.Cgroup("guarded")
	if err != nil {
		return err
	}
	without, err := guestActs()
	if err != nil {
		return err
	}
	off := watcher{scope: scope, turn: func(context.Context, bool) error { return nil }}
	if err := rounds(ctx, off, false, without); err != nil {
		return err
	}
	best, err := agentColumn(ctx, scope)
	if err != nil {
		return err
	}
	columns := []*column{best}
	if best.hooks {
		other, err := agentColumn(ctx, scope, "--kernel-rungs-off", strings.Join(hooks(), ","))
		if err != nil {
			return err
		}
		columns = append(columns, other)
	} else {
		fmt.Fprintf(os.Stderr, "bench guest: %s: there is no rung of function hooks to compare\n", best.name)
	}
	// Last: a system whose audit was on is slower until it boots again.
	audit, err := auditColumn(ctx, scope)
	if err != nil {
		return err
	}
	columns = append(columns, audit)
	for _, c := range columns {
		for i, a := range c.acts {
			a.cost.off = without[i].cost.off
		}
		c.tell(r)
	}
	return table(os.Stderr, columns)
}

// rounds has each act done so often as the guest needs, after a round that is
// not counted: what is done once is over then.
func rounds(ctx context.Context, w watcher, on bool, acts []*act) error {
	for i := range 4 {
		if err := round(ctx, w, on, acts); err != nil {
			return err
		}
		for _, a := range acts {
			if i == 0 {
				a.cost = cost{}
			}
		}
	}
	return nil
}

// guestActs are the acts, with a folder of their own.
func guestActs() ([]*act, error) {
	spawns, err := spawnActs(400, 200)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "acts")
	if err != nil {
		return nil, err
	}
	others, err := sensorActs(dir, 2)
	return append(spawns, others...), err
}

// agentColumn measures the agent of the whole guest, without a manager.
func agentColumn(ctx context.Context, scope string, flags ...string) (*column, error) {
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		return nil, err
	}
	p, err := rig.StartAlone(dir, "", append([]string{"--policy-cpu-limit", "0", "--selftest=false"}, flags...)...)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if err := p.Sensing(ctx); err != nil {
		return nil, err
	}
	rungs, err := p.Rungs(ctx)
	if err != nil {
		return nil, err
	}
	c := &column{name: "agent (" + rungs["file"] + ")", hooks: slices.Contains(hooks(), rungs["file"])}
	return c, c.measure(ctx, watcher{scope: scope, turn: agentOf(p).turn, cpu: agentOf(p).cpu})
}

// measure does the acts with a watcher that is on, once what it does at its start
// is over: time in which nothing happens costs nothing in the guest.
func (c *column) measure(ctx context.Context, w watcher) error {
	const settle, long = 40 * time.Second, 30 * time.Second
	fmt.Fprintf(os.Stderr, "bench guest: %s, ready after %.1f s of CPU time\n", c.name, w.cpu().Seconds())
	time.Sleep(settle)
	begin, before := time.Now(), w.cpu()
	time.Sleep(long)
	c.idle = 100 * float64(w.cpu()-before) / float64(time.Since(begin))
	var err error
	if c.acts, err = guestActs(); err != nil {
		return err
	}
	return rounds(ctx, w, true, c.acts)
}

// tell prints the figures of a column; function hooks have marks for what they
// add to the task that acts.
func (c *column) tell(r *report) {
	marks := map[string]float64{rig.FileCycles: 15, rig.Connects: 5, rig.Calls: 2}
	for _, a := range c.acts {
		x, name := a.cost.added(), "in the guest, one of "+a.name
		r.info(name, "base", float64(x.base), "instructions")
		r.info(name, c.name+": acting task added", float64(x.task), "instructions")
		if most, ok := marks[a.name]; ok && c.hooks {
			r.atMost(name, c.name+": acting task added", x.percent(x.task), "%", most)
		} else {
			r.info(name, c.name+": acting task added", x.percent(x.task), "%")
		}
		r.info(name, c.name+": watcher added", float64(x.watcher), "instructions")
		r.info(name, c.name+": sum added", x.percent(x.task+x.watcher), "%")
	}
	r.info("in the guest, idle", c.name, c.idle, "% of a core of 10^9 instructions a second")
}

// table prints the columns side by side: what each watcher adds to an act in
// the acting task and in all.
func table(to io.Writer, columns []*column) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "act\tbase\t")
	for _, c := range columns {
		fmt.Fprintf(w, "%s task\t%s watcher\t%s sum\t", c.name, c.name, c.name)
	}
	for i, a := range columns[0].acts {
		fmt.Fprintf(w, "\n%s\t%d\t", a.name, a.cost.added().base)
		for _, c := range columns {
			x := c.acts[i].cost.added()
			fmt.Fprintf(w, "%+.1f %%\t%+.1f %%\t%+.1f %%\t", x.percent(x.task), x.percent(x.watcher), x.percent(x.task+x.watcher))
		}
	}
	fmt.Fprint(w, "\nidle, % of a core\t\t")
	for _, c := range columns {
		fmt.Fprintf(w, "\t%.2f\t\t", c.idle)
	}
	fmt.Fprintln(w)
	return w.Flush()
}
