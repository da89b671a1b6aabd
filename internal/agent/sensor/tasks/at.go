package tasks

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
)

// atJob reads a job of at: the name of its file has the queue, the number and
// the minute; it is a script with the environment in front of the commands.
func atJob(f watched.File) []watched.Item {
	name := path.Base(f.Path)
	if strings.HasPrefix(name, ".") || len(f.Content) == 0 {
		return nil // .SEQ, .lockfile, or not yet written
	}
	number, when, ok := atName(name)
	text := string(f.Content)
	i := task("at "+number, when, atCommand(text), atUser(text), "at")
	if !ok {
		i.Key, i.Note = "at "+name, "the name is none of a job"
	}
	return []watched.Item{i}
}

// atName reads a name such as a0000301ccb1a5: queue, number, minutes since 1970.
func atName(name string) (number, when string, ok bool) {
	name = strings.TrimPrefix(name, "=") // while it runs
	if len(name) != 14 {
		return "", "", false
	}
	n, err := strconv.ParseUint(name[1:6], 16, 32)
	minutes, err2 := strconv.ParseUint(name[6:], 16, 32)
	if err != nil || err2 != nil {
		return "", "", false
	}
	return strconv.FormatUint(n, 10), time.Unix(int64(minutes)*60, 0).UTC().Format(time.RFC3339), true
}

// atUser returns who a job runs as: its comments have the user id and the name
// that mail goes to.
func atUser(text string) string {
	id := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "#") {
			break
		}
		w := strings.Fields(line)
		if len(w) > 2 && w[1] == "mail" {
			return w[2]
		}
		for _, s := range w {
			if v, ok := strings.CutPrefix(s, "uid="); ok {
				id = v
			}
		}
	}
	return id
}

// atCommand returns what stands behind the environment: the lines after the
// change to the folder of the job.
func atCommand(text string) string {
	rest := text
	if _, after, ok := strings.Cut(text, "\ncd "); ok {
		if _, behind, ok := strings.Cut(after, "\n}\n"); ok {
			rest = behind
		}
	}
	// Newer versions hand the commands to the shell of the user.
	if strings.HasPrefix(rest, "${SHELL:-/bin/sh} << ") {
		if _, body, ok := strings.Cut(rest, "\n"); ok {
			rest = body
			if i := strings.LastIndex(strings.TrimSpace(body), "\n"); i >= 0 {
				rest = body[:i]
			}
		}
	}
	return strings.TrimSpace(rest)
}
