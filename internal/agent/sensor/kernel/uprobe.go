package kernel

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// Uprobe is a place in a program or library at which a program of ours is
// called, in each process that comes there.
//
// Mind what that means. The kernel puts a breakpoint into the page of the file,
// which all who map it share: EVERY process of the host that comes there pays
// about a microsecond (twice that with Return), whatever our scope is. A scope
// bounds only what is told, by in_scope() at the beginning of the program. So a
// Kernel with a scope refuses files outside Options.Private, of which the
// caller says that only the scope's processes map them. A copy is another file
// and has no breakpoint; what is on an overlay is the file below it, unless it
// was written to above.
type Uprobe struct {
	File   string // ELF program or library; /proc/PID/root/... for that of another mount namespace
	Symbol string // function; "" is the beginning of the file
	Offset uint64 // bytes from there
	Return bool   // when the function returns: USER_RETURN has what
	Cookie uint64 // what bpf_get_attach_cookie gives, to tell several files apart
}

func (u Uprobe) String() string { return u.Symbol + " of " + u.File }

// Uprobe has a program with SEC("uprobe") or SEC("uretprobe") called at a
// place, until what it returns is closed. One program may be at many places.
// The error is ErrNoSymbol when the file has no such function, fs.ErrNotExist
// when there is no such file, and ErrNotSupported when the kernel has no
// uprobes or the scope forbids the file. It is for a Source's Hook; a running
// sensor adds places by Programs.Uprobe.
func (k *Kernel) Uprobe(p *ebpf.Program, at Uprobe) (io.Closer, error) {
	f, err := openRegular(at.File)
	if err != nil {
		return nil, fmt.Errorf("attach to %s: %w", at, err)
	}
	defer f.Close()
	if err := k.mayProbe(at.File); err != nil {
		return nil, fmt.Errorf("attach to %s: %w", at, err)
	}
	offset := at.Offset
	if at.Symbol != "" {
		start, err := symbolOffset(f, at.Symbol)
		if err != nil {
			return nil, fmt.Errorf("attach to %s: %w", at, err)
		}
		offset += start
	}
	if offset == 0 {
		return nil, fmt.Errorf("attach to %s: neither a function nor an offset is given", at)
	}
	// By descriptor: the file whose symbols were read, whatever its name means now.
	ex, err := link.OpenExecutable(fmt.Sprintf("%s/self/fd/%d", k.o.Proc, f.Fd()))
	if err != nil {
		return nil, fmt.Errorf("attach to %s: %w", at, err)
	}
	attach := ex.Uprobe
	if at.Return {
		attach = ex.Uretprobe
	}
	l, err := attach("", p, &link.UprobeOptions{Address: offset, Cookie: at.Cookie})
	if errors.Is(err, link.ErrNotSupported) {
		return nil, fmt.Errorf("attach to %s: %w: the kernel has no uprobes (CONFIG_UPROBE_EVENTS): %w", at, ErrNotSupported, err)
	}
	if err != nil {
		return nil, refused("attach to "+at.String(), err)
	}
	return l, nil
}

// openRegular opens a regular file, and nothing that could wait or act.
func openRegular(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// mayProbe refuses files that processes outside the scope may map.
func (k *Kernel) mayProbe(name string) error {
	if !k.Scoped() {
		return nil
	}
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(k.o.Private, func(dir string) bool {
		return strings.HasPrefix(real, strings.TrimSuffix(dir, "/")+"/")
	}) {
		return nil
	}
	return fmt.Errorf("%w: a probe of %s would stop every process of the host that maps the file, and the agent guards only its scope", ErrNotSupported, real)
}

// Uprobe has a loaded program called at one more place while the sensor runs:
// the library of a container that just started, say. Its Hook returned nil for
// it, or placed it before. The place is left when what it returns is closed, or
// with p.
func (p *Programs) Uprobe(name string, at Uprobe) (io.Closer, error) {
	prog := p.coll.Programs[name]
	if prog == nil {
		return nil, fmt.Errorf("attach %s: no such program", name)
	}
	l, err := p.k.Uprobe(prog, at)
	if err != nil {
		return nil, err
	}
	p.linksMu.Lock()
	defer p.linksMu.Unlock()
	if p.ended {
		return nil, errors.Join(fmt.Errorf("attach %s: the sensor ended", name), l.Close())
	}
	placed := &place{p, l}
	p.links = append(p.links, placed)
	return placed, nil
}

// place is a program at one place of a running sensor.
type place struct {
	p *Programs
	l io.Closer
}

// Close takes the program away from its place.
func (a *place) Close() error {
	a.p.linksMu.Lock()
	defer a.p.linksMu.Unlock()
	i := slices.Index(a.p.links, io.Closer(a))
	if i < 0 {
		return nil // Programs.Close was faster
	}
	a.p.links = slices.Delete(a.p.links, i, i+1)
	return a.l.Close()
}
