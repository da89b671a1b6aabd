package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// row is a line of `vedette agent selftest --json`; the last one has a ceiling.
type row struct {
	Row          string  `json:"row"`
	Weight       float64 `json:"weight"`
	Pass         bool    `json:"pass"`
	Latency      float64 `json:"latency_ms"`
	Source       string  `json:"source"`
	Note         string  `json:"note"`
	NotExercised bool    `json:"not_exercised"`
	Score        float64 `json:"score"`
	Ceiling      float64 `json:"ceiling"`
	Kernel       string  `json:"kernel"`
}

// exam is the self-exam of one environment.
type exam struct {
	name  string
	rows  []row
	total row
}

func readExam(name, file string) (exam, error) {
	f, err := os.Open(file)
	if err != nil {
		return exam{}, err
	}
	defer f.Close()
	x := exam{name: name}
	sc := bufio.NewScanner(f)
	sc.Buffer(make([]byte, 64<<10), 1<<20)
	for n := 1; sc.Scan(); n++ {
		var r row
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			return exam{}, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		if r.Row == "" {
			x.total = r
			continue
		}
		x.rows = append(x.rows, r)
	}
	if err := sc.Err(); err != nil {
		return exam{}, err
	}
	if x.total.Ceiling == 0 {
		return exam{}, fmt.Errorf("%s: the exam has no last line with the score", file)
	}
	return x, nil
}

// examTable writes the rows of all exams side by side.
func examTable(b *strings.Builder, exams []exam) {
	b.WriteString("\n## The self-exam\n\nWhat `vedette agent selftest` found: the source that told of each row of [telemetry.md](telemetry.md). Beyond the table a row has no weight.\n\n| row | weight |")
	line := "|---|---|"
	for _, x := range exams {
		b.WriteString(" " + x.name + " |")
		line += "---|"
	}
	b.WriteString("\n" + line + "\n")
	for i, r := range exams[0].rows {
		weight := ""
		if r.Weight > 0 {
			weight = fmt.Sprintf("%g", r.Weight)
		}
		fmt.Fprintf(b, "| %s | %s |", r.Row, weight)
		for _, x := range exams {
			text := "not there"
			if i < len(x.rows) && x.rows[i].Row == r.Row {
				text = x.rows[i].text()
			}
			b.WriteString(" " + text + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("| **points** | |")
	for _, x := range exams {
		fmt.Fprintf(b, " **%.1f of %.1f** |", x.total.Score, x.total.Ceiling)
	}
	b.WriteString("\n")
}

func (r row) text() string {
	switch {
	case r.NotExercised:
		return "not exercised"
	case r.Pass:
		return r.Source
	}
	return "**fail** " + strings.ReplaceAll(r.Note, "|", "\\|")
}
