package manager

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/vedette-edr/vedette/internal/schema"
)

// Config is the manager's configuration file.
type Config struct {
	DataDir   string          `yaml:"data_dir" json:"data_dir" doc:"Folder of all data; made with mode 0700."`
	RulesDir  string          `yaml:"rules_dir" json:"rules_dir" doc:"Folder of own rules; empty is rules in data_dir."`
	People    PeopleConfig    `yaml:"people" json:"people" doc:"The port for people: console and REST interface."`
	Agents    AgentsConfig    `yaml:"agents" json:"agents" doc:"The port for agents."`
	Retention RetentionConfig `yaml:"retention" json:"retention" doc:"Bounds of the stored events; what is reached first counts."`
	Log       LogConfig       `yaml:"log" json:"log" doc:"The queue between the agents and the stored events."`
	Sessions  SessionsConfig  `yaml:"sessions" json:"sessions" doc:"When people must log in again."`
}

// PeopleConfig is the port for people: console and REST interface.
type PeopleConfig struct {
	Listen string   `yaml:"listen" json:"listen" doc:"Where it listens, address:port."`
	Names  []string `yaml:"names,omitempty" json:"names,omitempty" doc:"More names and addresses for the certificate."`
}

// AgentsConfig is the port for agents.
type AgentsConfig struct {
	Listen    string   `yaml:"listen" json:"listen" doc:"Where it listens, address:port."`
	Addresses []string `yaml:"addresses,omitempty" json:"addresses,omitempty" doc:"Where agents find it, address:port, for tokens; empty is listen."`
}

// RetentionConfig bounds the stored events; what is reached first counts.
type RetentionConfig struct {
	Bytes int64 `yaml:"bytes" json:"bytes" doc:"Of all segments together; 0 is no bound."`
	Days  int   `yaml:"days" json:"days" doc:"Age of the oldest event; 0 is no bound."`
}

// LogConfig bounds the queue between ingest and the lake.
type LogConfig struct {
	Bytes int64 `yaml:"bytes" json:"bytes" doc:"Most that waits on disk; agents keep what does not fit."`
}

// SessionsConfig says when people must log in again.
type SessionsConfig struct {
	Idle     Duration `yaml:"idle" json:"idle" doc:"After so much time without a request, 8h for example."`
	Lifetime Duration `yaml:"lifetime" json:"lifetime" doc:"After so much time since the login, 24h for example."`
}

// Duration is a length of time as people write it, 8h for example.
type Duration time.Duration

// UnmarshalYAML reads 90s, 8h and the like.
func (d *Duration) UnmarshalYAML(n ast.Node) error {
	text := n.GetToken().Value
	v, err := time.ParseDuration(text)
	if err != nil || v <= 0 {
		return &yaml.SyntaxError{Message: fmt.Sprintf("%q is no length of time above zero, for example 8h", text), Token: n.GetToken()}
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes what UnmarshalYAML reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// DefaultConfig returns the configuration of a manager on one machine: loopback
// only, 50 GiB or 90 days of events.
func DefaultConfig() Config {
	return Config{
		DataDir:   "/var/lib/vedette/manager",
		People:    PeopleConfig{Listen: "127.0.0.1:8443"},
		Agents:    AgentsConfig{Listen: "127.0.0.1:8444"},
		Retention: RetentionConfig{Bytes: 50 << 30, Days: 90},
		Log:       LogConfig{Bytes: 2 << 30},
		Sessions:  SessionsConfig{Idle: Duration(8 * time.Hour), Lifetime: Duration(24 * time.Hour)},
	}
}

// Schema returns the JSON Schema of the configuration file.
func Schema() ([]byte, error) { return schema.Text("Vedette manager", DefaultConfig(), schema.Tag) }

// maxConfig is the largest configuration file, bytes.
const maxConfig = 1 << 20

// ReadFile returns the text of a configuration file, for ParseConfig.
func ReadFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if len(text) > maxConfig {
		return nil, fmt.Errorf("%s: more than %d bytes are too many for a configuration", file, maxConfig)
	}
	return text, nil
}

// ParseConfig reads the text of a configuration file. What it does not say is as
// in DefaultConfig; an unknown key and a wrong value are errors that name file
// and line.
func ParseConfig(file string, text []byte) (Config, error) {
	c := DefaultConfig()
	if err := schema.Decode(file, text, &c); err != nil {
		return c, err
	}
	if reflect.ValueOf(c).IsZero() { // nothing but comments
		c = DefaultConfig()
	}
	return c, schema.Place(c.Check(), schema.InFile(file, text))
}

func (c Config) rules() string {
	if c.RulesDir != "" {
		return c.RulesDir
	}
	return filepath.Join(c.DataDir, "rules")
}

// names are the names under which people and agents reach a listener.
func names(listen string, more []string) []string {
	out := append([]string{"localhost", "127.0.0.1", "::1"}, more...)
	host, _, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && host != "" && (ip == nil || !ip.IsUnspecified()) {
		out = append(out, host)
	}
	if name, err := os.Hostname(); err == nil {
		out = append(out, name)
	}
	return unique(out)
}

func unique(in []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range in {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
