package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
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
		return l, l.locate(text, err)
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
	if err := decode(l.File, text, &l.Config); err != nil {
		return nil, err
	}
	for _, leaf := range Leaves(&l.Config) {
		if lineOf(text, leaf.Path) > 0 {
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

// decode reads YAML strictly: an unknown or double key is an error.
func decode(file string, text []byte, into any) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	err := yaml.UnmarshalWithOptions(text, into, yaml.Strict())
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		return fmt.Errorf("%s:%d: %s", file, at.GetToken().Position.Line, at.GetMessage())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
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

// locate says in an error of Check where the value comes from.
func (l *Loaded) locate(text []byte, err error) error {
	field, _, _ := strings.Cut(err.Error(), ":")
	from := l.From[field]
	if line := lineOf(text, field); line > 0 && (from == "file" || from == "") {
		return fmt.Errorf("%s:%d: %w", l.File, line, err)
	}
	if from != "" && from != "file" {
		return fmt.Errorf("%s: %w", from, err)
	}
	return err
}

// lineOf returns the line of a key in a YAML text; 0 when it is not there.
func lineOf(text []byte, path string) int {
	if len(text) == 0 {
		return 0
	}
	p, err := yaml.PathString("$." + path)
	if err != nil {
		return 0
	}
	f, err := parser.ParseBytes(text, 0)
	if err != nil {
		return 0
	}
	n, err := p.FilterFile(f)
	if err != nil || n == nil || n.GetToken() == nil {
		return 0
	}
	return n.GetToken().Position.Line
}
