package ship

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func FuzzIdentity(f *testing.F) {
	f.Add([]byte(`{"agent":"aaaaaaaaaaaa","addresses":["a:1"],"key":"","certificates":"","authorities":"","signing_keys":""}`))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if id, err := parseIdentity(text); (id == nil) == (err == nil) && err == nil {
			t.Fatal("neither identity nor error")
		}
	})
}

func FuzzDocumentsFile(f *testing.F) {
	f.Add([]byte(`{"agent":"aaaaaaaaaaaa","applied":{"policy":3},"documents":{"policy":"AAAA"}}`))
	f.Add([]byte(`{"documents":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, documentsName), text, 0o600); err != nil {
			t.Fatal(err)
		}
		o := Options{Dir: dir, Documents: Documents{Policy: func(int64, wire.Policy) error {
			t.Fatal("a policy that nobody signed was put in force")
			return nil
		}}}.withDefaults()
		if _, err := openDocuments(o, &Identity{Agent: "aaaaaaaaaaaa"}, func(*wirepb.TaskResult) {}); err != nil {
			t.Fatalf("damage to kept documents must not stop the agent: %v", err)
		}
	})
}

func TestTemporary(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&Unreachable{Err: os.ErrDeadlineExceeded}, true},
		{&Untrusted{Err: wire.ErrWrongManager}, false},
		{&Refusal{Code: 16}, false},
		{&Refusal{Code: 7}, false},
		{&Refusal{Code: 14}, true},
		{&Refusal{Code: 8}, true},
	} {
		if got := Temporary(c.err); got != c.want {
			t.Errorf("%v: got %v", c.err, got)
		}
	}
}
