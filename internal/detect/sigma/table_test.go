package sigma

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// TestFieldTable checks that every line of the table names a field that we have.
func TestFieldTable(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range fields() {
		if _, ok := expr.KnownField(m.field); !ok {
			t.Errorf("%s: docs/fields.md has no %s", m.sigma, m.field)
		}
		if seen[strings.ToLower(m.sigma)] {
			t.Errorf("%s stands twice", m.sigma)
		}
		seen[strings.ToLower(m.sigma)] = true
	}
}

// thor is the table of log sources that comes with the public rules.
type thor struct {
	Logsources map[string]struct {
		Category   string         `yaml:"category"`
		Product    string         `yaml:"product"`
		Service    string         `yaml:"service"`
		Conditions map[string]any `yaml:"conditions"`
		Rewrite    struct {
			Service string `yaml:"service"`
		} `yaml:"rewrite"`
		Fields  map[string]string `yaml:"fieldmappings"`
		Sources []string          `yaml:"sources"`
	} `yaml:"logsources"`
}

// TestTheTableOfTheRulesSaysTheSame compares our lines about Windows with the
// public table: channels, ids, what must hold beside, renamed fields.
func TestTheTableOfTheRulesSaysTheSame(t *testing.T) {
	dir := os.Getenv("VEDETTE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	text, err := os.ReadFile(filepath.Join(dir, "sigma", "tests", "thor.yml"))
	if err != nil {
		t.Skipf("SKIPPED: no table of the public rules in %s; set VEDETTE_DATA", dir)
	}
	var public thor
	if err := yaml.Unmarshal(text, &public); err != nil {
		t.Fatal(err)
	}
	channels := map[string][]string{}
	for _, s := range public.Logsources {
		for _, c := range s.Sources {
			if rest, ok := strings.CutPrefix(c, "WinEventLog:"); ok && s.Category == "" {
				channels[s.Service] = append(channels[s.Service], rest)
			}
		}
	}
	want := map[string]bool{}
	for service, chs := range channels {
		want[line("", service, chs, nil, [2]string{}, nil)] = true
	}
	for _, s := range public.Logsources {
		if s.Category == "" || s.Rewrite.Service == "" {
			continue
		}
		var codes []string
		require := [2]string{}
		for name, v := range s.Conditions {
			switch list, many := v.([]any); {
			case name == "EventID" && many:
				for _, x := range list {
					codes = append(codes, fmt.Sprint(x))
				}
			case name == "EventID":
				codes = append(codes, fmt.Sprint(v))
			default:
				require = [2]string{name, fmt.Sprint(v)}
			}
		}
		for _, code := range codes {
			want[line(s.Category, "", channels[s.Rewrite.Service], []string{code}, require, s.Fields)] = true
		}
	}
	got := map[string]bool{}
	for _, s := range sources() {
		switch {
		case s.product == "linux" || s.category == "" && s.service == "":
		case s.category == "":
			got[line("", s.service, s.channels, nil, s.require, s.rename)] = true
		default:
			for _, code := range s.codes {
				got[line(s.category, "", s.channels, []string{code}, s.require, s.rename)] = true
			}
		}
	}
	for l := range want {
		if !got[l] {
			t.Errorf("the public table has %s", l)
		}
	}
	for l := range got {
		if !want[l] {
			t.Errorf("the public table has no %s", l)
		}
	}
	if len(want) < 90 {
		t.Errorf("only %d lines are compared", len(want))
	}
}

func line(category, service string, channels, codes []string, require [2]string, rename map[string]string) string {
	channels = slices.Sorted(slices.Values(channels))
	return fmt.Sprint(category, service, channels, codes, require, rename)
}
