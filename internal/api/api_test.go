package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestParseSpan(t *testing.T) {
	for in, want := range map[string]time.Duration{"30s": 30 * time.Second, "1h30m": 90 * time.Minute, "7d": 168 * time.Hour, "2w": 336 * time.Hour,
		"1w2d3h": 219 * time.Hour, "": 0, "0s": 0, "-1h": 0, "7": 0, "d": 0, "1d1d": 0, "1h1d": 0, "99999999999999w": 0, "1.5d": 0, "200000d": 0} {
		got, err := ParseSpan(in)
		if (err != nil) != (want == 0) || got != want {
			t.Errorf("%q: %s, %v; want %s", in, got, err, want)
		}
	}
}

func TestRangeBounds(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		r     Range
		field string // of the error
		want  string
	}{
		"default":        {Range{}, "", "2026-11-21T11:00:00Z 2026-11-21T12:00:00Z"},
		"last":           {Range{Last: "2d"}, "", "2026-11-19T12:00:00Z 2026-11-21T12:00:00Z"},
		"zones":          {Range{From: "2026-11-21T09:00:00+01:00", To: "2026-11-21T03:00:00-06:00"}, "", "2026-11-21T08:00:00Z 2026-11-21T09:00:00Z"},
		"pivot":          {Range{Pivot: "2026-11-21T09:00:00Z"}, "", "2026-11-21T08:50:00Z 2026-11-21T09:10:00Z"},
		"turned round":   {Range{From: "2026-11-21T09:00:00Z", To: "2026-11-21T08:00:00Z"}, "query.from", ""},
		"no zone":        {Range{From: "2026-11-21T09:00:00"}, "query.from", ""},
		"both":           {Range{From: "2026-11-21T09:00:00Z", Last: "1h"}, "query.last", ""},
		"pivot and from": {Range{Pivot: "2026-11-21T09:00:00Z", From: "2026-11-21T09:00:00Z"}, "query.pivot", ""},
		"delta alone":    {Range{Delta: "1m"}, "query.delta", ""},
		"bad last":       {Range{Last: "soon"}, "query.last", ""},
		"bad delta":      {Range{Pivot: "2026-11-21T09:00:00Z", Delta: "x"}, "query.delta", ""},
		"bad to":         {Range{To: "now"}, "query.to", ""},
	} {
		from, to, err := tc.r.Bounds(now)
		var field *FieldError
		switch {
		case tc.field != "" && (!errors.As(err, &field) || field.Field != tc.field):
			t.Errorf("%s: %v, want an error of %s", name, err, tc.field)
		case tc.field == "" && (err != nil || from.Format(time.RFC3339)+" "+to.Format(time.RFC3339) != tc.want):
			t.Errorf("%s: %s %s, %v", name, from, to, err)
		}
	}
}

func FuzzBounds(f *testing.F) {
	f.Add("", "", "1h", "", "")
	f.Add("2026-11-21T09:00:00Z", "", "", "", "")
	f.Add("", "", "", "2026-11-21T09:00:00Z", "1w1d1h")
	f.Fuzz(func(t *testing.T, from, to, last, pivot, delta string) {
		a, b, err := Range{From: from, To: to, Last: last, Pivot: pivot, Delta: delta}.Bounds(time.Unix(1e9, 0))
		if err == nil && a.After(b) {
			t.Errorf("from %s is after to %s", a, b)
		}
	})
}

func TestRoles(t *testing.T) {
	for _, tc := range []struct {
		have, need string
		want       bool
	}{{RoleAdmin, RoleViewer, true}, {RoleViewer, RoleAdmin, false}, {RoleAnalyst, RoleAnalyst, true}, {"", RoleViewer, false}, {"root", RoleViewer, false}, {RoleAdmin, "root", false}} {
		if got := RoleCovers(tc.have, tc.need); got != tc.want {
			t.Errorf("%q covers %q: %v", tc.have, tc.need, got)
		}
	}
}

func TestQueryEncoding(t *testing.T) {
	q := EventQuery{EventSelect: EventSelect{Query: "a = 'b&c'", Range: Range{Last: "1h"}}, Page: Page{Limit: 5}, Fields: []string{"x", "y"}}
	if got := encodeQuery(q).Encode(); got != "fields=x%2Cy&last=1h&limit=5&query=a+%3D+%27b%26c%27" {
		t.Error(got)
	}
	if got := encodeQuery(nil).Encode(); got != "" {
		t.Error(got)
	}
}

func TestClientExplains(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer k" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(`{"title":"Unprocessable","status":422,"detail":"wrong","errors":[{"message":"is bad","location":"query.from"}]}`))
	}))
	defer s.Close()
	for name, tc := range map[string]struct {
		p    Profile
		want string
	}{
		"http":            {Profile{URL: "http://x"}, "no https://"},
		"bad authority":   {Profile{URL: s.URL, Authority: "x"}, "no certificate"},
		"other authority": {Profile{URL: s.URL}, "vedette login"},
		"nobody there":    {Profile{URL: "https://127.0.0.1:1"}, "is the manager running"},
	} {
		c, err := NewClient(tc.p)
		if err == nil {
			_, err = Get[Health](t.Context(), c, "/health", nil)
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := NewClient(Profile{URL: s.URL, Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	c.http = s.Client()
	_, err = Get[Health](t.Context(), c, "/health", nil)
	var p *Problem
	if !errors.As(err, &p) || p.Status != 422 || err.Error() != "wrong; query.from: is bad (422)" {
		t.Errorf("%v", err)
	}
	c.profile.Key = ""
	if _, err = Get[Health](t.Context(), c, "/health", nil); !errors.As(err, &p) || p.Status != 401 {
		t.Errorf("%v", err)
	}
}
