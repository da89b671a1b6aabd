package laketest

import (
	"fmt"

	"github.com/vedette-edr/vedette/internal/event"
)

// RareIP and RareText stand in about one of 20,000 pieces of work.
const (
	RareIP   = "203.0.113.77"
	RareText = "c2VjcmV0LXBheWxvYWQ"
)

// work lets one piece of work happen on a host.
func (g *Gen) work(h *host) {
	switch n := g.rnd.IntN(100); {
	case n < 45:
		g.compile(h)
	case n < 60:
		g.git(h)
	case n < 75:
		g.python(h)
	case n < 87:
		g.cron(h)
	case n < 95:
		g.apt(h)
	default:
		g.ssh(h)
	}
}

// run starts a program below a parent; the caller ends it.
func (g *Gen) run(h *host, parent *process, user, exe string, args ...string) *process {
	return g.start(h, parent, exe, append([]string{exe}, args...), user, parent.unit, parent.depth+1)
}

func (g *Gen) compile(h *host) {
	make := g.run(h, h.roots["ci"], "build", "/usr/bin/make", "-j4", "all")
	for range 1 + g.rnd.IntN(4) {
		src := fmt.Sprintf("src/%s/%s_%d.c", g.pick("net", "fs", "mm", "ipc", "drivers"), g.pick("list", "queue", "table", "probe", "parse"), g.rnd.IntN(400))
		obj, tmp := "/home/build/project/"+src[:len(src)-1]+"o", "/tmp/cc"+g.hex(3)+".s"
		sh := g.run(h, make, "build", "/usr/bin/dash", "-c", "gcc -O2 -g -Wall -Iinclude -c -o "+obj+" "+src)
		gcc := g.run(h, sh, "build", "/usr/bin/x86_64-linux-gnu-gcc-12", "-O2", "-g", "-Wall", "-Iinclude", "-c", "-o", obj, src)
		cc1 := g.run(h, gcc, "build", "/usr/lib/gcc/x86_64-linux-gnu/12/cc1", "-quiet", "-I", "include", "-imultiarch", "x86_64-linux-gnu", src, "-quiet", "-dumpbase", src, "-mtune=generic", "-march=x86-64", "-g", "-O2", "-Wall", "-o", tmp)
		g.file(h, cc1, event.FileCreate, tmp)
		g.file(h, cc1, event.FileWrite, tmp)
		g.end(h, cc1, 0)
		as := g.run(h, gcc, "build", "/usr/bin/x86_64-linux-gnu-as", "-I", "include", "--64", "-o", obj, tmp)
		g.file(h, as, event.FileCreate, obj)
		g.file(h, as, event.FileWrite, obj)
		g.end(h, as, 0)
		g.file(h, gcc, event.FileDelete, tmp)
		g.end(h, gcc, 0)
		g.end(h, sh, 0)
	}
	g.end(h, make, int64(g.rnd.IntN(20)/19*2))
}

func (g *Gen) git(h *host) {
	user := g.pick("build", "alice")
	git := g.run(h, h.roots["ci"], user, "/usr/bin/git", g.pick("fetch", "pull", "status", "checkout"), "origin", g.pick("main", "release/1.4", "topic-"+g.hex(2)))
	remote := g.run(h, git, user, "/usr/lib/git-core/git-remote-https", "origin", "https://git.example.org/team/project.git")
	g.connect(h, remote, "198.51.100."+fmt.Sprint(g.rnd.IntN(8)), 443)
	g.end(h, remote, 0)
	for range g.rnd.IntN(5) {
		name := "/home/" + user + "/project/.git/objects/" + g.hex(1) + "/"
		g.file(h, git, event.FileCreate, name+"tmp_obj_"+g.hex(3))
		e := g.file(h, git, event.FileRename, name+g.hex(19))
		e.File.OriginalPath = name + "tmp_obj_" + g.hex(3)
	}
	g.end(h, git, 0)
}

func (g *Gen) python(h *host) {
	user := g.pick("alice", "www-data")
	script := fmt.Sprintf("/opt/app/%s.py", g.pick("worker", "report", "sync", "ingest", "train"))
	py := g.run(h, h.roots["ssh"], user, "/usr/bin/python3.11", script, "--job", g.hex(8), "--since", fmt.Sprint(g.rnd.IntN(1e6)))
	for range g.rnd.IntN(4) {
		g.file(h, py, event.FileWrite, fmt.Sprintf("/opt/app/__pycache__/%s.cpython-311.pyc", g.pick("util", "db", "model", "views")))
	}
	for range g.rnd.IntN(3) {
		ip := fmt.Sprintf("192.0.2.%d", g.rnd.IntN(250))
		if g.rnd.IntN(5000) == 0 {
			ip = RareIP
		}
		g.connect(h, py, ip, []int64{443, 5432, 6379, 8080}[g.rnd.IntN(4)])
	}
	g.end(h, py, 0)
}

func (g *Gen) cron(h *host) {
	text := g.pick("test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }", "/usr/local/bin/backup --incremental >/dev/null 2>&1", "find /var/tmp -mtime +7 -delete")
	if g.rnd.IntN(3000) == 0 {
		text = "echo " + RareText + " | base64 -d | sh"
	}
	sh := g.run(h, h.roots["cron"], "root", "/usr/bin/dash", "-c", text)
	for range 1 + g.rnd.IntN(3) {
		p := g.run(h, sh, "root", g.pick("/usr/bin/find", "/usr/bin/run-parts", "/usr/bin/logger", "/usr/bin/stat"), "/var/log/"+g.pick("syslog", "auth.log", "apt"))
		g.end(h, p, int64(g.rnd.IntN(30)/29))
	}
	g.end(h, sh, 0)
}

func (g *Gen) apt(h *host) {
	apt := g.run(h, h.roots["apt"], "root", "/usr/bin/apt-get", "-qq", "-y", "install", g.pick("curl", "nginx", "openssl", "libc6"))
	g.connect(h, apt, "151.101.2.132", 80)
	for range 1 + g.rnd.IntN(2) {
		dpkg := g.run(h, apt, "root", "/usr/bin/dpkg", "--status-fd", "21", "--no-triggers", "--unpack", "--auto-deconfigure", "/var/cache/apt/archives/pkg_"+fmt.Sprint(g.rnd.IntN(300))+"_amd64.deb")
		for range 2 + g.rnd.IntN(5) {
			name := fmt.Sprintf("/usr/share/doc/pkg%d/%s.dpkg-new", g.rnd.IntN(300), g.pick("copyright", "changelog.gz", "README"))
			g.file(h, dpkg, event.FileCreate, name)
			e := g.file(h, dpkg, event.FileRename, name[:len(name)-9])
			e.File.OriginalPath = name
			e = g.file(h, dpkg, event.FileChmod, name[:len(name)-9])
			e.File.PreviousMode = "0600"
		}
		g.end(h, dpkg, 0)
	}
	g.end(h, apt, 0)
}

func (g *Gen) ssh(h *host) {
	accept := g.emit(h, event.NetAccept, "net", h.roots["ssh"])
	accept.Net = &event.Net{SourceIP: mustIP(fmt.Sprintf("10.9.%d.%d", g.rnd.IntN(4), g.rnd.IntN(250))), SourcePort: 32768 + g.rnd.Int64N(28000), DestinationIP: mustIP("10.0.0.5"), DestinationPort: 22, Transport: "tcp", Type: "ipv4", Direction: "ingress"}
	sshd := g.run(h, h.roots["ssh"], "root", "/usr/sbin/sshd", "-D", "-R")
	g.file(h, sshd, event.FileOpen, "/etc/shadow")
	bash := g.run(h, sshd, "alice", "/usr/bin/bash", "-l")
	for range 1 + g.rnd.IntN(4) {
		p := g.run(h, bash, "alice", g.pick("/usr/bin/ls", "/usr/bin/cat", "/usr/bin/vim.basic", "/usr/bin/systemctl", "/usr/bin/id"), g.pick("-la", "/etc/hosts", "status"))
		g.end(h, p, 0)
	}
	g.end(h, bash, 0)
	g.end(h, sshd, 0)
}
