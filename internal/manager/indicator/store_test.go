package indicator

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func newStore(t *testing.T) *Store {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s, err := New(t.Context(), Options{DB: db, Dir: t.TempDir(), Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (s *Store) must(t *testing.T, is ...api.IOC) api.IOCChanged {
	t.Helper()
	done, err := s.Change(t.Context(), api.IOCChange{Add: is, Comment: "c"}, "anna")
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func values(l api.IOCList) string {
	var out []string
	for _, i := range l.IOCs {
		out = append(out, i.Type+" "+i.Value+" "+i.Source)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// TestWM11_IndicatorsAreKept: indicators are added, replaced, asked for and
// removed; a value of the wrong type refuses the request and names the field.
func TestWM11_IndicatorsAreKept(t *testing.T) {
	s := newStore(t)
	done := s.must(t,
		api.IOC{Value: "Evil[.]example.org", Source: "A", Tags: []string{"c2"}}, api.IOC{Value: "evil.example.org", Source: "B", Level: "critical"},
		api.IOC{Type: "ip-dst", Value: "203.0.113.7", Source: "A", Expires: noon().Add(-time.Hour)}, api.IOC{Type: "md5", Value: strings.Repeat("AB", 16), Source: "A", Note: "loader"})
	if want := (api.IOCChanged{Version: 1, Added: 4, Total: 4}); done != want {
		t.Errorf("%+v", done)
	}
	var field *api.FieldError
	_, err := s.Change(t.Context(), api.IOCChange{Add: []api.IOC{{Value: "good.example.org"}, {Type: "md5", Value: "notahash"}}}, "x")
	if !errors.As(err, &field) || field.Field != "body.add[1].value" || s.Version() != 1 || s.Count() != 4 {
		t.Errorf("a wrong value: %v, version %d", err, s.Version())
	}
	if _, err := s.Change(t.Context(), api.IOCChange{Add: []api.IOC{{Type: "mutex", Value: "x"}}}, "x"); !errors.As(err, &field) || field.Field != "body.add[0].type" {
		t.Errorf("an unknown type: %v", err)
	}
	if again := s.must(t, api.IOC{Value: "evil.example.org", Source: "B", Level: "critical"}); again.Unchanged != 1 || again.Version != 1 {
		t.Errorf("the same again: %+v", again)
	}
	if again := s.must(t, api.IOC{Value: "evil.example.org", Source: "B", Level: "low"}); again.Replaced != 1 || again.Version != 2 {
		t.Errorf("changed: %+v", again)
	}
	for _, c := range []struct {
		q    api.IOCQuery
		want string
	}{
		{api.IOCQuery{Source: "A", Type: "domain"}, "domain evil.example.org A"}, {api.IOCQuery{Expired: true}, "ip 203.0.113.7 A"},
		{api.IOCQuery{Search: "EVIL[.]ex"}, "domain evil.example.org A, domain evil.example.org B"}, {api.IOCQuery{Search: "loader"}, "md5 " + strings.Repeat("ab", 16) + " A"},
		{api.IOCQuery{Search: "c2"}, "domain evil.example.org A"}, {api.IOCQuery{Search: "100%"}, ""}, {api.IOCQuery{Value: "evil.example.org."}, "domain evil.example.org A, domain evil.example.org B"},
	} {
		l, err := s.List(t.Context(), c.q)
		if err != nil || values(l) != c.want || int(l.Matched) != len(l.IOCs) || l.Total != 4 {
			t.Errorf("%+v: %q, %v; want %q", c.q, values(l), err, c.want)
		}
	}
	first, err := s.List(t.Context(), api.IOCQuery{Page: api.Page{Limit: 3}})
	if err != nil || len(first.IOCs) != 3 || first.Next == "" || first.IOCs[0].Level != "low" || len(first.Sources) != 4 {
		t.Errorf("%+v, %v", first, err)
	}
	rest, err := s.List(t.Context(), api.IOCQuery{Page: api.Page{Limit: 3, Cursor: first.Next}})
	if err != nil || len(rest.IOCs) != 1 || rest.Next != "" {
		t.Errorf("%+v, %v", rest, err)
	}
	hit, err := s.Test(t.Context(), api.IOCTest{Values: []string{"a.b.evil.example.org", "203.0.113.7", "example.org"}})
	if err != nil || len(hit.Hits) != 1 || hit.Hits[0].Indicator != "evil.example.org" || hit.Hits[0].Source != "A, B" && hit.Hits[0].Source != "B, A" {
		t.Errorf("%+v, %v", hit, err)
	}
	if _, err := s.Remove(t.Context(), api.IOCRemoval{}, "x"); !errors.As(err, &field) {
		t.Errorf("all without saying so: %v", err)
	}
	id := ioc.Indicator{Type: ioc.MD5, Value: strings.Repeat("ab", 16)}.ID()
	if gone, err := s.Remove(t.Context(), api.IOCRemoval{Values: []string{id, "EVIL.example.org"}, Source: "A"}, "bert"); err != nil || gone.Removed != 2 || gone.Total != 2 {
		t.Errorf("%+v, %v", gone, err)
	}
	vs, err := s.Versions(t.Context())
	if err != nil || len(vs.Versions) != 3 || vs.Versions[0].By != "bert" || vs.Versions[0].Removed != 2 || vs.Versions[2].Added != 4 || vs.Versions[2].Comment != "c" {
		t.Errorf("%+v, %v", vs, err)
	}
	if hit, err := s.Test(t.Context(), api.IOCTest{Values: []string{strings.Repeat("ab", 16)}}); err != nil || len(hit.Hits) != 0 {
		t.Errorf("what was removed: %+v, %v", hit, err)
	}
}

func TestTooManyRegexes(t *testing.T) {
	s := newStore(t)
	var is []api.IOC
	for n := range ioc.MaxRegexps {
		is = append(is, api.IOC{Type: "regex", Value: fmt.Sprintf("bad%d[0-9]+", n)})
	}
	s.must(t, is...)
	var field *api.FieldError
	if _, err := s.Change(t.Context(), api.IOCChange{Add: []api.IOC{{Type: "regex", Value: "one-more[0-9]"}}}, "x"); !errors.As(err, &field) || s.Count() != ioc.MaxRegexps {
		t.Errorf("%v, %d", err, s.Count())
	}
}
