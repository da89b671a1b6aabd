//go:build !race && linux

package detect_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// most is what one event may cost, whatever the rules and the event are.
const most = 50 * time.Millisecond

// worst is a set of rules made to cost as much as the limits allow, and texts
// that make them do it.
type worst struct {
	name  string
	rules []detect.File
	texts []string
	spent bool // the budget of work must be used up
}

// TestNoEventCostsMoreThanItMay measures the worst cases inside the limits of
// the rules and of an event.
func TestNoEventCostsMoreThanItMay(t *testing.T) {
	for _, w := range []worst{regexps(), largeClasses(), longLists(), sameWindow(), sameEnd(), globs(), manyHits(), nested()} {
		t.Run(w.name, func(t *testing.T) {
			set, problems := detect.Load(options(false), w.rules)
			for _, p := range problems {
				if p.Refused {
					t.Fatal(p)
				}
			}
			for _, text := range w.texts {
				cost := costOf(set, full(text))
				t.Logf("%d rules, %.20q...: %v, spent %d", len(set.Rules()), text, cost, set.Spent())
				if cost > most {
					t.Errorf("an event of %.20q... costs %v", text, cost)
				}
			}
			if w.spent && set.Spent() == 0 {
				t.Error("no event used up the budget: the case is not the worst any more")
			}
		})
	}
}

// full is an event with as much of the text as an event may hold.
func full(text string) *event.Event {
	long := strings.Repeat(text, expr.MaxField/len(text)+1)[:expr.MaxField]
	short := long[:28<<10]
	e := &event.Event{Kind: event.ProcessStart, Process: &event.Process{Name: "x", Executable: short, CommandLine: long,
		Args: strings.SplitAfter(short, " "), Parent: &event.Parent{CommandLine: long[:32<<10], Executable: short}}}
	return e
}

// costOf returns the least CPU time of several turns, which is what the event
// costs on a machine that does nothing else.
func costOf(set *detect.Set, e *event.Event) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	best := time.Hour
	for range 5 {
		begin := threadTime()
		set.Match(e, nil)
		best = min(best, threadTime()-begin)
	}
	return best
}

// threadTime is the CPU time that this thread has used; the time of a clock
// would judge what else the machine does.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err) // Linux always has this clock
	}
	return time.Duration(t.Nano())
}

func ruleOf(n int, selection, condition string) detect.File {
	return detect.File{Path: fmt.Sprintf("%d.yml", n), Text: fmt.Sprintf(
		"title: r%d\nid: r%d\nlevel: low\nlogsource: {product: linux, category: process_creation}\ndetection:\n%s  condition: %s\n", n, n, selection, condition)}
}

func values(n int, value func(int) string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "      - '%s'\n", value(i))
	}
	return b.String()
}

func regexps() worst {
	var rules []detect.File
	for i := range 300 {
		for j, re := range []string{`(?:[ab]*a[ab]{%d}c){3}`, `(.*a){%d}x`, `(x+x+)+y{%d}`, `([a-z]+)*%d$`, `(?i)\w{1,%d}@\w{1,99}z`, `^(([a-z])+.)+[A-Z]([a-z])+%d$`, `\b(?:a|b|ab){%d,999}\b`} {
			text := fmt.Sprintf(re, i%100+10)
			rules = append(rules, ruleOf(10*i+j, "  s:\n    process.command_line|re: '"+text+"'\n", "s"))
		}
	}
	return worst{"regular expressions", rules, []string{"ab", "aaaaaaaaab ", "xxxxx", "a@b ", "ä€"}, true}
}

func largeClasses() worst {
	var rules []detect.File
	for i := range 200 {
		rules = append(rules, ruleOf(i, fmt.Sprintf("  s:\n    process.command_line|re: '(?i)(\\pL[^\\p{Lu}\\p{Han}]{1,%d}\\P{Greek}){2}\\pN%d'\n", i%50+2, i), "s"))
	}
	return worst{"large classes", rules, []string{"ab", "äЖa", "漢a"}, false}
}

func longLists() worst {
	var rules []detect.File
	for i := range 10 {
		for j, op := range []string{"contains", "startswith", "endswith"} {
			rules = append(rules, ruleOf(10*i+j, "  s:\n    process.command_line|"+op+":\n"+values(4432, func(k int) string { return fmt.Sprintf("value%d-%d-%d", k, i, j) }), "s"))
		}
	}
	return worst{"lists of 4,432 values", rules, []string{"value1-", "value4000-1-", "4431-9-2"}, false}
}

func sameWindow() worst {
	list := values(4432, func(k int) string { return "aaaaaaa" + strings.Repeat("a", k%500) + fmt.Sprint("b", k) })
	var rules []detect.File
	for i := range 5 {
		rules = append(rules, ruleOf(i, fmt.Sprintf("  s:\n    process.command_line|contains:\n%s      - 'x%d'\n", list, i), "s"))
	}
	return worst{"one window for all values", rules, []string{"a", "aaaaaaaab"}, false}
}

func sameEnd() worst {
	list := values(4432, func(k int) string { return fmt.Sprintf("%d/aaaaaaaaaa ", k) })
	return worst{"one end for all values", []detect.File{ruleOf(1, "  s:\n    process.args|endswith:\n"+list, "s")}, []string{"/aaaaaaaaaa "}, false}
}

func globs() worst {
	var rules []detect.File
	for i := range 400 {
		rules = append(rules, ruleOf(i, fmt.Sprintf("  s:\n    process.command_line: '*a?a?a?*a?%sb*%d'\n", strings.Repeat("a?", 40+i%50), i), "not s"))
	}
	return worst{"wildcards", rules, []string{"a", "ab"}, false}
}

func manyHits() worst {
	var rules []detect.File
	for i := range 20_000 {
		rules = append(rules, ruleOf(i, fmt.Sprintf("  s:\n    process.command_line|contains: 'aa'\n    process.executable|contains: '%c'\n  f:\n    process.name: n%d\n", 'a'+i%2, i), "s and not f"))
	}
	return worst{"all rules match", rules, []string{"ab aa"}, false}
}

func nested() worst {
	condition := "s0"
	for i := 1; i < 40; i++ {
		condition = fmt.Sprintf("(s%d and (not s%d or %s))", i%8, (i+3)%8, condition)
	}
	var selections strings.Builder
	for i := range 8 {
		fmt.Fprintf(&selections, "  s%d:\n    process.command_line|contains: '%c'\n", i, 'a'+i)
	}
	var rules []detect.File
	for i := range 2000 {
		rules = append(rules, ruleOf(i, selections.String(), condition))
	}
	return worst{"nested conditions", rules, []string{"abcdefgh"}, false}
}
