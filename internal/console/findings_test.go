package console_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

type rule struct{ id, name, level, about, technique, tactic, detection, actions string }

// category is the log source that has the fields of a rule.
func category(detection string) string {
	switch {
	case strings.Contains(detection, "TargetFilename"):
		return "file_event"
	case strings.Contains(detection, "DestinationPort"):
		return "network_connection"
	}
	return "process_creation"
}

func (w *world) addRules() {
	for _, r := range []rule{
		{"rule-web-shell", "Shell started by a web server", "high", "A web server or its interpreter started a shell. Web applications rarely need one; intruders always do.", "T1505.003", "persistence", "  parent:\n    ParentImage|endswith:\n      - '/nginx'\n      - '/php-fpm8.4'\n      - '/apache2'\n  shell:\n    Image|endswith:\n      - '/dash'\n      - '/bash'\n  condition: parent and shell", ""},
		{"rule-download", "Download into a temporary folder", "medium", "A download tool wrote below /tmp, /var/tmp or /dev/shm.", "T1105", "command-and-control", "  tool:\n    Image|endswith:\n      - '/curl'\n      - '/wget'\n  place:\n    CommandLine|contains:\n      - ' /tmp/'\n      - ' /dev/shm/'\n  condition: tool and place", ""},
		{"rule-run-tmp", "Hidden program run from a temporary folder", "critical", "A program in a hidden folder below /tmp was started.", "T1564.001", "defense-evasion", "  selection:\n    Image|startswith: '/tmp/.'\n  condition: selection", "kill"},
		{"rule-port", "Connection to an unusual port from a temporary folder", "high", "A program below a temporary folder connected to a high port outside.", "T1571", "command-and-control", "  selection:\n    Image|startswith: '/tmp/'\n    DestinationPort:\n      - 4444\n      - 1337\n  condition: selection", ""},
		{"rule-reverse", "Interactive shell without a terminal", "critical", "A shell was asked to be interactive by a program that has no terminal: the shape of a reverse shell.", "T1059.004", "execution", "  selection:\n    CommandLine|contains: 'bash -i'\n  condition: selection", "kill"},
		{"rule-shadow", "Password hashes read", "high", "A program other than those that need it opened /etc/shadow.", "T1003.008", "credential-access", "  selection:\n    TargetFilename: '/etc/shadow'\n  condition: selection", ""},
		{"rule-cron", "Crontab changed by a service account", "medium", "A service account wrote a crontab.", "T1053.003", "persistence", "  selection:\n    TargetFilename|startswith: '/var/spool/cron/'\n  condition: selection", ""},
		{"rule-nohup", "Program detached from its terminal", "low", "nohup was used to keep a program running.", "T1564", "defense-evasion", "  selection:\n    Image|endswith: '/nohup'\n  condition: selection", ""},
		{"rule-python", "Python serves files", "informational", "python3 was asked to serve a folder over HTTP.", "T1048", "exfiltration", "  selection:\n    CommandLine|contains: 'http.server'\n  condition: selection", ""},
		{"rule-sudo", "Sudo to another account", "low", "sudo was used to become another account.", "T1548.003", "privilege-escalation", "  selection:\n    Image|endswith: '/sudo'\n  condition: selection", ""},
	} {
		text := fmt.Sprintf("title: %s\nid: %s\nstatus: stable\ndescription: %q\nlogsource:\n  product: linux\n  category: %s\ndetection:\n%s\nlevel: %s\ntags:\n  - attack.%s\n  - attack.%s\n", r.name, r.id, r.about, category(r.detection), r.detection, r.level, r.tactic, strings.ToLower(r.technique))
		d := api.RuleDetail{Text: text, Rule: api.Rule{ID: r.id, Name: r.name, Format: "sigma", Path: "rules/" + r.id + ".yml", Source: "shipped", Level: r.level, Description: r.about, Techniques: []string{r.technique}, Tactics: []string{r.tactic}, Actions: []string{}}}
		if r.actions != "" {
			d.Actions = []string{r.actions}
		}
		w.rules[r.id] = d
	}
}

// raise makes the finding and the alert of a step.
func (w *world) raise(step, ruleID string, count int64) *api.Alert {
	e, r := w.attack[step], w.rules[ruleID]
	fields, values := matched(e, ruleID)
	f := w.put(e.HostName, e.Time.Std().Add(3*time.Millisecond), event.FindingRaise, func(x *event.Event) {
		x.Process, x.User, x.File, x.Net = e.Process, e.User, e.File, e.Net
		x.Finding = &event.Finding{
			RuleID: r.ID, RuleName: r.Name, RuleFormat: "sigma", Level: r.Level, Severity: api.Severity(r.Level), Techniques: r.Techniques, Tactics: r.Tactics,
			MatchedFields: fields, MatchedValues: values, Actions: r.Actions, EventKind: e.Kind.String(), EventID: e.ID(),
		}
	})
	a := api.Alert{
		ID: fmt.Sprintf("a%04d", len(w.alerts)+1), Status: api.AlertNew, RuleID: r.ID, RuleName: r.Name, RuleFormat: "sigma", Level: r.Level, Severity: api.Severity(r.Level),
		Techniques: r.Techniques, Tactics: r.Tactics, HostID: e.Agent, HostName: e.HostName, EntityID: e.Process.EntityID, PID: e.Process.PID, Process: e.Process.Name,
		Executable: e.Process.Executable, CommandLine: e.Process.CommandLine, User: e.User.Name, Story: story(e), Count: count,
		First: e.Time.Std().Add(-time.Duration(count-1) * time.Minute), Last: e.Time.Std(), Created: e.Time.Std(), Updated: e.Time.Std(), FindingID: f.ID(), EventID: e.ID(), EventKind: e.Kind.String(),
		Responses: []api.AlertResponse{},
	}
	if e.Process.Parent != nil {
		a.Parent = e.Process.Parent.Name
	}
	if len(r.Actions) > 0 {
		a.Responses = append(a.Responses, api.AlertResponse{EventID: f.ID() + "r", At: f.Time.Std().Add(2 * time.Millisecond), Action: "kill", Mode: "observe", Result: "would", Reason: "the policy of the group says observe", EntityID: a.EntityID, PID: a.PID, Latency: 4_700_000})
	}
	w.alerts = append(w.alerts, a)
	return &w.alerts[len(w.alerts)-1]
}

func matched(e *event.Event, ruleID string) (fields, values []string) {
	add := func(f, v string) { fields, values = append(fields, f), append(values, v) }
	switch ruleID {
	case "rule-web-shell":
		add("process.parent.executable", e.Process.Parent.Executable)
		add("process.executable", e.Process.Executable)
	case "rule-download", "rule-reverse", "rule-python":
		add("process.executable", e.Process.Executable)
		add("process.command_line", e.Process.CommandLine)
	case "rule-port":
		add("process.executable", e.Process.Executable)
		add("destination.port", fmt.Sprint(e.Net.DestinationPort))
	case "rule-shadow", "rule-cron":
		add("file.path", e.File.Path)
	default:
		add("process.executable", e.Process.Executable)
	}
	return fields, values
}

func story(e *event.Event) string {
	by := ""
	if e.Process.Parent != nil {
		by = fmt.Sprintf(" started by `%s`", e.Process.Parent.Name)
	}
	as := fmt.Sprintf(" as `%s`", e.User.Name)
	switch e.Kind {
	case event.NetConnect:
		return fmt.Sprintf("`%s`%s connected to `%s:%d`%s", e.Process.Name, by, e.Net.DestinationIP, e.Net.DestinationPort, as)
	case event.FileOpen:
		return fmt.Sprintf("`%s`%s tried to read `%s`%s and was refused", e.Process.Name, by, e.File.Path, as)
	case event.FileWrite:
		return fmt.Sprintf("`%s`%s wrote `%s`%s", e.Process.Name, by, e.File.Path, as)
	}
	return fmt.Sprintf("`%s`%s ran `%s`%s", e.Process.Name, by, e.Process.CommandLine, as)
}

// addNoise is the alerts of an ordinary day.
func (w *world) addNoise() {
	for i := range 46 {
		h := w.hosts[w.rng.IntN(len(w.hosts)-3)].Name
		at := w.now.Add(-time.Duration(w.rng.Int64N(int64(23 * time.Hour))))
		id, ruleID := "", "rule-sudo"
		switch i % 4 {
		case 0:
			id = w.start(h, w.find(h, "sshd"), at, "anna", "/usr/bin/sudo", "sudo", "-u", "postgres", "psql")
		case 1:
			id, ruleID = w.start(h, w.find(h, "cron"), at, "root", "/usr/bin/nohup", "nohup", "/usr/local/bin/backup.sh"), "rule-nohup"
		case 2:
			id, ruleID = w.start(h, w.find(h, "sshd"), at, "anna", "/usr/bin/python3", "python3", "-m", "http.server", "8000"), "rule-python"
		default:
			id, ruleID = w.start(h, w.find(h, "sshd"), at, "anna", "/usr/bin/curl", "curl", "-fsSL", "https://get.example.org/tool", "-o", "/tmp/tool"), "rule-download"
		}
		key := fmt.Sprintf("noise%d", i)
		w.attack[key] = w.procs[id]
		a := w.raise(key, ruleID, 1+w.rng.Int64N(4))
		switch {
		case at.Before(w.now.Add(-8 * time.Hour)):
			a.Status, a.Reason, a.Assignee = api.AlertClosed, "Expected activity", "jo"
		case i%5 == 0:
			a.Status, a.Assignee = api.AlertAcknowledged, "anna"
		}
	}
	for i := range w.alerts {
		if a := &w.alerts[i]; a.Status != api.AlertClosed {
			w.host(a.HostID).OpenAlerts.Add(a.Level, 1)
		}
	}
}
