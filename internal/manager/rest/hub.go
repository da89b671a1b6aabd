package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/vedette-edr/vedette/internal/api"
)

// keptNotices is how many changes of alerts and hosts a client that was away
// can still get.
const keptNotices = 1024

// Hub hands changes of alerts and hosts to the clients of the live stream. Who
// tells it never waits for a client. It is safe for concurrent use.
type Hub struct {
	boot    string // tells the ids of this run from those of an earlier one
	clients atomic.Int64
	skipped atomic.Int64

	mu    sync.Mutex
	ring  [keptNotices]api.StreamMessage // guarded by mu; number n stands at n modulo length
	next  int64                          // guarded by mu
	grown chan struct{}                  // guarded by mu; closed and replaced when something came
}

// NewHub returns a Hub without clients.
func NewHub() *Hub {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return &Hub{boot: hex.EncodeToString(b[:]), grown: make(chan struct{})}
}

// Alert tells of a new or changed alert.
func (h *Hub) Alert(a api.Alert) { h.put(api.StreamMessage{Type: "alert", Alert: &a}) }

// Host tells of a host whose status or telemetry changed.
func (h *Hub) Host(a api.Host) { h.put(api.StreamMessage{Type: "host", Host: &a}) }

func (h *Hub) put(m api.StreamMessage) {
	fillLists(reflect.ValueOf(&m).Elem()) // before others see it
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring[h.next%keptNotices] = m
	h.next++
	close(h.grown)
	h.grown = make(chan struct{})
}

// Stats counts clients and what slow ones missed.
func (h *Hub) Stats() api.StreamStats {
	return api.StreamStats{Clients: h.clients.Load(), Skipped: h.skipped.Load()}
}

// now returns the number of the next notice.
func (h *Hub) now() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.next
}

// wait returns the notices from a number on, how many before them are gone, and
// the number to go on from. It waits until there is one.
func (h *Hub) wait(ctx context.Context, from int64) (list []api.StreamMessage, missed, next int64, err error) {
	for {
		h.mu.Lock()
		oldest := max(0, h.next-keptNotices)
		missed = max(0, oldest-from)
		from = max(from, oldest)
		for n := from; n < h.next; n++ {
			list = append(list, h.ring[n%keptNotices])
		}
		next, grown := h.next, h.grown
		h.mu.Unlock()
		if len(list) > 0 || missed > 0 {
			return list, missed, next, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, 0, from, ctx.Err()
		}
	}
}
