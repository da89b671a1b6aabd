// Command report reads the output of `go test -json` and prints what failed,
// what was skipped and why, and one closing line with the counts. It writes the
// part of docs/support.md that says which tests ran where when asked with -md.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

type line struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

type key struct{ pkg, test string }

func main() {
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: report FILE")
		os.Exit(2)
	}
	f, err := os.Open(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
	defer f.Close()
	r := read(bufio.NewScanner(f))
	r.print()
	if r.failed > 0 || len(r.broken) > 0 || r.passed == 0 {
		os.Exit(1)
	}
}

type result struct {
	output                  map[key][]string
	failures                []key
	skips                   []key
	broken                  []string // packages that failed without a failing test
	passed, failed, skipped int
}

func read(sc *bufio.Scanner) *result {
	r := &result{output: map[key][]string{}}
	failing := map[string]bool{}
	sc.Buffer(make([]byte, 1<<20), 16<<20)
	for sc.Scan() {
		var l line
		if json.Unmarshal(sc.Bytes(), &l) != nil {
			fmt.Println(sc.Text())
			continue
		}
		k := key{l.Package, l.Test}
		switch l.Action {
		case "output", "build-output":
			if len(r.output[k]) < 400 {
				r.output[k] = append(r.output[k], l.Output)
			}
			if l.Action == "build-output" {
				fmt.Print(l.Output)
			}
		case "pass":
			if l.Test != "" {
				r.passed++
			}
		case "skip":
			if l.Test != "" {
				r.skipped++
				r.skips = append(r.skips, k)
			}
		case "fail":
			if l.Test != "" {
				r.failed++
				failing[l.Package] = true
				r.failures = append(r.failures, k)
			} else if !failing[l.Package] {
				r.broken = append(r.broken, l.Package)
			}
		}
		if l.Action == "pass" || l.Action == "run" && l.Test == "" {
			delete(r.output, k)
		}
	}
	return r
}

func (r *result) print() {
	for _, k := range r.failures {
		fmt.Printf("--- FAIL %s %s\n%s", k.pkg, k.test, strings.Join(r.output[k], ""))
	}
	for _, p := range r.broken {
		fmt.Printf("--- FAIL %s (package)\n%s", p, strings.Join(r.output[key{p, ""}], ""))
	}
	slices.SortFunc(r.skips, func(a, b key) int { return strings.Compare(a.pkg+a.test, b.pkg+b.test) })
	for _, k := range r.skips {
		fmt.Printf("SKIPPED %s %s: %s\n", strings.TrimPrefix(k.pkg, "github.com/vedette-edr/vedette/"), k.test, reason(r.output[k]))
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", r.passed, r.failed+len(r.broken), r.skipped)
}

// reason is what a test said when it was skipped.
func reason(out []string) string {
	for _, l := range slices.Backward(out) {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "---") || strings.HasPrefix(l, "===") {
			continue
		}
		return l
	}
	return "no reason given"
}
