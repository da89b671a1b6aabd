// Command bench measures the real programs inside the sandbox and prints one
// JSON object for each figure: bench, metric, value, unit, mark and whether the
// mark is met. Wall rates are informational and have no mark. Run it by
// `make bench`; -only chooses.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/vedette-edr/vedette/test/rig"
)

// figure is one measured number.
type figure struct {
	Bench  string  `json:"bench"`
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Mark   string  `json:"mark,omitempty"`
	OK     *bool   `json:"ok,omitempty"`
	Note   string  `json:"note,omitempty"`
}

// report prints figures and remembers whether a mark was missed.
type report struct {
	out    *json.Encoder
	missed int
}

func (r *report) info(bench, metric string, value float64, unit string) {
	r.print(figure{Bench: bench, Metric: metric, Value: value, Unit: unit})
}

// atMost prints a figure with a mark that it must not exceed.
func (r *report) atMost(bench, metric string, value float64, unit string, mark float64) {
	ok := value <= mark
	if !ok {
		r.missed++
	}
	r.print(figure{Bench: bench, Metric: metric, Value: value, Unit: unit, Mark: fmt.Sprintf("<= %g", mark), OK: &ok})
}

func (r *report) print(f figure) {
	if err := r.out.Encode(f); err != nil {
		fmt.Fprintln(os.Stderr, "bench: print:", err)
	}
}

type bench struct {
	name string
	doc  string
	run  func(context.Context, *report) error
	only bool // runs when it is named
}

func benches() []bench {
	return []bench{
		{name: "spawn", doc: "added CPU of a spawn, static and dynamic: acting task, agent, sum", run: spawnCost},
		{name: "rate", doc: "agent at 1,600 executions a second", run: execRate},
		{name: "loss", doc: "20,000 executions, 200,000 file cycles, 50,000 connections, 20,000 look-ups at full speed: all accounted for", run: stormLoss},
		{name: "sensors", doc: "added CPU of a file cycle, a connection, a look-up and the opening of a file: acting task, agent, sum", run: sensorCost},
		{name: "idle", doc: "the agent with all sensors while nothing happens: CPU and wake-ups", run: idleCost},
		{name: "start", doc: "the agent's first minute under its default CPU limit, and what it gives up", run: startCost},
		{name: "store", doc: "CPU and bytes of an event from spool to searchable", run: storeCost},
		{name: "latency", doc: "time from an action to its alert, and to an urgent kill", run: latency},
		{name: "guest", doc: "the agent and auditd side by side, in instructions, in a guest that counts them", run: guestCost, only: true},
	}
}

func main() {
	rig.Forker()
	rig.Actor()
	replayer()
	only := flag.String("only", "", "names of benches, separated by commas")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: bench [-only NAME,...]")
		for _, b := range benches() {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-8s %s\n", b.name, b.doc)
		}
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := &report{out: json.NewEncoder(os.Stdout)}
	failed := false
	for _, b := range benches() {
		if *only == "" && b.only || *only != "" && !strings.Contains(","+*only+",", ","+b.name+",") {
			continue
		}
		if err := b.run(ctx, r); err != nil {
			fmt.Fprintf(os.Stderr, "bench %s: %v\n", b.name, err)
			failed = true
		}
	}
	if failed || r.missed > 0 {
		os.Exit(1)
	}
}
