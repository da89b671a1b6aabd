// Package health reads how much the agent and its host use: processor, memory,
// disk and network. It keeps nothing.
package health

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/vedette-edr/vedette/internal/event"
)

// Read returns what can be read below proc, where procfs is mounted; what
// cannot be read stays zero. CPUPercent is left to the caller.
func Read(proc string) event.Status {
	s := event.Status{
		CPUMillis:    OwnCPU().Milliseconds(),
		ResidentSize: OwnMemory(),
	}
	memory := table(filepath.Join(proc, "meminfo"))
	s.MemoryTotal = memory["MemTotal"] << 10
	s.MemoryUsed = s.MemoryTotal - memory["MemAvailable"]<<10
	var fs syscall.Statfs_t
	if syscall.Statfs("/", &fs) == nil {
		s.DiskTotal = int64(fs.Blocks) * fs.Bsize
		s.DiskUsed = int64(fs.Blocks-fs.Bfree) * fs.Bsize
	}
	if text, err := os.ReadFile(filepath.Join(proc, "uptime")); err == nil {
		up, _ := strconv.ParseFloat(first(string(text)), 64) // a text that is no number counts as 0
		s.Uptime = int64(up)
	}
	s.NetReceived, s.NetSent = network(filepath.Join(proc, "net/dev"))
	return s
}

func first(s string) string {
	f := strings.Fields(s)
	if len(f) == 0 {
		return ""
	}
	return f[0]
}

// table reads lines of the form "Name:  number unit".
func table(path string) map[string]int64 {
	out := map[string]int64{}
	eachLine(path, func(line string) {
		name, rest, ok := strings.Cut(line, ":")
		if n, err := strconv.ParseInt(first(rest), 10, 64); ok && err == nil {
			out[name] = n
		}
	})
	return out
}

// network sums the bytes over all interfaces but the loopback.
func network(path string) (received, sent int64) {
	eachLine(path, func(line string) {
		name, rest, ok := strings.Cut(line, ":")
		f := strings.Fields(rest)
		if !ok || strings.TrimSpace(name) == "lo" || len(f) < 9 {
			return
		}
		r, err := strconv.ParseInt(f[0], 10, 64)
		s, err2 := strconv.ParseInt(f[8], 10, 64)
		if err == nil && err2 == nil {
			received, sent = received+r, sent+s
		}
	})
	return received, sent
}

func eachLine(path string, do func(string)) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		do(lines.Text())
	}
}
