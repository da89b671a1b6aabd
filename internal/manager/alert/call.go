package alert

import (
	"strconv"

	"github.com/vedette-edr/vedette/internal/event"
)

// callDeed returns what the process did by a system call that matters by itself.
func callDeed(kind event.Kind, e *event.Event) string {
	c := e.Call
	how := quote(first(c.Operation, c.Name))
	switch kind {
	case event.ProcessAccess:
		return "looked into " + targetName(e.Target) + " by " + how
	case event.ProcessTamper:
		return "changed " + targetName(e.Target) + " by " + how
	case event.ProcessSignal:
		if e.Target == nil {
			return "sent " + quote(c.Signal) + " to " + first(c.Operation, "another process")
		}
		return "sent " + quote(c.Signal) + " to " + targetName(e.Target)
	case event.CredentialChange:
		return "changed its users, groups or capabilities by " + quote(c.Name)
	case event.ModuleLoad:
		return "loaded the kernel module " + quote(first(c.ModuleName, filePath(e.File), "without a name"))
	case event.ModuleUnload:
		return "removed the kernel module " + quote(c.ModuleName)
	case event.BPFLoad:
		return "loaded the BPF program " + quote(c.BPFName)
	case event.BPFAttach:
		return "attached the BPF program " + quote(c.BPFName)
	case event.MountCreate:
		return "mounted " + quote(first(c.MountSource, c.MountFilesystem)) + " on " + quote(c.MountDirectory)
	case event.MountRemove:
		return "unmounted " + quote(c.MountDirectory)
	case event.NamespaceChange:
		return "went to other namespaces by " + quote(c.Name) + " " + first(c.Flags, c.Operation)
	case event.MemfdCreate:
		return "made the file in memory " + quote(filePath(e.File))
	case event.MemoryExecute:
		return "made memory executable (" + first(c.Operation, "unknown") + ")"
	case event.KernelLogClear:
		return "cleared the kernel's log"
	case event.NetRaw:
		return "opened a raw socket"
	case event.UringCreate:
		return "made an io_uring"
	}
	return "called " + quote(c.Name)
}

func targetName(g *event.Target) string {
	if g == nil {
		return "another process"
	}
	return quote(first(g.Name, "process")) + " (pid " + strconv.FormatInt(g.PID, 10) + ")"
}

func filePath(f *event.File) string {
	if f == nil {
		return ""
	}
	return f.Path
}
