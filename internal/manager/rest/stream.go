package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sync/errgroup"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/manager/lake"
)

const (
	maxClients    = 256
	maxEventRate  = 1000             // events per second to one client; the rest is told as a gap
	writePatience = 30 * time.Second // a client that takes nothing for so long is closed
	streamPing    = 30 * time.Second // how often a client must answer, and its session is looked at
	maxStreamText = 16 << 10         // bytes of a request
	eventsAtOnce  = 256
)

// Feed is the accepted events as they come; the lake is one.
type Feed interface {
	Subscribe() *lake.Subscription
	Resume(after lake.Position) *lake.Subscription
}

// Live serves the live stream.
type Live struct {
	Feed   Feed
	Hub    *Hub
	Logger *slog.Logger
	// Still reports whether a client may go on: its session or key is asked
	// again every half minute.
	Still func(r *http.Request) bool
	// Stop ends all streams when it is closed.
	Stop <-chan struct{}

	open sync.WaitGroup
}

// Wait returns when all streams have ended.
func (l *Live) Wait() { l.open.Wait() }

// stream opens the live stream for who may see events.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	if err := allow(r.Context(), route{role: api.RoleViewer}); err != nil {
		status := http.StatusForbidden
		if ownerOf(r.Context()) == "" {
			status = http.StatusUnauthorized
		}
		http.Error(w, err.Error(), status)
		return
	}
	s.Stream.ServeHTTP(w, r)
}

// want is what a client asked for, ready to use; immutable.
type want struct {
	events, alerts, hosts bool
	where                 *expr.Expr // nil: all
}

func parseWant(q api.StreamRequest) (*want, error) {
	w := &want{}
	for _, t := range q.Topics {
		switch t {
		case api.TopicEvents:
			w.events = !q.Paused
		case api.TopicAlerts:
			w.alerts = true
		case api.TopicHosts:
			w.hosts = true
		default:
			return nil, fmt.Errorf("topics: %q is none of events, alerts, hosts", t)
		}
	}
	if strings.TrimSpace(q.Query) != "" {
		x, err := expr.Parse(q.Query)
		if err != nil {
			return nil, fmt.Errorf("query: %w", err)
		}
		w.where = x
	}
	return w, nil
}

// client is one open stream.
type client struct {
	live *Live
	conn *websocket.Conn

	mu     sync.Mutex
	want   *want         // guarded by mu
	notice int64         // guarded by mu: number of the next notice
	place  lake.Position // guarded by mu: of the newest event that was looked at
}

// ServeHTTP upgrades a request and serves the stream until the client goes.
func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	ask := api.StreamRequest{Query: q.Get("query"), Resume: q.Get("resume"), Paused: q.Get("paused") == "true"}
	if t := q.Get("topics"); t != "" {
		ask.Topics = strings.Split(t, ",")
	}
	first, err := parseWant(ask)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	if l.Hub.clients.Add(1) > maxClients {
		l.Hub.clients.Add(-1)
		http.Error(w, "too many live streams are open", http.StatusServiceUnavailable)
		return
	}
	defer l.Hub.clients.Add(-1)
	l.open.Add(1)
	defer l.open.Done()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionContextTakeover})
	if err != nil {
		return // Accept answered: another site's page, or no WebSocket
	}
	defer func() { _ = conn.CloseNow() }() // after the orderly close below
	conn.SetReadLimit(maxStreamText)
	c := &client{live: l, conn: conn, want: first}
	status, reason := websocket.StatusNormalClosure, ""
	if err := c.serve(r, ask.Resume); err != nil {
		status, reason = websocket.StatusGoingAway, "the stream ends"
		l.Logger.DebugContext(r.Context(), "live stream ended", "error", err)
	}
	_ = conn.Close(status, reason) // the client may be gone
}

var errStop = errors.New("the manager stops")

var errLoggedOut = errors.New("the session or key has ended")

func (c *client) serve(r *http.Request, resume string) error {
	sub, missed := c.start(resume)
	g, ctx := errgroup.WithContext(r.Context())
	g.Go(func() error { return c.read(ctx) })
	g.Go(func() error {
		if err := c.write(ctx, api.StreamMessage{Type: "hello"}); err != nil {
			return err
		}
		if missed != 0 {
			if err := c.write(ctx, api.StreamMessage{Type: "gap", Lost: missed}); err != nil {
				return err
			}
		}
		return c.sendEvents(ctx, sub)
	})
	g.Go(func() error { return c.sendNotices(ctx) })
	g.Go(func() error { return c.watch(ctx, r) })
	return g.Wait()
}

// start finds the place to go on from. missed is -1 when the client's place is
// not known any more.
func (c *client) start(resume string) (sub *lake.Subscription, missed int64) {
	c.notice = c.live.Hub.now()
	if resume == "" {
		return c.live.Feed.Subscribe(), 0
	}
	part := strings.SplitN(resume, ".", 3) // boot, notice, place
	if len(part) != 3 {
		return c.live.Feed.Subscribe(), -1
	}
	place, err := lake.ParsePosition(part[2])
	if err != nil {
		return c.live.Feed.Subscribe(), -1
	}
	c.place = place
	if n, err := strconv.ParseInt(part[1], 10, 64); err == nil && part[0] == c.live.Hub.boot && n >= 0 {
		c.notice = min(n, c.notice)
	} else {
		missed = -1 // changes of alerts and hosts in an earlier run of the manager
	}
	if place == (lake.Position{}) {
		return c.live.Feed.Subscribe(), missed
	}
	return c.live.Feed.Resume(place), missed
}

// write sends a message with the id to resume from.
func (c *client) write(ctx context.Context, m api.StreamMessage) error {
	c.mu.Lock()
	m.ID = fmt.Sprintf("%s.%d.%s", c.live.Hub.boot, c.notice, c.place)
	c.mu.Unlock()
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, text)
}

func (c *client) wanted() *want {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.want
}

// read takes new requests of the client.
func (c *client) read(ctx context.Context) error {
	for {
		_, text, err := c.conn.Read(ctx)
		if err != nil {
			return err
		}
		var q api.StreamRequest
		var w *want
		if err = json.Unmarshal(text, &q); err == nil {
			w, err = parseWant(q)
		}
		if err != nil {
			if err := c.write(ctx, api.StreamMessage{Type: "error", Error: err.Error()}); err != nil {
				return err
			}
			continue
		}
		c.mu.Lock()
		c.want = w
		c.mu.Unlock()
	}
}

// sendEvents sends the events that the client wants. It alone waits when the
// client is slow; what it then misses is told as a gap.
func (c *client) sendEvents(ctx context.Context, sub *lake.Subscription) error {
	var second, sent, held int64
	for {
		list, missed, err := next(ctx, sub, held > 0)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			if err := c.tellHeld(ctx, &held); err != nil {
				return err
			}
		}
		w := c.wanted()
		if missed != 0 && w.events {
			if missed > 0 {
				c.live.Hub.skipped.Add(missed)
			}
			if err := c.write(ctx, api.StreamMessage{Type: "gap", Lost: missed}); err != nil {
				return err
			}
		}
		for _, e := range list {
			c.mu.Lock()
			c.place = e.Position
			c.mu.Unlock()
			if !w.events || w.where != nil && !w.where.Match(e.Event) {
				continue
			}
			if now := time.Now().Unix(); now != second {
				second, sent = now, 0
				if err := c.tellHeld(ctx, &held); err != nil {
					return err
				}
			}
			if sent++; sent > maxEventRate {
				held++
				continue
			}
			if err := c.write(ctx, api.StreamMessage{Type: "event", Event: e.Event}); err != nil {
				return err
			}
		}
	}
}

// next waits for events, at most a second when there is something to tell.
func next(ctx context.Context, sub *lake.Subscription, hurry bool) ([]lake.Live, int64, error) {
	if !hurry {
		return sub.Next(ctx, eventsAtOnce)
	}
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	list, missed, err := sub.Next(short, eventsAtOnce)
	if err != nil && ctx.Err() == nil {
		return nil, 0, nil
	}
	return list, missed, err
}

// tellHeld tells how many events were held back because they were too many.
func (c *client) tellHeld(ctx context.Context, held *int64) error {
	if *held == 0 {
		return nil
	}
	c.live.Hub.skipped.Add(*held)
	m := api.StreamMessage{Type: "gap", Lost: *held}
	*held = 0
	return c.write(ctx, m)
}

// sendNotices sends the changes of alerts and hosts that the client wants.
func (c *client) sendNotices(ctx context.Context) error {
	c.mu.Lock()
	at := c.notice
	c.mu.Unlock()
	for {
		list, missed, next, err := c.live.Hub.wait(ctx, at)
		if err != nil {
			return err
		}
		first := next - int64(len(list))
		w := c.wanted()
		if missed > 0 && (w.alerts || w.hosts) {
			c.live.Hub.skipped.Add(missed)
			if err := c.write(ctx, api.StreamMessage{Type: "gap", Lost: missed}); err != nil {
				return err
			}
		}
		for i, m := range list {
			c.mu.Lock()
			c.notice = first + int64(i) + 1
			c.mu.Unlock()
			if m.Type == "alert" && !w.alerts || m.Type == "host" && !w.hosts {
				continue
			}
			if err := c.write(ctx, m); err != nil {
				return err
			}
		}
		at = next
	}
}

// watch ends the stream of a client that does not answer or may not go on.
func (c *client) watch(ctx context.Context, r *http.Request) error {
	tick := time.NewTicker(streamPing)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.live.Stop:
			return errStop
		case <-tick.C:
		}
		if c.live.Still != nil && !c.live.Still(r) {
			return errLoggedOut
		}
		pong, cancel := context.WithTimeout(ctx, streamPing)
		err := c.conn.Ping(pong)
		cancel()
		if err != nil {
			return err
		}
	}
}
