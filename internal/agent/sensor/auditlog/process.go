package auditlog

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/auditd"
)

// maxArgs is how much of the arguments is told, bytes.
const maxArgs = 28 << 10

const unset = "4294967295" // a user or session that was never set

// process tells of an execution, or of the end of a process where the audit
// rules have exit_group.
func (r *reader) process(e *auditd.Event) []*event.Event {
	if e.Call() == "exit_group" {
		return r.end(e)
	}
	if e.Syscall.Get("success") == "no" {
		return nil
	}
	out, ok := r.begin(e)
	if !ok {
		return nil
	}
	out.Kind, out.Outcome = event.ProcessStart, ""
	image(out, e)
	p := out.Process
	if r.actors.Alive(p.PID) {
		if now, err := r.actors.fs.Read(p.PID); err == nil && now.Process.EntityID == p.EntityID {
			complete(out, now)
		}
	}
	return []*event.Event{out}
}

// begin makes the event of a record: its time, process and user. False when
// the process is outside of the scope.
func (r *reader) begin(e *auditd.Event) (*event.Event, bool) {
	s := e.Syscall
	pid, err := strconv.ParseInt(s.Get("pid"), 10, 64)
	if err != nil || pid <= 0 {
		return nil, false
	}
	parent, _ := strconv.ParseInt(s.Get("ppid"), 10, 64)
	p, ok := r.actors.Of(pid, parent, e.Time)
	if !ok {
		return nil, false
	}
	p.Executable, p.MemoryBacked = executable(s.Get("exe"))
	p.Name = s.Get("comm")
	if p.Executable != "" {
		p.Name = path.Base(p.Executable)
	}
	p.AuditUserID, p.AuditSessionID = known(s.Get("auid")), known(s.Get("ses"))
	if tty := s.Get("tty"); tty != "(none)" {
		p.TTY = tty
	}
	out := &event.Event{Time: e.Time, Process: p, Outcome: "success", User: &event.User{
		ID: known(s.Get("uid")), GroupID: known(s.Get("gid")), EffectiveID: known(s.Get("euid")), EffectiveGroupID: known(s.Get("egid")),
	}}
	return out, true
}

// known returns an id, empty when it is not set.
func known(id string) string {
	if id == unset || id == "-1" || id == "unset" || strings.HasPrefix(id, "(") {
		return ""
	}
	return id
}

// executable returns the path of an executable, and whether it has none any
// more.
func executable(exe string) (string, bool) {
	if exe == "(null)" || exe == "(none)" {
		return "", false
	}
	name, gone := strings.CutSuffix(exe, " (deleted)")
	return name, gone
}

// image fills in what the record says of what is executed.
func image(out *event.Event, e *auditd.Event) {
	p := out.Process
	p.WorkingDirectory = e.Directory
	p.CommandLine = strings.ToValidUTF8(strings.Join(e.Args, " "), "\ufffd")
	p.ArgsCount, p.ArgsSize = int64(len(e.Args)), int64(len(p.CommandLine)+1)
	left := maxArgs
	for _, a := range e.Args {
		a = a[:min(len(a), left)]
		p.Args = append(p.Args, strings.ToValidUTF8(a, "\ufffd"))
		if left -= len(a) + 1; left <= 0 {
			break
		}
	}
	p.CommandLine = p.CommandLine[:min(len(p.CommandLine), maxArgs)]
	if len(e.Args) == 0 {
		p.CommandLine = e.Title
	}
	at := 0
	if isScript(e, p.Name) {
		p.Script = absolute(e.Directory, e.Paths[0].Get("name"))
		at = interpreter(e)
	}
	if p.Executable == "" {
		return
	}
	out.File = &event.File{Path: p.Executable, Type: "file"}
	if at >= 0 && at < len(e.Paths) {
		object(out.File, e.Paths[at])
	}
}

// isScript reports whether the first file of an execution is a script: the
// kernel then puts the interpreter, as the script names it, and the script
// before the arguments. name is that of the program that runs.
func isScript(e *auditd.Event, name string) bool {
	if len(e.Paths) == 0 || len(e.Args) < 2 {
		return false
	}
	first := e.Paths[0].Get("name")
	return path.Base(first) != name && slices.Contains(e.Args[1:min(len(e.Args), 3)], first)
}

// interpreter returns which file of a script's execution is what runs it, -1
// when the record does not have it.
func interpreter(e *auditd.Event) int {
	return slices.IndexFunc(e.Paths, func(p *auditd.Line) bool { return p.Get("name") == e.Args[0] })
}

// complete takes from /proc what the record does not say.
func complete(out, now *event.Event) {
	p, n := out.Process, now.Process
	p.NSPID, p.SessionID, p.GroupID = n.NSPID, n.SessionID, n.GroupID
	p.CgroupID, p.CgroupPath, p.Namespaces, p.Capabilities = n.CgroupID, n.CgroupPath, n.Namespaces, n.Capabilities
	out.ContainerID = now.ContainerID
	if p.WorkingDirectory == "" { // where audit rules leave out CWD
		p.WorkingDirectory = n.WorkingDirectory
	}
	if n.Executable != p.Executable && p.Executable != "" {
		return // it executed another program since
	}
	p.Executable, p.Name, p.MemoryBacked = n.Executable, n.Name, n.MemoryBacked
	if now.File != nil {
		out.File = now.File
	}
	if len(p.Args) == 0 {
		p.Args, p.CommandLine, p.ArgsCount, p.ArgsSize = n.Args, n.CommandLine, n.ArgsCount, n.ArgsSize
	}
}

// end tells of a call that ends a process. The call does not return: the
// record has no outcome.
func (r *reader) end(e *auditd.Event) []*event.Event {
	out, ok := r.begin(e)
	if !ok {
		return nil
	}
	out.Kind, out.Outcome = event.ProcessEnd, ""
	out.Process.End = e.Time
	if code, err := strconv.ParseUint(e.Syscall.Get("a0"), 16, 64); err == nil {
		out.Process.ExitCode = event.Some(int64(code & 0xff))
	}
	r.actors.Forget(out.Process.PID)
	return []*event.Event{out}
}

func absolute(dir, name string) string {
	if name == "" || path.IsAbs(name) || dir == "" {
		return name
	}
	return path.Join(dir, name)
}
