package expr

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

func sample() *event.Event {
	return &event.Event{
		Time: event.At(event.Time(1_700_000_000_000_000_000).Std()), // 2023-11-14T22:13:20Z
		Kind: event.ProcessStart,
		Process: &event.Process{PID: 4711, Name: "Bash", Executable: "/usr/bin/bash", CommandLine: `bash -c "it's ÄÖ*"`,
			Args: []string{"bash", "-c"}, MemoryBacked: true, ExitCode: event.Some(0),
			Parent: &event.Parent{Executable: "/usr/bin/BASH", Name: "sshd"}},
		File: &event.File{Mode: "0755", Size: event.Some(0)},
		Net:  &event.Net{DestinationIP: netip.MustParseAddr("10.1.2.3"), DestinationPort: 443},
		Log:  &event.Log{Names: []string{"type", "a0", "odd name", "empty"}, Values: []string{"EXECVE", "077", "x", ""}},
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"", true},
		{"process.name = 'bash'", true},
		{"process.name = cased 'bash'", false},
		{"process.name = cased 'Bash'", true},
		{"process.name == bash and process.pid = 4711", true},
		{"process.name != 'zsh'", true},
		{"process.name != 'BASH'", false},
		{"process.name in ('zsh', 'bash')", true},
		{"process.name not in ('zsh', 'bash')", false},
		{"not process.name in ('zsh')", true},
		{"user.name = 'root'", false},
		{"user.name != 'root'", true},
		{"user.name not in ('root')", true},
		{"user.name > 'a' or user.name <= 'z'", false},
		{"user.name contains ''", false},
		{"user.name exists", false},
		{"user.name not exists", true},
		{"process.pid exists", true},
		{"process.pid > 999", true},
		{"process.pid >= 4711 and process.pid <= 4711", true},
		{"process.pid < 4711 or process.pid > 4711", false},
		{"process.pid = '4711.0'", true},
		{"process.pid startswith '47'", true},
		{"process.exit_code = 0", true},
		{"process.exit_code < 1", true},
		{"file.size > 0", false},
		{"file.mode = 755", true},
		{"file.mode = text 755", false},
		{"log.data.a0 = 77", true},
		{"log.data.a0 > 9", true},
		{"log.data.type > 9", false},
		{"log.data.type > 'EXEC'", true},
		{"log.data.empty = ''", true},
		{"log.data.empty exists", true},
		{"log.data.none = ''", false},
		{"`log.data.odd name` = 'X'", true},
		{"process.args = '-C'", true},
		{"process.args startswith ('x', '-')", true},
		{"process.args != '-c'", false},
		{"process.command_line contains 'it''s'", true},
		{`process.command_line contains "it's äö"`, true},
		{"process.command_line like '*ÄÖ\\*?'", true},
		{"process.command_line like 'bash*s ?Ö*'", true},
		{"process.command_line like '?bash*'", false},
		{"process.command_line matches '-C\\s'", true},
		{"process.command_line matches cased '-C\\s'", false},
		{"process.command_line endswith '*\"'", true},
		{"destination.ip cidr '10.0.0.0/8'", true},
		{"destination.ip cidr ('192.168.0.0/16', '10.1.2.3')", true},
		{"destination.ip cidr '2001:db8::/32'", false},
		{"destination.ip = '10.1.2.3'", true},
		{"destination.ip startswith '10.1.'", true},
		{"process.executable = field process.parent.executable", true},
		{"process.executable = cased field process.parent.executable", false},
		{"process.executable endswith field process.name", true},
		{"process.executable = field user.name", false},
		{"process.memory_backed = true", true},
		{"event.action = process_start", true},
		{"event.category = 'process'", true},
		{"@timestamp > '2023-11-14' and @timestamp < '2023-11-15 00:00'", true},
		{"@timestamp >= '2023-11-14T22:13:20Z' and @timestamp <= '2023-11-14T22:13:20Z'", true},
		{"any contains 'sshd'", true},
		{"'SSHD' and not 'telnet'", true},
		{"any = '4711'", true},
		{"(process.name = 'zsh' or process.name = 'bash') and not (user.name exists)", true},
		{"process.name = 'x' and process.name = 'y' or process.name = 'bash'", true},
		{"PROCESS.NAME CONTAINS 'ash' AND NOT false", true},
	} {
		x, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := x.Match(sample()); got != c.want {
			t.Errorf("%s: got %v, want %v", c.text, got, c.want)
		}
		again, err := Parse(x.String())
		if err != nil || again.String() != x.String() {
			t.Errorf("%s: printed as %s, which reads as %v, %v", c.text, x, again, err)
		} else if got := again.Match(sample()); got != c.want {
			t.Errorf("%s: printed as %s, which gives %v, want %v", c.text, x, got, c.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		text, part string
		pos        int
	}{
		{"proces.name = 'x'", "did you mean process.name?", 0},
		{"name = 'x'", "did you mean host.name?", 0},
		{"process.name ~ 'x'", "the operators are", 13},
		{"process.name", "ends where an operator is due", 12},
		{"process.name = ", "ends where a value is due", 15},
		{"process.name = 'x", "quote is not closed", 15},
		{"(process.name = 'x'", "parenthesis is not closed", 0},
		{"process.name = 'x' process.pid = 1", "join predicates", 19},
		{"process.name in ('x' 'y')", "comma", 21},
		{"process.name matches '(?=x)'", "no look-around", 21},
		{"destination.ip cidr '10.0.0.0/99'", "is not a network", 20},
		{"process.pid = 'abc'", "process.pid is a number", 14},
		{"process.memory_backed = false", "not process.memory_backed = true", 24},
		{"@timestamp > 'yesterday'", "is a time", 13},
		{"process.name = and", "quotes", 15},
		{"process.name cidr field user.name", "does not compare with a field", 18},
		{"and", "unknown field", 0},
		{strings.Repeat("(", 300), "nested deeper", 201},
		{strings.Repeat("not ", 300) + "true", "nested deeper", 804},
	} {
		_, err := Parse(c.text)
		e, ok := err.(*Error)
		if !ok {
			t.Errorf("%.40s: got %v, want an error", c.text, err)
			continue
		}
		if !strings.Contains(e.Error(), c.part) || e.Pos != c.pos {
			t.Errorf("%.40s: got %v (at %d), want %q at %d", c.text, e, e.Pos, c.part, c.pos)
		}
	}
}
