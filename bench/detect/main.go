// Command detect measures the detection engine on recorded events and prints
// one JSON object for each figure: bench, metric, value, unit, mark and whether
// the mark is met. Run it by `make bench-detect`.
//
// A figure counts events by CPU seconds of the whole process, its garbage
// collector included, from records of decoded strings: nothing of them is
// folded, hashed or scanned before the clock starts. All records stay in
// memory and are matched in turn, so that no record is in a cache when its turn
// comes. What a figure says is the median of several rounds.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
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

// report prints figures and counts the missed marks.
type report struct {
	out    *json.Encoder
	missed int
	err    error // of the first figure that could not be printed
}

func (r *report) print(f figure) {
	if err := r.out.Encode(f); err != nil && r.err == nil {
		r.err = fmt.Errorf("print figure: %w", err)
	}
}

func (r *report) info(bench, metric string, value float64, unit string) {
	r.print(figure{Bench: bench, Metric: metric, Value: value, Unit: unit})
}

// marked prints a figure with a mark: what it must reach, or must not exceed.
func (r *report) marked(f figure, sign string, mark float64) {
	ok := sign == ">=" && f.Value >= mark || sign == "<=" && f.Value <= mark
	if !ok {
		r.missed++
	}
	f.Mark, f.OK = fmt.Sprintf("%s %g", sign, mark), &ok
	r.print(f)
}

// settings are the flags.
type settings struct {
	data  string
	only  string
	round time.Duration
	child string
}

func (s *settings) wants(name string) bool {
	return s.only == "" || strings.Contains(","+s.only+",", ","+name+",")
}

func main() {
	var s settings
	flag.StringVar(&s.data, "data", os.Getenv("VEDETTE_DATA"), "folder with sigma/ and events/")
	flag.StringVar(&s.only, "only", "", "mix, process_creation, linux_benign, linux_attacks, build, memory, correlation; separated by commas")
	flag.DurationVar(&s.round, "round", 400*time.Millisecond, "least CPU time of a round")
	flag.StringVar(&s.child, "memory", "", "measure the memory of this process with the rules of windows or linux")
	flag.Parse()
	if _, err := os.Stat(filepath.Join(s.data, "sigma", "rules")); err != nil {
		fmt.Fprintf(os.Stderr, "bench detect: no rules and events in %q; set VEDETTE_DATA\n", s.data)
		os.Exit(2)
	}
	r := &report{out: json.NewEncoder(os.Stdout)}
	r.out.SetEscapeHTML(false)
	if err := run(&s, r); err != nil {
		fmt.Fprintln(os.Stderr, "bench detect:", err)
		os.Exit(1)
	}
	if r.missed > 0 {
		os.Exit(1)
	}
}

func run(s *settings, r *report) error {
	if s.child != "" {
		return memoryHere(s, s.child)
	}
	for _, step := range []func(*settings, *report) error{speed, build, memory, correlation} {
		if err := step(s, r); err != nil {
			return err
		}
	}
	return r.err
}
