package internal

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write CHANGELOG.md anew")

const changelogHead = `# Changelog

Notable changes, newest first. Each release lists what a person who runs Vedette sees.
Made by ` + "`make changelog`" + ` from the files in changelog/; changelog/TEMPLATE says how to add one.
`

// areas are the sections of a release, in their order.
func areas() []string { return []string{"Detection", "Agent", "Manager", "Console", "The base"} }

// TestChangelog: CHANGELOG.md is what the files in changelog/ make, one for each
// change that somebody sees. -update writes it.
func TestChangelog(t *testing.T) {
	root := filepath.Join("..", "changelog")
	folders, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	text := changelogHead + release(t, "Unreleased", filepath.Join(root, "unreleased"))
	slices.Reverse(folders) // DATE_VERSION, the newest first
	for _, f := range folders {
		if date, version, ok := strings.Cut(f.Name(), "_"); ok && f.IsDir() {
			text += release(t, version+", "+date, filepath.Join(root, f.Name()))
		}
	}
	file := filepath.Join("..", "CHANGELOG.md")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(file); err != nil || string(have) != text {
		t.Errorf("CHANGELOG.md is not what changelog/ makes (%v): change the files there, and run make changelog", err)
	}
}

// release returns the section of one release.
func release(t *testing.T, title, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) == 0 {
		return ""
	}
	name := regexp.MustCompile(`^[0-9]{3,}(-[a-z0-9]+)+\.md$`)
	changes := map[string][]string{}
	slices.Reverse(entries) // the highest number first
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(content), "\n")
		area, what, ok := strings.Cut(first, ": ")
		if !ok || !slices.Contains(areas(), area) || strings.TrimSpace(what) == "" || !name.MatchString(e.Name()) {
			t.Errorf("%s: it must be called NUMBER-words.md and begin with an area (%s), a colon and a sentence", filepath.Join(dir, e.Name()), strings.Join(areas(), ", "))
		}
		changes[area] = append(changes[area], what)
	}
	out := "\n## " + title + "\n"
	for _, area := range areas() {
		if len(changes[area]) > 0 {
			out += "\n### " + area + "\n- " + strings.Join(changes[area], "\n- ") + "\n"
		}
	}
	return out
}
