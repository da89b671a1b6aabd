package main

import (
	"context"
	"fmt"
	"io"
	"os"
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
// instruction, whatever the machine does besides, so that two rounds do. See
// test/bench-vm.sh.
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
	best, rung, err := agentColumn(ctx, scope)
	if err != nil {
		return err
	}
	columns := []*column{best}
	if best.hooks {
		other, _, err := agentColumn(ctx, scope, "--kernel-rungs-off", strings.Join(hooks(), ","))
		if err != nil {
			return err
		}
		columns = append(columns, other)
	} else {
		fmt.Fprintf(os.Stderr, "bench guest: the sensor of files took %s; there is no rung of function hooks to compare\n", rung)
	}
	// Last: a system whose audit was on is slower until it boots again.
	audit, err := auditColumn(ctx, scope, best.acts)
	if err != nil {
		return err
	}
	columns = append(columns, audit)
	for _, c := range columns {
		c.tell(r)
	}
	return table(os.Stderr, columns)
}

// guestActs are the acts, with a folder of their own.
func guestActs(name string) ([]*act, error) {
	spawns, err := spawnActs(200, 100)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		return nil, err
	}
	others, err := sensorActs(dir)
	return append(spawns, others...), err
}

// agentColumn measures the agent of the whole guest, without a manager.
func agentColumn(ctx context.Context, scope string, flags ...string) (*column, string, error) {
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		return nil, "", err
	}
	p, err := rig.StartAlone(dir, "", append([]string{"--policy-cpu-limit", "0", "--selftest=false"}, flags...)...)
	if err != nil {
		return nil, "", err
	}
	defer p.Close()
	if err := p.Sensing(ctx); err != nil {
		return nil, "", err
	}
	rungs, err := p.Rungs(ctx)
	if err != nil {
		return nil, "", err
	}
	rung := rungs["file"]
	c := &column{name: "agent (" + rung + ")"}
	for _, h := range hooks() {
		c.hooks = c.hooks || rung == h
	}
	w := settled(agentOf(p))
	w.scope = scope
	if c.acts, err = guestActs("acts"); err != nil {
		return nil, "", err
	}
	if c.idle, err = idleOf(ctx, w); err != nil {
		return nil, "", err
	}
	return c, rung, compare(ctx, w, guestRounds, c.acts)
}

const guestRounds = 2

// settled is a watcher that is on only when what it does at its start is over:
// there are few rounds, and time in which nothing happens costs nothing in the
// guest.
func settled(w watcher) watcher {
	turn := w.turn
	w.turn = func(ctx context.Context, on bool) error {
		err := turn(ctx, on)
		if on && err == nil {
			time.Sleep(20 * time.Second)
		}
		return err
	}
	return w
}

// idleOf is the share of a core that a watcher takes while nothing happens,
// percent.
func idleOf(ctx context.Context, w watcher) (float64, error) {
	const long = 30 * time.Second
	if err := w.turn(ctx, true); err != nil {
		return 0, err
	}
	begin, before := time.Now(), w.cpu()
	time.Sleep(long)
	return 100 * float64(w.cpu()-before) / float64(time.Since(begin)), nil
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
