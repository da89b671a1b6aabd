package main

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
	"github.com/vedette-edr/vedette/internal/event"
)

// filled opens a database of n indicators that make makes.
func filled(path string, n int, make func(n int) ioc.Indicator) (*ioc.Database, time.Duration, error) {
	b, err := ioc.Create(path)
	if err != nil {
		return nil, 0, err
	}
	for k := range n {
		if err := b.Add(make(k)); err != nil {
			return nil, 0, err
		}
	}
	if err := b.Close(); err != nil {
		return nil, 0, err
	}
	debug.FreeOSMemory()
	begin := cpuTime()
	db, err := ioc.Open(path, ioc.Options{})
	return db, cpuTime() - begin, err
}

// regex looks for 10,000 regular expressions in paths and command lines.
func regex(dir string) ([]figure, error) {
	r := rand.New(rand.NewPCG(3, 4))
	word := func() string { return hex.EncodeToString([]byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}) }
	db, took, err := filled(filepath.Join(dir, "regex.db"), ioc.MaxRegexps, func(n int) ioc.Indicator {
		return ioc.Indicator{Type: ioc.Regexp, Source: "feed", Value: []string{
			`\\(` + word() + `|` + word() + `)\.exe$`, `(?i)/tmp/\.?` + word() + `[0-9]{1,4}\b`, word() + `\.(dll|sys|dat)`, `-k\s+` + word() + `\s+-d`,
		}[n%4]}
	})
	if err != nil {
		return nil, err
	}
	debug.FreeOSMemory()
	var recs []expr.Record
	for n := range 20_000 {
		recs = append(recs, &event.Event{Kind: event.ProcessStart, Process: &event.Process{
			Executable:  fmt.Sprintf("/usr/lib/%s/%s.so", word(), word()),
			CommandLine: fmt.Sprintf("/usr/bin/python3 /srv/app/%s/worker.py --queue %s --id %d -v", word(), word(), n)}})
	}
	ns, allocs, _ := timed(db, recs)
	return []figure{
		{Bench: "ioc/regex", Metric: "indicators", Value: ioc.MaxRegexps, Unit: "regexes", Note: fmt.Sprintf("%d without a literal", db.Stats().Always)},
		{Bench: "ioc/regex", Metric: "open_cpu", Value: took.Seconds(), Unit: "s"},
		{Bench: "ioc/regex", Metric: "rss", Value: resident("VmRSS"), Unit: "MB"},
		{Bench: "ioc/regex", Metric: "execution", Value: ns, Unit: "ns", Note: fmt.Sprintf("of a path of 21 and a command line of 75 characters; %.1f allocations", allocs)},
	}, db.Close()
}

// near compares a digest with 10,000 TLSH digests.
func near(dir string) ([]figure, error) {
	r := rand.New(rand.NewPCG(5, 6))
	digest := func() string {
		raw := make([]byte, 35)
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		raw[1], raw[2] = 0x25, byte(r.IntN(4)) // lengths and quartiles that are near: the dear case
		return "T1" + hex.EncodeToString(raw)
	}
	db, took, err := filled(filepath.Join(dir, "tlsh.db"), ioc.MaxTLSH, func(int) ioc.Indicator {
		return ioc.Indicator{Type: ioc.TLSH, Source: "feed", Value: digest()}
	})
	if err != nil {
		return nil, err
	}
	debug.FreeOSMemory()
	var recs []expr.Record
	for range 500 {
		e := &event.Event{Kind: event.LogRecord, Log: &event.Log{Names: []string{"Hashes"}, Values: []string{"TLSH=" + digest()}}}
		recs = append(recs, e)
	}
	ns, allocs, _ := timed(db, recs)
	return []figure{
		{Bench: "ioc/tlsh", Metric: "indicators", Value: ioc.MaxTLSH, Unit: "digests"},
		{Bench: "ioc/tlsh", Metric: "open_cpu", Value: took.Seconds(), Unit: "s"},
		{Bench: "ioc/tlsh", Metric: "rss", Value: resident("VmRSS"), Unit: "MB"},
		{Bench: "ioc/tlsh", Metric: "lookup", Value: ns / 1000, Unit: "us", Note: fmt.Sprintf("%.1f allocations", allocs)},
	}, db.Close()
}
