package manager

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

// runChild runs a manager and prints where it is until it is killed.
func runChild(dir string) error {
	c := DefaultConfig()
	c.DataDir, c.People.Listen, c.Agents.Listen = dir, "127.0.0.1:0", "127.0.0.1:0"
	m, err := Open(context.Background(), c, Options{})
	if err != nil {
		return err
	}
	token, err := m.EnrolToken(context.Background(), "")
	if err != nil {
		return err
	}
	fmt.Println(m.AgentAddress(), token)
	return m.Run(context.Background())
}

// TestAE15_KilledManagerLosesNoAcceptedEvent kills the manager with SIGKILL
// while an agent sends, in several rounds. Every event that was acknowledged is
// found afterwards, once, and findings are counted once on their alerts.
func TestAE15_KilledManagerLosesNoAcceptedEvent(t *testing.T) {
	conf := testConfig(t)
	type host struct {
		id           string
		acked, found int64
	}
	var hosts []host
	for round := range 4 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), child+"="+conf.DataDir)
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		addr, token, _ := strings.Cut(strings.TrimSpace(line), " ")
		w := enrolTwin(t, addr, token, "host"+strconv.Itoa(round))
		h := host{id: w.id}
		for range 20 + 10*round {
			var events []*event.Event
			for n := range 40 {
				events = append(events, started("work", int64(n)))
			}
			w.emit(append(events, found("r1", "bad", int64(round)))...)
			h.acked = w.seq
			h.found++
		}
		for range 5 { // in flight when it is killed
			w.post(started("late", 1))
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // was killed
		w.close()
		hosts = append(hosts, h)
	}
	m, _ := start(t, conf, Options{})
	client := admin(t, m)
	total := func(query string) int64 {
		a, err := api.Get[api.CountAnswer](t.Context(), client, "/events/count", api.CountQuery{EventSelect: api.EventSelect{Query: query}})
		if err != nil {
			t.Fatal(err)
		}
		return a.Total
	}
	for _, h := range hosts {
		query := fmt.Sprintf("agent.id = '%s' and event.sequence <= %d", h.id, h.acked)
		eventually(t, "all events of "+h.id, func() bool { return total(query) >= h.acked })
		if n := total(query); n != h.acked {
			t.Errorf("host %s: %d events found, %d accepted", h.id, n, h.acked)
		}
		l, err := api.Get[api.AlertList](t.Context(), client, "/alerts", api.AlertQuery{Host: h.id})
		if err != nil || len(l.Alerts) != 1 || l.Alerts[0].Count != h.found {
			t.Errorf("host %s: alerts %+v, %v; want one of %d findings", h.id, l.Alerts, err, h.found)
		}
	}
}

// BenchmarkAE15_Ingest sends batches of agents over TLS and waits until their
// events are searchable; 10,000 events per second are asked for.
func BenchmarkAE15_Ingest(b *testing.B) {
	c := DefaultConfig()
	c.DataDir, c.People.Listen, c.Agents.Listen = b.TempDir()+"/manager", "127.0.0.1:0", "127.0.0.1:0"
	m, err := Open(b.Context(), c, Options{})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	w := newTwin(b, m, "bench")
	const each, ahead = 500, 16
	b.ResetTimer()
	began := time.Now()
	var sent int64
	for sent < int64(b.N) {
		var events []*event.Event
		for n := range each {
			events = append(events, started("work", int64(n)))
		}
		w.post(events...)
		sent += each
		if sent > each*ahead {
			w.acked(sent - each*ahead)
		}
	}
	w.acked(sent)
	eventually(b, "all searchable", func() bool { return m.lake.Stats().Accepted >= sent })
	rate := float64(sent) / time.Since(began).Seconds()
	b.StopTimer()
	b.ReportMetric(rate, "events/s")
	w.close()
	cancel()
	if err := <-done; err != nil {
		b.Error(err)
	}
	if err := m.Close(); err != nil {
		b.Error(err)
	}
}
