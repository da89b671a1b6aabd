package main

import (
	"fmt"
	"runtime"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// correlationRules are a rule that matches every event and a correlation of
// each common kind over it.
const correlationRules = `title: Failed login
id: failed
name: failed
level: low
logsource: {product: linux, service: auditd}
detection: {s: {type: USER_LOGIN, res: failed}, condition: s}
---
title: Many failures
id: many
level: high
correlation: {type: %s, rules: [failed], group-by: [acct, hostname], timespan: 5m, condition: {%sgte: 10}}
`

// groups is how many groups the correlations hold.
const groups = 100_000

// correlation measures the whole way of events through a rule and a
// correlation, with 100,000 groups held and every twenty-first event late.
func correlation(s *settings, r *report) error {
	if !s.wants("correlation") {
		return nil
	}
	var recs []*record.Record
	for i := range groups {
		line := fmt.Sprintf(`{"Channel":"Linux-Auditd","type":"USER_LOGIN","res":"failed","acct":"user-%d","hostname":"host-%d","port":"%d"}`, i, i%97, i%65536)
		rec, err := record.ParseJSON([]byte(line))
		if err != nil {
			return err
		}
		recs = append(recs, rec)
	}
	for kind, field := range map[string]string{"event_count": "", "value_count": "field: port, "} {
		set, problems := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, []detect.File{{Path: "bench.yml", Text: fmt.Sprintf(correlationRules, kind, field)}})
		if len(set.Rules()) != 2 {
			return fmt.Errorf("rules of the correlation: %v", problems)
		}
		follow(s, r, "detect/correlation/"+kind, set, recs)
	}
	return nil
}

// follow sends the records round and round, 200,000 of them in each second of
// their own time.
func follow(s *settings, r *report, bench string, set *detect.Set, recs []*record.Record) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := set.Correlator(correlate.Options{})
	var ms, found []detect.Match
	var rates []float64
	n := 0
	for range rounds {
		cpu, events := cpuTime(), 0
		for events == 0 || cpuTime()-cpu < s.round {
			for range recs {
				rec := recs[n*7919%len(recs)]
				at := event.Time(time.Hour) + event.Time(n)*event.Time(5*time.Microsecond)
				if n%21 == 0 {
					at -= event.Time(time.Minute)
				}
				ms = set.Match(rec, ms[:0])
				found = c.Match(rec, at, correlate.Ref{Number: int64(n)}, ms, found[:0])
				n++
			}
			events += len(recs)
		}
		rates = append(rates, float64(events)/(cpuTime()-cpu).Seconds())
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	stats := c.Stats()
	r.marked(figure{Bench: bench, Metric: "events_per_cpu_s", Value: median(rates), Unit: "events/s"}, ">=", 200_000)
	r.marked(figure{Bench: bench, Metric: "groups", Value: float64(stats.Groups), Unit: "groups"}, ">=", groups)
	r.marked(figure{Bench: bench, Metric: "heap", Value: float64(after.HeapAlloc-min(before.HeapAlloc, after.HeapAlloc)) / 1e6, Unit: "MB"}, "<=", 150)
	r.info(bench, "out_of_order", float64(stats.OutOfOrder), "events")
	r.info(bench, "late", float64(stats.Late), "events")
	r.info(bench, "evicted", float64(stats.Evicted), "groups")
	runtime.KeepAlive(c)
}
