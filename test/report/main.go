// Command report reads the output of `go test -json` and prints what failed,
// what was skipped and why, and one closing line with the counts. With -md it
// writes the table of docs/support.md instead, of the environments named by
// arguments NAME=FILE.
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
	md := flag.String("md", "", "write the table of support of the environments NAME=FILE ... to this file")
	compiled := flag.String("compiled", "", "with -md: what was compiled and not run")
	var exams []exam
	flag.Func("exam", "with -md: add the self-exam NAME=FILE; may stand several times", func(arg string) error {
		name, file, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("%q: want NAME=FILE", arg)
		}
		x, err := readExam(name, file)
		exams = append(exams, x)
		return err
	})
	flag.Parse()
	if flag.NArg() == 0 || *md == "" && flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: report FILE\n       report -md docs/support.md NAME=FILE ...")
		os.Exit(2)
	}
	code, err := run(*md, matrix{*compiled, exams}, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		code = 2
	}
	os.Exit(code)
}

// run returns the exit code: 1 when tests failed or none passed.
func run(md string, m matrix, args []string) (int, error) {
	var environments []environment
	code := 0
	for _, arg := range args {
		name, file, ok := strings.Cut(arg, "=")
		if md == "" {
			file = arg
		} else if !ok {
			return 2, fmt.Errorf("argument %q: want NAME=FILE", arg)
		}
		r, err := readFile(file)
		if err != nil {
			return 2, err
		}
		if md == "" || r.bad() {
			r.print()
		}
		if r.bad() {
			code = 1
		}
		environments = append(environments, environment{name, r})
	}
	if md == "" {
		return code, nil
	}
	return code, support(md, environments, m)
}

func readFile(name string) (*result, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(bufio.NewScanner(f)), nil
}

func (r *result) bad() bool { return r.failed > 0 || len(r.broken) > 0 || r.passed == 0 }

type result struct {
	output                  map[key][]string
	ended                   map[key]string // how each test ended
	failures                []key
	skips                   []key
	broken                  []string // packages that failed without a failing test
	passed, failed, skipped int
}

func read(sc *bufio.Scanner) *result {
	r := &result{output: map[key][]string{}, ended: map[key]string{}}
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
		if l.Test != "" && (l.Action == "pass" || l.Action == "fail" || l.Action == "skip") {
			r.ended[k] = l.Action
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
