package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime/debug"

	"github.com/vedette-edr/vedette/internal/agent/indicator"
	"github.com/vedette-edr/vedette/internal/wire"
)

// partSize is how many lines of a part have, bytes, as the manager makes them.
const partSize = 6 << 20

// apply is an agent that gets the million indicators from its manager, in parts,
// and then one more.
func apply(dir string) ([]figure, error) {
	s, err := indicator.Open(filepath.Join(dir, "agent"))
	if err != nil {
		return nil, err
	}
	begin, sent := cpuTime(), 0
	var lines []byte
	n, parts := 0, 0
	parts = countParts()
	for part := 1; part <= parts; part++ {
		for lines = lines[:0]; n < million && len(lines) < partSize; n++ {
			text, err := json.Marshal(made(0, n))
			if err != nil {
				return nil, err
			}
			lines = append(append(lines, text...), '\n')
		}
		size, err := take(s, 1, wire.IOCs{Part: part, Parts: parts}, lines)
		if err != nil {
			return nil, err
		}
		sent += size
	}
	whole, peak := cpuTime()-begin, resident("VmHWM")
	lines = nil
	debug.FreeOSMemory()
	steady := resident("VmRSS")
	begin = cpuTime()
	if _, err := take(s, 2, wire.IOCs{Base: 1, Part: 1, Parts: 1}, []byte(`{"type":"domain","value":"one.more.example"}`+"\n")); err != nil {
		return nil, err
	}
	one := cpuTime() - begin
	if stats, _ := s.Stats(); stats.Indicators != million+1 {
		return nil, fmt.Errorf("%d indicators are in force", stats.Indicators)
	}
	return []figure{
		{Bench: "ioc/apply", Metric: "documents", Value: float64(sent) / 1e6, Unit: "MB", Note: fmt.Sprintf("%d parts", parts)},
		{Bench: "ioc/apply", Metric: "cpu", Value: whole.Seconds(), Unit: "s", Note: "with the making and packing of the parts"},
		{Bench: "ioc/apply", Metric: "rss_peak", Value: peak, Unit: "MB", Note: "with the making and packing of the parts"},
		figure{Bench: "ioc/apply", Metric: "rss", Value: steady, Unit: "MB", Note: "after it"}.atMost(64),
		{Bench: "ioc/apply", Metric: "cpu_of_one_more", Value: one.Seconds(), Unit: "s"},
	}, s.Close()
}

// countParts says in how many parts the million is sent.
func countParts() int {
	parts, size := 1, 0
	for n := range million {
		text, _ := json.Marshal(made(0, n)) // never fails
		if size >= partSize {
			parts, size = parts+1, 0
		}
		size += len(text) + 1
	}
	return parts
}

// take packs a part as a manager does and lets the agent take it.
func take(s *indicator.Store, version int64, i wire.IOCs, lines []byte) (int, error) {
	packed, err := wire.Pack(lines)
	if err != nil {
		return 0, err
	}
	content, err := wire.PackedIOCs(i, packed)
	if err != nil {
		return 0, err
	}
	if len(content) > wire.MaxDocument {
		return 0, fmt.Errorf("part %d has %d bytes", i.Part, len(content))
	}
	part, err := wire.DecodeIOCs(content)
	if err != nil {
		return 0, err
	}
	_, err = s.Apply(version, part)
	return len(content), err
}
