package manager

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

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

// UnmarshalText reads 90s, 8h and the like.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is no length of time above zero, for example 8h", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes what UnmarshalText reads.
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

// ReadConfig reads a configuration file. What it does not say is as in
// DefaultConfig; an unknown key is an error that names file and line.
func ReadConfig(file string) (Config, error) {
	c := DefaultConfig()
	st, err := os.Stat(file)
	if err == nil && st.Size() > maxConfig {
		return c, fmt.Errorf("%s: %d bytes are too many for a configuration", file, st.Size())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return c, fmt.Errorf("read configuration: %w", err)
	}
	return ParseConfig(file, text)
}

// ParseConfig reads the text of a configuration file.
func ParseConfig(file string, text []byte) (Config, error) {
	c := DefaultConfig()
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return c, fmt.Errorf("%s: %s", file, strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	if reflect.ValueOf(c).IsZero() { // nothing but comments
		c = DefaultConfig()
	}
	if err := c.Check(); err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// Check reports every value that cannot be used.
func (c Config) Check() error {
	var errs []error
	if !filepath.IsAbs(c.DataDir) {
		errs = append(errs, fmt.Errorf("data_dir: %q is not an absolute path", c.DataDir))
	}
	if c.RulesDir != "" && !filepath.IsAbs(c.RulesDir) {
		errs = append(errs, fmt.Errorf("rules_dir: %q is not an absolute path", c.RulesDir))
	}
	for field, addr := range map[string]string{"people.listen": c.People.Listen, "agents.listen": c.Agents.Listen} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			errs = append(errs, fmt.Errorf("%s: %q is no address:port, for example 127.0.0.1:8443", field, addr))
		}
	}
	for _, addr := range c.Agents.Addresses {
		if host, _, err := net.SplitHostPort(addr); err != nil || host == "" {
			errs = append(errs, fmt.Errorf("agents.addresses: %q is no address:port", addr))
		}
	}
	if c.Retention.Bytes < 0 || c.Retention.Days < 0 {
		errs = append(errs, errors.New("retention: bytes and days cannot be negative; 0 is no bound"))
	}
	if c.Log.Bytes < 64<<20 {
		errs = append(errs, fmt.Errorf("log.bytes: %d is less than 64 MiB", c.Log.Bytes))
	}
	return errors.Join(errs...)
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
