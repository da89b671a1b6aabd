// Command ioc measures indicators of compromise: a million exact ones, and as
// many regular expressions and TLSH digests as there may be. It prints one JSON
// object for each figure, as bench/detect does; `make bench-detect` runs it.
//
// Building and using a database are measured in processes of their own, so that
// the memory is theirs alone.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// atMost gives a figure a mark that it must not exceed.
func (f figure) atMost(mark float64) figure {
	ok := f.Value <= mark
	f.Mark, f.OK = fmt.Sprintf("<= %g", mark), &ok
	return f
}

// step is what one process measures.
type step struct {
	name string
	run  func(dir string) ([]figure, error)
}

func steps() []step {
	return []step{{"build", build}, {"exact", exact}, {"apply", apply}, {"regex", regex}, {"tlsh", near}}
}

func main() {
	name := flag.String("step", "", "measure this step here, with the files in -dir")
	dir := flag.String("dir", "", "folder for the databases; a new one when empty")
	flag.Parse()
	if err := run(*name, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench ioc:", err)
		os.Exit(1)
	}
}

func run(name, dir string) error {
	for _, s := range steps() {
		if s.name != name {
			continue
		}
		figures, err := s.run(dir)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(figures)
	}
	return all()
}

// all measures each step in a process of its own.
func all() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-ioc")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a folder of ours below the temporary one
	out, missed := json.NewEncoder(os.Stdout), 0
	out.SetEscapeHTML(false)
	for _, s := range steps() {
		cmd := exec.Command(self, "-step", s.name, "-dir", dir)
		cmd.Stderr = os.Stderr
		text, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("measure %s: %w", s.name, err)
		}
		var figures []figure
		if err := json.Unmarshal(text, &figures); err != nil {
			return fmt.Errorf("read figures of %s: %w", s.name, err)
		}
		for _, f := range figures {
			if f.OK != nil && !*f.OK {
				missed++
			}
			if err := out.Encode(f); err != nil {
				return err
			}
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d marks are missed", missed)
	}
	return nil
}

func database(dir string) string { return filepath.Join(dir, "million.db") }
