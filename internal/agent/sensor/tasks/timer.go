package tasks

import (
	"path"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
)

// timer reads a unit of systemd that starts another at some times.
func timer(f watched.File) []watched.Item {
	name := path.Base(f.Path)
	if dir := path.Base(path.Dir(f.Path)); strings.HasSuffix(dir, ".timer.d") {
		name = strings.TrimSuffix(dir, ".d")
	}
	when, starts := timerSection(string(f.Content))
	if starts == "" && path.Ext(f.Path) == ".timer" {
		starts = strings.TrimSuffix(name, ".timer") + ".service"
	}
	i := task(name, strings.Join(when, "; "), starts, timerUser(f.Path), "systemd")
	i.Fields = append(i.Fields, watched.Field{Name: unit, Value: starts})
	if len(when) == 0 && path.Ext(f.Path) == ".timer" {
		i.Note = "the unit names no time"
	}
	return []watched.Item{i}
}

// timerUser returns whose manager reads a unit.
func timerUser(p string) string {
	switch {
	case strings.HasPrefix(p, "/home/"):
		name, _, _ := strings.Cut(strings.TrimPrefix(p, "/home/"), "/")
		return name
	case strings.Contains(p, "/systemd/user/") && !strings.HasPrefix(p, "/root/"):
		return "" // of each user
	}
	return "root"
}

// timerSection returns the settings that say when, as "OnCalendar=daily", and
// the unit that is started.
func timerSection(text string) (when []string, starts string) {
	in := false
	text = strings.ReplaceAll(text, "\\\n", " ")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = line == "[Timer]"
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !in || !ok || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		switch {
		case name == "Unit":
			starts = value
		case strings.HasPrefix(name, "On"):
			when = append(when, name+"="+value)
		}
	}
	return when, starts
}
