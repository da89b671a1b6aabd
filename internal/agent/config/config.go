// Package config is the configuration of the agent: one struct, read from one
// YAML file, overridden by VEDETTE_* variables and then by flags. An unknown
// key or a value of the wrong type is an error that names the file and line.
// The names of variables and flags and the JSON Schema are made from the
// struct, so that they cannot differ from it.
package config

import (
	"path/filepath"
	"time"

	"github.com/vedette-edr/vedette/internal/wire"
)

// Config is the configuration of the agent.
type Config struct {
	StateDir     string      `yaml:"state_dir" json:"state_dir" doc:"Folder of the spool, the alert file, the identity and the control socket; mode 0700."`
	Scope        string      `yaml:"scope" json:"scope" doc:"Folder of a cgroup v2; only processes in it are seen and touched. Empty is the whole host."`
	HostName     string      `yaml:"host_name" json:"host_name" doc:"Name of the host in events; empty is the name that the kernel has."`
	RulesDir     string      `yaml:"rules_dir" json:"rules_dir" doc:"Folder with rules that are read besides the shipped ones while no manager sent any; changes are taken up at once."`
	IOCDir       string      `yaml:"iocs_dir" json:"iocs_dir" doc:"Folder with indicators of compromise in any format of docs/ioc.md, used while no manager sent any; changes are taken up at once."`
	ShippedRules bool        `yaml:"shipped_rules" json:"shipped_rules" doc:"Whether the shipped rules are used while no manager sent any."`
	SecretsFile  string      `yaml:"secrets_file" json:"secrets_file" doc:"YAML file with secrets, mode 0600; see the schema's secrets."`
	SelfTest     bool        `yaml:"selftest" json:"selftest" doc:"Whether the agent examines itself after an install, an upgrade and a change of the kernel."`
	Debug        bool        `yaml:"debug" json:"debug" doc:"Log what the agent does in detail, without secrets."`
	Alerts       Alerts      `yaml:"alerts" json:"alerts" doc:"Where alerts go without a manager."`
	Queue        Queue       `yaml:"queue" json:"queue" doc:"Bounds of the events that wait in memory."`
	Kernel       Kernel      `yaml:"kernel" json:"kernel" doc:"Settings of the sensors in the kernel."`
	Logs         []Log       `yaml:"logs" json:"logs" doc:"Logs whose records are events; empty are the audit log, and the system's log files or else the journal."`
	Policy       wire.Policy `yaml:"policy" json:"policy" doc:"Policy while the manager sent none."`
}

// Alerts says where alerts go without a manager.
type Alerts struct {
	When     string  `yaml:"when" json:"when" enum:"standalone,always" doc:"standalone: only while the agent is not enrolled; always: also beside a manager."`
	MinLevel string  `yaml:"min_level" json:"min_level" enum:"informational,low,medium,high,critical" doc:"Lowest level of a finding that is an alert."`
	Dir      string  `yaml:"dir" json:"dir" doc:"Folder of the alert file; empty is alerts/ in state_dir."`
	MaxSize  int64   `yaml:"max_size" json:"max_size" doc:"Bytes after which the alert file is rotated."`
	Keep     int     `yaml:"keep" json:"keep" doc:"Rotated alert files that are kept."`
	Journal  string  `yaml:"journal" json:"journal" doc:"Socket of the systemd journal; empty is none."`
	Webhook  Webhook `yaml:"webhook" json:"webhook" doc:"Address that alerts are posted to."`
}

// Webhook says where alerts are posted.
type Webhook struct {
	URL    string `yaml:"url" json:"url" doc:"https:// address; empty is none. It may also stand in the secrets file as webhook_url."`
	CAFile string `yaml:"ca_file" json:"ca_file" doc:"PEM file with authorities to trust besides the system's."`
}

// Queue bounds the events that wait in memory.
type Queue struct {
	MaxEvents int `yaml:"max_events" json:"max_events" doc:"Events."`
	MaxSize   int `yaml:"max_size" json:"max_size" doc:"Bytes."`
}

// Kernel holds settings of the sensors in the kernel.
type Kernel struct {
	RingSize int      `yaml:"ring_size" json:"ring_size" doc:"Bytes of the ring buffer, a power of two; 0 is chosen by the agent."`
	RungsOff []string `yaml:"rungs_off" json:"rungs_off" doc:"Names of rungs that no sensor takes; for measuring, and where one does harm."`
	Private  []string `yaml:"private" json:"private" doc:"Folders whose programs and libraries are mapped by processes of the scope alone; with a scope, functions of others are not watched."`
}

// Default returns the configuration of a fresh install.
func Default() Config {
	return Config{
		StateDir:     "/var/lib/vedette/agent",
		RulesDir:     "/etc/vedette/rules",
		IOCDir:       "/etc/vedette/iocs",
		ShippedRules: true,
		SelfTest:     true,
		Alerts: Alerts{
			When: "standalone", MinLevel: "low", MaxSize: 5 << 20, Keep: 20,
			Journal: "/run/systemd/journal/socket",
		},
		Queue:  Queue{MaxEvents: 65536, MaxSize: 24 << 20},
		Policy: wire.DefaultPolicy(),
	}
}

// Levels lists the levels of findings, lowest first.
func Levels() []string { return []string{"informational", "low", "medium", "high", "critical"} }

// AlertDir returns the folder of the alert file.
func (c Config) AlertDir() string {
	if c.Alerts.Dir != "" {
		return c.Alerts.Dir
	}
	return filepath.Join(c.StateDir, "alerts")
}

// StopTimeout is how long the agent may take to end after it was told to.
const StopTimeout = 10 * time.Second
