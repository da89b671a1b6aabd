package wire

import (
	"cmp"
	"fmt"
	"reflect"
	"time"

	"github.com/vedette-edr/vedette/internal/schema"
)

// Response modes of a policy, a group and a rule.
const (
	RespondOff     = "off"     // only alert
	RespondObserve = "observe" // record what would have been done
	RespondOn      = "on"      // act
)

// Policy is the settings of a group of hosts.
type Policy struct {
	Respond  string                `json:"respond" yaml:"respond"`                             // off, observe or on, for rules that do not say
	Rules    map[string]RulePolicy `json:"rules,omitempty" yaml:"rules,omitempty"`             // by rule id
	Levels   map[string][]string   `json:"levels,omitempty" yaml:"levels,omitempty"`           // actions by level, for what all rules find in one event, besides those of the rules
	Watch    []string              `json:"watch" yaml:"watch"`                                 // files and folders (ending in /) whose opening for reading is an event
	CPULimit float64               `json:"cpu_limit" yaml:"cpu_limit"`                         // percent of one core for work that can be shed; 0 none
	Off      []string              `json:"sensors_off,omitempty" yaml:"sensors_off,omitempty"` // names of sensors that do not run
	Hash     HashPolicy            `json:"hash" yaml:"hash"`
	Scan     ScanPolicy            `json:"scan" yaml:"scan"`
	// AggregateAbove is how many events about files a second, of one kind, one
	// process and one folder, are told one by one; the rest is one event with
	// their number. 0 tells all.
	AggregateAbove int `json:"aggregate_above" yaml:"aggregate_above"`
	// InteractiveShells has the lines that people type at shells told. Off unless
	// somebody wants it: such lines are private, and may hold passwords.
	InteractiveShells bool `json:"interactive_shells,omitempty" yaml:"interactive_shells,omitempty"`
	// Placeholders are the values of %name% in rules that expand them.
	Placeholders map[string][]string `json:"placeholders,omitempty" yaml:"placeholders,omitempty"`
	Spool        SpoolPolicy         `json:"spool" yaml:"spool"`
}

// RulePolicy overrides what a rule asks for.
type RulePolicy struct {
	Respond  string   `json:"respond,omitempty" yaml:"respond,omitempty"`
	Actions  []string `json:"actions,omitempty" yaml:"actions,omitempty"` // replace the rule's own
	Disabled bool     `json:"disabled,omitempty" yaml:"disabled,omitempty"`
}

// ScanPolicy says how often the agent looks where nothing tells it of changes.
// What the host tells by itself comes at once, whatever stands here.
type ScanPolicy struct {
	// Files is the time between two looks at the files of the host's configuration,
	// seconds: accounts, tasks, settings, services, packages. 0 is DefaultScanFiles.
	Files int `json:"files" yaml:"files"`
	// Live is the time between two scans of processes, sockets and modules, seconds,
	// on hosts whose kernel does not tell of them. 0 is DefaultScanLive.
	Live int `json:"live" yaml:"live"`
}

// Times of a ScanPolicy, seconds.
const (
	DefaultScanFiles = 30
	DefaultScanLive  = 1
	MaxScanFiles     = 3600
	MaxScanLive      = 60
)

// Times returns both, with the defaults in place of 0.
func (s ScanPolicy) Times() (files, live time.Duration) {
	return time.Duration(cmp.Or(s.Files, DefaultScanFiles)) * time.Second, time.Duration(cmp.Or(s.Live, DefaultScanLive)) * time.Second
}

// Which files are read for their digests, besides programs that are executed
// and libraries that are loaded.
const (
	HashAll        = "all"        // those that are written, within a rate
	HashExecutable = "executable" // of those only the ones that can be executed
)

// HashPolicy says which files are hashed.
type HashPolicy struct {
	MaxSize int64  `json:"max_size" yaml:"max_size"`               // bytes; larger files get a status instead
	Files   string `json:"files,omitempty" yaml:"files,omitempty"` // all (also when empty) or executable
}

// SpoolPolicy bounds the events that wait on disk.
type SpoolPolicy struct {
	MaxSize int64 `json:"max_size" yaml:"max_size"` // bytes
}

// DefaultPolicy returns the policy of a fresh install: see everything, hash
// executables, act on nothing.
func DefaultPolicy() Policy {
	return Policy{
		Respond: RespondOff,
		Watch: []string{
			"/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d/", "/etc/krb5.keytab",
			"/root/.ssh/", "/etc/ssh/", "/home/*/.ssh/",
			"/root/.aws/", "/home/*/.aws/", "/root/.kube/", "/home/*/.kube/",
			"/root/.docker/config.json", "/home/*/.docker/config.json",
			"/root/.netrc", "/home/*/.netrc", "/root/.bash_history", "/home/*/.bash_history",
			"/root/.gnupg/", "/home/*/.gnupg/", "/var/lib/sss/db/",
		},
		CPULimit: 5, AggregateAbove: 100,
		Hash:  HashPolicy{MaxSize: 64 << 20, Files: HashAll},
		Scan:  ScanPolicy{Files: DefaultScanFiles, Live: DefaultScanLive},
		Spool: SpoolPolicy{MaxSize: 1 << 30},
	}
}

// MaxPolicy is the largest policy text that ParsePolicy reads, bytes.
const MaxPolicy = 1 << 20

// ParsePolicy reads a policy in YAML or JSON; what it does not say is as in
// DefaultPolicy. The errors name the file, the line and the field.
func ParsePolicy(file string, text []byte) (Policy, error) {
	p := DefaultPolicy()
	if len(text) > MaxPolicy {
		return p, fmt.Errorf("%s: policy of %d bytes: more than %d", file, len(text), MaxPolicy)
	}
	if err := schema.Decode(file, text, &p); err != nil {
		return p, err
	}
	if reflect.ValueOf(p).IsZero() { // nothing but comments
		p = DefaultPolicy()
	}
	return p, schema.Place(p.Check(), schema.InFile(file, text))
}

// Mode returns what the policy says of responses of a rule.
func (p Policy) Mode(rule string) string {
	if r, ok := p.Rules[rule]; ok && r.Respond != "" {
		return r.Respond
	}
	return p.Respond
}

// Rules is the content of a signed document of kind "rules".
type Rules struct {
	Files []RuleFile `json:"files"`
}

// RuleFile is one rule as written.
type RuleFile struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// Task is the content of a signed document of kind "task": an action because a
// person asked.
type Task struct {
	ID       string `json:"id"`
	Action   string `json:"action"`    // kill, suspend or selftest
	EntityID string `json:"entity_id"` // process that is the target
	PID      int64  `json:"pid"`
	Start    int64  `json:"start"` // when the process was created, nanoseconds since 1970
	By       string `json:"by"`    // who asked
	Reason   string `json:"reason,omitempty"`
}

// TaskSelftest is the action of a task that has the agent examine itself; it has
// no process.
const TaskSelftest = "selftest"

// Kinds of signed documents.
const (
	DocumentPolicy = "policy"
	DocumentRules  = "rules"
	DocumentTask   = "task"
	DocumentIOCs   = "iocs"
)
