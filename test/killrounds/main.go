// Command killrounds kills agent and manager at random moments under load and
// then holds the store against the truth: everything that was spooled is in
// search, nothing is there twice, and what is missing lies inside a gap that
// the manager tells. Run it by `make kill-rounds`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/signal"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/test/rig"
)

func main() {
	rig.Forker()
	rounds := flag.Int("rounds", 20, "kills")
	rate := flag.Int("rate", 200, "executions a second")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the random moments")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := run(ctx, *rounds, *rate, *seed)
	if err != nil {
		fmt.Fprintln(os.Stderr, "killrounds:", err)
		os.Exit(2)
	}
	_ = json.NewEncoder(os.Stdout).Encode(r)
	if !r.OK {
		os.Exit(1)
	}
}

// result is what the rounds showed.
type result struct {
	Seed        uint64   `json:"seed"`
	Rounds      int      `json:"rounds"`
	Managers    int      `json:"managers_killed"`
	Agents      int      `json:"agents_killed"`
	Run         int      `json:"run"`  // executions by the generator's own count
	Seen        int      `json:"seen"` // of them in search
	Twice       int      `json:"twice"`
	InGap       int      `json:"in_gap"`      // not seen, inside a gap that is told
	Unexplained int      `json:"unexplained"` // not seen, no gap tells it
	Gaps        int      `json:"gaps"`
	Blind       string   `json:"blind"` // sum of the gaps
	OK          bool     `json:"ok"`
	Examples    []string `json:"examples,omitempty"`
}

// execution is one run of the victim by the generator's clock.
type execution struct{ begin, end time.Time }

func run(ctx context.Context, rounds, rate int, seed uint64) (result, error) {
	res := result{Seed: seed, Rounds: rounds}
	scope, err := rig.Cgroup("guarded")
	if err != nil {
		return res, err
	}
	dir, err := os.MkdirTemp("", "vedette-kill")
	if err != nil {
		return res, err
	}
	defer os.RemoveAll(dir)
	victim, err := rig.Static()
	if err != nil {
		return res, err
	}
	p, err := rig.StartPair(ctx, dir, scope)
	if err != nil {
		return res, err
	}
	defer p.Close()
	if err := errors.Join(rig.Up(ctx, p.Client), p.Sensing(ctx)); err != nil {
		return res, fmt.Errorf("%w\n%s", err, p.Logs())
	}
	var hosts api.HostList
	if err := p.Client.Get(ctx, "/hosts", nil, &hosts); err != nil {
		return res, err
	}
	start := time.Now()
	g := &generator{victim: victim, cgroup: scope, rate: rate}
	g.begin(ctx)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for i := range rounds {
		sleep(ctx, time.Duration(500+rnd.IntN(3000))*time.Millisecond)
		if ctx.Err() != nil {
			break
		}
		if err := killOne(ctx, p, rnd, &res); err != nil {
			g.stop()
			return res, fmt.Errorf("round %d: %w\n%s", i+1, err, p.Logs())
		}
		fmt.Fprintf(os.Stderr, "round %d of %d: %d managers, %d agents killed\n", i+1, rounds, res.Managers, res.Agents)
	}
	sleep(ctx, 3*time.Second)
	truth := g.stop()
	res.Run = len(truth)
	seen, err := drained(ctx, p, start, len(truth))
	if err != nil {
		return res, fmt.Errorf("%w\n%s", err, p.Logs())
	}
	var track api.Track
	q := url.Values{"from": {stamp(start.Add(-time.Minute))}, "to": {stamp(time.Now())}}
	if err := p.Client.Get(ctx, "/hosts/"+hosts.Hosts[0].ID+"/completeness", q, &track); err != nil {
		return res, err
	}
	judge(&res, truth, seen, track.Gaps)
	return res, nil
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func killOne(ctx context.Context, p *rig.Pair, rnd *rand.Rand, res *result) error {
	which := rnd.IntN(3)
	down := time.Duration(rnd.IntN(1500)) * time.Millisecond
	if which != 0 {
		p.Agent.Kill()
		res.Agents++
	}
	if which != 1 {
		p.Manager.Kill()
		res.Managers++
	}
	sleep(ctx, down)
	if which != 1 {
		if err := p.StartManager(ctx); err != nil {
			return err
		}
	}
	if which != 0 {
		return p.StartAgent()
	}
	return nil
}

// drained waits until the newest execution is in search and the number no
// longer grows, and returns how often each execution is there.
func drained(ctx context.Context, p *rig.Pair, start time.Time, count int) (map[int]int, error) {
	last, same := int64(-1), 0
	err := rig.Until(ctx, 2*time.Minute, func() (bool, error) {
		a, err := p.Client.Count(ctx, victims, start, time.Now())
		if err != nil {
			return false, err
		}
		if a.Total == last {
			same++
		} else {
			last, same = a.Total, 0
		}
		sleep(ctx, 200*time.Millisecond)
		return same >= 20, nil
	})
	if err != nil {
		return nil, fmt.Errorf("wait until all is in search (%d of %d): %w", last, count, err)
	}
	seen := map[int]int{}
	q := url.Values{"query": {victims}, "from": {stamp(start)}, "to": {stamp(time.Now())}, "limit": {"5000"}, "sort": {"@timestamp"}}
	for {
		var list api.EventList
		if err := p.Client.Get(ctx, "/events/search", q, &list); err != nil {
			return nil, err
		}
		for _, e := range list.Events {
			n, err := number(e.Process.CommandLine)
			if err != nil {
				return nil, err
			}
			seen[n]++
		}
		if list.Next == "" {
			return seen, nil
		}
		q.Set("cursor", list.Next)
	}
}

const victims = "event.action = 'process_start' and process.command_line contains ' run-'"

func number(commandLine string) (int, error) {
	_, after, ok := strings.Cut(commandLine, " run-")
	if !ok {
		return 0, errors.New("unexpected command line " + commandLine)
	}
	return strconv.Atoi(after)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func judge(res *result, truth []execution, seen map[int]int, gaps []api.Gap) {
	sort.Slice(gaps, func(i, j int) bool { return gaps[i].From.Before(gaps[j].From) })
	var blind time.Duration
	for _, g := range gaps {
		if g.State == api.Blind {
			blind += g.To.Sub(g.From)
			res.Gaps++
		}
	}
	res.Blind = blind.Round(time.Millisecond).String()
	for n, e := range truth {
		switch seen[n] {
		case 0:
			if inGap(e, gaps) {
				res.InGap++
				continue
			}
			res.Unexplained++
			if len(res.Examples) < 5 {
				res.Examples = append(res.Examples, fmt.Sprintf("run-%d at %s", n, stamp(e.begin)))
			}
		case 1:
			res.Seen++
		default:
			res.Seen++
			res.Twice++
		}
	}
	res.OK = res.Unexplained == 0 && res.Twice == 0 && res.Seen > 0
}

func inGap(e execution, gaps []api.Gap) bool {
	for _, g := range gaps {
		if !e.end.Before(g.From) && !e.begin.After(g.To) {
			return true
		}
	}
	return false
}

// generator executes the victim at a rate and remembers when.
type generator struct {
	victim, cgroup string
	rate           int

	mu     sync.Mutex
	runs   []execution // guarded by mu
	cancel context.CancelFunc
	done   chan struct{}
}

func (g *generator) begin(ctx context.Context) {
	ctx, g.cancel = context.WithCancel(ctx)
	g.done = make(chan struct{})
	go func() {
		defer close(g.done)
		attr, f, err := rig.In(g.cgroup)
		if err != nil {
			fmt.Fprintln(os.Stderr, "killrounds:", err)
			return
		}
		defer f.Close()
		tick := time.NewTicker(time.Second / time.Duration(g.rate))
		defer tick.Stop()
		for n := 0; ctx.Err() == nil; n++ {
			<-tick.C
			e := execution{begin: time.Now()}
			pid, err := syscall.ForkExec(g.victim, []string{g.victim, fmt.Sprintf("run-%d", n)}, &syscall.ProcAttr{Sys: attr})
			if err != nil {
				fmt.Fprintln(os.Stderr, "killrounds: start victim:", err)
				return
			}
			_, _ = syscall.Wait4(pid, nil, 0, nil)
			e.end = time.Now()
			g.mu.Lock()
			g.runs = append(g.runs, e)
			g.mu.Unlock()
		}
	}()
}

func (g *generator) stop() []execution {
	g.cancel()
	<-g.done
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.runs
}
