package detect_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

func BenchmarkCorrelator(b *testing.B) {
	text := "title: a\nid: a\nname: a\nlevel: low\nlogsource: {product: linux, service: auditd}\ndetection: {s: {type: L, res: failed}, condition: s}\n---\n" +
		"title: c\nid: c\nlevel: low\ncorrelation: {type: event_count, rules: [a], group-by: [acct, hostname], timespan: 5m, condition: {gte: 10}}\n"
	set, problems := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, []detect.File{{Path: "a.yml", Text: text}})
	if len(set.Rules()) != 2 {
		b.Fatal(problems)
	}
	var recs []*record.Record
	for i := range 100_000 {
		r, err := record.ParseJSON([]byte(fmt.Sprintf(`{"Channel":"Linux-Auditd","type":"L","res":"failed","acct":"user-%d","hostname":"host-%d"}`, i, i%97)))
		if err != nil {
			b.Fatal(err)
		}
		recs = append(recs, r)
	}
	c := set.Correlator(correlate.Options{})
	var ms, found []detect.Match
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		rec := recs[n*7919%len(recs)]
		ms = set.Match(rec, ms[:0])
		found = c.Match(rec, event.Time(n)*event.Time(5*time.Microsecond)+1, correlate.Ref{Number: int64(n)}, ms, found[:0])
		n++
	}
}
