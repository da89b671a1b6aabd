package fleet

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// host is what is in memory of a host.
type host struct {
	id, name, group string
	enrolled        time.Time
	lastSeen        time.Time // by the manager's clock
	lastEvent       time.Time // by the host's clock
	facts           facts
	sights          sights
	conn            *conn          // nil while not connected
	back            bool           // heartbeats came again; the gap heals when target is stored
	silent          bool           // a gap for missing heartbeats is open
	stopTold        time.Time      // lastSeen of the silence that was told as the end of the agent
	target          []*wirepb.Mark // what must be stored before that gap heals
	seen            map[lane]int64 // newest sequence that was observed
	epochs          map[int64]*epoch
	rate            rate
	dirty           bool // differs from the database
}

// facts is what the host said last; it is stored as JSON.
type facts struct {
	OS, Kernel, Architecture, Version, Address, Boot string
	Connected                                        time.Time
	ClockOffset                                      float64
	Agent                                            api.AgentUse
	System                                           api.SystemUse
	Sensors                                          []api.SensorState
	Counters                                         []api.Counter
	Exam                                             *api.Exam `json:",omitempty"`
}

// epoch is the life signs of one epoch of an agent's events.
type epoch struct {
	first, last int64 // host's clock, nanoseconds
	accounted   int64 // newest status event that the gaps account for
	dirty       bool
}

type lane struct {
	epoch int64
	lane  uint32
}

// rate counts events over the last ten seconds.
type rate struct {
	counts [11]int64
	second int64
}

func (r *rate) add(now time.Time, n int64) {
	r.move(now)
	r.counts[r.second%int64(len(r.counts))] += n
}

func (r *rate) move(now time.Time) {
	s := now.Unix()
	if s-r.second > int64(len(r.counts)) || s < r.second {
		clear(r.counts[:])
		r.second = s
	}
	for r.second < s {
		r.second++
		r.counts[r.second%int64(len(r.counts))] = 0
	}
}

// perSecond returns the mean of the ten seconds before this one.
func (r *rate) perSecond(now time.Time) float64 {
	r.move(now)
	var sum int64
	for i, c := range r.counts {
		if int64(i) != r.second%int64(len(r.counts)) {
			sum += c
		}
	}
	return float64(sum) / float64(len(r.counts)-1)
}

func (f *Fleet) loadHosts(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, name, group_name, enrolled, last_seen, last_event, facts,
		EXISTS (SELECT 1 FROM gaps WHERE gaps.host = hosts.id AND stage = $1 AND reason = $2) FROM hosts`, stageShip, reasonSilence)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		h := newHost("", "", "")
		var enrolled, seen, last int64
		var text string
		if err := rows.Scan(&h.id, &h.name, &h.group, &enrolled, &seen, &last, &text, &h.silent); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &h.facts); err != nil {
			return fmt.Errorf("facts of host %s: %w", h.id, err)
		}
		h.enrolled, h.lastSeen, h.lastEvent = at(enrolled), at(seen), at(last)
		f.hosts[h.id] = h
	}
	return rows.Err()
}

func newHost(id, name, group string) *host {
	return &host{id: id, name: name, group: group, seen: map[lane]int64{}, epochs: map[int64]*epoch{}}
}

func at(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// Enrolled makes a host known; the same host enrolled again keeps its place.
// An unknown group is an error.
func (f *Fleet) Enrolled(ctx context.Context, id, name, group string) error {
	if group == "" {
		group = DefaultGroup
	}
	now := f.now()
	if err := f.db.Write(ctx, func(tx *sql.Tx) error {
		if err := groupExists(ctx, tx, group); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO hosts (id, name, group_name, enrolled) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name`, id, clip(name), group, now.UnixNano())
		return err
	}); err != nil {
		return fmt.Errorf("add host %s: %w", id, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.hosts[id]; h != nil {
		h.name = clip(name)
		return nil
	}
	h := newHost(id, clip(name), group)
	h.enrolled = now.UTC()
	f.hosts[id] = h
	return nil
}

// clip bounds a text that an agent sent.
func clip(s string) string {
	const most = 512
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd")
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// flush writes what heartbeats and events changed in memory.
func (f *Fleet) flush(ctx context.Context) error {
	type row struct {
		id, name   string
		seen, last int64
		text       []byte
	}
	type sign struct {
		host        string
		epoch       int64
		first, last int64
	}
	var rows []row
	var signs []sign
	f.mu.Lock()
	for _, h := range f.hosts {
		for n, e := range h.epochs {
			if e.dirty {
				signs = append(signs, sign{h.id, n, e.first, e.last})
				e.dirty = false
			}
		}
		if !h.dirty {
			continue
		}
		text, err := json.Marshal(h.facts)
		if err != nil {
			f.mu.Unlock()
			return fmt.Errorf("facts of host %s: %w", h.id, err)
		}
		rows = append(rows, row{h.id, h.name, nanos(h.lastSeen), nanos(h.lastEvent), text})
		h.dirty = false
	}
	f.mu.Unlock()
	if len(rows) == 0 && len(signs) == 0 {
		return nil
	}
	err := f.db.Write(ctx, func(tx *sql.Tx) error {
		for _, r := range rows {
			if _, err := tx.ExecContext(ctx, `UPDATE hosts SET name = $1, last_seen = $2, last_event = $3, facts = $4 WHERE id = $5`,
				r.name, r.seen, r.last, string(r.text), r.id); err != nil {
				return err
			}
		}
		for _, s := range signs {
			if _, err := tx.ExecContext(ctx, `INSERT INTO epochs (host, epoch, first_sign, last_sign) VALUES ($1, $2, $3, $4)
				ON CONFLICT (host, epoch) DO UPDATE SET first_sign = excluded.first_sign, last_sign = excluded.last_sign`,
				s.host, s.epoch, s.first, s.last); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.mu.Lock()
		for _, r := range rows {
			f.hosts[r.id].dirty = true
		}
		for _, s := range signs {
			f.hosts[s.host].epochs[s.epoch].dirty = true
		}
		f.mu.Unlock()
		return fmt.Errorf("write hosts: %w", err)
	}
	return nil
}

// online reports whether heartbeats come; mu is held.
func (h *host) online(now time.Time) bool {
	return h.conn != nil && now.Sub(h.lastSeen) <= Silence
}

// show returns what the API tells of a host, without documents, alerts and the
// state of its telemetry; mu is held.
func (h *host) show(now time.Time) api.Host {
	a := api.Host{
		ID: h.id, Name: h.name, Group: h.group, Status: "offline", Telemetry: api.Complete,
		OS: h.facts.OS, Kernel: h.facts.Kernel, Architecture: h.facts.Architecture, Version: h.facts.Version,
		Enrolled: h.enrolled, LastSeen: utc(h.lastSeen), LastEvent: h.lastEvent, Address: h.facts.Address,
		ClockOffset: h.facts.ClockOffset, Agent: h.facts.Agent, System: h.facts.System,
		Sensors: slices.Clone(h.facts.Sensors), Counters: slices.Clone(h.facts.Counters), Exam: h.facts.Exam, EventRate: h.rate.perSecond(now),
	}
	if h.online(now) {
		a.Status, a.Connected = "online", h.facts.Connected
	}
	return a
}

// find returns a host by id, or by name when only one has it; mu is held.
func (f *Fleet) find(id string) *host {
	if h := f.hosts[id]; h != nil {
		return h
	}
	var found *host
	for _, h := range f.hosts {
		if strings.EqualFold(h.name, id) {
			if found != nil {
				return nil
			}
			found = h
		}
	}
	return found
}

// Resolve returns the ids of the hosts with an id or name; none when unknown.
func (f *Fleet) Resolve(idOrName string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.hosts[idOrName] != nil {
		return []string{idOrName}
	}
	var ids []string
	for _, h := range f.hosts {
		if strings.EqualFold(h.name, idOrName) {
			ids = append(ids, h.id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Name returns the name of a host, "" when it is unknown.
func (f *Fleet) Name(id string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.hosts[id]; h != nil {
		return h.name
	}
	return ""
}

// Hosts returns the hosts that q selects, by name.
func (f *Fleet) Hosts(ctx context.Context, q api.HostQuery) (api.HostList, error) {
	now := f.now()
	var out api.HostList
	f.mu.Lock()
	out.Total = int64(len(f.hosts))
	for _, h := range f.hosts {
		a := h.show(now)
		if q.Status != "" && a.Status != q.Status || q.Group != "" && a.Group != q.Group {
			continue
		}
		all := strings.ToLower(strings.Join([]string{a.Name, a.ID, a.OS, a.Kernel, a.Address}, "\x00"))
		if q.Text != "" && !strings.Contains(all, strings.ToLower(q.Text)) {
			continue
		}
		out.Hosts = append(out.Hosts, a)
	}
	f.mu.Unlock()
	slices.SortFunc(out.Hosts, func(a, b api.Host) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
	return out, f.complete(ctx, out.Hosts)
}

// Host returns a host by id or name.
func (f *Fleet) Host(ctx context.Context, id string) (api.Host, error) {
	f.mu.Lock()
	h := f.find(id)
	if h == nil {
		f.mu.Unlock()
		return api.Host{}, fmt.Errorf("host %s: %w", id, state.ErrNotFound)
	}
	one := []api.Host{h.show(f.now())}
	h.sights.add(&one[0])
	f.mu.Unlock()
	err := f.complete(ctx, one)
	return one[0], err
}

// complete adds to hosts what is in the database: documents, open alerts and
// the state of the last minute's telemetry.
func (f *Fleet) complete(ctx context.Context, hosts []api.Host) error {
	if len(hosts) == 0 {
		return nil
	}
	byID := make(map[string]*api.Host, len(hosts))
	for i := range hosts {
		byID[hosts[i].ID] = &hosts[i]
	}
	now := f.now()
	return f.db.Read(ctx, func(tx *sql.Tx) error {
		if err := f.addDocuments(ctx, tx, byID); err != nil {
			return err
		}
		if err := addAlerts(ctx, tx, byID); err != nil {
			return err
		}
		gaps, err := f.gaps(ctx, tx, gapFilter{from: now.Add(-time.Minute), to: now})
		for _, g := range gaps {
			if h := byID[g.Host]; h != nil {
				h.Telemetry = worse(h.Telemetry, g.State)
			}
		}
		return err
	})
}

func addAlerts(ctx context.Context, tx *sql.Tx, byID map[string]*api.Host) error {
	rows, err := tx.QueryContext(ctx, `SELECT host, level, COUNT(*) FROM alerts WHERE status <> $1 GROUP BY host, level`, api.AlertClosed)
	if err != nil {
		return fmt.Errorf("count alerts of hosts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, level string
		var n int64
		if err := rows.Scan(&id, &level, &n); err != nil {
			return fmt.Errorf("count alerts of hosts: %w", err)
		}
		if h := byID[id]; h != nil {
			h.OpenAlerts.Add(level, n)
		}
	}
	return rows.Err()
}

// ChangeHost moves a host to another group, whose policy it gets at once.
func (f *Fleet) ChangeHost(ctx context.Context, id string, in api.HostChange) (api.Host, error) {
	f.mu.Lock()
	h := f.find(id)
	if h == nil {
		f.mu.Unlock()
		return api.Host{}, fmt.Errorf("host %s: %w", id, state.ErrNotFound)
	}
	id = h.id
	f.mu.Unlock()
	if err := f.db.Write(ctx, func(tx *sql.Tx) error {
		if err := groupExists(ctx, tx, in.Group); err != nil {
			return &api.FieldError{Field: "body.group", Message: err.Error()}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE hosts SET group_name = $1 WHERE id = $2`, in.Group, id); err != nil {
			return err
		}
		return f.freshen(ctx, tx, in.Group, id)
	}); err != nil {
		return api.Host{}, err
	}
	f.mu.Lock()
	h.group = in.Group
	f.mu.Unlock()
	if err := f.pushPolicy(ctx, in.Group); err != nil {
		return api.Host{}, err
	}
	return f.Host(ctx, id)
}
