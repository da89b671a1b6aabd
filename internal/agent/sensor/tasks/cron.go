package tasks

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
)

// Names of the fields of an item.
const (
	schedule = "schedule"
	command  = "command"
	user     = "user"
	kind     = "type"
	unit     = "unit"
)

// task makes an item of what a task has.
func task(key, when, what, who, how string) watched.Item {
	return watched.Item{Key: key, Fields: []watched.Field{
		{Name: schedule, Value: when}, {Name: command, Value: what}, {Name: user, Value: who}, {Name: kind, Value: how},
	}}
}

// variable begins the key of an item that is a variable of the file.
const variable = "variable "

// system reads /etc/crontab and /etc/cron.d: lines with a user.
func system(f watched.File) []watched.Item { return crontab(f, "") }

// personal reads the crontab of the user whose name the file has.
func personal(f watched.File) []watched.Item { return crontab(f, path.Base(f.Path)) }

func crontab(f watched.File, owner string) []watched.Item {
	var out []watched.Item
	for line := range strings.Lines(string(f.Content)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if name, value, ok := assignment(line); ok {
			out = append(out, watched.Item{Key: variable + name, Fields: []watched.Field{{Name: name, Value: value}}})
			continue
		}
		out = append(out, entry(line, owner))
	}
	return out
}

// assignment reads a line NAME = value.
func assignment(line string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, "=")
	name, value = unquote(strings.TrimSpace(name)), unquote(strings.TrimSpace(value))
	if !ok || name == "" || name[0] >= '0' && name[0] <= '9' {
		return "", "", false
	}
	for _, c := range name {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "", "", false
		}
	}
	return name, value, true
}

func unquote(s string) string {
	if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		return s[1 : n-1]
	}
	return s
}

// entry reads a line of a crontab; without an owner it names its user.
func entry(line, owner string) watched.Item {
	rest := strings.TrimPrefix(line, "-") // not to be logged
	n := 5
	if strings.HasPrefix(rest, "@") {
		n = 1
	}
	times, rest := words(rest, n)
	good := len(times) == n
	for _, t := range times {
		good = good && isTime(t, n)
	}
	who := owner
	if owner == "" {
		var name []string
		name, rest = words(rest, 1)
		who = strings.Join(name, "")
	}
	if !good || rest == "" || who == "" {
		return raw(line, owner, "cron")
	}
	return task(who+" "+rest, strings.Join(times, " "), rest, who, "cron")
}

// raw is a line that is none of its format.
func raw(line, who, how string) watched.Item {
	i := task("line "+line, "", line, who, how)
	i.Note = "the line is none of the format"
	return i
}

// isTime says whether a word can be one of n fields of a schedule.
func isTime(s string, n int) bool {
	if n == 1 {
		return len(s) > 1 && strings.Trim(s[1:], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
	}
	return strings.Trim(s, "0123456789*/,-~?#abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" &&
		strings.ContainsAny(s, "0123456789*?") || len(s) >= 3 && strings.Trim(s, ",-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// words takes n words off the front of a line.
func words(line string, n int) ([]string, string) {
	var out []string
	for range n {
		line = strings.TrimLeft(line, " \t")
		i := strings.IndexAny(line, " \t")
		if i < 0 {
			i = len(line)
		}
		if i == 0 {
			break
		}
		out = append(out, line[:i])
		line = line[i:]
	}
	return out, strings.TrimLeft(line, " \t")
}

// periodic reads a script of cron.daily and the like: it is one task.
func periodic(f watched.File) []watched.Item {
	sum := sha256.Sum256(f.Content)
	how := strings.TrimPrefix(path.Base(path.Dir(f.Path)), "cron.")
	i := task(f.Path, how, f.Path, "root", "cron")
	i.Fields = append(i.Fields, watched.Field{Name: "sha256", Value: hex.EncodeToString(sum[:])})
	return []watched.Item{i}
}

// anacrontab reads lines with period, delay, name and command.
func anacrontab(f watched.File) []watched.Item {
	var out []watched.Item
	for line := range strings.Lines(string(f.Content)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if name, value, ok := assignment(line); ok {
			out = append(out, watched.Item{Key: variable + name, Fields: []watched.Field{{Name: name, Value: value}}})
			continue
		}
		w, rest := words(line, 3)
		if len(w) < 3 || rest == "" {
			out = append(out, raw(line, "root", "anacron"))
			continue
		}
		out = append(out, task(w[2], "every "+w[0]+" days, after "+w[1]+" minutes", rest, "root", "anacron"))
	}
	return out
}
