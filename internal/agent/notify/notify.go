// Package notify tells people of alerts without a manager: a local file of
// JSON lines, the systemd journal and a webhook. The file is written first and
// is also the webhook's queue: what could not be delivered yet is read back
// from it, so that nothing is lost or sent again over restarts. Alert may be
// called from many goroutines; Run delivers until its context ends.
package notify

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Options say where alerts go.
type Options struct {
	Dir     string // of the alert file and the webhook's position; made with mode 0700
	MaxSize int64  // bytes after which the file is rotated; default 5 MiB
	Keep    int    // rotated files that are kept; default 20
	Journal string // socket of the systemd journal; empty is none
	Webhook *Webhook
	Clock   Clock // nil is the real one
	Log     *slog.Logger
	// Lost is told of alerts that the webhook never got; nil is nobody.
	Lost func(n int64, reason string)
}

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

type realClock struct{}

func (realClock) Now() time.Time                         { return time.Now() }
func (realClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Status says how the outputs are.
type Status struct {
	File    string         `json:"file"`
	Written int64          `json:"written"`
	Error   string         `json:"error,omitempty"` // of the last write to the file
	Journal string         `json:"journal,omitempty"`
	Webhook *WebhookStatus `json:"webhook,omitempty"`
}

// Notifier writes alerts to the outputs.
type Notifier struct {
	opts    Options
	file    *file
	journal *journal
	hook    *hook
}

// New opens the alert file and reads how far the webhook came.
func New(o Options) (*Notifier, error) {
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Lost == nil {
		o.Lost = func(int64, string) {}
	}
	if o.MaxSize <= 0 {
		o.MaxSize = 5 << 20
	}
	if o.Keep <= 0 {
		o.Keep = 20
	}
	f, err := openFile(o.Dir, o.MaxSize, o.Keep)
	if err != nil {
		return nil, err
	}
	n := &Notifier{opts: o, file: f}
	if o.Journal != "" {
		n.journal = &journal{path: o.Journal, log: o.Log}
	}
	n.hook = &hook{file: f, parent: o, wake: make(chan struct{}, 1)}
	f.pruned = n.hook.pruned
	if err := n.hook.set(o.Webhook); err != nil {
		f.close()
		return nil, err
	}
	return n, nil
}

// Alert writes e to the file and the journal and wakes the webhook. The error
// says that the file could not be written; the journal gets the alert anyway.
func (n *Notifier) Alert(e *event.Event) error {
	line := append(e.AppendJSON(nil), '\n')
	err := n.file.write(line)
	if n.journal != nil {
		n.journal.send(e, line[:len(line)-1])
	}
	n.hook.wakeUp()
	return err
}

// SetWebhook changes where alerts are posted, nil is nowhere. A new webhook
// gets what is raised from now on, a changed one goes on where it was.
func (n *Notifier) SetWebhook(w *Webhook) error {
	err := n.hook.set(w)
	n.hook.wakeUp()
	return err
}

// Run delivers to the webhook and makes the file durable until ctx is done.
func (n *Notifier) Run(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.file.syncUntil(ctx, n.opts.Clock)
	}()
	n.hook.run(ctx)
	<-done
	return nil
}

// Close closes the outputs; Run must have returned.
func (n *Notifier) Close() error {
	if n.journal != nil {
		n.journal.close()
	}
	n.hook.close()
	return n.file.close()
}

// Status returns how the outputs are.
func (n *Notifier) Status() Status {
	s := n.file.status()
	if n.journal != nil {
		s.Journal = n.journal.status()
	}
	s.Webhook = n.hook.status()
	return s
}

// Text returns an alert as one line for people.
func Text(e *event.Event) string {
	var b strings.Builder
	switch {
	case e.Finding != nil:
		fmt.Fprintf(&b, "%s: %s", strings.ToUpper(cmp.Or(e.Finding.Level, "-")), e.Finding.RuleName)
	case e.Response != nil:
		fmt.Fprintf(&b, "RESPONSE: %s %s", e.Response.Action, e.Response.Result)
		if e.Response.Reason != "" {
			fmt.Fprintf(&b, " (%s)", e.Response.Reason)
		}
	default:
		b.WriteString(e.Kind.String())
	}
	if p := e.Process; p != nil {
		fmt.Fprintf(&b, "; process %s pid %d", cmp.Or(p.Name, "-"), p.PID)
	}
	if e.User != nil {
		fmt.Fprintf(&b, " user %s", cmp.Or(e.User.Name, e.User.ID, "-"))
	}
	if p := e.Process; p != nil && p.CommandLine != "" {
		fmt.Fprintf(&b, ": %s", cut(p.CommandLine, 512))
	}
	if e.Finding != nil {
		fmt.Fprintf(&b, " [rule %s]", e.Finding.RuleID)
	}
	return strings.Map(printable, b.String())
}

// printable keeps control characters, which could forge a line or steer a
// terminal, out of texts for people.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
