package rig

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Cgroup makes a cgroup below the sandbox's and returns its directory.
func Cgroup(name string) (string, error) {
	scope := os.Getenv("VEDETTE_SCOPE")
	if os.Getenv("VEDETTE_SANDBOX") != "1" || scope == "" {
		return "", errors.New("not in the sandbox: run it with `make sandbox CMD='...'`")
	}
	dir := filepath.Join(scope, name)
	if err := os.Mkdir(dir, 0o755); err != nil && !os.IsExist(err) {
		return "", fmt.Errorf("make cgroup: %w", err)
	}
	return dir, nil
}

// In returns the attributes that start a process inside a cgroup, without a
// moment outside it. The file must stay open until the process has started.
func In(cgroup string) (*syscall.SysProcAttr, *os.File, error) {
	f, err := os.Open(cgroup)
	if err != nil {
		return nil, nil, fmt.Errorf("open cgroup: %w", err)
	}
	return &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(f.Fd())}, f, nil
}

// Static writes the smallest program there is, one that ends at once, and
// returns its path, which is in the sandbox's own /opt: no rule finds it
// remarkable. Its executions cost little, so that the cost of sensing shows.
func Static() (string, error) {
	const dir = "/opt/vedette-rig"
	if os.Getenv("VEDETTE_SANDBOX") != "1" {
		return "", errors.New("not in the sandbox: run it with `make sandbox CMD='...'`")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if runtime.GOARCH != "amd64" {
		return "", fmt.Errorf("no static victim for %s", runtime.GOARCH)
	}
	code := []byte{0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05} // mov eax,60; xor edi,edi; syscall
	const base, size = 0x400000, 64 + 56
	elf := []byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	u16 := func(v uint16) { elf = append(elf, byte(v), byte(v>>8)) }
	u32 := func(v uint32) { u16(uint16(v)); u16(uint16(v >> 16)) }
	u64 := func(v uint64) { u32(uint32(v)); u32(uint32(v >> 32)) }
	u16(2)           // executable
	u16(62)          // x86-64
	u32(1)           // version
	u64(base + size) // entry
	u64(64)          // program headers
	u64(0)           // section headers
	u32(0)           // flags
	u16(64)
	u16(56)
	u16(1)
	u16(0)
	u16(0)
	u16(0)
	u32(1) // load
	u32(5) // read, execute
	u64(0)
	u64(base)
	u64(base)
	u64(uint64(size + len(code)))
	u64(uint64(size + len(code)))
	u64(0x1000)
	path := filepath.Join(dir, "victim")
	return path, os.WriteFile(path, append(elf, code...), 0o755)
}

// Spawned is what a forker did.
type Spawned struct {
	Count   int             `json:"count"`
	Each    []time.Duration `json:"each"` // CPU of each spawn: of the thread that spawns, and of the child
	Wall    time.Duration   `json:"wall"` // from the first to the last
	Begin   time.Time       `json:"begin"`
	End     time.Time       `json:"end"`
	Refused int             `json:"refused"` // could not be started
}

// forkerArg makes this program the forker; see Forker.
const forkerArg = "__forker"

// Forker must be the first thing in main of a program that calls Spawn.
func Forker() {
	if len(os.Args) < 5 || os.Args[1] != forkerArg {
		return
	}
	count, err1 := strconv.Atoi(os.Args[2])
	rate, err2 := strconv.Atoi(os.Args[3])
	if err := errors.Join(err1, err2); err != nil {
		fmt.Fprintln(os.Stderr, "forker:", err)
		os.Exit(2)
	}
	s := fork(count, rate, os.Args[4:])
	if err := json.NewEncoder(os.Stdout).Encode(s); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

func fork(count, rate int, argv []string) Spawned {
	runtime.LockOSThread()
	s := Spawned{Begin: time.Now()}
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, "forker:", err)
		os.Exit(1)
	}
	attr := &syscall.ProcAttr{Files: []uintptr{null.Fd(), null.Fd(), null.Fd()}, Env: []string{"PATH=/usr/bin:/bin"}}
	for i := range count {
		if rate > 0 {
			due := s.Begin.Add(time.Duration(i) * time.Second / time.Duration(rate))
			if d := time.Until(due); d > 0 {
				time.Sleep(d)
			}
		}
		args := argv
		if strings.Contains(strings.Join(argv, " "), "%d") {
			args = make([]string, len(argv))
			for k, a := range argv {
				args[k] = strings.ReplaceAll(a, "%d", strconv.Itoa(i))
			}
		}
		before := threadCPU()
		pid, err := syscall.ForkExec(args[0], args, attr)
		if err != nil {
			s.Refused++
			continue
		}
		s.Count++
		var u syscall.Rusage
		if _, err := syscall.Wait4(pid, nil, 0, &u); err != nil {
			s.Refused++
		}
		s.Each = append(s.Each, threadCPU()-before+time.Duration(u.Utime.Nano()+u.Stime.Nano()))
	}
	s.End = time.Now()
	s.Wall = s.End.Sub(s.Begin)
	return s
}

// threadCPU returns the CPU time of the calling thread so far.
func threadCPU() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// Spawn runs argv count times, one after the other, in a cgroup; rate is a
// bound per second, 0 for full speed. "%d" in argv becomes the number of the
// run.
func Spawn(cgroup string, count, rate int, argv ...string) (Spawned, error) {
	self, err := os.Executable()
	if err != nil {
		return Spawned{}, err
	}
	attr, f, err := In(cgroup)
	if err != nil {
		return Spawned{}, err
	}
	defer f.Close()
	cmd := exec.Command(self, append([]string{forkerArg, strconv.Itoa(count), strconv.Itoa(rate)}, argv...)...)
	cmd.SysProcAttr = attr
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return Spawned{}, fmt.Errorf("run forker: %w", err)
	}
	var s Spawned
	if err := json.Unmarshal(out, &s); err != nil {
		return s, fmt.Errorf("read forker's answer: %w", err)
	}
	return s, nil
}

// CPU returns the CPU time of a process so far, to the nanosecond, from the
// scheduler's statistics of its threads; those that ended are not in it.
func CPU(pid int) (time.Duration, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("read CPU time of %d: no such process", pid)
	}
	var sum time.Duration
	for _, t := range threads {
		text, err := os.ReadFile(t)
		if err != nil {
			continue
		}
		n, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", t, err)
		}
		sum += time.Duration(n)
	}
	return sum, nil
}

// RSS returns the resident memory of a process in bytes.
func RSS(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
