// Command detections runs rules over recorded attacks and recorded everyday
// work and writes, as Markdown, how much each level of rules finds and how much
// noise it makes. Run it by `make detection-table`, which writes
// docs/detections.md.
package main

import (
	"bufio"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/rules"
)

// recording is a file of recorded events.
type recording struct {
	name   string
	what   string
	attack bool
	unit   string // what _src names, when its share with a hit is told
	linux  bool   // our own rules see it too
}

func recordings() []recording {
	return []recording{
		{name: "linux_benign_dev", what: "everyday work of an administrator and developer on Linux", linux: true},
		{name: "linux_art_derived", what: "Atomic Red Team on Linux, its commands as process events", attack: true, unit: "tests", linux: true},
		{name: "linux_auditd_records", what: "audit records of attacks on Linux", attack: true},
		{name: "linux_authlog", what: "auth.log under SSH brute force", attack: true},
		{name: "evtx_to_mitre", what: "Windows event logs of single techniques", attack: true, unit: "event logs"},
		{name: "open_xp_rules", what: "Windows events of single techniques", attack: true, unit: "recordings"},
		{name: "sigma_regression", what: "official tests of the public rules", attack: true, unit: "tests"},
		{name: "security_datasets", what: "Windows hosts at work while attacks are simulated", attack: true, unit: "recordings"},
	}
}

func main() {
	data := flag.String("data", os.Getenv("VEDETTE_DATA"), "folder with sigma/ and events/")
	flag.Parse()
	if err := run(*data); err != nil {
		fmt.Fprintln(os.Stderr, "detections:", err)
		os.Exit(2)
	}
}

func run(data string) error {
	public, err := publicSet(data)
	if err != nil {
		return err
	}
	own, err := ownSet()
	if err != nil {
		return err
	}
	w := &writer{out: bufio.NewWriter(os.Stdout)}
	w.head(public, own)
	var benign, attacks []*tally
	for _, r := range recordings() {
		t, err := count(data, r, "public", public, func(rec *record.Record) expr.Record { return rec })
		if err != nil {
			return err
		}
		group := &benign
		if r.attack {
			group = &attacks
		}
		*group = append(*group, t)
		if !r.linux {
			continue
		}
		if t, err = count(data, r, "shipped", own, typed); err != nil {
			return err
		}
		*group = append(*group, t)
	}
	w.table("Detections on recorded attacks", attacks)
	w.table("Noise on recorded everyday work", benign)
	w.noisiest(benign)
	return w.out.Flush()
}

func publicSet(data string) (*detect.Set, error) {
	files, err := detect.ReadDir(os.DirFS(filepath.Join(data, "sigma")), "rules", "rules-emerging-threats", "rules-threat-hunting", "rules-placeholder", "rules-compliance")
	if err != nil {
		return nil, fmt.Errorf("%w; set VEDETTE_DATA", err)
	}
	set, _ := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, files)
	return set, nil
}

func ownSet() (*detect.Set, error) {
	files, err := detect.ReadDir(rules.Files, ".")
	if err != nil {
		return nil, err
	}
	set, _ := detect.Load(detect.Options{Formats: all.Formats()}, files)
	return set, nil
}

// each calls yield with the records of a recording.
func each(data, name string, yield func(*record.Record)) error {
	path := filepath.Join(data, "events", name+".jsonl.gz")
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
	for lines.Scan() {
		r, err := record.ParseJSON(lines.Bytes())
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		yield(r)
	}
	return lines.Err()
}
