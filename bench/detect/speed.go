package main

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/record"
)

// rounds of which the median is taken.
const rounds = 5

// goal is what a corpus with all of its rules must reach, events per CPU
// second, and what we aim for.
type goal struct{ mark, aim float64 }

func goals() map[string]goal {
	return map[string]goal{
		"mix/all":              {100_000, 300_000},
		"process_creation/all": {30_000, 150_000},
		"linux_benign/linux":   {mark: 500_000},
	}
}

// speed matches every corpus against sets of several sizes.
func speed(s *settings, r *report) error {
	files, err := ruleFiles(s.data, false)
	if err != nil {
		return err
	}
	linux, err := ruleFiles(s.data, true)
	if err != nil {
		return err
	}
	sets := map[string]*detect.Set{}
	for _, c := range corpora() {
		if !s.wants(c.name) {
			continue
		}
		recs, err := c.records(s.data)
		if err != nil {
			return err
		}
		r.info("detect/"+c.name, "events", float64(len(recs)), "events")
		for _, size := range sizes(c, files, linux) {
			if sets[size.name] == nil {
				sets[size.name] = loaded(size.files)
			}
			measureSet(s, r, c.name+"/"+size.name, sets[size.name], recs)
		}
	}
	return nil
}

type size struct {
	name  string
	files []detect.File
}

func sizes(c corpus, files, linux []detect.File) []size {
	out := []size{{"100", spread(files, 100)}, {"1000", spread(files, 1000)}, {"all", files}}
	if c.linux {
		out = append(out, size{"linux", linux})
	}
	return out
}

func measureSet(s *settings, r *report, name string, set *detect.Set, recs []*record.Record) {
	bench := "detect/" + name
	r.info(bench, "rules", float64(len(set.Rules())), "rules")
	for _, threads := range []int{1, 2} {
		var rates, walls, allocs []float64
		for range rounds {
			m := measure(set, recs, threads, s.round)
			rates, walls, allocs = append(rates, m.rate), append(walls, m.wall), append(allocs, m.allocs)
		}
		prefix := fmt.Sprintf("threads_%d_", threads)
		f := figure{Bench: bench, Metric: prefix + "events_per_cpu_s", Value: median(rates), Unit: "events/s"}
		if g, ok := goals()[name]; ok && threads == 1 {
			if g.aim > 0 {
				f.Note = fmt.Sprintf("aim >= %g", g.aim)
			}
			r.marked(f, ">=", g.mark)
		} else {
			r.print(f)
		}
		r.info(bench, prefix+"events_per_wall_s", median(walls), "events/s")
		if threads == 1 {
			r.info(bench, "allocs_per_event", median(allocs), "allocations")
			r.info(bench, "hits", float64(hits(set, recs)), "matches")
			r.marked(figure{Bench: bench, Metric: "events_over_budget", Value: float64(set.Spent()), Unit: "events"}, "<=", 0)
		}
	}
}

// measured is one round.
type measured struct {
	rate   float64 // events per CPU second
	wall   float64 // events per second
	allocs float64 // per event
}

// measure matches the records again and again, at least once, until a round
// has used the CPU time.
func measure(set *detect.Set, recs []*record.Record, threads int, least time.Duration) measured {
	pass(set, recs[:min(len(recs), 100)], threads) // tables into memory
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, wall, events := cpuTime(), time.Now(), 0
	for events == 0 || cpuTime()-cpu < least {
		pass(set, recs, threads)
		events += len(recs)
	}
	used, took := cpuTime()-cpu, time.Since(wall)
	runtime.ReadMemStats(&after)
	n := float64(events)
	return measured{rate: n / used.Seconds(), wall: n / took.Seconds(), allocs: float64(after.Mallocs-before.Mallocs) / n}
}

// pass matches each record once, divided among threads.
func pass(set *detect.Set, recs []*record.Record, threads int) {
	var wg sync.WaitGroup
	for i := range threads {
		part := recs[i*len(recs)/threads : (i+1)*len(recs)/threads]
		if threads == 1 {
			hits(set, part)
			return
		}
		wg.Go(func() { hits(set, part) })
	}
	wg.Wait()
}

func hits(set *detect.Set, recs []*record.Record) int {
	var ms []detect.Match
	n := 0
	for _, rec := range recs {
		ms = set.Match(rec, ms[:0])
		n += len(ms)
	}
	return n
}

// cpuTime returns what the process has used, in all of its threads.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(x []float64) float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	return s[len(s)/2]
}
