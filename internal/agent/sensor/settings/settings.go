// Package settings is the sensor of files that change how a host works: which
// libraries are loaded into programs, settings of the kernel and its modules,
// what shells run at their start, logon modules, the server of SSH and the keys
// that it accepts, who may become root, names and addresses, logging, trusted
// certificates.
//
// One change of a file is one event with the lines that came and went (64 at
// most), and one for each key of an authorized_keys file, of which type,
// fingerprint and comment are told and never the key. Comments and blank lines
// do not count. What is set by "password=", "token=" and the like is compared
// and not told.
//
// Not seen: what programs read from elsewhere (directories, databases), start
// files of users whose home was made after the start of the agent and is
// neither /root nor below /home, and settings that were changed in the memory
// of the kernel only, which the sensor sysctl sees.
//
// While it runs, the sensor has two goroutines, one of them waits for inotify.
package settings

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensor needs.
type Options struct {
	State string       // folder where it keeps what it knows; "" is nowhere
	Proc  string       // where proc is mounted; "" is /proc
	Root  string       // root of the host's files; "" is /
	Every *sensor.Pace // between looks for changes that no event told of; nil is 30 s
	Now   func() event.Time
	Log   *slog.Logger // nil discards
}

// Sensor makes events of settings. It implements sensor.Follower.
type Sensor struct {
	*watched.Watcher
	now     func() event.Time
	sources []sensor.Source
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	if o.Root == "" {
		o.Root = "/"
	}
	s := &Sensor{now: o.Now}
	s.Watcher = watched.New(watched.Options{
		Name: "settings", Subjects: subjects(homes(o.Root)),
		State: o.State, Proc: o.Proc, Root: o.Root, Every: o.Every, Now: o.Now, Log: o.Log,
	})
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{
			Name: watched.Rung, Needs: "the sensor file, for who made a change; without it changes are found every 30 s",
		},
		Run: s.Watcher.Run,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name: "settings", Doc: "Settings of the host: libraries, kernel, shells, logon, keys, names, logging.",
		Kinds: s.Watcher.Kinds(), Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "settings", s.sources, emit, s.now)
}

// maxHomes is how many homes outside of /home are watched.
const maxHomes = 64

// homes returns patterns of the homes of users.
func homes(root string) []string {
	out := []string{"/root", "/home/*"}
	text, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil {
		return out
	}
	for line := range strings.Lines(string(text)) {
		p := strings.Split(strings.TrimSpace(line), ":")
		if len(p) != 7 || len(out) >= maxHomes || strings.HasSuffix(p[6], "nologin") || strings.HasSuffix(p[6], "false") {
			continue
		}
		home := filepath.Clean(p[5])
		if !strings.HasPrefix(home, "/") || strings.ContainsAny(home, `*?[\`) || home == "/" || home == "/root" || filepath.Dir(home) == "/home" {
			continue
		}
		if top := strings.Split(home, "/")[1]; top == "bin" || top == "usr" || top == "dev" || top == "proc" || top == "sys" {
			continue
		}
		out = append(out, home)
	}
	return out
}

// subjects returns what is watched.
func subjects(homes []string) []watched.Subject {
	of := func(names ...string) []string {
		var out []string
		for _, h := range homes {
			for _, n := range names {
				out = append(out, h+"/"+n)
			}
		}
		return out
	}
	out := []watched.Subject{
		{Name: "loader", Paths: []string{"/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d/*"}},
		{Name: "sysctl", Parse: pairs, Paths: []string{
			"/etc/sysctl.conf", "/etc/sysctl.d/*.conf", "/run/sysctl.d/*.conf", "/usr/lib/sysctl.d/*.conf",
		}},
		{Name: "kernel", Paths: []string{
			"/etc/modules", "/etc/modules-load.d/*.conf", "/etc/modprobe.d/*.conf", "/etc/udev/rules.d/*.rules",
		}},
		{Name: "start", Paths: append(of(
			".bashrc", ".profile", ".bash_profile", ".bash_login", ".bash_logout", ".zshrc", ".zshenv", ".zprofile", ".zlogin",
			".kshrc", ".cshrc", ".tcshrc", ".login", ".xprofile", ".xinitrc", ".config/fish/config.fish", ".config/autostart/*.desktop",
		), "/etc/profile", "/etc/profile.d/*", "/etc/bash.bashrc", "/etc/bashrc", "/etc/bash_completion.d/*", "/etc/environment",
			"/etc/zsh/*", "/etc/zshrc", "/etc/zshenv", "/etc/csh.cshrc", "/etc/csh.login", "/etc/rc.local", "/etc/rc.d/rc.local",
			"/etc/update-motd.d/*", "/etc/xdg/autostart/*.desktop", "/etc/apt/apt.conf.d/*", "/etc/skel/.*")},
		{Name: "logon", Attributes: true, Paths: []string{
			"/etc/pam.d/*", "/etc/pam.conf", "/etc/security/*.conf", "/etc/login.defs", "/etc/sudoers", "/etc/sudoers.d/*",
			"/etc/doas.conf", "/etc/polkit-1/rules.d/*.rules", "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/*.conf",
			"/etc/securetty", "/etc/shells",
		}},
		{Name: "names", Paths: []string{"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/hosts.allow", "/etc/hosts.deny", "/etc/hostname"}},
		{Name: "protection", Paths: []string{
			"/etc/audit/*.conf", "/etc/audit/rules.d/*.rules", "/etc/rsyslog.conf", "/etc/rsyslog.d/*.conf", "/etc/systemd/journald.conf",
			"/etc/systemd/journald.conf.d/*.conf", "/etc/selinux/config", "/etc/nftables.conf", "/etc/iptables/*", "/etc/ufw/*.rules",
		}},
		{Name: "trust", Parse: whole, Paths: []string{"/usr/local/share/ca-certificates/**/*.crt", "/etc/pki/ca-trust/source/anchors/*"}},
		{Name: "keys", Parse: keys, Tell: watched.Each(keyEvent), Object: "key", Paths: append(of(".ssh/authorized_keys", ".ssh/authorized_keys2"),
			"/etc/ssh/authorized_keys/*", "/etc/ssh/authorized_keys")},
	}
	for i := range out {
		s := &out[i]
		s.Create, s.Modify, s.Delete, s.Skip = event.SettingChange, event.SettingChange, event.SettingChange, left
		if s.Object == "" {
			s.Object, s.Tell = "setting", tell
		}
		if s.Parse == nil {
			s.Parse = lines
		}
	}
	return out
}

// left says that a file is what an editor or a package manager leaves or
// prepares: nothing reads it.
func left(p string) bool {
	if strings.HasSuffix(p, "~") {
		return true
	}
	switch filepath.Ext(p) {
	case ".dpkg-new", ".dpkg-old", ".dpkg-dist", ".dpkg-tmp", ".rpmnew", ".rpmsave", ".rpmorig", ".swp", ".swx", ".lock":
		return true
	}
	return false
}
