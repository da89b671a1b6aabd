// Package laketest makes the events of work as a Linux host does it (builds,
// packages, git, python, cron, ssh), with the fields that sensors and
// enrichment fill, for tests and benchmarks of the lake and of searches. The
// same seed makes the same events.
package laketest

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Gen makes events of a number of hosts in time order. It belongs to one goroutine.
type Gen struct {
	rnd   *rand.Rand
	hosts []*host
	now   event.Time
	step  int64
	queue []*event.Event
}

type host struct {
	name, agent, boot string
	sequence          int64
	sensor            map[string]int64
	pid               int64
	inode             int64
	roots             map[string]*process
}

type process struct {
	event.Process
	user  *event.User
	unit  string
	depth int
}

// New returns a generator for hosts that starts at start and lets about rate
// events happen in a second.
func New(seed uint64, hosts int, start time.Time, rate int) *Gen {
	g := &Gen{rnd: rand.New(rand.NewPCG(seed, 1)), now: event.At(start), step: int64(time.Second) / int64(rate)}
	for i := range hosts {
		h := &host{name: fmt.Sprintf("srv-%03d", i), agent: fmt.Sprintf("%08x%08x", g.rnd.Uint32(), g.rnd.Uint32()), boot: g.hex(16), sensor: map[string]int64{}, pid: 900, inode: 100000, roots: map[string]*process{}}
		systemd := g.start(h, nil, "/usr/lib/systemd/systemd", []string{"/sbin/init"}, "root", "/init.scope", 0)
		for _, d := range []struct{ key, exe, unit string }{
			{"cron", "/usr/sbin/cron", "/system.slice/cron.service"}, {"ssh", "/usr/sbin/sshd", "/system.slice/ssh.service"},
			{"apt", "/usr/lib/apt/apt.systemd.daily", "/system.slice/apt-daily.service"}, {"ci", "/usr/bin/runner", "/system.slice/ci.service"},
		} {
			h.roots[d.key] = g.start(h, systemd, d.exe, []string{d.exe}, "root", d.unit, 0)
		}
		g.hosts = append(g.hosts, h)
	}
	g.queue = nil
	return g
}

// Next returns the next event.
func (g *Gen) Next() *event.Event {
	for len(g.queue) == 0 {
		g.work(g.hosts[int(float64(len(g.hosts))*g.rnd.Float64()*g.rnd.Float64())])
	}
	e := g.queue[0]
	g.queue = g.queue[1:]
	return e
}

// Take returns the next n events.
func (g *Gen) Take(n int) []*event.Event {
	out := make([]*event.Event, n)
	for i := range out {
		out[i] = g.Next()
	}
	return out
}

func (g *Gen) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.rnd.Uint32())
	}
	return hex.EncodeToString(b)
}

func (g *Gen) pick(s ...string) string { return s[g.rnd.IntN(len(s))] }

func (g *Gen) emit(h *host, kind event.Kind, sensor string, p *process) *event.Event {
	g.now += event.Time(g.step/2 + g.rnd.Int64N(g.step+1))
	h.sequence++
	h.sensor[sensor]++
	e := &event.Event{
		Time: g.now, Ingested: g.now + event.Time(300*time.Millisecond) - g.now%event.Time(time.Second), Kind: kind, Agent: h.agent, Epoch: 1, Sequence: h.sequence,
		HostName: h.name, Provider: sensor, Rung: "tp_btf", SensorSequence: h.sensor[sensor], Outcome: "success",
	}
	if p != nil {
		e.Process, e.User = &p.Process, p.user
	}
	g.queue = append(g.queue, e)
	return e
}

var nothing = event.OptInt{} // immutable

// digest makes hashes that depend on a text only, as those of a file do.
func digest(of string) *event.Hash {
	r := rand.New(rand.NewPCG(hashOf(of), 7))
	b := make([]byte, 68)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return &event.Hash{MD5: hex.EncodeToString(b[:16]), SHA1: hex.EncodeToString(b[16:36]), SHA256: hex.EncodeToString(b[36:])}
}

func hashOf(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func (g *Gen) start(h *host, parent *process, exe string, args []string, user, unit string, depth int) *process {
	h.pid += 1 + g.rnd.Int64N(3)
	p := &process{unit: unit, depth: depth}
	size := int64(0)
	for _, a := range args {
		size += int64(len(a)) + 1
	}
	uid := map[string]string{"root": "0", "build": "1000", "www-data": "33", "alice": "1001"}[user]
	p.Process = event.Process{
		EntityID: event.EntityID(h.boot, h.pid, uint64(g.now)), PID: h.pid, Name: path.Base(exe), Executable: exe,
		CommandLine: strings.Join(args, " "), Args: args, ArgsCount: int64(len(args)), ArgsSize: size,
		WorkingDirectory: "/home/" + user, Start: g.now - g.now%event.Time(event.EntityTick), SessionID: 900, GroupID: h.pid,
		AuditUserID: "4294967295", AuditSessionID: "4294967295", Capabilities: "0000000000000000",
		CgroupID: int64(len(unit))*131 + 17, CgroupPath: unit, Namespaces: &event.Namespaces{PID: 4026531836, Mount: 4026531841, Net: 4026531840, UTS: 4026531838},
		Hash: digest(exe),
	}
	if user == "root" {
		p.Capabilities, p.WorkingDirectory = "000001ffffffffff", "/"
	}
	p.user = &event.User{ID: uid, Name: user, GroupID: uid, GroupName: user, EffectiveID: uid, EffectiveName: user, EffectiveGroupID: uid}
	if parent != nil {
		p.Parent = &event.Parent{EntityID: parent.EntityID, PID: parent.PID, Name: parent.Name, Executable: parent.Executable, CommandLine: parent.CommandLine, WorkingDirectory: parent.WorkingDirectory}
		p.Ancestors = &event.Ancestors{EntityIDs: []string{parent.EntityID}, Names: []string{parent.Name}, Executables: []string{parent.Executable}}
		if a := parent.Ancestors; a != nil {
			p.Ancestors.EntityIDs = append(p.Ancestors.EntityIDs, a.EntityIDs...)
			p.Ancestors.Names = append(p.Ancestors.Names, a.Names...)
			p.Ancestors.Executables = append(p.Ancestors.Executables, a.Executables...)
		}
	}
	e := g.emit(h, event.ProcessStart, "exec", p)
	e.File = &event.File{Path: exe, Name: path.Base(exe), Directory: path.Dir(exe), Type: "file", Size: event.Some(int64(hashOf(exe) % 900000)), Mode: "0755", UID: "0", GID: "0", Owner: "root", Group: "root",
		Inode: int64(hashOf(exe) % 4000000), Device: 265289728, Links: event.Some(1), Filesystem: "ext4", Modified: 1730000000000000000, Changed: 1730000000000000000, Hash: p.Hash}
	return p
}

func (g *Gen) end(h *host, p *process, code int64) {
	q := *p
	q.ExitCode, q.End = event.Some(code), g.now
	g.emit(h, event.ProcessEnd, "exec", &q)
}

func (g *Gen) file(h *host, p *process, kind event.Kind, name string) *event.Event {
	e := g.emit(h, kind, "file", p)
	h.inode += g.rnd.Int64N(4)
	e.File = &event.File{Path: name, Name: path.Base(name), Directory: path.Dir(name), Extension: strings.TrimPrefix(path.Ext(name), "."), Type: "file",
		Size: event.Some(int64(g.rnd.ExpFloat64() * 9000)), Mode: "0644", UID: p.user.ID, GID: p.user.GroupID, Owner: p.user.Name, Group: p.user.Name,
		Inode: h.inode, Device: 265289728, Links: event.Some(1), Filesystem: "ext4", Modified: g.now, Changed: g.now, OpenFlags: "O_WRONLY|O_CREAT|O_TRUNC"}
	if kind == event.FileDelete {
		e.File.Links, e.File.Size, e.File.OpenFlags = event.Some(0), nothing, ""
	}
	return e
}

func (g *Gen) connect(h *host, p *process, ip string, port int64) *event.Event {
	e := g.emit(h, event.NetConnect, "net", p)
	e.Net = &event.Net{SourceIP: netip.AddrFrom4([4]byte{10, 0, byte(len(h.name)), byte(h.name[len(h.name)-1])}), SourcePort: 32768 + g.rnd.Int64N(28000),
		DestinationIP: mustIP(ip), DestinationPort: port, Transport: "tcp", Type: "ipv4", Direction: "egress"}
	return e
}

func mustIP(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a
}
