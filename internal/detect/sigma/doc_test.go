package sigma

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables into docs/sigma.md")

// TestTheDocumentShowsTheTables keeps the tables of docs/sigma.md equal to
// those of the program.
func TestTheDocumentShowsTheTables(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "sigma.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, table := range map[string]string{"log sources": sourcesTable(), "fields": fieldsTable()} {
		begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
		head, rest, ok := strings.Cut(want, begin)
		_, tail, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("docs/sigma.md has no place for the %s", name)
		}
		want = head + begin + "\n" + table + "\n" + end + tail
	}
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatal("docs/sigma.md is not what the tables say; run go test ./internal/detect/sigma -update")
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func sourcesTable() string {
	var b strings.Builder
	b.WriteString("| product | category | service | our events | channels | ids | and | fields called |\n|---|---|---|---|---|---|---|---|\n")
	for _, s := range sources() {
		if len(s.kinds) == 1 && s.category == s.kinds[0].String() {
			continue // told below
		}
		var kinds, renamed []string
		for _, k := range s.kinds {
			kinds = append(kinds, code(k.String()))
		}
		for _, from := range slices.Sorted(maps.Keys(s.rename)) {
			renamed = append(renamed, from+" = "+s.rename[from])
		}
		channels := strings.Join(s.channels, ", ")
		if len(s.channels)+len(s.kinds) == 0 {
			channels = "all of " + s.product
		}
		require := ""
		if s.require[0] != "" {
			require = s.require[0] + " = " + s.require[1]
		}
		service := s.service
		if service == anyService {
			service = "any other, or none"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", s.product, code(s.category), service, strings.Join(kinds, ", "), channels,
			strings.Join(s.codes, ", "), require, strings.Join(renamed, ", "))
	}
	b.WriteString("\nWith `product: linux` the name of any of our kinds is a category too: `net_listen` means events of that kind.\n")
	return b.String()
}

func fieldsTable() string {
	var b strings.Builder
	b.WriteString("| Sigma | our events | in |\n|---|---|---|\n")
	for _, m := range fields() {
		of := map[section]string{0: "every event", ofFile: "file events", ofNet: "network events", ofName: "events of names"}[m.of]
		field := code(m.field)
		for _, v := range slices.Sorted(maps.Keys(m.values)) {
			field += fmt.Sprintf(", %s is %s", v, m.values[v])
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(m.sigma), field, of)
	}
	return b.String()
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
