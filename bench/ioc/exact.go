package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
	"github.com/vedette-edr/vedette/internal/event"
)

const million = 1_000_000

// made is the indicator number n of a series: 40 % SHA-256, 30 % domains, 20 %
// addresses, 10 % URLs. Different series have nothing in common.
func made(series, n int) ioc.Indicator {
	var seed [16]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(series))
	binary.LittleEndian.PutUint64(seed[8:], uint64(n))
	sum := sha256.Sum256(seed[:])
	word := hex.EncodeToString(sum[:])
	i := ioc.Indicator{Source: "feed " + strconv.Itoa(n%17), Expires: time.Unix(1_900_000_000, 0), Tags: []string{"botnet"}}
	switch k := n % 10; {
	case k < 4:
		i.Type, i.Value = ioc.SHA256, word
	case k < 7:
		i.Type, i.Value = ioc.Domain, word[:12]+"."+[]string{"com", "net", "org", "info"}[n%4]
	case k < 9: // the number in the bits, so that all are different, mixed
		a := [4]byte{byte(11 + series*40 + n>>16), byte(n >> 8), byte(n), 1}
		i.Type, i.Value = ioc.Address, netip.AddrFrom4(a).String()
	default:
		i.Type, i.Value = ioc.URL, "http://"+word[:10]+".example/"+word[10:20]+"?id="+word[20:26]
	}
	return i
}

// record is an event in which an indicator stands.
func recordOf(i ioc.Indicator) *event.Event {
	e := &event.Event{Time: event.At(time.Unix(1_800_000_000, 0))}
	switch i.Type {
	case ioc.SHA256:
		e.Kind, e.File = event.FileHash, &event.File{Hash: &event.Hash{SHA256: i.Value}}
	case ioc.Domain:
		e.Kind, e.Net = event.NetConnect, &event.Net{DestinationDomain: i.Value}
	case ioc.Address:
		e.Kind, e.Net = event.NetConnect, &event.Net{DestinationIP: netip.MustParseAddr(i.Value)}
	default:
		e.Kind, e.Process = event.ProcessStart, &event.Process{CommandLine: i.Value}
	}
	return e
}

// build writes the million indicators to a file.
func build(dir string) ([]figure, error) {
	begin := cpuTime()
	b, err := ioc.Create(database(dir))
	if err != nil {
		return nil, err
	}
	for n := range million {
		if err := b.Add(made(0, n)); err != nil {
			return nil, err
		}
	}
	if err := b.Close(); err != nil {
		return nil, err
	}
	info, err := os.Stat(database(dir))
	if err != nil {
		return nil, err
	}
	return []figure{
		{Bench: "ioc/build", Metric: "cpu", Value: (cpuTime() - begin).Seconds(), Unit: "s"},
		{Bench: "ioc/build", Metric: "file", Value: float64(info.Size()) / 1e6, Unit: "MB"},
		figure{Bench: "ioc/build", Metric: "rss_peak", Value: resident("VmHWM"), Unit: "MB", Note: "while the file is written, with the making of the indicators"}.atMost(64),
	}, nil
}

// exact looks up what is not there, and what is.
func exact(dir string) ([]figure, error) {
	before := resident("VmRSS")
	db, err := ioc.Open(database(dir), ioc.Options{})
	if err != nil {
		return nil, err
	}
	opened := resident("VmHWM")
	debug.FreeOSMemory()
	out := []figure{
		{Bench: "ioc/exact", Metric: "table", Value: float64(db.Stats().TableBytes) / 1e6, Unit: "MB"},
		figure{Bench: "ioc/exact", Metric: "rss", Value: resident("VmRSS"), Unit: "MB", Note: fmt.Sprintf("of the process; %.1f before", before)}.atMost(64),
		{Bench: "ioc/exact", Metric: "rss_peak", Value: opened, Unit: "MB", Note: "while the file was opened"},
	}
	names := map[ioc.Type]string{ioc.SHA256: "sha256", ioc.Domain: "domain", ioc.Address: "ip", ioc.URL: "url"}
	series := map[string]int{"miss": 1, "hit": 0}
	for _, what := range []string{"miss", "hit"} {
		sum := 0.0
		for _, t := range []ioc.Type{ioc.SHA256, ioc.Domain, ioc.Address, ioc.URL} {
			recs := samples(t, series[what])
			ns, allocs, found := timed(db, recs)
			if want := map[string]int{"miss": 0, "hit": len(recs)}[what]; found != want {
				return nil, fmt.Errorf("%s of %s: %d matches in %d records", what, t, found, len(recs))
			}
			f := figure{Bench: "ioc/exact/" + what, Metric: names[t], Value: ns, Unit: "ns", Note: fmt.Sprintf("%.1f allocations", allocs)}
			if t == ioc.URL {
				f.Note += "; an execution, four lookups: the URL with and without its query, the host and the domain above it"
			}
			out = append(out, f)
			sum += ns * map[ioc.Type]float64{ioc.SHA256: 0.4, ioc.Domain: 0.3, ioc.Address: 0.2, ioc.URL: 0.1}[t]
		}
		f := figure{Bench: "ioc/exact/" + what, Metric: "mix", Value: sum, Unit: "ns"}
		if what == "miss" {
			f = f.atMost(1000)
		} else {
			f.Note = "with the reading of the indicator from disk and the making of the match"
		}
		out = append(out, f)
	}
	return out, db.Close()
}

// samples are records of one type, in an order that no cache foresees.
func samples(t ioc.Type, series int) []expr.Record {
	r := rand.New(rand.NewPCG(1, 2))
	var out []expr.Record
	for len(out) < 50_000 {
		if i := made(series, r.IntN(million)); i.Type == t {
			out = append(out, recordOf(i))
		}
	}
	return out
}

// timed returns the median cost of a match, and what was found in one round.
func timed(db *ioc.Database, recs []expr.Record) (ns, allocs float64, found int) {
	var all []float64
	dst := make([]detect.Match, 0, 8)
	var before, after runtime.MemStats
	for range 5 {
		found = 0
		runtime.GC()
		runtime.ReadMemStats(&before)
		begin := cpuTime()
		for _, r := range recs {
			dst = db.Match(r, dst[:0])
			found += len(dst)
		}
		all = append(all, float64(cpuTime()-begin)/float64(len(recs)))
		runtime.ReadMemStats(&after)
		allocs = float64(after.Mallocs-before.Mallocs) / float64(len(recs))
	}
	slices.Sort(all)
	return all[len(all)/2], allocs, found
}

// cpuTime returns the CPU time of this process, which other programs on the
// machine do not change.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident reads a line of /proc/self/status, in MB; 0 when there is none.
func resident(name string) float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }() // was only read
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
