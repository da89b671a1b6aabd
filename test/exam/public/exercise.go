package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// stepLimit bounds an option of the exerciser: the processor is emulated, and
// two options compile.
const stepLimit = 4 * time.Minute

// step is one option of the exerciser, as it was run.
type step struct {
	Option string `json:"option"`
	PID    int64  `json:"pid"`
	Begin  int64  `json:"begin"` // nanoseconds since 1970
	End    int64  `json:"end"`
	Output string `json:"output"`
	Ended  string `json:"ended,omitempty"` // why it did not end well
}

// exercise runs options one after the other.
func exercise(folder string, options []string) []step {
	var steps []step
	for _, o := range options {
		s := once(folder, o)
		steps = append(steps, s)
		fmt.Printf("public-step: %s of %d took %.1f s %s\n", s.Option, s.PID, float64(s.End-s.Begin)/1e9, s.Ended)
		for lines := bufio.NewScanner(strings.NewReader(s.Output)); lines.Scan(); {
			fmt.Printf("public-out: %q\n", lines.Text())
		}
	}
	return steps
}

func once(folder, option string) step {
	var out bytes.Buffer
	c := exec.Command("python3", "lnx_telem_gen.py", option)
	c.Dir, c.Stdout, c.Stderr = folder, &out, &out
	c.Env = append(c.Environ(), "PYTHONUNBUFFERED=1") // with PWD, which its Makefile uses
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.WaitDelay = 5 * time.Second
	s := step{Option: option, Begin: time.Now().UnixNano()}
	if err := c.Start(); err != nil {
		s.Ended = err.Error()
		return s
	}
	s.PID = int64(c.Process.Pid)
	// It has a group of its own, so that its children end with it.
	limit := time.AfterFunc(stepLimit, func() { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) })
	stop, said := make(chan struct{}), make(chan string, 1)
	go func() {
		said <- watchLines(account, []string{"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"}, stop)
	}()
	if err := c.Wait(); err != nil {
		s.Ended = err.Error()
	}
	if !limit.Stop() {
		s.Ended = fmt.Sprintf("ended after %s", stepLimit)
	}
	s.End = time.Now().UnixNano()
	close(stop)
	s.Output = out.String() + <-said
	return s
}
