package indicator

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	agent "github.com/vedette-edr/vedette/internal/agent/indicator"
	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
	"github.com/vedette-edr/vedette/internal/wire"
)

// twin is a manager's indicators and those of an agent.
type twin struct {
	*Store
	t     *testing.T
	agent *agent.Store
	dir   string
}

func newTwin(t *testing.T) *twin {
	w := &twin{Store: newStore(t), t: t, dir: filepath.Join(t.TempDir(), "iocs")}
	w.restart()
	t.Cleanup(func() { _ = w.agent.Close() })
	return w
}

func (w *twin) restart() {
	w.t.Helper()
	if w.agent != nil {
		if err := w.agent.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	var err error
	if w.agent, err = agent.Open(w.dir); err != nil {
		w.t.Fatal(err)
	}
}

// sync brings the agent what it lacks and returns in how many parts.
func (w *twin) sync() int {
	w.t.Helper()
	version, parts, err := w.Due(w.t.Context(), w.agent.Version())
	if err != nil {
		w.t.Fatal(err)
	}
	for n, p := range parts {
		if len(p) > wire.MaxDocument {
			w.t.Errorf("part %d has %d bytes", n, len(p))
		}
		i, err := wire.DecodeIOCs(p)
		if err != nil {
			w.t.Fatal(err)
		}
		done, err := w.agent.Apply(version, i)
		if err != nil || done != (n == len(parts)-1) {
			w.t.Fatalf("part %d: done %v, %v", n, done, err)
		}
	}
	if w.agent.Version() != version {
		w.t.Fatalf("version %d is in force, want %d", w.agent.Version(), version)
	}
	return len(parts)
}

func (w *twin) hits(values ...string) string {
	var out []string
	for _, v := range values {
		for _, m := range w.agent.Match(ioc.Sample(v), nil) {
			out = append(out, m.Rule.Description)
		}
	}
	return strings.Join(out, "; ")
}

func (w *twin) want(what, got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// TestWM11_TenThousandIndicatorsReachTheAgent: ten thousand indicators are found
// by the agent after one exchange, and not any more after they were removed.
func TestWM11_TenThousandIndicatorsReachTheAgent(t *testing.T) {
	w := newTwin(t)
	w.want("before", fmt.Sprint(w.sync()), "0")
	var is []api.IOC
	for n := range 10_000 {
		is = append(is, api.IOC{Value: fmt.Sprintf("bad%d.example.org", n), Source: "feed"})
	}
	w.must(t, is...)
	w.sync()
	w.want("the last", w.hits("www.bad9999.example.org", "good.example.org"), "domain bad9999.example.org, says feed")
	w.must(t, api.IOC{Value: "203.0.113.7", Source: "other"})
	w.want("one more", fmt.Sprint(w.sync()), "1")
	w.want("one more", w.hits("203.0.113.7", "bad0.example.org"), "ip 203.0.113.7, says other; domain bad0.example.org, says feed")
	if _, err := w.Remove(t.Context(), api.IOCRemoval{Source: "feed"}, "x"); err != nil {
		t.Fatal(err)
	}
	w.sync()
	w.want("removed", w.hits("bad9999.example.org", "203.0.113.7"), "ip 203.0.113.7, says other")
	w.restart()
	w.want("after a restart of the agent", w.hits("203.0.113.7"), "ip 203.0.113.7, says other")
	w.want("nothing is due", fmt.Sprint(w.sync()), "0")
}

// TestWA20_IndicatorsAreSynchronised: an agent gets only what changed, all when
// it is too far behind, damaged, or knows a version of another life of the
// manager; a change that does not fit leaves what was in force.
func TestWA20_IndicatorsAreSynchronised(t *testing.T) {
	w := newTwin(t)
	w.must(t, api.IOC{Value: "one.example.org", Source: "A"}, api.IOC{Value: "one.example.org", Source: "B"})
	w.sync()
	w.must(t, api.IOC{Value: "two.example.org", Source: "A"})
	w.must(t, api.IOC{Value: "one.example.org", Source: "A", Level: "low", Note: "changed"})
	_, parts, err := w.Due(t.Context(), 1)
	if err != nil || len(parts) != 1 {
		t.Fatal(len(parts), err)
	}
	if i, err := wire.DecodeIOCs(parts[0]); err != nil || i.Base != 1 || strings.Count(string(i.Lines), "\n") != 2 {
		t.Errorf("the difference: %+v, %v", i, err)
	}
	i, err := wire.DecodeIOCs(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	wrong := i
	wrong.Base = 7
	if done, err := w.agent.Apply(9, wrong); err == nil || done || w.agent.Version() != 1 {
		t.Errorf("a change of another base: %v, %v", done, err)
	}
	wrong = i
	wrong.Lines = []byte(`{"type":"md5","value":"zzz"}` + "\n")
	wrong.Base = 0
	if done, err := w.agent.Apply(9, wrong); err == nil || done {
		t.Errorf("a wrong indicator: %v, %v", done, err)
	}
	wrong = i
	wrong.Part, wrong.Parts = 2, 2
	if done, err := w.agent.Apply(9, wrong); err == nil || done {
		t.Errorf("a second part without a first: %v, %v", done, err)
	}
	w.want("all the while", w.hits("one.example.org", "two.example.org"), "domain one.example.org, says A, B")
	w.sync()
	w.want("after", w.hits("one.example.org", "two.example.org"), "domain one.example.org, says B, A: changed; domain two.example.org, says A")
	// damaged on disk: all again
	path := filepath.Join(w.dir, "iocs-3.db")
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.want("damaged", fmt.Sprint(w.agent.Version(), w.hits("two.example.org")), "0")
	w.sync()
	w.want("sent again", w.hits("two.example.org"), "domain two.example.org, says A")
	// the manager was restored from a backup: the agent has a higher version
	whole, parts, err := w.Due(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if i, err = wire.DecodeIOCs(parts[0]); err != nil {
		t.Fatal(err)
	}
	if done, err := w.agent.Apply(whole+40, i); err != nil || !done {
		t.Fatal(done, err)
	}
	w.sync()
	if w.Version() != whole+41 {
		t.Errorf("version %d after an agent had %d", w.Version(), whole+40)
	}
}

// TestManyPartsAreOneChange sends so many that they need several documents.
func TestManyPartsAreOneChange(t *testing.T) {
	w := newTwin(t)
	var is []api.IOC
	note := strings.Repeat("a note that takes some place in the document ", 10)
	for n := range 16_000 {
		is = append(is, api.IOC{Type: "sha256", Value: fmt.Sprintf("%064x", n+1), Source: "feed", Note: note + fmt.Sprint(n)})
	}
	w.must(t, is...)
	if n := w.sync(); n < 2 {
		t.Errorf("%d parts", n)
	}
	w.want("the last", w.hits(fmt.Sprintf("%064x", 16_000)), fmt.Sprintf("sha256 %064x, says feed: %s15999", 16_000, note))
}
