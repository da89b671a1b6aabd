package history

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFormatOf(t *testing.T) {
	for file, want := range map[string]Format{
		"/root/.bash_history": Bash, "/home/a/.zsh_history": Zsh, "/home/a/.histfile": Zsh, "/home/a/.local/share/fish/fish_history": Fish,
		"/root/.ash_history": Plain, ".sh_history": Plain, "/root/.bash_history-123.tmp": None, "/root/bash_history": None, "": None,
	} {
		if got := FormatOf(file); got != want {
			t.Errorf("%s: %d, want %d", file, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		format Format
		in     string
		want   string // entries as "time text", divided by "|"
	}{
		"plain":                    {Plain, "ls\n\n  id -u \ncut", "0 ls|0   id -u "},
		"bash":                     {Bash, "ls\n# a comment\n#123x\nid\n", "0 ls|0 # a comment|0 #123x|0 id"},
		"bash with times":          {Bash, "#1767225600\nls\n#1767225601\nfor i in 1\ndo id\ndone\n", "1767225600 ls|1767225601 for i in 1\ndo id\ndone"},
		"bash, times begin later":  {Bash, "old\nolder\n#1767225600\nnew\n", "0 old|0 older|1767225600 new"},
		"bash, time without entry": {Bash, "#1767225600\n#1767225601\nls\n#1767225602\n", "1767225601 ls"},
		"bash, not at its end":     {Bash, "#1767225600\nls\nwho", "1767225600 ls"},
		"zsh":                      {Zsh, "ls -l\necho a\\\nb\n", "0 ls -l|0 echo a\nb"},
		"zsh extended":             {Zsh, ": 1767225600:0;ls\n: 1767225601:5;echo a\\\nb; c\n", "1767225600 ls|1767225601 echo a\nb; c"},
		"zsh, only like extended":  {Zsh, ": x:0;ls\n: true; ls\n", "0 : x:0;ls|0 : true; ls"},
		"zsh, its bytes":           {Zsh, "echo \xc3\x83\xa4\n", "0 echo \xc3\x84"},
		"zsh, goes on":             {Zsh, "ls\necho a\\\n", "0 ls"},
		"fish": {Fish, "- cmd: ls\n  when: 1767225600\n- cmd: echo \\\\a\\nb\n  when: 1767225601\n  paths:\n    - /x\n- cmd: half\n",
			"1767225600 ls|1767225601 echo \\a\nb"},
		"not UTF-8": {Plain, "a\xff\n", "0 a\ufffd"},
		"windows":   {Plain, "a\r\n", "0 a"},
		"none":      {None, "ls\n", ""},
	} {
		var got []string
		for _, e := range Parse(c.format, []byte(c.in)) {
			at := int64(0)
			if !e.Time.IsZero() {
				at = e.Time.Unix()
			}
			got = append(got, fmt.Sprintf("%d %s", at, e.Text))
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s: %q, want %q", name, s, c.want)
		}
	}
}

// An entry ends where reading can go on, with nothing told twice.
func TestParseGoesOn(t *testing.T) {
	files := map[Format]string{
		Plain: "a\nb\nc\n", Bash: "#1\na\n#2\nb\nb\n#3\nc\n", Zsh: ": 1:0;a\n: 2:0;b\\\nb\n: 3:0;c\n",
		Fish: "- cmd: a\n  when: 1\n- cmd: b\n  when: 2\n- cmd: c\n  when: 3\n",
	}
	for f, text := range files {
		all := Parse(f, []byte(text))
		if len(all) != 3 {
			t.Fatalf("%s: %d entries", f.Shell(), len(all))
		}
		for i, e := range all {
			rest := Parse(f, []byte(text[e.End:]))
			if len(rest) != 2-i || len(rest) > 0 && rest[0].Text != all[i+1].Text {
				t.Errorf("%s after entry %d: %+v", f.Shell(), i, rest)
			}
		}
	}
}

func TestLongEntry(t *testing.T) {
	e := Parse(Bash, []byte("#1\n"+strings.Repeat("x\n", 2*MaxEntry)))
	if len(e) != 1 || len(e[0].Text) > MaxEntry {
		t.Errorf("%d entries, the first of %d bytes", len(e), len(e[0].Text))
	}
}

func FuzzParse(f *testing.F) {
	f.Add(byte(Bash), []byte("#1767225600\nls\nid\n"))
	f.Add(byte(Zsh), []byte(": 1767225600:0;ls \\\n\x83\xa4\n"))
	f.Add(byte(Fish), []byte("- cmd: a\\nb\n  when: 1\n"))
	f.Add(byte(Plain), []byte("a\r\n\n"))
	f.Fuzz(func(t *testing.T, format byte, b []byte) {
		last := 0
		for _, e := range Parse(Format(format%5), b) {
			if e.Text == "" || !utf8.ValidString(e.Text) || len(e.Text) > 3*MaxEntry {
				t.Fatalf("entry %q", e.Text)
			}
			if e.End <= last || e.End > len(b) {
				t.Fatalf("ends at %d after %d of %d", e.End, last, len(b))
			}
			last = e.End
		}
	})
}
