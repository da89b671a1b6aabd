package services

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// unitFolders are where systemd looks for units of the system and of users.
func unitFolders() []string {
	return []string{
		"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
		"/etc/systemd/user", "/run/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user", "/run/user/*/systemd/user",
		"/home/*/.config/systemd/user", "/root/.config/systemd/user", "/home/*/.local/share/systemd/user", "/root/.local/share/systemd/user",
	}
}

func below(folders []string, pattern string) []string {
	var out []string
	for _, f := range folders {
		out = append(out, f+"/"+pattern)
	}
	return out
}

// subjects are the files that make services known. folders are those of units.
func subjects(folders []string) []watched.Subject {
	settings := []string{"/etc/systemd/system.control", "/run/systemd/system.control"}
	out := []watched.Subject{
		{Name: "unit", Paths: append(below(folders, "*"), "/run/systemd/transient/*.service", "/run/user/*/systemd/transient/*.service"), Skip: noUnit, Parse: parseUnit, Tell: watched.Each(tellUnit)},
		{Name: "drop-in", Paths: below(append(folders, settings...), "*.d/*.conf"), Parse: parseUnit, Tell: watched.Each(tellDropIn)},
		{Name: "wanted", Paths: append(below(folders, "*.wants/*"), below(folders, "*.requires/*")...), Skip: noUnit, Parse: parseUnit, Tell: watched.Each(tellWanted)},
		{Name: "sysv", Paths: []string{"/etc/init.d/*"}, Parse: parseScript, Tell: watched.Each(tellScript)},
		{Name: "runlevel", Paths: []string{"/etc/rc?.d/[SK][0-9][0-9]*", "/etc/rc.d/rc?.d/[SK][0-9][0-9]*"}, Parse: parseUnit, Tell: watched.Each(tellRunlevel)},
	}
	for i := range out {
		s := &out[i]
		s.Links, s.Object = true, "service"
		s.Create, s.Modify, s.Delete = event.ServiceCreate, event.ServiceModify, event.ServiceDelete
	}
	return out
}

// noUnit says that a file of a folder of units is none that this sensor tells:
// timers are tasks, scopes come with each session.
func noUnit(p string) bool {
	return !slices.Contains([]string{".service", ".socket", ".path", ".target", ".mount", ".automount", ".swap"}, path.Ext(p))
}

// describe gives an event what the service runs, as whom.
func describe(e *event.Event, p string, c watched.Change) {
	it := c.After
	if it == nil {
		it = c.Before
	}
	e.Change.ServiceCommand, e.Change.ServiceUser = it.Get("Service.ExecStart"), it.Get("Service.User")
	if e.Change.ServiceUser != "" {
		return
	}
	switch parts := strings.Split(p, "/"); {
	case strings.HasPrefix(p, "/home/"):
		e.Change.ServiceUser = parts[2]
	case strings.HasPrefix(p, "/root/") || strings.Contains(p, "/systemd/system/"):
		e.Change.ServiceUser = "root"
	}
}

// tellUnit completes the event of a unit file. A link to /dev/null masks a
// unit, one to a unit of another name is an alias, and one to a file elsewhere
// brings a unit in.
func tellUnit(e *event.Event, d *watched.Difference, c watched.Change) *event.Event {
	e.Change.Name = path.Base(d.Path)
	if c.Key != itemLink {
		describe(e, d.Path, c)
		return e
	}
	target := c.After.Get(fieldLink)
	if target == "" {
		target = c.Before.Get(fieldLink)
	}
	switch {
	case target == "/dev/null":
		e.Kind, e.Change.ServiceState = event.ServiceModify, state(c, "masked", "unmasked")
	case path.Base(target) != path.Base(d.Path):
		e.Kind, e.Change.Name, e.Change.ServiceState = event.ServiceModify, path.Base(target), state(c, "enabled", "disabled")
		e.Change.Fields = []string{"alias"}
	}
	return e
}

// state returns what a link that is there or gone means.
func state(c watched.Change, there, gone string) string {
	if c.After == nil {
		return gone
	}
	return there
}

// tellDropIn completes the event of a file that changes a unit.
func tellDropIn(e *event.Event, d *watched.Difference, c watched.Change) *event.Event {
	e.Kind = event.ServiceModify
	e.Change.Name = strings.TrimSuffix(path.Base(path.Dir(d.Path)), ".d")
	if c.After != nil {
		describe(e, d.Path, c)
	}
	return e
}

// tellWanted completes the event of a link that has a unit started with
// another.
func tellWanted(e *event.Event, d *watched.Difference, c watched.Change) *event.Event {
	e.Kind = event.ServiceModify
	e.Change.Name, e.Change.ServiceState = path.Base(d.Path), state(c, "enabled", "disabled")
	by := path.Base(path.Dir(d.Path))
	e.Change.Fields = []string{"WantedBy"}
	if strings.HasSuffix(by, ".requires") {
		e.Change.Fields[0] = "RequiredBy"
	}
	by = strings.TrimSuffix(by, path.Ext(by))
	e.Change.Before, e.Change.After = []string{""}, []string{by}
	if c.After == nil {
		e.Change.Before, e.Change.After = e.Change.After, e.Change.Before
	}
	return e
}

// parseScript makes an item of a script of /etc/init.d: the header that says
// when it runs, and the digest of the whole.
func parseScript(f watched.File) []watched.Item {
	if f.Link != "" {
		return parseUnit(f)
	}
	sum := sha256.Sum256(f.Content)
	fields := []watched.Field{{Name: "sha256", Value: hex.EncodeToString(sum[:])}}
	in := false
	for line := range strings.Lines(string(f.Content)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "### BEGIN INIT INFO":
			in = true
		case line == "### END INIT INFO" || len(fields) == maxDirectives:
			return []watched.Item{{Key: itemUnit, Fields: fields}}
		case in && strings.HasPrefix(line, "#"):
			name, value, ok := strings.Cut(strings.TrimSpace(line[1:]), ":")
			named := func(g watched.Field) bool { return g.Name == name }
			if ok && name != "" && len(name) < 64 && !slices.ContainsFunc(fields, named) {
				value = strings.TrimSpace(value)
				fields = append(fields, watched.Field{Name: name, Value: value[:min(len(value), maxUnitValue)]})
			}
		}
	}
	return []watched.Item{{Key: itemUnit, Fields: fields}}
}

func tellScript(e *event.Event, d *watched.Difference, c watched.Change) *event.Event {
	e.Change.Name, e.Change.ServiceCommand, e.Change.ServiceUser = path.Base(d.Path), d.Path, "root"
	return e
}

// tellRunlevel completes the event of a link /etc/rc2.d/S01name.
func tellRunlevel(e *event.Event, d *watched.Difference, c watched.Change) *event.Event {
	e.Kind = event.ServiceModify
	base := path.Base(d.Path)
	e.Change.Name, e.Change.Fields = base[3:], []string{path.Base(path.Dir(d.Path))}
	e.Change.Before, e.Change.After = []string{""}, []string{base[:3]}
	started := (base[0] == 'S') == (c.After != nil)
	e.Change.ServiceState = map[bool]string{true: "enabled", false: "disabled"}[started]
	if c.After == nil {
		e.Change.Before, e.Change.After = e.Change.After, e.Change.Before
	}
	return e
}
