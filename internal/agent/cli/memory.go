package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// startGC is how much may come to what lives before it is collected, percent,
	// during a start, which makes much that is thrown away.
	startGC = 50
	// maxMaps bounds what is read of the list of the agent's own mappings, bytes.
	maxMaps = 1 << 20
)

// started gives back what the start took: memory of the heap, and the pages of
// the program that were read for it; those that are needed again come back from
// the page cache. It leaves the collector to the runtime's own setting: with
// startGC it would take a tenth of the agent's time.
func started() error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(100)
	}
	debug.FreeOSMemory()
	f, err := os.Open(procRoot + "/self/maps")
	if err != nil {
		return fmt.Errorf("give back pages of the program: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxMaps))
	if err != nil {
		return fmt.Errorf("give back pages of the program: %w", err)
	}
	exe, err := os.Readlink(procRoot + "/self/exe")
	if err != nil {
		return fmt.Errorf("give back pages of the program: %w", err)
	}
	var errs []error
	for _, m := range programMappings(text, exe) {
		if _, _, e := unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED); e != 0 {
			errs = append(errs, fmt.Errorf("give back pages of the program: %w", e))
		}
	}
	return errors.Join(errs...)
}

// mapping is a range of addresses.
type mapping struct{ start, end uintptr }

// programMappings returns where a file is mapped and cannot be written, from the
// text of /proc/PID/maps. Lines that are none are skipped.
func programMappings(maps []byte, file string) []mapping {
	var out []mapping
	for line := range bytes.Lines(maps) {
		fields := bytes.Fields(line)
		if len(fields) < 6 || string(fields[5]) != file || len(fields[1]) < 4 || fields[1][0] != 'r' || fields[1][1] != '-' || fields[1][3] != 'p' {
			continue
		}
		from, to, _ := bytes.Cut(fields[0], []byte("-"))
		start, err1 := strconv.ParseUint(string(from), 16, strconv.IntSize)
		end, err2 := strconv.ParseUint(string(to), 16, strconv.IntSize)
		if err1 == nil && err2 == nil && start < end {
			out = append(out, mapping{uintptr(start), uintptr(end)})
		}
	}
	return out
}
