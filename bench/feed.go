package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/test/rig"
)

// replayArg makes this program the one that makes the events of a replay, so
// that their garbage is not in the figures of what ships them.
const replayArg = "__replay"

// replayer must stand before the flags are read; it ends the program when it
// was started to make events.
func replayer() {
	if len(os.Args) != 4 || os.Args[1] != replayArg {
		return
	}
	want, err := strconv.Atoi(os.Args[3])
	if err == nil {
		err = makeRecords(os.Stdout, os.Args[2], want)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// headSize is the size of what stands before the payload of a record on the
// pipe: lane, sequence, time, length.
const headSize = 4 + 8 + 8 + 4

// makeRecords writes want records made of a recording.
func makeRecords(to io.Writer, path string, want int) error {
	events, err := readRecording(path)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		return fmt.Errorf("%s holds no events", path)
	}
	encoder, err := wire.NewEncoder()
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(to, 1<<20)
	var buf []byte
	for n := range want {
		e := again(events[n%len(events)], n/len(events))
		e.Sequence = int64(n + 1)
		if buf, err = encoder.Append(append(buf[:0], make([]byte, headSize)...), e); err != nil {
			return err
		}
		binary.LittleEndian.PutUint32(buf, uint32(e.Kind.Class()))
		binary.LittleEndian.PutUint64(buf[4:], uint64(e.Sequence))
		binary.LittleEndian.PutUint64(buf[12:], uint64(e.Time))
		binary.LittleEndian.PutUint32(buf[20:], uint32(len(buf)-headSize))
		if _, err := out.Write(buf); err != nil {
			return err
		}
	}
	return out.Flush()
}

// writeRecording keeps events as the spool would.
func writeRecording(path string, events []*event.Event) error {
	encoder, err := wire.NewEncoder()
	if err != nil {
		return err
	}
	var content []byte
	for i, e := range events {
		e.Agent, e.Epoch, e.Sequence = "", 0, int64(i+1)
		if content, err = encoder.Append(content, e); err != nil {
			return err
		}
	}
	return os.WriteFile(path, content, 0o600)
}

func readRecording(path string) ([]*event.Event, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d, err := wire.NewDecoder()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	var out []*event.Event
	err = d.Events("", 0, content, func(e *event.Event) error {
		out = append(out, e)
		return nil
	})
	return out, err
}

// feed gives want records to the spool, no faster than the manager takes them,
// and returns the CPU time of this process that was not the spool's or the
// shipper's: reading from the pipe and waiting.
func feed(ctx context.Context, sp *spool.Spool, recording string, want int) (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	from, to, err := widePipe()
	if err != nil {
		return 0, err
	}
	defer from.Close()
	cmd := exec.CommandContext(ctx, self, replayArg, recording, strconv.Itoa(want))
	cmd.Stdout, cmd.Stderr = to, os.Stderr
	err = cmd.Start()
	to.Close()
	if err != nil {
		return 0, fmt.Errorf("start replay: %w", err)
	}
	used, err := pour(ctx, sp, from, want)
	from.Close()
	return used, errors.Join(err, cmd.Wait())
}

// widePipe returns a pipe that holds a megabyte and whose reads block: the
// runtime's poller would wake other threads, whose time is not told apart.
func widePipe() (from, to *os.File, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, fmt.Errorf("make pipe: %w", err)
	}
	from, to = os.NewFile(uintptr(fds[0]), "replay"), os.NewFile(uintptr(fds[1]), "replay")
	if _, err := unix.FcntlInt(uintptr(fds[0]), unix.F_SETPIPE_SZ, 1<<20); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("widen pipe: %w", err), from.Close(), to.Close())
	}
	return from, to, nil
}

// pouring is how many records are given to the spool at once.
const pouring = 5000

// pour moves records from the pipe to the spool.
func pour(ctx context.Context, sp *spool.Spool, from io.Reader, want int) (used time.Duration, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	from = bufio.NewReaderSize(from, 1<<20)
	var text []byte
	records := make([]spool.Record, 0, pouring)
	for n := 0; n < want; n += len(records) {
		t := threadCPU()
		for sp.Stats().Pending > 4<<20 || sp.Stats().Records > 200_000 {
			select {
			case <-ctx.Done():
				return used, ctx.Err()
			case <-time.After(100 * time.Millisecond): // seldom: waking up costs the shipper's figure
			}
		}
		if text, records, err = readRecords(from, text[:0], records[:0], min(cap(records), want-n)); err != nil {
			return used, err
		}
		used += threadCPU() - t
		for _, r := range records {
			if err := sp.Append(r); err != nil {
				return used, err
			}
		}
	}
	return used, nil
}

func readRecords(from io.Reader, text []byte, records []spool.Record, n int) ([]byte, []spool.Record, error) {
	var head [headSize]byte
	var sizes [pouring]int
	for i := range n {
		if _, err := io.ReadFull(from, head[:]); err != nil {
			return text, records, fmt.Errorf("read replay: %w", err)
		}
		sizes[i] = int(binary.LittleEndian.Uint32(head[20:]))
		at := len(text)
		text = append(text, make([]byte, sizes[i])...)
		if _, err := io.ReadFull(from, text[at:]); err != nil {
			return text, records, fmt.Errorf("read replay: %w", err)
		}
		records = append(records, spool.Record{
			Lane: binary.LittleEndian.Uint32(head[:]), Sequence: int64(binary.LittleEndian.Uint64(head[4:])), Time: int64(binary.LittleEndian.Uint64(head[12:])),
		})
	}
	at := 0
	for i := range records { // the text has its place now
		records[i].Payload = text[at : at+sizes[i]]
		at += sizes[i]
	}
	return text, records, nil
}

// again returns a copy of an event that happens in another round: its times
// are shifted and its processes are others.
func again(e *event.Event, round int) *event.Event {
	c := *e
	const length = event.Time(10 * time.Minute)
	c.Time -= event.Time(round) * length
	if e.Process != nil {
		p := *e.Process
		salt := fmt.Sprintf("%05x", round)
		p.EntityID = salted(p.EntityID, salt)
		p.PID += int64(round)
		if p.Parent != nil {
			q := *p.Parent
			q.EntityID = salted(q.EntityID, salt)
			p.Parent = &q
		}
		if p.Start != 0 {
			p.Start -= event.Time(round) * length
		}
		c.Process = &p
	}
	return &c
}

func salted(id, salt string) string {
	if len(id) < len(salt) {
		return id
	}
	return salt + id[len(salt):]
}

func ownCPU() time.Duration { return usage(unix.RUSAGE_SELF) }

func threadCPU() time.Duration { return usage(unix.RUSAGE_THREAD) }

func usage(who int) time.Duration {
	var u unix.Rusage
	if unix.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func cpuOf(p *rig.Program) time.Duration {
	d, err := rig.CPU(p.PID())
	if err != nil {
		return 0
	}
	return d
}
