package ioc

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// FuzzMatch looks up any text under every name that is looked at.
func FuzzMatch(f *testing.F) {
	for _, s := range []string{"a.b.ev-il.example.org.", "MD5=" + md5Bad + ",IMPHASH=x", "[2001:db8::7]:1", `C:\a\..\EvilTool.exe`, "x http://a@[::1]:80/#?b ://", "type: 5 x;::1;", tlshOther} {
		f.Add(s)
	}
	d := open(f, all()...)
	f.Fuzz(func(t *testing.T, text string) {
		for name := range d.names {
			for _, m := range d.Match(foreign(name, text), nil) {
				if m.Rule == nil || len(m.Fields) < 3 {
					t.Fatalf("%s=%q: %+v", name, text, m)
				}
			}
		}
		d.Match(&event.Event{Kind: event.ProcessStart, Process: &event.Process{CommandLine: text, Executable: text}}, nil)
		if n := d.damaged.Load(); n > 0 {
			t.Fatalf("%d records are damaged", n)
		}
	})
}

// FuzzCanonical checks that what is kept of a value stays as it is.
func FuzzCanonical(f *testing.F) {
	for t, s := range map[Type]string{URL: "hxxp://a[.]b.example.org:80", Domain: "*.b\u00fccher.example.com.", FileName: `%TEMP%\a.b`, Network: "10.1.2.3/8", TLSH: tlshBad} {
		f.Add(uint8(t), s)
	}
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		i, err := Indicator{Type: Type(kind), Value: text}.Check()
		if err != nil {
			return
		}
		again, err := i.Check()
		if err != nil || again.Value != i.Value || again.Type != i.Type || again.ID() != i.ID() {
			t.Fatalf("%s %q is kept as %q, that as %q, %v", i.Type, text, i.Value, again.Value, err)
		}
	})
}

// FuzzOpen opens files whose bytes were changed.
func FuzzOpen(f *testing.F) {
	d := open(f, all()...)
	whole, err := os.ReadFile(d.file.Name())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(9), byte(1), uint32(0))
	f.Add(uint32(len(whole)-20), byte(0x80), uint32(3))
	f.Fuzz(func(t *testing.T, at uint32, flip byte, cut uint32) {
		text := append([]byte{}, whole...)
		text[int(at)%len(text)] ^= flip
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path, text[:len(text)-int(cut)%len(text)], 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(path, Options{})
		if err != nil {
			return
		}
		_ = db.Each(func(Indicator) bool { return true }) // a damaged record is an error
		for _, i := range all() {
			db.Match(foreign("Hashes", i.Value, "QueryName", i.Value, "Image", i.Value, "DestinationIp", i.Value, "Url", i.Value), nil)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
