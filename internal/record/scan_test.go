package record

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// plainScan reads an object with the library's decoder: what ParseJSON must
// give, without speed.
func plainScan(line []byte) (names, values []string, err error) {
	dec := jsontext.NewDecoder(bytes.NewReader(line), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	t, err := dec.ReadToken()
	if err != nil || t.Kind() != '{' {
		return nil, nil, errors.New("no object")
	}
	var value func(name string) error
	object := func(prefix string) error {
		for {
			t, err := dec.ReadToken()
			if err != nil {
				return err
			}
			if t.Kind() == '}' {
				return nil
			}
			if err := value(prefix + t.String()); err != nil {
				return err
			}
		}
	}
	value = func(name string) error {
		t, err := dec.ReadToken()
		if err != nil {
			return err
		}
		switch t.Kind() {
		case '{':
			return object(name + ".")
		case '[':
			for dec.PeekKind() != ']' {
				if err := value(name); err != nil {
					return err
				}
			}
			_, err := dec.ReadToken()
			return err
		case 'n':
			return nil
		}
		names, values = append(names, name), append(values, t.String())
		return nil
	}
	if err := object(""); err != nil {
		return nil, nil, err
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, nil, errors.New("more than one value")
	}
	return names, values, nil
}

// FuzzScan compares the scanner with the library.
func FuzzScan(f *testing.F) {
	for _, line := range []string{
		`{"a":"x","b":{"c":[1,-0.5e+3,true,null,{"d":false}]},"a":""}`, `{"\u00e9\n":"\ud83d\ude00\ud800\\\/\b"}`, "{\"a\":\"\xff\xc3\"}",
		`{}`, `{"a":01}`, `{"a":1.}`, `{"a":"`, `{"a" "b"}`, `{"a":1,}`, `[1]`, `{"a":1}{`, `{"a":nul}`, "{\"a\":\"\x01\"}", `{"a":"\x"}`, ` {"a" : [ ] , "b":{ } } `, `{"a":-}`, `{"a":"\ud800\u0041"}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		names, values, want := plainScan(line)
		s := scanner{intern: func(b []byte) string { return string(b) }}
		err := s.object(line)
		if bytes.Count(line, []byte{'['})+bytes.Count(line, []byte{'{'}) > maxDepth || len(names) > maxNames {
			return // the scanner has limits of its own
		}
		if (err == nil) != (want == nil) {
			t.Fatalf("%q: the scanner says %v, the library %v", line, err, want)
		}
		if err != nil {
			return
		}
		var gotNames, gotValues []string
		for _, v := range s.found {
			gotNames, gotValues = append(gotNames, v.name), append(gotValues, string(s.text[v.from:v.to]))
		}
		if !slices.Equal(gotNames, names) || !slices.Equal(gotValues, values) {
			t.Fatalf("%q:\n got %q %q\nwant %q %q", line, gotNames, gotValues, names, values)
		}
	})
}
