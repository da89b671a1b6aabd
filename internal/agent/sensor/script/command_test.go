package script

import (
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	argument := func(s string) command { return command{source: "argument", text: s} }
	at := func(s string) command { return command{source: "file", path: s} }
	module := func(s string) command { return command{source: "file", module: s} }
	stdin, none := command{source: "stdin"}, command{}
	// Words are divided by "|".
	for line, want := range map[string]command{
		"bash": stdin, "bash|-l": stdin, "bash|-s|x": stdin, "sh|-": stdin, "bash|--norc|-i": stdin,
		"bash|x.sh": at("x.sh"), "bash|-x|x.sh|-c|y": at("x.sh"), "sh|-e|--|-c": at("-c"), "bash|-|x.sh": at("x.sh"),
		"bash|-c|echo a": argument("echo a"), "sh|-xec|echo a|b": argument("echo a"), "bash|-c|-x|echo a": argument("echo a"),
		"bash|-c|--|echo a": argument("echo a"), "bash|-c": none, "bash|-o|pipefail|-c|a": argument("a"),
		"bash|-euo|pipefail|x.sh": at("x.sh"), "bash|+x|+O|extglob|x.sh": at("x.sh"), "bash|--rcfile|r|x.sh": at("x.sh"),
		"bash|--init-file=r|x.sh": at("x.sh"), "dash|-c|a": argument("a"), "bash-5.2|-c|a": argument("a"), "ksh93|-c|a": argument("a"),
		"zsh|--emulate|sh|-c|a": argument("a"), "csh|-f|x.csh": at("x.csh"), "tcsh|-c|a": argument("a"),
		"fish|-c|a|-c|b": argument("a\nb"), "fish|--command=a": argument("a"), "fish|-C|init|x.fish": at("x.fish"),
		"python3.11|-c|print(1)|-m|x": argument("print(1)"), "python3|-Ic|a": argument("a"), "python3|-cprint(1)": argument("print(1)"),
		"python3|-W|error|-X|dev|x.py|-c|a": at("x.py"), "python3|-m|http.server|8000": module("http.server"), "python2.7|-": stdin,
		"python3|-": stdin, "pypy3|-u|x.py": at("x.py"), "python3|--check-hash-based-pycs|never|x.py": at("x.py"), "python3": stdin,
		"perl|-e|a|-e|b|file": argument("a\nb"), "perl|-lane|a": argument("a"), "perl|-l012ne|a": argument("a"), "perl|-0777pe|a": argument("a"),
		"perl|-pi.bak|-e|a|f": argument("a"), "perl|-MIO::Socket|-e|a": argument("a"), "perl|-I|lib|x.pl": at("x.pl"), "perl|-Ilib|x.pl": at("x.pl"),
		"perl|-E|a": argument("a"), "perl|-ea": argument("a"), "perl|-wT|x.pl|-e|a": at("x.pl"), "perl|-pie|s/a/b/|f": at("s/a/b/"),
		"ruby|-rsocket|-e|a": argument("a"), "ruby|-r|socket|-ne|a": argument("a"), "ruby3.1|x.rb": at("x.rb"), "ruby|--disable|gems|x.rb": at("x.rb"),
		"node|-e|a": argument("a"), "node|--eval=a": argument("a"), "node|-p|a": argument("a"), "node|-pe|a": argument("a"), "nodejs|--require|m|x.js": at("x.js"),
		"node|--inspect|x.js": at("x.js"), "node|-r|m|x.js|-e|a": at("x.js"), "node": stdin,
		"lua5.3|-e|a": argument("a"), "lua|-l|m|x.lua": at("x.lua"), "lua|-": stdin, "luajit|-lm|x.lua": at("x.lua"),
		"php|-r|a": argument("a"), "php8.2|-d|a=b|x.php": at("x.php"), "php|-f|x.php|--|-r": at("x.php"), "php|-n|-ra": argument("a"),
		"awk|BEGIN{}|f": argument("BEGIN{}"), "mawk|-F|:|-v|a=b|{print}": argument("{print}"), "gawk|-f|x.awk|f": at("x.awk"), "awk|-F:|{print}": argument("{print}"),
		"gawk|-e|a|f": argument("a"), "gawk|--file=x.awk": at("x.awk"), "gawk|-b|{print}": argument("{print}"), "awk|--|-x": argument("-x"), "awk": none, "awk|-f|-": stdin,
		"tclsh8.6|x.tcl|-e": at("x.tcl"), "tclsh|-encoding|utf-8|x.tcl": at("x.tcl"), "expect|-c|a": argument("a"), "expect|-f|x.exp": at("x.exp"), "expect|-d|x.exp": at("x.exp"),
		"Rscript|-e|a": argument("a"), "Rscript|--vanilla|x.R": at("x.R"), "osascript|-l|JavaScript|-e|a": argument("a"),
		"pwsh|-NoP|-NonI|-w|hidden|-c|a|b": argument("a b"), "pwsh|-Command|-": stdin, "pwsh|x.ps1|-c|a": at("x.ps1"), "pwsh|-ExecutionPolicy|Bypass|-File|x.ps1": at("x.ps1"),
		"pwsh|-EncodedCommand|aABpAA==": argument("hi"), "pwsh|-ep|bypass|-enc|aABpAA==": argument("hi"), "pwsh|-e|not base64": argument("not base64"), "pwsh": stdin, "pwsh|-File": stdin,
		"pwsh|--command|a": argument("a"), "pwsh|-ec|aABpAA==": argument("hi"),
	} {
		words := strings.Split(line, "|")
		l := languages()[baseName(words[0])]
		if l == nil {
			t.Errorf("%s: no interpreter", line)
			continue
		}
		if got := l.parseArgs(words[1:]); got != want {
			t.Errorf("%s: %+v, want %+v", line, got, want)
		}
	}
}

func TestNoInterpreter(t *testing.T) {
	for _, name := range []string{"", "ls", "bashbug", "sshd", "perldoc", "python3-config", "node_exporter", "R", "php-fpm8.2", "7z"} {
		if l := languages()[baseName(name)]; l != nil {
			t.Errorf("%s is an interpreter", name)
		}
	}
}

func TestCommandFiles(t *testing.T) {
	for want, c := range map[string]command{
		"/w/a/x.sh":                    {path: "a/x.sh"},
		"/x.sh":                        {path: "/a/../x.sh"},
		"/x":                           {path: "../x"},
		"/w/a/b.py /w/a/b/__main__.py": {module: "a.b"},
	} {
		if got := strings.Join(c.files("/w"), " "); got != want {
			t.Errorf("%+v: %s, want %s", c, got, want)
		}
	}
}

// Whatever the arguments, no text comes out that was not among them.
func FuzzCommand(f *testing.F) {
	f.Add("bash", "-c|echo a")
	f.Add("perl", "-l0ne|a|-e|b")
	f.Add("gawk", "--file=x|-f|y")
	f.Add("node", "-pe|a|--require")
	f.Add("python", "-mx|-")
	all := languages()
	f.Fuzz(func(t *testing.T, name, line string) {
		l := all[name]
		if l == nil || l.parse != nil {
			return
		}
		c := l.parseArgs(strings.Split(line, "|"))
		for _, s := range append(strings.Split(c.text, "\n"), c.path, c.module) {
			if !strings.Contains(line, s) {
				t.Fatalf("%q is not in %q", s, line)
			}
		}
		if c.source == "" && (c.path != "" || c.text != "" || c.module != "") {
			t.Fatalf("%+v", c)
		}
	})
}

func FuzzPowerShell(f *testing.F) {
	f.Add("-NoP|-enc|aABpAA==")
	f.Add("-w|-File|-")
	f.Fuzz(func(t *testing.T, line string) {
		switch c := parsePowerShell(strings.Split(line, "|")); c.source {
		case "file", "argument", "stdin":
		default:
			t.Fatalf("%+v", c)
		}
	})
}
