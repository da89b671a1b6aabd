package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/test/rig"
)

// searches reports how long searches over all stored events take, the best of
// three each, as a client of the REST interface sees it.
func searches(ctx context.Context, r *report, p *rig.Pair) error {
	newest, _, err := search(ctx, p, "process.entity_id exists and file.path exists", 1)
	if err != nil {
		return err
	}
	if len(newest.Events) == 0 {
		return errors.New("no stored event has a process and a file")
	}
	e := newest.Events[0]
	for _, s := range []struct{ name, query string }{
		{"newest 100", ""},
		{"one process by its id", "process.entity_id = '" + e.Process.EntityID + "'"},
		{"hash that is nowhere", "process.hash.sha256 = 'deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef'"},
		{"part of a command line that is nowhere", "process.command_line contains 'zzqxyvkk'"},
		{"part of a path", "file.path contains '/report-7.json'"},
		{"regular expression and kind", "event.action = 'file_rename' and process.command_line matches 'py[a-z]+3? -'"},
		{"anything that is nowhere", "any contains 'zzqxyvkk'"},
	} {
		best, total := time.Hour, int64(0)
		for range 3 {
			list, took, err := search(ctx, p, s.query, 100)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			best, total = min(best, took), list.Total
		}
		r.print(figure{Bench: "store, mixed work", Metric: "search: " + s.name, Value: float64(best.Microseconds()) / 1000, Unit: "ms", Note: fmt.Sprintf("%d hits", total)})
	}
	return nil
}

func search(ctx context.Context, p *rig.Pair, query string, limit int) (api.EventList, time.Duration, error) {
	var list api.EventList
	begin := time.Now()
	err := p.Client.Get(ctx, "/events/search", url.Values{"query": {query}, "from": {"2000-01-01T00:00:00Z"}, "limit": {fmt.Sprint(limit)}}, &list)
	return list, time.Since(begin), err
}
