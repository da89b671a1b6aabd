package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
)

// library is the name under which programs load PAM.
const library = "libpam.so.0"

// libraryFolders are where distributions keep it.
func libraryFolders() []string {
	return []string{
		"/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
		"/lib64", "/usr/lib64", "/lib", "/usr/lib",
	}
}

// findLibraries returns the libraries of PAM of the host, each file once.
func findLibraries(root string) []string {
	var out []string
	seen := map[string]bool{}
	for _, dir := range libraryFolders() {
		real, err := filepath.EvalSymlinks(filepath.Join(root, dir, library))
		if err == nil && !seen[real] {
			seen[real] = true
			out = append(out, real)
		}
	}
	return out
}

// place is a function of the library that is watched.
type place struct {
	symbol   string
	cookie   uint64
	returns  bool
	optional bool // older libraries lack it
}

func places() []place {
	return []place{
		{"pam_start", pamStart, true, false},
		{"pam_start_confdir", pamStartConfdir, true, true},
		{"pam_authenticate", pamAuthenticate, true, false},
		{"pam_acct_mgmt", pamAccount, true, false},
		{"pam_open_session", pamOpen, true, false},
		{"pam_close_session", pamClose, true, false},
		{"pam_get_authtok", pamAsk, false, true},
	}
}

// Names of the programs.
const (
	atCall   = "on_pam_call"
	atReturn = "on_pam_return"
)

// pam is the rung of the library of PAM.
type pam struct {
	kernel    *kernel.Kernel
	programs  *kernel.Programs
	libraries func() []string
	probes    *kernel.Probes
}

// openPAM attaches to the libraries that there are.
func (s *Sensor) openPAM(take func(*sighting)) (*pam, error) {
	if s.o.Kernel == nil {
		return nil, kernel.NotOpen(s.o.Reason)
	}
	spec, err := loadProgram()
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	d := &pamDecoder{kernel: s.o.Kernel, texts: kernel.NewTexts(), proved: map[int64]proof{}}
	programs, err := s.o.Kernel.Attach(kernel.Source{
		ID: kernel.Auth, Spec: spec,
		Handle: func(r kernel.Record) error {
			seen, err := d.decode(r)
			if err == nil && seen != nil {
				take(seen)
			}
			return err
		},
		Hook: func(string, *ebpf.Program) (io.Closer, error) { return nil, nil }, // placed by watch
	})
	if err != nil {
		return nil, err
	}
	p := newPAM(s.o, programs)
	if err := p.watch(); p.probes.Count() == 0 {
		return nil, errors.Join(err, programs.Close())
	}
	return p, nil
}

func newPAM(o Options, programs *kernel.Programs) *pam {
	p := &pam{kernel: o.Kernel, programs: programs, libraries: o.Libraries}
	p.probes = kernel.NewProbes(kernel.ProbesOptions{Proc: o.Proc})
	return p
}

// watch attaches to libraries that are new, as after an upgrade; those before
// are left when no program has them any more.
func (p *pam) watch() error {
	var errs []error
	libraries := p.libraries()
	if len(libraries) == 0 {
		errs = append(errs, fmt.Errorf("%w: there is no %s", sensor.ErrNotSupported, library))
	}
	for _, path := range libraries {
		_, err := p.probes.Add(path, p.place)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, p.probes.Look())...)
}

// place places the programs at the functions of one library.
func (p *pam) place(path string) ([]io.Closer, error) {
	var placed []io.Closer
	for _, at := range places() {
		call := kernel.Uprobe{File: path, Symbol: at.symbol, Cookie: at.cookie}
		back := call
		back.Return = true
		if at.cookie == pamStartConfdir {
			back.Cookie = pamStart
		}
		for name, u := range map[string]kernel.Uprobe{atCall: call, atReturn: back} {
			if u.Return && !at.returns {
				continue
			}
			l, err := p.programs.Uprobe(name, u)
			if at.optional && errors.Is(err, kernel.ErrNoSymbol) {
				continue
			}
			if err != nil {
				for _, l := range placed {
					err = errors.Join(err, l.Close())
				}
				return nil, err
			}
			placed = append(placed, l)
		}
	}
	return placed, nil
}

// run waits until ctx is done or the kernel's side ends.
func (p *pam) run(ctx context.Context) error {
	return errors.Join(p.kernel.Wait(ctx), p.programs.Close())
}
