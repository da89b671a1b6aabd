package auth_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
	"github.com/vedette-edr/vedette/rules"
)

// failureRules loads the shipped rules about failed logons, changed as a person
// would.
func failureRules(t *testing.T, change *strings.Replacer) *detect.Set {
	t.Helper()
	const name = "credential_access_logon_failures.yml"
	text, err := rules.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	set, problems := detect.Load(detect.Options{Formats: all.Formats(), Whole: true}, []detect.File{{Path: name, Text: change.Replace(string(text))}})
	if set == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	return set
}

func findings(set *detect.Set, events []*event.Event) int {
	k := set.Correlator(correlate.Options{})
	n := 0
	for i, e := range events {
		for _, m := range k.Match(e, e.Time, correlate.Ref{Number: int64(i) + 1}, set.Match(e, nil), nil) {
			if m.Rule.Raises() {
				n++
			}
		}
	}
	return n
}

// TestGM17_FailedLogons: more failures of a user than the threshold within the
// window are one finding; both are numbers in the rule.
func TestGM17_FailedLogons(t *testing.T) {
	b := plain(t, nil)
	name := filepath.Join(b.root, "var/log/btmp")
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	at := event.At(time.Now()) - 3600e9
	for i := range 4 {
		write(t, name, utmp.Record{
			Type: utmp.LoginProcess, PID: int64(4000000 + i), Line: "ssh:notty", User: "alice", Host: "192.0.2.7", Time: at + event.Time(i)*60e9,
		})
	}
	events := b.Wait(t, "failures", 4, byUser(event.AuthFail, "alice"))
	for _, c := range []struct {
		change []string
		want   int
	}{
		{nil, 1},
		{[]string{"{gt: 3}", "{gt: 4}"}, 0},
		{[]string{"{gt: 3}", "{gt: 2}"}, 1},
		{[]string{"timespan: 5m", "timespan: 2m"}, 0},
	} {
		if n := findings(failureRules(t, strings.NewReplacer(c.change...)), events); n != c.want {
			t.Errorf("%v: %d findings, want %d", fmt.Sprint(c.change), n, c.want)
		}
	}
	if n := findings(failureRules(t, strings.NewReplacer()), events[:3]); n != 0 {
		t.Errorf("%d findings of three failures", n)
	}
}
