// Package corpus is the recorded techniques of test/corpus/linux: what the
// sensors tell of harmless steps of attackers, labelled, and what the shipped
// rules find in it. The recorder (test/corpus/record) writes the events; the
// expected findings are kept by people, and compared in each run of the tests.
package corpus

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/event"
)

// Technique is a technique of ATT&CK as steps that do no harm.
type Technique struct {
	ID    string   `yaml:"id"`
	Name  string   `yaml:"name"`
	Steps []string `yaml:"steps"` // scripts for bash
}

// Techniques is techniques.yml.
type Techniques struct {
	StandIns   []string    `yaml:"stand_ins"` // programs that do nothing under the names of tools
	Techniques []Technique `yaml:"techniques"`
}

// Line is one recorded event with its label.
type Line struct {
	Technique string       `json:"technique"`
	Step      int          `json:"step"` // from 1
	Event     *event.Event `json:"event"`
}

// Files of a corpus.
const (
	techniquesFile = "techniques.yml"
	EventsFile     = "events.jsonl.gz"
	ExpectedFile   = "expected.tsv" // technique, step and rule id, one finding a line
)

// maxLine is the longest line of a corpus, bytes.
const maxLine = 1 << 20

// ReadTechniques reads the techniques of a folder.
func ReadTechniques(dir string) (Techniques, error) {
	var t Techniques
	text, err := os.ReadFile(filepath.Join(dir, techniquesFile))
	if err != nil {
		return t, err
	}
	if err := yaml.UnmarshalWithOptions(text, &t, yaml.Strict()); err != nil {
		return t, fmt.Errorf("read %s: %w", techniquesFile, err)
	}
	return t, nil
}

// ReadEvents calls each with the lines of a folder, in their order.
func ReadEvents(dir string, each func(Line) error) error {
	f, err := os.Open(filepath.Join(dir, EventsFile))
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", EventsFile, err)
	}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, maxLine)
	for n := 1; sc.Scan(); n++ {
		var l Line
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			return fmt.Errorf("%s: line %d: %w", EventsFile, n, err)
		}
		if err := each(l); err != nil {
			return err
		}
	}
	return sc.Err()
}
