package agent

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/indicator"
	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// detector holds the rules in force and raises findings. Rules are replaced as
// a whole: when one of a new set is refused, the set before stays. Only when
// there was none before, at the start, the rules without a mistake are taken.
type detector struct {
	formats []detect.Format
	iocs    *indicator.Store
	shipped fs.FS // nil is none
	enrich  Enricher
	self    string               // entity id of the agent's own process
	kernel  Kernel               // nil is none
	watch   func([]string) error // nil is none
	log     *slog.Logger
	live    detect.Live
	policy  atomic.Pointer[wire.Policy]
	now     atomic.Pointer[urgency]
	watches atomic.Bool // files are watched that the policy does not name

	// Of the pipeline's goroutine.
	matches    []detect.Match
	correlator *detect.Correlator // of the set following; nil when it has no correlations
	following  *detect.Set
	unkept     int64 // events that the spool could not hold

	loading sync.Mutex // one load at a time; taken before mu
	loaded  ruleFiles  // guarded by loading

	mu      sync.Mutex
	status  RulesStatus // guarded by mu
	badIOCs []string    // guarded by mu: what of the own indicators cannot be used
}

// ruleFiles are rules as they were given last, to be loaded again when the
// policy has other values for their placeholders.
type ruleFiles struct {
	files   []detect.File
	source  string
	version int64
}

// RulesStatus says which rules are in force.
type RulesStatus struct {
	Source   string    `json:"source"` // where they come from, for people
	Version  int64     `json:"version,omitempty"`
	Loaded   int       `json:"loaded"`
	Since    time.Time `json:"since,omitzero"`
	Remarks  int       `json:"remarks"`            // mistakes that refuse nothing
	Refused  []string  `json:"refused,omitempty"`  // what is wrong with the set that was refused last
	Unset    []string  `json:"unset,omitempty"`    // rules that are out of force until the policy has values for their placeholders
	Raised   int64     `json:"raised"`             // findings since the start
	Filtered int64     `json:"filtered,omitempty"` // matches of filter rules since the start, which are no findings
	Cut      int64     `json:"cut,omitempty"`      // values that these rules saw only up to the limit
	Spent    int64     `json:"spent,omitempty"`    // events that cost more than one may: some of these rules were not asked about them
	// Correlation counts what the correlations took, hold and had to let go.
	Correlation *correlate.Stats `json:"correlation,omitempty"`
	Indicators  IndicatorStatus  `json:"indicators,omitzero"`
}

// urgency is what ends the gathering of a batch, and wakes the agent at once.
type urgency struct {
	names        map[string]bool
	hashes       map[string]bool
	memoryBacked bool
	files        map[FileKey]bool // with one of the hashes; of the pipeline's goroutine
	asked        detect.Urgent
}

// maxUrgentFiles bounds the files that the kernel is told of.
const maxUrgentFiles = 8192

// maxRefused bounds the mistakes that are shown, the first ones.
const maxRefused = 20

// findings appends a finding for each rule that e matches.
func (d *detector) findings(e *event.Event, dst []*event.Event) []*event.Event {
	switch e.Kind {
	case event.FindingRaise, event.ResponseRun, event.AgentLoss, event.AgentHealth:
		return dst
	}
	d.learn(e)
	set := d.live.Set()
	if set == nil || d.own(e) {
		return dst
	}
	d.matches = set.Match(e, d.matches[:0])
	if e.Kind == event.FileHash {
		d.matches = d.late(set, e, d.matches)
	}
	d.matches = slices.DeleteFunc(d.matches, d.disabled)
	if len(d.matches) == 0 {
		return dst
	}
	d.matches = d.correlate(set, e, d.matches)
	filtered, before := int64(0), len(dst)
	for _, m := range d.matches {
		if m.Rule.Filter {
			filtered++
		}
		if m.Rule.Raises() {
			dst = append(dst, d.finding(e, m))
		}
	}
	d.addLevels(dst[before:], d.matches)
	d.mu.Lock()
	d.status.Raised += int64(len(dst))
	d.status.Filtered += filtered
	if d.correlator != nil {
		s := d.correlator.Stats()
		d.status.Correlation = &s
	}
	d.mu.Unlock()
	return dst
}

// own reports whether the agent itself did what e tells: it loads programs into
// the kernel and connects to its manager, from wherever it was started. The
// kernel's own numbers of the process say who it is; no name does.
func (d *detector) own(e *event.Event) bool {
	return d.self != "" && e.Process != nil && e.Process.EntityID == d.self
}

// disabled reports whether the policy disables the rule of a match.
func (d *detector) disabled(m detect.Match) bool {
	policy := d.policy.Load()
	return policy != nil && policy.Rules[m.Rule.ID].Disabled
}

// Bounds of what the correlations of an agent hold.
const (
	maxGroups     = 20_000
	maxGroupBytes = 8 << 20
)

// correlate gives the matches of e to the correlations of the set and adds those
// that they fulfil. A new set goes on with what the one before has seen.
func (d *detector) correlate(set *detect.Set, e *event.Event, ms []detect.Match) []detect.Match {
	if d.following != set {
		next := set.Correlator(correlate.Options{MaxGroups: maxGroups, MaxBytes: maxGroupBytes})
		next.Adopt(d.correlator)
		d.following, d.correlator = set, next
	}
	if d.correlator == nil {
		return ms
	}
	ref := correlate.Ref{Source: e.Epoch, Number: e.Sequence}
	if e.Sequence == 0 { // it counts, and has no name
		d.unkept--
		ref.Number = d.unkept
	}
	first := len(ms)
	ms = d.correlator.Match(e, e.Time, ref, ms, ms)
	return append(ms[:first], slices.DeleteFunc(ms[first:], d.disabled)...)
}

// finding makes the event that says that a rule matched e. It shares the
// sections of e.
func (d *detector) finding(e *event.Event, m detect.Match) *event.Event {
	f := *e
	f.Kind, f.Provider, f.Rung, f.SensorSequence = event.FindingRaise, "detect", "", 0
	if e.Process != nil {
		p := *e.Process
		p.Ancestors = d.enrich.Lineage(e.Process)
		f.Process = &p
	}
	r := m.Rule
	f.Finding = &event.Finding{
		RuleID: r.ID, RuleName: r.Name, RuleFormat: r.Format, Level: r.Level, Severity: r.Severity,
		Techniques: r.Techniques, Tactics: r.Tactics, Actions: r.Actions,
		EventKind: e.Kind.String(), // EventID is the pipeline's to give
	}
	for _, field := range m.Fields {
		f.Finding.MatchedFields = append(f.Finding.MatchedFields, field.Name)
		f.Finding.MatchedValues = append(f.Finding.MatchedValues, field.Value)
	}
	if m.Window != nil {
		f.Finding.Group = m.Window.Group
		for _, ref := range m.Window.Events {
			if ref.Number > 0 {
				f.Finding.EventIDs = append(f.Finding.EventIDs, bareID(ref.Source, ref.Number))
			}
		}
	}
	return &f
}

// standalone puts the shipped rules and those of a folder in force.
func (d *detector) standalone(dir string, shipped bool) error {
	var files []detect.File
	var sources []string
	if shipped && d.shipped != nil {
		own, err := detect.ReadDir(d.shipped, ".")
		if err != nil {
			return fmt.Errorf("read shipped rules: %w", err)
		}
		files, sources = own, append(sources, "shipped")
	}
	if dir != "" {
		more, err := readRules(dir)
		if err != nil {
			return d.refuse(err, "rules cannot be read, those before stay in force")
		}
		files = append(files, more...)
		if len(more) > 0 {
			sources = append(sources, dir)
		}
	}
	return d.load(files, cmp.Or(strings.Join(sources, ", "), "nowhere"), 0)
}

// readRules reads the rule files of a folder by their whole paths; a folder
// that is not there has none.
func readRules(dir string) ([]detect.File, error) {
	files, err := detect.ReadDir(os.DirFS(dir), ".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for i := range files {
		files[i].Path = filepath.Join(dir, files[i].Path)
	}
	return files, err
}

// document puts rules in force that the manager sent.
func (d *detector) document(version int64, r wire.Rules) error {
	var files []detect.File
	for _, f := range r.Files {
		files = append(files, detect.File{Path: f.Path, Text: f.Text})
	}
	return d.load(files, "manager", version)
}

func (d *detector) load(files []detect.File, source string, version int64) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	first := d.live.Set() == nil
	o := detect.Options{Formats: d.formats, Whole: !first, Sources: d.sources()}
	if p := d.policy.Load(); p != nil {
		o.Placeholders = p.Placeholders
	}
	set, problems := detect.Load(o, files)
	var errs []error
	var unset []string
	for _, p := range problems {
		switch {
		case p.Refused && p.Unset:
			unset = append(unset, p.Error())
		case p.Refused && len(errs) < maxRefused:
			errs = append(errs, p)
		}
	}
	if set == nil {
		return d.refuse(errors.Join(errs...), "rules are refused as a whole, those before stay in force")
	}
	d.live.Swap(set)
	d.loaded = ruleFiles{files, source, version}
	d.mu.Lock()
	d.status = RulesStatus{
		Source: source, Version: version, Loaded: len(set.Rules()), Since: time.Now(), Remarks: len(problems) - len(errs) - len(unset), Raised: d.status.Raised,
		Filtered: d.status.Filtered, Correlation: d.status.Correlation, Unset: unset[:min(len(unset), maxRefused)],
	}
	d.mu.Unlock()
	d.log.Info("rules are in force", "source", source, "version", version, "rules", len(set.Rules()), "remarks", len(problems)-len(errs))
	d.setUrgent()
	d.setWatch()
	if len(errs) > 0 {
		return d.refuse(errors.Join(errs...), "no rules were in force before: all but these are")
	}
	return nil
}

// refuse notes why a set is not taken.
func (d *detector) refuse(err error, what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status.Refused = nil
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, e := range many.Unwrap() {
			d.status.Refused = append(d.status.Refused, e.Error())
		}
	} else {
		d.status.Refused = []string{err.Error()}
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (d *detector) setPolicy(p wire.Policy) {
	before := d.policy.Swap(&p)
	d.setUrgent()
	d.setWatch()
	if before == nil && len(p.Placeholders) == 0 || before != nil && maps.EqualFunc(before.Placeholders, p.Placeholders, slices.Equal) {
		return
	}
	d.loading.Lock()
	r := d.loaded
	d.loading.Unlock()
	if r.files == nil {
		return
	}
	if err := d.load(r.files, r.source, r.version); err != nil {
		d.log.Error("rules are not loaded again for the placeholders of the policy", "error", err)
	}
}

// setUrgent tells the kernel and the queue what a rule with actions that may
// be taken wants to know at once.
func (d *detector) setUrgent() {
	set, policy := d.live.Set(), d.policy.Load()
	if set == nil || policy == nil {
		return
	}
	u := set.Urgent(func(r *detect.Rule) bool { return acts(*policy, r) })
	d.now.Store(&urgency{
		names: setOf(u.Names), hashes: setOf(u.Hashes), memoryBacked: u.MemoryBacked, files: map[FileKey]bool{}, asked: u,
	})
	d.tellKernel(u, nil)
}

func setOf(texts []string) map[string]bool {
	m := map[string]bool{}
	for _, t := range texts {
		m[t] = true
	}
	return m
}

// tellKernel makes executions urgent. When the kernel cannot take it, rules act
// all the same, after the batch.
func (d *detector) tellKernel(u detect.Urgent, files map[FileKey]bool) {
	if d.kernel == nil {
		return
	}
	if err := d.kernel.SetUrgent(u, slices.Collect(maps.Keys(files))); err != nil {
		d.log.Error("executions are not urgent for the kernel: responses wait for the batch", "error", err)
	}
}

// learn tells the kernel of a file whose hash a rule with actions asks for, so
// that its next execution is urgent.
func (d *detector) learn(e *event.Event) {
	u := d.now.Load()
	if u == nil || len(u.hashes) == 0 || e.File == nil || e.File.Hash == nil || e.File.Inode == 0 {
		return
	}
	h, key := e.File.Hash, FileKey{e.File.Inode, e.File.Device}
	if !u.hashes[h.SHA256] && !u.hashes[h.SHA1] && !u.hashes[h.MD5] || u.files[key] || len(u.files) >= maxUrgentFiles {
		return
	}
	u.files[key] = true
	d.tellKernel(u.asked, u.files)
}

// acts reports whether the policy lets a rule do something.
func acts(p wire.Policy, r *detect.Rule) bool {
	actions := append(slices.Clone(r.Actions), p.Levels[r.Level]...)
	if own := p.Rules[r.ID].Actions; own != nil {
		actions = own
	}
	return len(actions) > 0 && p.Mode(r.ID) != wire.RespondOff && !p.Rules[r.ID].Disabled
}

// urgent reports whether a batch that holds e must not gather longer.
func (d *detector) urgent(e *event.Event) bool {
	u := d.now.Load()
	if u == nil || e.Kind != event.ProcessStart || e.Process == nil {
		return false
	}
	return u.memoryBacked && e.Process.MemoryBacked || u.names[expr.Fold(e.Process.Name)]
}

// hurried reports whether a rule that may act asks for anything at once.
func (d *detector) hurried() bool {
	u := d.now.Load()
	return u != nil && (len(u.names) > 0 || len(u.hashes) > 0 || u.memoryBacked || u.asked.UserChange)
}

// Status returns which rules are in force.
func (d *detector) Status() RulesStatus {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.status
	s.Refused, s.Unset = slices.Clone(s.Refused), slices.Clone(s.Unset)
	if set := d.live.Set(); set != nil {
		s.Cut, s.Spent = set.Cut(), set.Spent()
	}
	s.Indicators = d.indicatorStatus()
	return s
}
