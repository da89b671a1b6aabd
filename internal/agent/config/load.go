package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/schema"
)

// DefaultPath is where the configuration is when nothing else is said.
const DefaultPath = "/etc/vedette/agent.yaml"

// maxFile is the largest configuration or secrets file that is read, bytes.
const maxFile = 1 << 20

// Sources says where the configuration comes from.
type Sources struct {
	File  string            // "" is DefaultPath, which may be absent
	Env   []string          // as os.Environ
	Flags map[string]string // by Leaf.Path
}

// Loaded is a configuration and what it was read from.
type Loaded struct {
	Config
	Secrets Secrets
	File    string            // empty when there was none
	From    map[string]string // by Leaf.Path: "file", "variable X" or "flag --x"; absent is the default
}

// Load reads the configuration. Nothing of it is used when anything in it is
// wrong; the error names the file, the line and the field.
func Load(s Sources) (Loaded, error) {
	l := Loaded{Config: Default(), From: map[string]string{}}
	text, err := l.readFile(s.File)
	if err != nil {
		return l, err
	}
	if err := l.override(s); err != nil {
		return l, err
	}
	if err := l.Check(); err != nil {
		return l, schema.Place(err, l.where(text))
	}
	if file := l.Alerts.Webhook.CAFile; file != "" {
		if _, err := os.Stat(file); err != nil {
			return l, schema.Place(schema.Wrong("alerts.webhook.ca_file", "%v", err), l.where(text))
		}
	}
	if l.SecretsFile != "" {
		l.Secrets, err = readSecrets(l.SecretsFile)
	}
	return l, err
}

// readFile reads the file into the defaults and returns its text.
func (l *Loaded) readFile(path string) ([]byte, error) {
	text, err := readLimited(path, DefaultPath)
	if path == "" && errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	l.File = path
	if path == "" {
		l.File = DefaultPath
	}
	if err := schema.Decode(l.File, text, &l.Config); err != nil {
		return nil, err
	}
	for _, leaf := range Leaves(&l.Config) {
		if _, there := schema.Line(text, leaf.Path); there {
			l.From[leaf.Path] = "file"
		}
	}
	return text, nil
}

func readLimited(path, otherwise string) ([]byte, error) {
	if path == "" {
		path = otherwise
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s: more than %d bytes", path, maxFile)
	}
	return text, err
}

// override lets variables, then flags set single values.
func (l *Loaded) override(s Sources) error {
	all := Leaves(&l.Config)
	env := map[string]string{}
	for _, kv := range s.Env {
		if name, value, ok := strings.Cut(kv, "="); ok {
			env[name] = value
		}
	}
	for _, leaf := range all {
		if text, ok := env[leaf.Variable()]; ok {
			if err := leaf.Set(text); err != nil {
				return fmt.Errorf("variable %s: %w", leaf.Variable(), err)
			}
			l.From[leaf.Path] = "variable " + leaf.Variable()
		}
	}
	for path, text := range s.Flags {
		i := slices.IndexFunc(all, func(leaf Leaf) bool { return leaf.Path == path })
		if i < 0 {
			return fmt.Errorf("flag for %s: there is no such setting", path)
		}
		if err := all[i].Set(text); err != nil {
			return fmt.Errorf("flag --%s: %w", all[i].Flag(), err)
		}
		l.From[path] = "flag --" + all[i].Flag()
	}
	return nil
}

// where returns what a field has its value from: a flag, a variable, or the
// file with the line.
func (l *Loaded) where(text []byte) func(field string) string {
	return func(field string) string {
		if from := l.From[leafOf(field)]; from != "" && from != "file" {
			return from
		}
		if l.File == "" {
			return ""
		}
		return schema.InFile(l.File, text)(field)
	}
}

// leafOf returns the path of the leaf that a field is, or is an element of.
func leafOf(field string) string {
	path, _, _ := strings.Cut(field, "[")
	return path
}
