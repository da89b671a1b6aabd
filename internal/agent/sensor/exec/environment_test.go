package exec

import (
	"fmt"
	"os"
	osexec "os/exec"
	"slices"
	"strings"
	"testing"
)

func block(vars ...string) []byte { return []byte(strings.Join(vars, "\x00") + "\x00") }

func TestEnvironment(t *testing.T) {
	v := newEnvironments("/nowhere")
	for name, c := range map[string]struct {
		in   []byte
		want []string
	}{
		"none":     {block("HOME=/", "PATH=/bin", "LANG=C", "LD_PRELOADED=x", "ld_preload=x"), nil},
		"listed":   {block("HOME=/", "LD_PRELOAD=/tmp/x.so", "A=b", "BASH_ENV=/tmp/e"), []string{"LD_PRELOAD=/tmp/x.so", "BASH_ENV=/tmp/e"}},
		"empty":    {block("LD_PRELOAD="), []string{"LD_PRELOAD="}},
		"no value": {block("LD_PRELOAD", "=x", ""), nil},
		"history":  {block("HISTFILE=/root/.bash_history", "HISTSIZE=1000", "HISTFILESIZE=0"), []string{"HISTFILESIZE=0"}},
		"off":      {block("HISTFILE=/dev/null", "HISTSIZE=", "SAVEHIST=0"), []string{"HISTFILE=/dev/null", "HISTSIZE=", "SAVEHIST=0"}},
		"cut":      {[]byte("A=b\x00LD_PRELOAD=/tm"), []string{"LD_PRELOAD=/tm"}},
		"bytes":    {block("ENV=\xff"), []string{"ENV=\ufffd"}},
		"long":     {block("ENV=" + strings.Repeat("x", 5000)), []string{"ENV=" + strings.Repeat("x", maxVariable-4)}},
		"nothing":  {nil, nil},
	} {
		if got, whole := v.of(1, c.in, uint32(len(c.in))); !slices.Equal(got, c.want) || !whole {
			t.Errorf("%s: %.80q, want %.80q", name, got, c.want)
		}
	}
	many := slices.Repeat([]string{"ENV=x"}, 1000)
	if got, _ := v.of(1, block(many...), 0); len(got) != maxVariables {
		t.Errorf("%d variables, at most %d", len(got), maxVariables)
	}
}

// What does not fit into a record is read from /proc, while it is that process.
func TestLongEnvironment(t *testing.T) {
	c := osexec.Command("sleep", "1000")
	c.Env = []string{"A=" + strings.Repeat("x", 20000), "LD_PRELOAD="}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	pid := uint32(c.Process.Pid)
	begin := []byte(c.Env[0][:8192])
	for { // until the child is the program
		if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)); err == nil && len(b) > 20000 && strings.HasPrefix(string(b), "A=xx") {
			break
		}
	}
	v := newEnvironments("")
	if got, whole := v.of(pid, begin, 20020); !whole || !slices.Equal(got, []string{"LD_PRELOAD="}) {
		t.Errorf("%q, whole %v", got, whole)
	}
	if got, whole := v.of(pid, block("B=other"), 20020); whole || got != nil {
		t.Errorf("of another program: %q, whole %v", got, whole)
	}
	v.second, v.asked = 1<<62, 0
	if _, whole := v.of(uint32(1<<22+1), begin, 20020); whole {
		t.Error("a process that is gone")
	}
	for range 3 * maxAsked {
		v.of(pid, begin, 20020)
	}
	if _, whole := v.of(pid, begin, 20020); whole && v.asked > maxAsked {
		t.Errorf("asked %d times in a second", v.asked)
	}
}

func FuzzEnvironment(f *testing.F) {
	v := newEnvironments("/nowhere")
	f.Add(block("HOME=/", "LD_PRELOAD=/tmp/x.so"))
	f.Add([]byte("ENV=\xff\x00HISTSIZE"))
	f.Fuzz(func(t *testing.T, b []byte) {
		out := v.pick(b)
		if len(out) > maxVariables {
			t.Fatal(len(out))
		}
		for _, s := range out {
			if name, _, ok := strings.Cut(s, "="); !ok || len(s) > 3*maxVariable {
				t.Fatalf("%q of %q", s, name)
			}
		}
	})
}

func BenchmarkEnvironment(b *testing.B) {
	v := newEnvironments("/nowhere")
	var vars []string
	for i := range 40 {
		vars = append(vars, fmt.Sprintf("%c%d_NAME=%s", 'A'+i%26, i, strings.Repeat("v", 20)))
	}
	env := block(vars...)
	b.ReportAllocs()
	for b.Loop() {
		v.of(1, env, uint32(len(env)))
	}
}
