package main

import (
	"os"
	"strings"
	"time"
)

// What is said in a step's output of the lines that stand for an account.
const (
	linesChanged = "exam: a line of the account changed"
	linesSame    = "exam: the modification failed to change any line of the account"
)

// watchLines looks at the lines of an account in files from time to time until
// stop is closed, and then says whether one of them changed while it was there.
// The exerciser waits seconds between making, changing and removing it.
func watchLines(user string, files []string, stop <-chan struct{}) string {
	seen := map[string]string{}
	said := ""
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		for _, f := range files {
			line := lineOf(f, user)
			switch {
			case line == "" || seen[f] == line:
			case seen[f] == "":
				seen[f], said = line, linesSame
			default:
				tick.Stop()
				<-stop
				return linesChanged
			}
		}
		select {
		case <-stop:
			return said
		case <-tick.C:
		}
	}
}

// lineOf returns the line of an account in a file, empty when there is none.
func lineOf(path, user string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "" // there is no such file, or it is being replaced
	}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, user+":") {
			return line
		}
	}
	return ""
}
