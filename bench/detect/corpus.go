package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/record"
)

// corpus is recorded events that are measured together.
type corpus struct {
	name  string
	file  string
	every int                       // of the lines
	keep  func(*record.Record) bool // nil keeps all
	linux bool
}

func corpora() []corpus {
	return []corpus{
		{name: "mix", file: "security_datasets", every: 20},
		{name: "process_creation", file: "security_datasets", every: 1, keep: isProcessCreation},
		{name: "linux_benign", file: "linux_benign_dev", every: 1, linux: true},
		{name: "linux_attacks", file: "linux_art_derived", every: 1, linux: true},
	}
}

func isProcessCreation(r *record.Record) bool {
	return r.Log.Code == "1" && r.Log.Channel == "Microsoft-Windows-Sysmon/Operational" || r.Log.Code == "4688" && r.Log.Channel == "Security"
}

// each calls yield with the records of c.
func (c corpus) each(data string, yield func(*record.Record)) error {
	path := filepath.Join(data, "events", c.file+".jsonl.gz")
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, record.MaxLine)
	names := map[string]string{} // readers use one text for the same name in many records
	for n := 0; lines.Scan(); n++ {
		if n%c.every != 0 {
			continue
		}
		r, err := record.ParseJSON(lines.Bytes())
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, n+1, err)
		}
		for i, name := range r.Log.Names {
			if _, ok := names[name]; !ok {
				names[name] = name
			}
			r.Log.Names[i] = names[name]
		}
		if c.keep == nil || c.keep(r) {
			yield(r)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

func (c corpus) records(data string) ([]*record.Record, error) {
	var out []*record.Record
	err := c.each(data, func(r *record.Record) { out = append(out, r) })
	return out, err
}

// ruleFiles reads the active public rules; with linux only those for Linux.
func ruleFiles(data string, linux bool) ([]detect.File, error) {
	files, err := detect.ReadDir(os.DirFS(filepath.Join(data, "sigma")),
		"rules", "rules-emerging-threats", "rules-threat-hunting", "rules-placeholder", "rules-compliance")
	if err != nil || !linux {
		return files, err
	}
	var out []detect.File
	for _, f := range files {
		if strings.Contains(f.Text, "product: linux") {
			out = append(out, f)
		}
	}
	return out, nil
}

// loaded makes a set of the files; files whose rules are refused do not count.
func loaded(files []detect.File) *detect.Set {
	set, _ := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, files)
	return set
}

// spread returns n of the files, evenly spaced; all of them when n is 0.
func spread(files []detect.File, n int) []detect.File {
	if n == 0 || n >= len(files) {
		return files
	}
	var out []detect.File
	for i := range n {
		out = append(out, files[i*len(files)/n])
	}
	return out
}
