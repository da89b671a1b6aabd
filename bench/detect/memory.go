package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/record"
)

// build measures how long rule files take to become a set.
func build(s *settings, r *report) error {
	if !s.wants("build") {
		return nil
	}
	for _, linux := range []bool{false, true} {
		files, err := ruleFiles(s.data, linux)
		if err != nil {
			return err
		}
		var times []float64
		for range rounds {
			runtime.GC()
			begin := cpuTime()
			loaded(files)
			times = append(times, (cpuTime() - begin).Seconds())
		}
		name := map[bool]string{false: "all", true: "linux"}[linux]
		r.info("detect/build/"+name, "files", float64(len(files)), "files")
		r.info("detect/build/"+name, "parse_and_build_cpu", median(times), "s")
	}
	return nil
}

// held is what a process with rules holds, megabytes of a million bytes.
type held struct {
	Heap   float64 `json:"heap"`   // live, of the set and what matching left
	Tables float64 `json:"tables"` // of the index
	RSS    float64 `json:"rss"`    // of the process, after a collection
	Peak   float64 `json:"peak"`   // largest RSS, while rules were loaded too
}

// memory measures processes of their own that load rules and match a corpus
// as it streams by.
func memory(s *settings, r *report) error {
	if !s.wants("memory") {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, name := range []string{"all", "linux"} {
		limit := map[string]float64{"all": 150, "linux": 20}[name]
		cmd := exec.Command(self, "-data", s.data, "-memory", name)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("measure memory with the rules of %s: %w", name, err)
		}
		var h held
		if err := json.Unmarshal(out, &h); err != nil {
			return fmt.Errorf("read memory with the rules of %s: %w", name, err)
		}
		bench := "detect/memory/" + name
		r.info(bench, "tables", h.Tables, "MB")
		note := ""
		if name == "all" {
			note = "aim <= 60"
		}
		r.marked(figure{Bench: bench, Metric: "heap", Value: h.Heap, Unit: "MB", Note: note}, "<=", limit)
		f := figure{Bench: bench, Metric: "rss", Value: h.RSS, Unit: "MB", Note: note}
		if name == "all" {
			r.marked(f, "<=", limit)
		} else {
			r.print(f)
		}
		r.info(bench, "rss_peak_while_loading", h.Peak, "MB")
	}
	return nil
}

// memoryHere loads the rules, matches the corpora and prints what is held.
func memoryHere(s *settings, name string) error {
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	set, err := setFor(s.data, name == "linux")
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	var ms []detect.Match
	for _, c := range corpora() {
		if c.linux != (name == "linux") {
			continue
		}
		if err := c.each(s.data, func(r *record.Record) { ms = set.Match(r, ms[:0]) }); err != nil {
			return err
		}
	}
	ms = nil
	debug.FreeOSMemory()
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	h := held{Heap: float64(after.HeapAlloc-before.HeapAlloc) / 1e6, Tables: float64(set.Stats().TableBytes) / 1e6}
	h.RSS, h.Peak = resident("VmRSS"), resident("VmHWM")
	runtime.KeepAlive(set)
	runtime.KeepAlive(ms)
	return json.NewEncoder(os.Stdout).Encode(h)
}

func setFor(data string, linux bool) (*detect.Set, error) {
	files, err := ruleFiles(data, linux)
	if err != nil {
		return nil, err
	}
	return loaded(files), nil
}

// resident reads a line of /proc/self/status, in MB; 0 when there is none.
func resident(name string) float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			if err == nil {
				return kb * 1024 / 1e6
			}
		}
	}
	return 0
}
