package log

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	streamName = "EVENTS"
	subject    = "events.batches"
)

// Options of Open.
type Options struct {
	Dir      string // directory of the log, made when it is missing
	MaxBytes int64  // bound of the stream on disk; 0 is 2 GiB
	Reserve  uint64 // Publish returns ErrDisk when less is free; 0 is 64 MiB
	Logger   *slog.Logger
	// Free returns the free bytes below a directory; nil asks the system.
	Free func(dir string) (uint64, error)
	// Timeout bounds one write to the disk; 0 is 30 s.
	Timeout time.Duration
}

// Usage tells how full a log is.
type Usage struct {
	Bytes    int64
	Limit    int64
	Messages uint64
	Last     uint64 // position of the newest message
}

// Stream is a log in an embedded JetStream that flushes every message to the
// disk. When JetStream gives itself up, because the disk was full or failed,
// the next Publish starts it again.
type Stream struct {
	opts  Options // immutable after Open
	id    string  // immutable after Open
	group *group
	fresh *handover

	mu     sync.Mutex
	server *server.Server      // guarded by mu
	conn   *nats.Conn          // guarded by mu
	js     jetstream.JetStream // guarded by mu
	stream jetstream.Stream    // guarded by mu
	closed bool                // guarded by mu
}

// Open starts the embedded JetStream and its stream.
func Open(ctx context.Context, o Options) (*Stream, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 2 << 30
	}
	if o.Reserve == 0 {
		o.Reserve = 64 << 20
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Free == nil {
		o.Free = freeBytes
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make directory of the log: %w", err)
	}
	s := &Stream{opts: o, fresh: newHandover()}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	info, err := s.stream.Info(ctx)
	if err != nil {
		s.shut()
		return nil, fmt.Errorf("read the log in %s: %w", o.Dir, err)
	}
	s.id = strconv.FormatInt(info.Created.UnixNano(), 36)
	s.group = newGroup(s.append)
	return s, nil
}

// start brings the server up; the caller holds mu or is alone.
func (s *Stream) start(ctx context.Context) error {
	srv, err := server.NewServer(&server.Options{
		ServerName: "vedette", JetStream: true, StoreDir: s.opts.Dir, DontListen: true, NoSigs: true,
		SyncAlways: true, MaxPayload: 8 << 20, MaxPending: 256 << 20,
		JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: s.opts.MaxBytes + s.opts.MaxBytes/8 + 64<<20,
	})
	if err != nil {
		return fmt.Errorf("open the log in %s: %w", s.opts.Dir, err)
	}
	srv.SetLoggerV2(natsLogger{s.opts.Logger}, false, false, false)
	go srv.Start()
	s.server = srv
	if !srv.ReadyForConnections(2*time.Minute) || !srv.JetStreamEnabled() {
		s.shut()
		return fmt.Errorf("open the log in %s: the embedded JetStream did not start; see the log lines before this one", s.opts.Dir)
	}
	if err := s.connect(ctx); err != nil {
		s.shut()
		return err
	}
	return nil
}

func (s *Stream) connect(ctx context.Context) error {
	nc, err := nats.Connect("", nats.InProcessServer(s.server), nats.MaxReconnects(0), nats.Timeout(10*time.Second))
	if err != nil {
		return fmt.Errorf("connect to the log: %w", err)
	}
	s.conn = nc
	if s.js, err = jetstream.New(nc); err != nil {
		return fmt.Errorf("connect to the log: %w", err)
	}
	s.stream, err = s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName, Subjects: []string{subject}, MaxBytes: s.opts.MaxBytes,
		Discard: jetstream.DiscardNew, Retention: jetstream.LimitsPolicy,
		Storage: jetstream.FileStorage, MaxMsgSize: 8 << 20, AllowDirect: true,
	})
	if err != nil {
		return fmt.Errorf("open stream %s: %w", streamName, err)
	}
	return nil
}

// shut stops the server; the caller holds mu or is alone.
func (s *Stream) shut() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
	if s.server != nil {
		s.server.Shutdown()
		s.server.WaitForShutdown()
		s.server = nil
	}
}

// use returns what speaks to the running server and starts it when it ended.
func (s *Stream) use(ctx context.Context) (jetstream.JetStream, jetstream.Stream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, ErrClosed
	}
	if s.server != nil && s.server.JetStreamEnabled() && s.conn.IsConnected() {
		return s.js, s.stream, nil
	}
	s.opts.Logger.Warn("log ended by itself, starting it again", "dir", s.opts.Dir)
	s.shut()
	if err := s.start(ctx); err != nil {
		return nil, nil, err
	}
	return s.js, s.stream, nil
}

// ID names this log; positions of another log mean nothing in it.
func (s *Stream) ID() string { return s.id }

// Publish appends a batch and returns when it is on disk. After an error the
// batch may still be in the log: publishing it again is right.
func (s *Stream) Publish(ctx context.Context, e Entry) error { return s.group.publish(ctx, e) }

func (s *Stream) append(ctx context.Context, m message) error {
	ack, err := s.write(ctx, m.data)
	if err != nil {
		s.fresh.miss() // it may have been written
		return err
	}
	s.fresh.put(delivery{ack.Sequence, m.entries, int64(len(m.data))})
	return nil
}

// write appends a message to the stream and returns when it is on disk.
func (s *Stream) write(ctx context.Context, data []byte) (*jetstream.PubAck, error) {
	free, err := s.opts.Free(s.opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("ask for free space of %s: %w", s.opts.Dir, err)
	}
	if free < s.opts.Reserve+uint64(len(data)) {
		return nil, fmt.Errorf("%d bytes free below %s, %d are kept in reserve: %w", free, s.opts.Dir, s.opts.Reserve, ErrDisk)
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	js, _, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	ack, err := js.Publish(ctx, subject, data, jetstream.WithRetryAttempts(0))
	return ack, publishError(err)
}

// publishError names the two causes that a caller tells apart.
func publishError(err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &api) && strings.Contains(api.Description, "maximum bytes exceeded"):
		return ErrFull
	case errors.As(err, &api) && strings.Contains(api.Description, "no space left"):
		return fmt.Errorf("%s: %w", api.Description, ErrDisk)
	}
	return fmt.Errorf("write to the log: %w", err)
}

// Release frees the space of everything up to a position.
func (s *Stream) Release(ctx context.Context, upTo uint64) error {
	_, st, err := s.use(ctx)
	if err != nil {
		return err
	}
	if err := st.Purge(ctx, jetstream.WithPurgeSequence(upTo+1)); err != nil {
		return fmt.Errorf("release the log up to %d: %w", upTo, err)
	}
	return nil
}

// Usage tells how full the log is.
func (s *Stream) Usage(ctx context.Context) (Usage, error) {
	_, st, err := s.use(ctx)
	if err != nil {
		return Usage{}, err
	}
	info, err := st.Info(ctx)
	if err != nil {
		return Usage{}, fmt.Errorf("read the log: %w", err)
	}
	return Usage{Bytes: int64(info.State.Bytes), Limit: s.opts.MaxBytes, Messages: info.State.Msgs, Last: info.State.LastSeq}, nil
}

// Close ends Publish and the server. Consume must have returned.
func (s *Stream) Close() error {
	s.group.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.shut()
	return nil
}

// natsLogger hands what the server says to slog; its notices are debug lines.
type natsLogger struct{ l *slog.Logger }

func (n natsLogger) say(level slog.Level, format string, v []any) {
	n.l.Log(context.Background(), level, "log server", "text", fmt.Sprintf(format, v...))
}

func (n natsLogger) Noticef(f string, v ...any) { n.say(slog.LevelDebug, f, v) }
func (n natsLogger) Warnf(f string, v ...any)   { n.say(slog.LevelWarn, f, v) }
func (n natsLogger) Fatalf(f string, v ...any)  { n.say(slog.LevelError, f, v) }
func (n natsLogger) Errorf(f string, v ...any)  { n.say(slog.LevelError, f, v) }
func (n natsLogger) Debugf(string, ...any)      {}
func (n natsLogger) Tracef(string, ...any)      {}
