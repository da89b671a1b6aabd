package polled

import (
	"errors"
	"os"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxPrograms bounds the BPF programs that are listed.
const maxPrograms = 8192

// lookPrograms tells the BPF programs that are new. Ids are not given again.
func (l *looker) lookPrograms(now event.Time) {
	here := map[ebpf.ProgramID]bool{}
	for id := ebpf.ProgramID(0); len(here) < maxPrograms; {
		next, err := l.next(id)
		if errors.Is(err, os.ErrNotExist) {
			break
		}
		if err != nil {
			l.blind = err
			return
		}
		id = next
		if here[id] = true; !l.programs[id] && l.begun {
			l.tell(loaded(id, now))
		}
	}
	l.programs = here
}

// loaded says what a program is, when it is still there.
func loaded(id ebpf.ProgramID, now event.Time) *event.Event {
	e := &event.Event{Time: now, Kind: event.BPFLoad, Call: &event.Call{Name: "bpf", Operation: "BPF_PROG_LOAD", BPFID: int64(id)}}
	p, err := ebpf.NewProgramFromID(id)
	if err != nil {
		return e
	}
	defer p.Close()
	if info, err := p.Info(); err == nil {
		e.Call.BPFName, e.Call.BPFType = info.Name, typeName(info.Type)
	}
	return e
}

// typeName names a type of programs as the other rungs do.
func typeName(t ebpf.ProgramType) string {
	for name, typ := range map[string]ebpf.ProgramType{
		"socket_filter": ebpf.SocketFilter, "kprobe": ebpf.Kprobe, "sched_cls": ebpf.SchedCLS, "sched_act": ebpf.SchedACT, "tracepoint": ebpf.TracePoint,
		"xdp": ebpf.XDP, "perf_event": ebpf.PerfEvent, "cgroup_skb": ebpf.CGroupSKB, "cgroup_sock": ebpf.CGroupSock, "sock_ops": ebpf.SockOps,
		"cgroup_device": ebpf.CGroupDevice, "raw_tracepoint": ebpf.RawTracepoint, "cgroup_sock_addr": ebpf.CGroupSockAddr,
		"cgroup_sysctl": ebpf.CGroupSysctl, "cgroup_sockopt": ebpf.CGroupSockopt, "tracing": ebpf.Tracing, "struct_ops": ebpf.StructOps,
		"ext": ebpf.Extension, "lsm": ebpf.LSM, "sk_lookup": ebpf.SkLookup, "syscall": ebpf.Syscall, "netfilter": ebpf.Netfilter,
	} {
		if typ == t {
			return name
		}
	}
	return t.String()
}
