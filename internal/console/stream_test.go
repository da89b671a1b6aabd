package console_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// liveStream sends to every client what meets its condition.
type liveStream struct {
	mu      sync.Mutex
	clients map[chan api.StreamMessage]*api.StreamRequest
	next    int
}

func newLiveStream() *liveStream {
	return &liveStream{clients: map[chan api.StreamMessage]*api.StreamRequest{}}
}

func (l *liveStream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }() // the test is over
	out := make(chan api.StreamMessage, 256)
	req := &api.StreamRequest{Topics: strings.Split(r.URL.Query().Get("topics"), ","), Query: r.URL.Query().Get("query"), Paused: r.URL.Query().Get("paused") == "true"}
	l.mu.Lock()
	l.clients[out] = req
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.clients, out)
		l.mu.Unlock()
	}()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	out <- api.StreamMessage{Type: "hello"}
	go func() {
		defer cancel()
		for {
			var in api.StreamRequest
			if err := wsjson.Read(ctx, c, &in); err != nil {
				return
			}
			l.mu.Lock()
			if _, err := expr.Parse(in.Query); err != nil {
				out <- api.StreamMessage{Type: "error", Error: err.Error()}
			} else {
				*req = in
				out <- api.StreamMessage{Type: "hello"}
			}
			l.mu.Unlock()
		}
	}()
	for {
		select {
		case m := <-out:
			if err := wsjson.Write(ctx, c, m); err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// send gives an event to the clients that want it and returns how many those are.
func (l *liveStream) send(e *event.Event) int {
	return l.give(api.TopicEvents, func(id string) api.StreamMessage { return api.StreamMessage{ID: id, Type: "event", Event: e} }, e)
}

// lose tells all clients of events that a number of messages was not sent.
func (l *liveStream) lose(n int64) {
	l.give(api.TopicEvents, func(id string) api.StreamMessage { return api.StreamMessage{ID: id, Type: "gap", Lost: n} }, nil)
}

func (l *liveStream) give(topic string, make func(id string) api.StreamMessage, e *event.Event) (clients int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	for c, req := range l.clients {
		if !slices.Contains(req.Topics, topic) || e != nil && req.Paused {
			continue
		}
		if x, err := expr.Parse(req.Query); e != nil && (err != nil || !x.Match(e)) {
			continue
		}
		c <- make(fmt.Sprint(l.next))
		clients++
	}
	return clients
}
