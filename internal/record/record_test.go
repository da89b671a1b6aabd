package record

import (
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestParseJSON(t *testing.T) {
	r, err := ParseJSON([]byte(`{"Channel":"Linux-Auditd","EventID":"59","Computer":"h1","a":{"b":1,"c":[true,"x",null]},"empty":"","_time":"1.5","_src":"f"}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	r.Each(func(name string, v event.Value) bool {
		got = append(got, name+"="+v.Text())
		return true
	})
	want := []string{"Channel=Linux-Auditd", "EventID=59", "Computer=h1", "a.b=1", "a.c=true", "a.c=x", "empty="}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if r.Time != 1_500_000_000 || r.Host != "h1" || r.Get(event.FieldEventCode).Text() != "59" || r.Get(event.FieldLogChannel).Text() != "Linux-Auditd" {
		t.Errorf("the header fields are wrong: %+v", r)
	}
	if v := r.Data("a.c"); !slices.Equal(v.List, []string{"true", "x"}) {
		t.Errorf("a.c = %+v", v)
	}
	if !r.Data("empty").Present() || r.Data("none").Present() || r.Data("_src").Text() != "f" {
		t.Error("empty must be present, none absent, _src readable by its name")
	}
	if e := r.Event(); e.Kind != event.LogRecord || e.Data("a.b").Text() != "1" || e.HostName != "h1" {
		t.Errorf("as an event: %+v", e)
	}
}

func TestParseJSONErrors(t *testing.T) {
	for text, part := range map[string]string{
		``: "EOF", `[]`: "not a JSON object", `{"a":1} {}`: "more than one", `{"a":`: "EOF",
		`{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`: "nested deeper",
	} {
		if _, err := ParseJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%.20s: got %v, want an error with %q", text, err, part)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"Channel":"x","a":{"b":[1,null,true]},"_time":"1"}`))
	f.Add([]byte(`{"a":"\ud800","b":1e999}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := ParseJSON(line)
		if err != nil {
			return
		}
		if len(r.Log.Names) != len(r.Log.Values) || len(r.Hidden.Names) != len(r.Hidden.Values) {
			t.Fatal("names and values are not parallel")
		}
	})
}
