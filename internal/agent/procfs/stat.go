package procfs

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/vedette-edr/vedette/internal/event"
)

var (
	errStat   = errors.New("malformed /proc/PID/stat")
	errStatus = errors.New("malformed /proc/PID/status")
)

const (
	kernelThread = 0x00200000 // PF_KTHREAD
	statStart    = 19         // starttime, counted from the state after the name
)

// Stat is what /proc/PID/stat says of a process.
type Stat struct {
	PID     int64
	Comm    string
	State   byte
	Parent  int64
	Group   int64
	Session int64
	TTY     int64  // device number of the controlling terminal, 0 none
	Kernel  bool   // a kernel thread
	Start   uint64 // nanoseconds since boot, cut to event.EntityTick
	// Image tells one executed program from the next of the same process: where
	// code, stack and arguments begin. All 0 when the reader may not trace the
	// process.
	Image    [3]uint64
	ArgsSize int64 // bytes of the arguments; 0 when the reader may not trace
}

// ParseStat reads the text of /proc/PID/stat. The name may hold any byte; it
// ends at the last ")".
func ParseStat(text []byte) (Stat, error) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 1 || end < open || end+2 > len(text) {
		return Stat{}, errStat
	}
	s := Stat{Comm: string(text[open+1 : end])}
	var err error
	if s.PID, err = strconv.ParseInt(string(bytes.TrimSpace(text[:open])), 10, 64); err != nil || s.PID <= 0 {
		return Stat{}, errStat
	}
	f := bytes.Fields(text[end+1:])
	if len(f) <= statStart || len(f[0]) != 1 {
		return Stat{}, errStat
	}
	s.State = f[0][0]
	n := make([]uint64, len(f))
	for i := 1; i < len(f); i++ {
		if f[i][0] == '-' { // tpgid, priority, nice and others that are not used
			continue
		}
		if n[i], err = strconv.ParseUint(string(f[i]), 10, 64); err != nil {
			return Stat{}, errStat
		}
	}
	s.Parent, s.Group, s.Session, s.TTY = int64(n[1]), int64(n[2]), int64(n[3]), int64(n[4])
	s.Kernel = n[6]&kernelThread != 0
	s.Start = n[statStart] * uint64(event.EntityTick)
	if len(f) > 46 {
		s.Image = [3]uint64{n[23], n[25], n[45]}
		if n[46] > n[45] {
			s.ArgsSize = int64(n[46] - n[45])
		}
	}
	return s, nil
}

// terminal names a terminal's device number as the kernel does: pts0, tty1.
func terminal(dev int64) string {
	major, minor := dev>>8&0xfff, dev&0xff|dev>>12&0xfff00
	switch {
	case dev == 0:
		return ""
	case major >= 136 && major <= 143:
		return "pts" + strconv.FormatInt((major-136)<<20|minor, 10)
	case major == 4 && minor < 64:
		return "tty" + strconv.FormatInt(minor, 10)
	case major == 4:
		return "ttyS" + strconv.FormatInt(minor-64, 10)
	case major == 204:
		return "ttyAMA" + strconv.FormatInt(minor-64, 10)
	case major == 229:
		return "hvc" + strconv.FormatInt(minor, 10)
	case major == 5 && minor == 1:
		return "console"
	}
	return strconv.FormatInt(major, 10) + ":" + strconv.FormatInt(minor, 10)
}

// Status is what /proc/PID/status says of a process.
type Status struct {
	UID, EUID    string
	GID, EGID    string
	NSPID        int64  // pid in the innermost namespace, when it differs
	Capabilities string // effective set, 16 hexadecimal digits
}

// ParseStatus reads the text of /proc/PID/status; unknown lines are skipped.
func ParseStatus(text []byte) (Status, error) {
	var s Status
	for line := range bytes.Lines(text) {
		key, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		f := bytes.Fields(value)
		switch string(key) {
		case "Uid":
			if len(f) < 2 || !number(f[0]) || !number(f[1]) {
				return Status{}, errStatus
			}
			s.UID, s.EUID = string(f[0]), string(f[1])
		case "Gid":
			if len(f) < 2 || !number(f[0]) || !number(f[1]) {
				return Status{}, errStatus
			}
			s.GID, s.EGID = string(f[0]), string(f[1])
		case "NSpid":
			if len(f) > 1 {
				s.NSPID, _ = strconv.ParseInt(string(f[len(f)-1]), 10, 64)
			}
		case "CapEff":
			if len(f) == 1 && len(f[0]) == 16 {
				s.Capabilities = string(f[0])
			}
		}
	}
	if s.UID == "" || s.GID == "" {
		return Status{}, errStatus
	}
	return s, nil
}

func number(b []byte) bool {
	_, err := strconv.ParseUint(string(b), 10, 32)
	return err == nil
}
