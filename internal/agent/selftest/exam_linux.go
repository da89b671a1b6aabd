package selftest

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/selftest/act"
	"github.com/vedette-edr/vedette/internal/event"
)

// ErrNoRow says that there is no row of a name.
var ErrNoRow = errors.New("there is no such row")

// Run takes the exam: each act is done when the one before is done and, where
// the next one changes the same thing, when its events came or had their time.
func Run(ctx context.Context, o Options) (Report, error) {
	o.Wait = cmp.Or(o.Wait, 5*time.Second)
	o.Await = cmp.Or(o.Await, o.Wait)
	rows, err := Find(o.Row)
	if err != nil {
		return Report{}, err
	}
	// What the kernel does when this process ends it does when the thread ends
	// that started the other.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	h, err := start(ctx, o)
	if err != nil {
		return Report{}, err
	}
	x := exam{o: o, hand: h, judge: newJudge(time.Now().UnixNano()), tap: NewTap(int64(h.cmd.Process.Pid))}
	detach, err := o.Attach(x.tap)
	if err != nil {
		return Report{}, errors.Join(err, h.end())
	}
	defer detach()
	if err = errors.Join(x.take(ctx, rows), h.end()); err != nil {
		return Report{}, err
	}
	// The last that the process does is told under the eyes of the tap too.
	if err := x.gather(ctx, o.Wait, x.ended); err != nil {
		return Report{}, err
	}
	var out Report
	for _, r := range rows {
		row := x.judge.result(r, o.Agent)
		if missed := x.tap.Missed() + x.judge.missed; missed > 0 && !row.Pass && !row.NotExercised {
			row.Note = strings.TrimPrefix(fmt.Sprintf("%s; the exam had no room for %d events", row.Note, missed), "; ")
		}
		out.Rows = append(out.Rows, row)
	}
	out.Summary = summarize(out.Rows)
	out.Summary.Kernel, out.Summary.Version, out.Summary.PolicyHash, out.Summary.Time = o.Kernel, o.Agent.Version, o.Agent.PolicyHash, time.Now().UTC()
	return out, nil
}

// Find returns the row of a name, all of them without one; upper and lower case
// are alike.
func Find(name string) ([]Row, error) {
	if name == "" {
		return Rows(), nil
	}
	for _, r := range Rows() {
		if strings.EqualFold(r.Name, name) {
			return []Row{r}, nil
		}
	}
	var names []string
	for _, r := range Rows() {
		names = append(names, r.Name)
	}
	return nil, fmt.Errorf("%w: %q; the rows are: %s", ErrNoRow, name, strings.Join(names, ", "))
}

// exam is a running exam.
type exam struct {
	o     Options
	hand  *hand
	judge *judge
	tap   *Tap
}

// take does the acts of rows and gathers the events.
func (x *exam) take(ctx context.Context, rows []Row) error {
	began := time.Now()
	for _, name := range acts(rows) {
		done, err := x.act(name)
		if err != nil {
			return err
		}
		d := x.judge.did(done)
		if d.Error != "" || d.Skip != "" {
			continue
		}
		// A quick look only: the slow ones are waited for together at the end.
		if err := x.gather(ctx, x.hold(name), d.whole); err != nil {
			return err
		}
	}
	awaits := slices.ContainsFunc(rows, func(r Row) bool { return r.await })
	if awaits {
		left := x.o.Await - time.Since(began)
		if err := x.gather(ctx, max(left, 0), func() bool { return x.cameAll(rows) }); err != nil {
			return err
		}
	}
	return x.gather(ctx, x.o.Wait, func() bool { return !x.judge.open() })
}

// hold is how long the events of an act are waited for before the next: in full
// where the next one changes the same thing.
func (x *exam) hold(name string) time.Duration {
	for _, p := range []string{"task_", "account_", "service_", "package_", "setting_", "wtmp_"} {
		if strings.HasPrefix(name, p) {
			return x.o.Wait
		}
	}
	return 0
}

// act has the hand do an act, and takes what comes meanwhile: the first act has
// the private place made, for which a kernel without overlays in it copies
// whole folders.
func (x *exam) act(name string) (act.Done, error) {
	type answer struct {
		done act.Done
		err  error
	}
	ended := make(chan answer, 1)
	go func() {
		done, err := x.hand.do(name)
		ended <- answer{done, err}
	}()
	for {
		select {
		case s := <-x.tap.events:
			x.judge.see(s)
		case a := <-ended:
			return a.done, a.err
		}
	}
}

// cameAll reports whether all that others do came.
func (x *exam) cameAll(rows []Row) bool {
	for _, r := range rows {
		if r.await && !x.judge.awaited(Result{}, r).Pass {
			return false
		}
	}
	return true
}

// ended reports whether the end of the process of the exam was told.
func (x *exam) ended() bool {
	return slices.ContainsFunc(x.judge.seen, func(s Seen) bool {
		return s.Event.Kind == event.ProcessEnd && s.Event.Process != nil && s.Event.Process.PID == x.tap.pid
	})
}

// gather takes events for a time, or until there is enough of them.
func (x *exam) gather(ctx context.Context, limit time.Duration, enough func() bool) error {
	late := time.NewTimer(limit)
	defer late.Stop()
	for !enough() {
		select {
		case s := <-x.tap.events:
			x.judge.see(s)
		case <-late.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// acts lists what is to be done for rows, each once.
func acts(rows []Row) []string {
	var out []string
	for _, r := range rows {
		for _, a := range append(before(r), r.acts...) {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// before lists what must have been done for the acts of a row.
func before(r Row) []string {
	switch r.Name {
	case "File Modification":
		return []string{"file_create"}
	case "File Rename":
		return []string{"file_create", "file_write"}
	case "File Deletion":
		return []string{"file_create", "file_write", "file_rename"}
	case "User Account Modified", "User Account Deleted":
		return []string{"account_create", "account_modify"}
	case "Service Modification", "Service Deletion":
		return []string{"service_create", "service_modify", "service_enable", "service_disable"}
	case "Log Tampering":
		return []string{"wtmp_write"}
	case "Package Removed":
		return []string{"package_install"}
	}
	return nil
}

// hand is the process that acts.
type hand struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said *strings.Builder

	placed bool // it made its private place; written by do
}

// start starts the process in namespaces of its own.
func start(ctx context.Context, o Options) (*hand, error) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer proc.Close()
	h := &hand{cmd: exec.CommandContext(ctx, o.Command[0], o.Command[1:]...), said: &strings.Builder{}}
	h.cmd.ExtraFiles = []*os.File{proc}
	h.cmd.Stderr = h.said
	h.cmd.Dir = "/"
	h.cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true, // nothing asks at a terminal
	}
	if o.Cgroup != nil {
		h.cmd.SysProcAttr.UseCgroupFD, h.cmd.SysProcAttr.CgroupFD = true, int(o.Cgroup.Fd())
	}
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	h.out = bufio.NewReader(out)
	if err := h.cmd.Start(); err != nil {
		if errors.Is(err, os.ErrPermission) {
			return nil, fmt.Errorf("start the process of the exam: %w: run as root", err)
		}
		return nil, fmt.Errorf("start the process of the exam: %w", err)
	}
	_ = unix.Setpriority(unix.PRIO_PGRP, h.cmd.Process.Pid, 19) // it runs all the same
	return h, nil
}

// actTime bounds an act, and placeTime what comes before the first: without
// overlays whole folders are copied, and each copy is an event.
const (
	actTime   = 30 * time.Second
	placeTime = 3 * time.Minute
)

// do has an act done. A process that hangs is killed.
func (h *hand) do(name string) (act.Done, error) {
	var d act.Done
	limit := actTime
	if !h.placed {
		limit += placeTime
	}
	guard := time.AfterFunc(limit, func() { _ = h.cmd.Process.Kill() })
	_, err := io.WriteString(h.in, name+"\n")
	if err == nil {
		var line []byte
		if line, err = h.out.ReadBytes('\n'); err == nil {
			err = json.Unmarshal(line, &d)
		}
	}
	if !guard.Stop() && err != nil {
		err = fmt.Errorf("it took more than %v: %w", limit, err)
	}
	h.placed = true
	if err != nil {
		h.in.Close()
		_ = h.cmd.Wait() // why it ended it has said
		return d, fmt.Errorf("the process of the exam ended at %s: %w: %s", name, err, strings.TrimSpace(h.said.String()))
	}
	return d, nil
}

func (h *hand) end() error {
	h.in.Close()
	if h.cmd.ProcessState != nil {
		return nil
	}
	if err := h.cmd.Wait(); err != nil {
		return fmt.Errorf("the process of the exam: %w: %s", err, strings.TrimSpace(h.said.String()))
	}
	return nil
}
