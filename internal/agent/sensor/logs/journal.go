package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/program"
	"github.com/vedette-edr/vedette/internal/agent/sensor/auditlog"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/internal/record/syslog"
)

// journal reads a journal of systemd. It belongs to one goroutine.
type journal struct {
	source Source
	proc   string
	err    error // why it cannot be read
}

func newJournal(src Source, proc string) *journal {
	_, err := program.Journalctl().Path()
	return &journal{source: src, proc: proc, err: err}
}

// fields are those of an entry that are asked for: a core dump, say, is not.
func fields() string {
	return strings.Join([]string{
		"MESSAGE", "MESSAGE_ID", "PRIORITY", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "UNIT", "USER_UNIT", "USER_ID", "SESSION_ID", "LEADER",
		"_HOSTNAME", "_TRANSPORT", "_SOURCE_REALTIME_TIMESTAMP", "_PID", "_UID", "_GID", "_COMM", "_EXE", "_CMDLINE", "_SYSTEMD_UNIT", "_AUDIT_LOGINUID", "_AUDIT_SESSION",
		"_AUDIT_TYPE_NAME",
	}, ",")
}

// arguments returns those of journalctl that go on behind a cursor.
func (j *journal) arguments(cursor string) []string {
	out := []string{"--output=export", "--follow", "--quiet", "--no-pager", "--output-fields=" + fields()}
	switch {
	case cursor != "":
		out = append(out, "--no-tail", "--after-cursor="+cursor)
	case j.source.Start:
		out = append(out, "--no-tail")
	default:
		out = append(out, "--lines=0")
	}
	if j.source.Path != "" {
		out = append(out, "--directory="+j.source.Path)
	}
	return out
}

// run tells the entries as they come, until ctx is done.
func (j *journal) run(ctx context.Context, out *outlet) error {
	runtime.LockOSThread() // the program ends with the thread that started it
	defer runtime.UnlockOSThread()
	actors, err := auditlog.NewActors(j.proc, "")
	if err != nil {
		return err
	}
	cursor := out.book.cursor(j.source.Path)
	c, err := program.Journalctl().Command(ctx, j.arguments(cursor)...)
	if err != nil {
		return err
	}
	var said tailOf
	c.Stderr = &said
	pipe, err := c.StdoutPipe()
	if err != nil {
		return fmt.Errorf("run journalctl: %w", err)
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("run journalctl: %w", err)
	}
	read := j.read(pipe, actors, out)
	if read != nil && c.Process != nil {
		_ = c.Process.Kill()
	}
	err = c.Wait()
	if ctx.Err() != nil {
		return nil
	}
	if cursor != "" && strings.Contains(said.String(), "cursor") {
		out.book.passed(j.source.Path, "") // the place is not there any more
		out.lost("lost", "the journal was begun anew", 0)
	}
	return errors.Join(errors.New("journalctl ended: "+said.String()), read, err)
}

// read tells the entries that come from r.
func (j *journal) read(r io.Reader, actors *auditlog.Actors, out *outlet) error {
	blocks, err := syslog.Export().Open(r)
	if err != nil {
		return err
	}
	var block record.Block
	var batch record.Batch
	for {
		if err := blocks.Next(&block); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			j.leaveOut(block.Data, out)
			return fmt.Errorf("read journal: %w", err)
		}
		batch.Reset()
		blocks.Decode(&block, &batch)
		for _, r := range batch.Records() {
			cursor := r.Data("__CURSOR").Text()
			out.give(entry(r, actors))
			if cursor != "" {
				out.book.passed(j.source.Path, cursor)
			}
		}
		for _, f := range batch.Faults {
			out.lost("lost", "journal: "+f.Err.Error(), 1)
		}
	}
}

// leaveOut goes behind an entry that cannot be read, which begins with its
// cursor, so that the next run does not meet it again.
func (j *journal) leaveOut(data []byte, out *outlet) {
	line, _, _ := bytes.Cut(data, []byte{'\n'})
	if cursor, ok := bytes.CutPrefix(line, []byte("__CURSOR=")); ok && len(data) > 0 {
		out.book.passed(j.source.Path, string(cursor))
		out.lost("lost", "an entry of the journal is too large", 1)
	}
}

// kept lists what the journal itself says of an entry and stays in the event.
func kept() []string {
	return []string{"_TRANSPORT", "_UID", "_EXE", "_CMDLINE", "_SYSTEMD_UNIT", "_AUDIT_LOGINUID", "_AUDIT_SESSION", "_AUDIT_TYPE_NAME"}
}

// entry makes an event of an entry.
func entry(r *record.Record, actors *auditlog.Actors) *event.Event {
	log := r.Log
	log.Names, log.Values = slices.Clone(r.Log.Names), slices.Clone(r.Log.Values)
	log.Code = r.Log.Data("MESSAGE_ID").Text()
	for _, name := range kept() {
		if v := r.Data(name).Text(); v != "" {
			log.Names, log.Values = append(log.Names, name), append(log.Values, v)
		}
	}
	e := &event.Event{Time: r.Time, Log: &log}
	if pid, err := strconv.ParseInt(r.Data("_PID").Text(), 10, 64); err == nil {
		e.Process = actors.Living(pid, r.Time)
	}
	return e
}

// tailOf keeps the end of what a program says.
type tailOf struct{ bytes.Buffer }

const maxSaid = 1024

// Write implements io.Writer.
func (t *tailOf) Write(p []byte) (int, error) {
	t.Buffer.Write(p)
	if n := t.Len(); n > maxSaid {
		t.Next(n - maxSaid)
	}
	return len(p), nil
}

// String returns what was said last, in one line.
func (t *tailOf) String() string { return strings.Join(strings.Fields(t.Buffer.String()), " ") }
