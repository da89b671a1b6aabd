package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Cookies of the places of the program.
const (
	atBash     = 1
	atReadline = 2 // the library, which other programs use too
	atZle      = 3 // the line editor of zsh, a library
)

const (
	onLine    = "on_line"
	maxPlaces = 64
)

// lines are the programs at shells, while typed lines are told.
type lines struct {
	programs *kernel.Programs
	probes   *kernel.Probes
	broken   chan error // the ring is no longer read
	stop     context.CancelFunc
	done     chan struct{} // closed when nobody waits for broken any more
	why      error         // of the last file that could not be probed
	full     bool          // a shell is not probed because there are too many
}

func isShell(name string) bool { return name == "bash" || name == "rbash" || name == "zsh" }

// turn tells typed lines or ceases to, as the policy wants it, and returns what
// is not seen.
func (s *Sensor) turn() []string {
	if !s.typing.Load() {
		if err := s.quiet(); err != nil {
			return []string{fmt.Sprintf("lines as they are typed (%v)", err)}
		}
		return nil // as the policy wants it; see Detail
	}
	if s.lines != nil {
		return s.lines.unseen()
	}
	l, err := s.listen()
	if err != nil {
		return []string{fmt.Sprintf("lines as they are typed (%v)", err)}
	}
	s.lines = l
	l.host(s.o.Root)
	l.running(s.proc)
	if l.probes.Count() == 0 {
		return []string{fmt.Sprintf("lines as they are typed in shells that run already (%v)", l.why)}
	}
	return l.unseen()
}

// unseen says what is not seen although typed lines are told.
func (l *lines) unseen() []string {
	if !l.full {
		return nil
	}
	return []string{fmt.Sprintf("lines as they are typed in more than %d different shells", maxPlaces)}
}

// quiet ends the telling of typed lines.
func (s *Sensor) quiet() error {
	if s.lines == nil {
		return nil
	}
	l := s.lines
	s.lines = nil
	l.stop()
	<-l.done
	return l.programs.Close()
}

func (s *Sensor) listen() (*lines, error) {
	k := s.o.Kernel
	if k == nil {
		return nil, kernel.NotOpen(s.o.Reason)
	}
	spec, err := loadProgram()
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	d, emit := &decoder{clock: k, texts: kernel.NewTexts()}, s.emit
	programs, err := k.Attach(kernel.Source{
		ID: kernel.Shell, Spec: spec,
		Hook: func(string, *ebpf.Program) (io.Closer, error) { return nil, nil },
		Handle: func(r kernel.Record) error {
			e, err := d.decode(r)
			if e != nil {
				emit(e)
			}
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &lines{
		programs: programs, probes: kernel.NewProbes(kernel.ProbesOptions{Proc: s.proc.Root(), Most: maxPlaces}), broken: make(chan error, 1), stop: stop,
		done: make(chan struct{}), why: errors.New("there is none"),
	}
	go func() { // ends with stop
		defer close(l.done)
		if err := k.Wait(ctx); err != nil {
			l.broken <- err
		}
	}()
	return l, nil
}

// at places the program at a function of a file, once for each file. It reports
// whether the file has the function.
func (l *lines) at(file, function string, cookie uint64) bool {
	has, err := l.probes.Add(file, func(file string) ([]io.Closer, error) {
		p, err := l.programs.Uprobe(onLine, kernel.Uprobe{File: file, Symbol: function, Return: true, Cookie: cookie})
		if err != nil {
			l.why = err
			return nil, nil // it is not tried again for each process of that file
		}
		return []io.Closer{p}, nil
	})
	if errors.Is(err, kernel.ErrFull) {
		l.full, l.why = true, fmt.Errorf("more than %d different shells", maxPlaces)
	}
	return has
}

// host probes the shells of a root folder.
func (l *lines) host(root string) {
	whole := false
	for _, name := range []string{"bin/bash", "usr/bin/bash", "usr/local/bin/bash"} {
		file := filepath.Join(root, name)
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		whole = l.at(file, "readline", atBash) || whole
	}
	if !whole {
		l.library(root, "libreadline.so.?", "readline", atReadline)
	}
	l.library(root, "zsh/*/zsh/zle.so", "zleread", atZle)
}

// library probes a library in the folders that have them.
func (l *lines) library(root, pattern, function string, cookie uint64) {
	for _, dir := range []string{"lib", "lib64", "usr/lib", "usr/lib64", "lib/*-linux-gnu*", "usr/lib/*-linux-gnu*"} {
		found, _ := filepath.Glob(filepath.Join(root, dir, pattern)) // the pattern is good
		for _, file := range found[:min(len(found), 8)] {
			l.at(file, function, cookie)
		}
	}
}

// running probes the shells of processes that run already.
func (l *lines) running(proc *procfs.FS) {
	pids, err := proc.PIDs()
	if err != nil {
		return
	}
	for _, pid := range pids {
		exe, err := os.Readlink(proc.Path(pid, "exe"))
		if err == nil && isShell(filepath.Base(strings.TrimSuffix(exe, " (deleted)"))) {
			l.follow(proc, &event.Process{PID: pid, Name: filepath.Base(exe)})
		}
	}
}

// follow probes the shell of a process, wherever its files are.
func (l *lines) follow(proc *procfs.FS, p *event.Process) {
	if p.Name != "zsh" && l.at(proc.Path(p.PID, "exe"), "readline", atBash) {
		return
	}
	if root := proc.Path(p.PID, "root"); p.Name == "zsh" {
		l.library(root, "zsh/*/zsh/zle.so", "zleread", atZle)
	} else {
		l.library(root, "libreadline.so.?", "readline", atReadline)
	}
}
