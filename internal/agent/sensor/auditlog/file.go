package auditlog

import (
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/auditd"
)

// call is how a system call about files is told.
type call struct {
	kind event.Kind
	dirs int // which arguments are open directories, bits; 1 is the first
	mode int // argument that is a mode, from 1; 0 is none
	open int // argument that are flags of open
}

// fileCalls lists the calls.
func fileCalls() map[string]call {
	return map[string]call{
		"open": {kind: event.FileCreate, open: 2}, "openat": {kind: event.FileCreate, dirs: 1, open: 3}, "openat2": {kind: event.FileCreate, dirs: 1},
		"creat": {kind: event.FileCreate}, "mknod": {kind: event.FileCreate}, "mknodat": {kind: event.FileCreate, dirs: 1},
		"mkdir": {kind: event.FileCreate}, "mkdirat": {kind: event.FileCreate, dirs: 1},
		"link": {kind: event.FileCreate}, "linkat": {kind: event.FileCreate, dirs: 1 | 4}, "symlink": {kind: event.FileCreate}, "symlinkat": {kind: event.FileCreate, dirs: 2},
		"unlink": {kind: event.FileDelete}, "unlinkat": {kind: event.FileDelete, dirs: 1}, "rmdir": {kind: event.FileDelete},
		"rename": {kind: event.FileRename}, "renameat": {kind: event.FileRename, dirs: 1 | 4}, "renameat2": {kind: event.FileRename, dirs: 1 | 4},
		"truncate": {kind: event.FileWrite}, "ftruncate": {kind: event.FileWrite},
		"chmod": {kind: event.FileChmod, mode: 2}, "fchmod": {kind: event.FileChmod, mode: 2}, "fchmodat": {kind: event.FileChmod, dirs: 1, mode: 3}, "fchmodat2": {kind: event.FileChmod, dirs: 1, mode: 3},
		"chown": {kind: event.FileChown}, "lchown": {kind: event.FileChown}, "fchown": {kind: event.FileChown}, "fchownat": {kind: event.FileChown, dirs: 1},
		"setxattr": {kind: event.FileXattr}, "lsetxattr": {kind: event.FileXattr}, "fsetxattr": {kind: event.FileXattr},
		"removexattr": {kind: event.FileXattr}, "lremovexattr": {kind: event.FileXattr}, "fremovexattr": {kind: event.FileXattr},
	}
}

// files tells what a call did to files: what was created and removed by the
// kind of each path, the rest by the call.
func (r *reader) files(e *auditd.Event) []*event.Event {
	name := e.Call()
	c, ok := r.calls[name]
	if !ok || e.Syscall.Get("success") == "no" {
		return nil
	}
	first, ok := r.begin(e)
	if !ok {
		return nil
	}
	w := where{r: r, e: e, dirs: c.dirs, process: first.Process}
	var out []*event.Event
	add := func(kind event.Kind, f *event.File) *event.Event {
		x := *first
		p := *first.Process
		x.Process, x.Kind, x.File = &p, kind, f
		if !path.IsAbs(f.Path) {
			x.Reason = "the audit record does not say of which folder the name is"
		}
		out = append(out, &x)
		return &x
	}
	deleted, created := w.of("DELETE"), w.of("CREATE") // the same file under its old and new name
	switch {
	case c.kind == event.FileRename && len(created) > 0 && len(deleted) > 0:
		created[0].OriginalPath = deleted[0].Path
		add(event.FileRename, created[0])
		return out
	case c.kind == event.FileCreate || c.kind == event.FileDelete || c.kind == event.FileRename:
		for _, f := range deleted {
			add(event.FileDelete, f)
		}
		for _, f := range created {
			if name == "link" || name == "linkat" {
				if from := w.of("NORMAL"); len(from) > 0 {
					f.TargetPath = from[0].Path
				}
			}
			add(event.FileCreate, f)
		}
		if len(out) == 0 && r.writes(e, c) {
			for _, f := range w.of("NORMAL") {
				if f.Type == "file" { // devices and pipes are none
					add(event.FileWrite, f)
				}
			}
		}
		return out
	}
	if all := w.of("NORMAL"); len(all) > 0 {
		change(add(c.kind, all[0]).File, e, c)
	}
	return out
}

// writes reports whether a call opens a file for writing.
func (r *reader) writes(e *auditd.Event, c call) bool {
	if c.open == 0 {
		return e.Call() == "creat"
	}
	flags := argument(e, c.open)
	return flags&unix.O_ACCMODE != unix.O_RDONLY || flags&unix.O_TRUNC != 0
}

// change fills in what a call changed: the record's paths are as they were
// before.
func change(f *event.File, e *auditd.Event, c call) {
	switch c.kind {
	case event.FileChmod:
		f.PreviousMode, f.Mode = f.Mode, fmt.Sprintf("%04o", argument(e, c.mode)&0o7777)
	case event.FileChown:
		at := 2
		if e.Call() == "fchownat" {
			at = 3
		}
		f.PreviousUID, f.PreviousGID = f.UID, f.GID
		if uid := uint32(argument(e, at)); uid != ^uint32(0) {
			f.UID = strconv.FormatUint(uint64(uid), 10)
		}
		if gid := uint32(argument(e, at+1)); gid != ^uint32(0) {
			f.GID = strconv.FormatUint(uint64(gid), 10)
		}
	}
}

// argument returns an argument of the call, from 1.
func argument(e *auditd.Event, n int) uint64 {
	v, _ := strconv.ParseUint(e.Syscall.Get("a"+strconv.Itoa(n-1)), 16, 64)
	return v
}

// where finds the whole paths of a record's names.
type where struct {
	r       *reader
	e       *auditd.Event
	dirs    int
	process *event.Process
}

// of returns the files of a kind of name: NORMAL, CREATE or DELETE.
func (w where) of(kind string) []*event.File {
	var out []*event.File
	for _, p := range w.e.Paths {
		if p.Get("nametype")+p.Get("objtype") != kind {
			continue
		}
		f := &event.File{}
		object(f, p)
		f.Path = w.path(p, kind == "CREATE" && w.dirs == 1|4 || w.dirs == 2)
		w.r.folders.learn(f, p, w.parent(0))
		w.r.seen.put(f, p, w.e.Time)
		out = append(out, f)
	}
	return out
}

// parent returns the folder of the names, nil when the record has several.
func (w where) parent(most int) *auditd.Line {
	var found *auditd.Line
	for _, p := range w.e.Paths {
		if p.Get("nametype")+p.Get("objtype") == "PARENT" {
			if found != nil && most == 0 {
				return nil
			}
			found = p
			if most--; most == 0 {
				break
			}
		}
	}
	return found
}

// path returns the path of a name; second says that it starts from the second
// directory of the call.
func (w where) path(p *auditd.Line, second bool) string {
	name := p.Get("name")
	if name == "(null)" || name == "" {
		if at := w.opened(p, argument(w.e, 1)); at != "" {
			return at
		}
		return w.r.seen.of(p, w.e.Time)
	}
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	at, parent := 0, w.parent(1)
	switch {
	case second && w.dirs == 1|4:
		at, parent = 3, w.parent(2)
	case second && w.dirs == 2:
		at = 2
	case w.dirs&1 != 0:
		at = 1
	}
	if at == 0 || int32(uint32(argument(w.e, at))) == unix.AT_FDCWD {
		dir := w.e.Directory
		if dir == "" { // where audit rules leave out CWD
			dir = w.link("cwd")
		}
		return absolute(dir, name)
	}
	// The record has the number of the folder, and its name only by chance.
	if parent != nil && !strings.Contains(name, "/") {
		if dir := w.opened(parent, argument(w.e, at)); dir != "" {
			return path.Join(dir, name)
		}
		return absolute(w.r.folders.of(parent), name)
	}
	return absolute(w.link("fd/"+strconv.FormatInt(int64(int32(uint32(argument(w.e, at)))), 10)), name)
}

// opened returns the path of an open file, when it still is the one of the
// record.
func (w where) opened(p *auditd.Line, fd uint64) string {
	name := "fd/" + strconv.FormatInt(int64(int32(uint32(fd))), 10)
	var st unix.Stat_t
	if !w.r.actors.Alive(w.process.PID) || unix.Stat(w.r.actors.fs.Path(w.process.PID, name), &st) != nil || strconv.FormatUint(st.Ino, 10) != p.Get("inode") {
		return ""
	}
	return w.link(name)
}

// link reads a link of the process in /proc; empty when it is gone.
func (w where) link(name string) string {
	if !w.r.actors.Alive(w.process.PID) {
		return ""
	}
	to, err := os.Readlink(w.r.actors.fs.Path(w.process.PID, name))
	if err != nil || !path.IsAbs(to) {
		return ""
	}
	return strings.TrimSuffix(to, " (deleted)")
}

// object fills in what a PATH record says of a file.
func object(f *event.File, p *auditd.Line) {
	f.Inode, _ = strconv.ParseInt(p.Get("inode"), 10, 64)
	if major, minor, ok := strings.Cut(p.Get("dev"), ":"); ok {
		a, errA := strconv.ParseInt(major, 16, 32)
		b, errB := strconv.ParseInt(minor, 16, 32)
		if errA == nil && errB == nil {
			f.Device = a<<20 | b
		}
	}
	if mode, err := strconv.ParseUint(p.Get("mode"), 8, 32); err == nil {
		f.Mode, f.Type = fmt.Sprintf("%04o", mode&0o7777), typeOf(mode)
	}
	f.UID, f.GID = known(p.Get("ouid")), known(p.Get("ogid"))
}

// typeOf names the type in a mode as file.type does.
func typeOf(mode uint64) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return "file"
	case unix.S_IFDIR:
		return "dir"
	case unix.S_IFLNK:
		return "symlink"
	case unix.S_IFCHR, unix.S_IFBLK:
		return "device"
	case unix.S_IFIFO:
		return "pipe"
	case unix.S_IFSOCK:
		return "socket"
	}
	return ""
}
