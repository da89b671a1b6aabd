package procfs

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

// MaxArgs is how much of the arguments is kept, bytes.
const MaxArgs = 28 << 10

const unset = "4294967295" // a login user id or audit session that was never set

// Read returns the sections of a process as it is now, in an event without a
// kind whose time is the start of the process. The parent has only its id and
// pid. ErrGone when the process ended meanwhile.
func (f *FS) Read(pid int64) (*event.Event, error) {
	before, err := f.Stat(pid)
	if err != nil {
		return nil, err
	}
	return f.ReadAs(before)
}

// ReadAs is Read for a process whose stat was read before; ErrGone when the
// pid belongs to another process by now.
func (f *FS) ReadAs(s Stat) (*event.Event, error) {
	e := &event.Event{Time: f.Wall(s.Start)}
	p := &event.Process{
		EntityID: f.entity(s), PID: s.PID, Name: s.Comm, Start: e.Time,
		SessionID: s.Session, GroupID: s.Group, TTY: terminal(s.TTY),
	}
	e.Process = p
	f.image(e, s)
	if err := f.credentials(e); err != nil {
		return nil, err
	}
	f.placement(e)
	f.parent(p, s)
	after, err := f.Stat(s.PID)
	if err != nil {
		return nil, err
	}
	if after.Start != s.Start {
		return nil, fmt.Errorf("%w: pid %d is another process now", ErrGone, s.PID)
	}
	return e, nil
}

// image fills in what is executed: executable, arguments, directory.
func (f *FS) image(e *event.Event, s Stat) {
	p := e.Process
	if s.Kernel {
		return
	}
	if text, err := f.read(p.PID, "cmdline", 4*MaxArgs); err == nil {
		p.Args, p.CommandLine, p.ArgsCount = SplitArgs(text)
		p.ArgsSize = max(s.ArgsSize, int64(len(text)))
	}
	p.WorkingDirectory, _ = os.Readlink(f.Path(p.PID, "cwd"))
	exe, err := os.Readlink(f.Path(p.PID, "exe"))
	if err != nil {
		return
	}
	var st unix.Stat_t
	if unix.Stat(f.Path(p.PID, "exe"), &st) == nil {
		if st.Nlink == 0 {
			exe = strings.TrimSuffix(exe, " (deleted)")
			p.MemoryBacked = true
		}
		e.File = FileOf(exe, &st)
	}
	p.Executable, p.Name = exe, path.Base(exe)
}

// SplitArgs splits the text of /proc/PID/cmdline and joins it with blanks. The
// arguments are parts of the line. count is 0 when the text may have been cut
// by the reader.
func SplitArgs(text []byte) (args []string, line string, count int64) {
	if len(text) == 0 {
		return nil, "", 0
	}
	if len(text) < 4*MaxArgs {
		count = int64(bytes.Count(bytes.TrimSuffix(text, []byte{0}), []byte{0})) + 1
	}
	text = bytes.TrimSuffix(text[:min(len(text), MaxArgs)], []byte{0})
	joined := bytes.ReplaceAll(text, []byte{0}, []byte{' '})
	line = string(joined)
	from := 0
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == 0 {
			args = append(args, line[from:i])
			from = i + 1
		}
	}
	return args, line, count
}

// FileOf describes a regular file.
func FileOf(name string, st *unix.Stat_t) *event.File {
	return &event.File{
		Path: name, Type: "file", Size: event.Some(st.Size), Mode: fmt.Sprintf("%04o", st.Mode&0o7777),
		UID: strconv.FormatUint(uint64(st.Uid), 10), GID: strconv.FormatUint(uint64(st.Gid), 10),
		Inode: int64(st.Ino), Device: KernelDevice(uint64(st.Dev)), Links: event.Some(int64(st.Nlink)),
		Modified: event.Time(st.Mtim.Nano()), Changed: event.Time(st.Ctim.Nano()),
	}
}

// KernelDevice converts a device number of stat(2) to the kernel's own form.
func KernelDevice(dev uint64) int64 {
	return int64(unix.Major(dev))<<20 | int64(unix.Minor(dev))
}

// credentials fills in the user, capabilities and audit ids.
func (f *FS) credentials(e *event.Event) error {
	p := e.Process
	text, err := f.read(p.PID, "status", 16<<10)
	if err != nil {
		return err
	}
	s, err := ParseStatus(text)
	if err != nil {
		return fmt.Errorf("read process %d: %w", p.PID, err)
	}
	e.User = &event.User{ID: s.UID, GroupID: s.GID, EffectiveID: s.EUID, EffectiveGroupID: s.EGID}
	p.Capabilities = s.Capabilities
	if s.NSPID != p.PID {
		p.NSPID = s.NSPID
	}
	p.AuditUserID, p.AuditSessionID = f.audit(p.PID, "loginuid"), f.audit(p.PID, "sessionid")
	return nil
}

func (f *FS) audit(pid int64, name string) string {
	text, err := f.read(pid, name, 16)
	if id := strings.TrimSpace(string(text)); err == nil && id != unset {
		return id
	}
	return ""
}

// placement fills in cgroup, container and namespaces.
func (f *FS) placement(e *event.Event) {
	p := e.Process
	if text, err := f.read(p.PID, "cgroup", 64<<10); err == nil {
		c := ParseCgroups(text)
		p.CgroupPath, e.ContainerID = c.Path, c.Container
		if dir, ok := f.cgroups.Directory(c.Path); ok && c.Path != "" {
			var st unix.Stat_t
			if unix.Stat(dir, &st) == nil {
				p.CgroupID = int64(st.Ino)
			}
		}
	}
	n := event.Namespaces{
		PID: f.namespace(p.PID, "ns/pid"), Mount: f.namespace(p.PID, "ns/mnt"),
		Net: f.namespace(p.PID, "ns/net"), UTS: f.namespace(p.PID, "ns/uts"),
	}
	if n != (event.Namespaces{}) {
		p.Namespaces = &n
	}
}

func (f *FS) namespace(pid int64, name string) int64 {
	link, err := os.Readlink(f.Path(pid, name))
	if err != nil {
		return 0
	}
	_, number, _ := strings.Cut(link, "[")
	n, _ := strconv.ParseInt(strings.TrimSuffix(number, "]"), 10, 64)
	return n
}

func (f *FS) parent(p *event.Process, s Stat) {
	if s.Parent == 0 {
		return
	}
	p.Parent = &event.Parent{PID: s.Parent}
	if ps, err := f.Stat(s.Parent); err == nil && ps.Start <= s.Start {
		p.Parent.EntityID, p.Parent.Name = f.entity(ps), ps.Comm
	}
}
