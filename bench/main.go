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
}

func benches() []bench {
	return []bench{
		{"spawn", "added CPU of a spawn, static and dynamic: acting task, agent, sum", spawnCost},
		{"rate", "agent at 1,600 executions a second", execRate},
		{"loss", "20,000 executions, 200,000 file cycles, 50,000 connections, 20,000 look-ups at full speed: all accounted for", stormLoss},
		{"sensors", "added CPU of a file cycle, a connection, a look-up and the opening of a file: acting task, agent, sum", sensorCost},
		{"store", "CPU and bytes of an event from spool to searchable", storeCost},
		{"latency", "time from an action to its alert, and to an urgent kill", latency},
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
		if *only != "" && !strings.Contains(","+*only+",", ","+b.name+",") {
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
