package ship

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// documents verifies what the manager sends, puts it in force and keeps it for
// the next start. Its goroutine runs between start and stop.
type documents struct {
	dir    string
	to     Documents
	now    func() time.Time
	log    *slog.Logger
	result func(*wirepb.TaskResult)
	in     chan *wirepb.Signed
	out    chan *wirepb.Applied // what became of them, for the session to send

	mu      sync.Mutex
	id      *Identity        // guarded by mu
	applied map[string]int64 // guarded by mu: newest version taken, by kind
}

// waiting is how many documents and answers may wait.
const waiting = 256

func openDocuments(o Options, id *Identity, result func(*wirepb.TaskResult)) (*documents, error) {
	d := &documents{
		dir: o.Dir, to: o.Documents, now: o.Now, log: o.Logger, result: result, id: id,
		in: make(chan *wirepb.Signed, waiting), out: make(chan *wirepb.Applied, waiting),
	}
	return d, d.load()
}

// adopt goes on as another identity; under a new id nothing was applied yet.
func (d *documents) adopt(id *Identity) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id.Agent != d.id.Agent {
		d.applied = map[string]int64{}
	}
	d.id = id
}

// versions returns the version of each kind that was taken last.
func (d *documents) versions() map[string]int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.applied)
}

// start runs what was handed in until the returned function is called.
func (d *documents) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case s := <-d.in:
				d.take(s)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

// take verifies one document and puts it in force.
func (d *documents) take(s *wirepb.Signed) {
	d.mu.Lock()
	v := wire.Verifier{Keys: d.id.SigningKeys, Agent: d.id.Agent, Now: d.now(), Applied: maps.Clone(d.applied)}
	d.mu.Unlock()
	err := v.Verify(s)
	if errors.Is(err, wire.ErrReplayed) && s.GetVersion() == v.Applied[s.GetKind()] && s.GetKind() != wire.DocumentTask {
		d.answer(s, nil) // sent twice around a cut; it is in force
		return
	}
	if err == nil && s.GetKind() == wire.DocumentIOCs {
		var done bool
		if done, err = d.indicators(s); err == nil && !done {
			return // more parts follow
		}
	} else if err == nil {
		err = d.apply(s)
	}
	if err != nil {
		d.log.Warn("document of the manager not taken", "kind", s.GetKind(), "version", s.GetVersion(), "error", err)
	} else {
		d.log.Info("document of the manager taken", "kind", s.GetKind(), "version", s.GetVersion())
	}
	d.answer(s, err)
}

func (d *documents) answer(s *wirepb.Signed, err error) {
	a := &wirepb.Applied{Kind: s.GetKind(), Version: s.GetVersion()}
	if err != nil {
		a.Error = err.Error()
	}
	select {
	case d.out <- a:
	default: // nobody is connected; the next hello says what is in force
	}
}

// apply puts a verified document in force. A task is remembered before it
// runs: it runs once or, when the agent ends in between, not at all.
func (d *documents) apply(s *wirepb.Signed) error {
	switch s.GetKind() {
	case wire.DocumentTask:
		if err := d.remember(s); err != nil {
			return err
		}
		return d.task(s)
	case wire.DocumentPolicy:
		p, err := wire.ParsePolicy("policy of the manager", s.GetContent())
		if err != nil {
			return err
		}
		if d.to.Policy != nil {
			if err := d.to.Policy(s.GetVersion(), p); err != nil {
				return err
			}
		}
	case wire.DocumentRules:
		r, err := wire.DecodeRules(s.GetContent())
		if err != nil {
			return err
		}
		if d.to.Rules != nil {
			if err := d.to.Rules(s.GetVersion(), r); err != nil {
				return err
			}
		}
	}
	return d.remember(s)
}

// indicators takes a part of a change of the indicators. They keep themselves on
// disk; when a part cannot be used, the manager is to send all again.
func (d *documents) indicators(s *wirepb.Signed) (done bool, err error) {
	if d.to.IOCs == nil {
		return false, errors.New("this agent takes no indicators")
	}
	part, err := wire.DecodeIOCs(s.GetContent())
	if err == nil {
		done, err = d.to.IOCs(s.GetVersion(), part)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err != nil:
		delete(d.applied, wire.DocumentIOCs)
	case done:
		d.applied[wire.DocumentIOCs] = s.GetVersion()
	}
	return done, err
}

func (d *documents) task(s *wirepb.Signed) error {
	var t wire.Task
	if err := json.Unmarshal(s.GetContent(), &t); err != nil {
		return fmt.Errorf("task of the manager: %w", err)
	}
	if d.to.Task == nil {
		return errors.New("this agent takes no tasks")
	}
	var once sync.Once
	d.to.Task(t, func(result, reason string) {
		once.Do(func() { d.result(&wirepb.TaskResult{Id: t.ID, Result: result, Reason: reason}) })
	})
	return nil
}

// kept is what the agent keeps of the documents of one identity.
type kept struct {
	Agent     string            `json:"agent"`
	Applied   map[string]int64  `json:"applied"`
	Documents map[string][]byte `json:"documents"` // wire.Signed of policy and rules, by kind
}

const documentsName = "documents.json"

// remember notes that s is in force.
func (d *documents) remember(s *wirepb.Signed) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	k, err := d.read()
	if err != nil {
		return err
	}
	d.applied[s.GetKind()] = s.GetVersion()
	k.Agent, k.Applied = d.id.Agent, d.applied
	if s.GetKind() != wire.DocumentTask {
		if k.Documents[s.GetKind()], err = s.MarshalVT(); err != nil {
			return err
		}
	}
	text, err := json.Marshal(k)
	if err == nil {
		err = replaceFile(filepath.Join(d.dir, documentsName), text)
	}
	if err != nil {
		return fmt.Errorf("keep %s %d: %w", s.GetKind(), s.GetVersion(), err)
	}
	return nil
}

// read returns what is kept for the identity; d.mu is held.
func (d *documents) read() (kept, error) {
	none := kept{Documents: map[string][]byte{}, Applied: map[string]int64{}}
	text, err := os.ReadFile(filepath.Join(d.dir, documentsName))
	if errors.Is(err, os.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, fmt.Errorf("read documents of the manager: %w", err)
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil || k.Agent != d.id.Agent || k.Documents == nil || k.Applied == nil {
		if err != nil {
			d.log.Warn("documents of the manager are damaged here and will be sent again", "error", err)
		}
		return none, nil
	}
	return k, nil
}

// load puts the documents of the last run in force. One that does not verify
// or apply any more is left out and will be sent again.
func (d *documents) load() error {
	d.mu.Lock()
	k, err := d.read()
	d.applied = map[string]int64{}
	if v := k.Applied[wire.DocumentTask]; v > 0 {
		d.applied[wire.DocumentTask] = v
	}
	if d.to.IOCVersion != nil {
		if v := d.to.IOCVersion(); v > 0 {
			d.applied[wire.DocumentIOCs] = v
		}
	}
	id := d.id
	d.mu.Unlock()
	if err != nil {
		return err
	}
	for _, kind := range []string{wire.DocumentPolicy, wire.DocumentRules} {
		s := &wirepb.Signed{}
		if len(k.Documents[kind]) == 0 {
			continue
		}
		err := s.UnmarshalVT(k.Documents[kind])
		if err == nil {
			err = wire.Verifier{Keys: id.SigningKeys, Agent: id.Agent, Now: d.now()}.Verify(s)
		}
		if err == nil {
			err = d.apply(s)
		}
		if err != nil {
			d.log.Warn("kept document of the manager not taken", "kind", kind, "error", err)
		}
	}
	return nil
}
